"""Flag: what another server reports lands with the moderators, once, and only what is ours."""

from typing import Any

import pytest

from actors.database import now
from actors.instances.tables import Instance
from actors.moderation import reports
from actors.moderation.kinds import Category, ReportState
from actors.moderation.tables import Report, ReportedPost
from federation.audience import Visibility
from federation.documents import JsonObject
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote, World
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


@pytest.fixture
def server(world: World) -> Remote:
    """The server's own actor, as Mastodon's: it reports without naming who did."""
    return Remote(world, "utrecht.example", "actor", "Application")


def flag(server: Remote, *uris: str, content: Any = "Dit is haat") -> JsonObject:
    return server.activity("Flag", list(uris), content=content)  # type: ignore[arg-type]


async def test_a_report_of_another_server_is_filed_with_the_posts_that_it_names(stage: Stage, server: Remote) -> None:
    posts = [await stage.say(stage.fatima) for _ in range(2)]
    assert await stage.hear(server, flag(server, stage.fatima.uri, *(post.uri for post in posts))) == DONE
    (report,) = await stage.rows(Report)
    sender = await stage.actor(server.uri)
    assert sender is not None
    assert (report.reporter_id, report.about_id) == (sender.id, stage.fatima.id)
    assert (report.category, report.comment, report.state) == (Category.ELSEWHERE, "Dit is haat", ReportState.OPEN)
    assert [row.post_id for row in await stage.rows(ReportedPost)] == [post.id for post in posts]
    assert await stage.notified() == []


async def test_posts_alone_are_about_who_said_them(stage: Stage, server: Remote) -> None:
    post = await stage.say(stage.fatima)
    assert await stage.hear(server, server.activity("Flag", post.uri)) == DONE
    (report,) = await stage.rows(Report)
    assert report.about_id == stage.fatima.id


async def test_each_of_ours_that_is_named_gets_a_report_with_its_own_posts(stage: Stage, server: Remote) -> None:
    other = await stage.add_local("karin")
    mine, theirs = await stage.say(stage.fatima), await stage.say(other)
    await stage.hear(server, flag(server, stage.fatima.uri, theirs.uri, mine.uri))
    posts = {row.report_id: row.post_id for row in await stage.rows(ReportedPost)}
    assert {report.about_id: posts[report.id] for report in await stage.rows(Report)} == {
        stage.fatima.id: mine.id, other.id: theirs.id,
    }  # fmt: skip


async def test_what_is_unknown_or_not_ours_is_left_out(stage: Stage, server: Remote, anna: Remote) -> None:
    await stage.meet(anna)
    state, reason = await stage.hear(server, flag(server, anna.uri, "https://tilburg.example/inbreng/1", "geen adres"))
    assert state is ArrivalState.IGNORED
    assert reason == "reports nothing of ours"
    assert await stage.rows(Report) == []


async def test_what_the_server_may_not_see_shows_it_nothing(stage: Stage, server: Remote) -> None:
    hidden = await stage.say(stage.fatima, visibility=Visibility.DIRECT)
    withdrawn = await stage.say(stage.fatima, deleted_at=now())
    state, _ = await stage.hear(server, flag(server, hidden.uri, withdrawn.uri))
    assert state is ArrivalState.IGNORED
    assert await stage.hear(server, flag(server, stage.fatima.uri, hidden.uri)) == DONE
    assert await stage.rows(ReportedPost) == []


async def test_the_same_report_twice_is_one_and_a_second_is_added_to_the_first(stage: Stage, server: Remote) -> None:
    post = await stage.say(stage.fatima)
    first = flag(server, stage.fatima.uri)
    await stage.hear(server, first, first, flag(server, stage.fatima.uri, post.uri, content="En dit"))
    (report,) = await stage.rows(Report)
    assert report.comment == "Dit is haat\n\nEn dit"
    assert len(await stage.rows(ReportedPost)) == 1


@pytest.mark.parametrize("content", [None, ["x"], {"nl": "x"}, 5])
async def test_a_comment_that_is_no_text_is_left_out(stage: Stage, server: Remote, content: Any) -> None:
    assert await stage.hear(server, flag(server, stage.fatima.uri, content=content)) == DONE
    (report,) = await stage.rows(Report)
    assert report.comment == ""


async def test_a_long_list_and_a_long_comment_are_cut(stage: Stage, server: Remote) -> None:
    posts = [await stage.say(stage.fatima) for _ in range(70)]
    await stage.hear(server, flag(server, stage.fatima.uri, *(post.uri for post in posts), content="x" * 9_000))
    (report,) = await stage.rows(Report)
    assert len(report.comment) == reports.LONGEST_COMMENT
    assert len(await stage.rows(ReportedPost)) == reports.MOST_POSTS


async def test_one_server_cannot_bury_the_moderators(
    stage: Stage, server: Remote, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_OPEN_OF_SERVER", 2)
    actors = [Remote(world, "utrecht.example", f"actor{number}", "Application") for number in range(3)]
    for one in actors:
        await stage.meet(one)
    fates = [await stage.hear(one, flag(one, stage.fatima.uri)) for one in actors]
    assert [state for state, _ in fates] == [ArrivalState.DONE, ArrivalState.DONE, ArrivalState.IGNORED]
    assert fates[-1][1].startswith("not filed")
    assert len(await stage.rows(Report)) == 2


async def test_a_suspended_server_is_not_heard(stage: Stage, server: Remote) -> None:
    await stage.send(server, flag(server, stage.fatima.uri))
    async with stage.database.writing() as session:
        session.add(Instance(domain="utrecht.example", policy="suspended", created_at=stage.clock()))
    await stage.handle()
    (fate,) = await stage.fates()
    assert fate[0] is ArrivalState.REFUSED
    assert await stage.rows(Report) == []
