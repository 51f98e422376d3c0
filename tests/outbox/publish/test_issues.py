"""An issue is put on the agenda, and moves through its phases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, ActorKey
from actors.database import Database
from actors.issues.tables import Issue, IssueTheme, PhaseChange
from actors.kinds import ActorKind, Phase
from actors.posts.tables import Post
from federation.documents import ActorDocument, PostDocument
from federation.vocabulary import PUBLIC
from outbox.publish.issues import IssueDraft, IssueRefused, publish_issue
from outbox.publish.life import move_issue
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, runs
from tests.outbox.publish.stage import queued, shared, the_only
from tests.support.keys import key_pair, key_ring

DRAFT = IssueDraft(
    "Veilig online", "Hoe blijven jongeren veilig?", why="Omdat het **misgaat**.", themes=["young-people"],
    place="https://identifier.overheid.nl/tooi/id/gemeente/gm0855", perspectives_needed=["jongeren"],
    feedback_by=MOMENT + timedelta(days=60),
)  # fmt: skip


async def publish(session: AsyncSession, host: Actor, draft: IssueDraft = DRAFT) -> Actor:
    return await publish_issue(
        session, SITE, key_ring(), key_pair(), host=host, by=host, draft=draft, now=MOMENT
    )  # fmt: skip


async def test_an_issue_is_an_actor_with_its_own_keys_and_phase(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        actor = await publish(session, host)
        stored = await session.get_one(Issue, actor.id)
        (change,) = (await session.scalars(select(PhaseChange))).all()
        assert await session.scalar(select(func.count()).where(ActorKey.actor_id == actor.id)) == 2
        assert list(await session.scalars(select(IssueTheme.theme))) == ["young-people"]
    assert (actor.kind, actor.handle, actor.name) == (ActorKind.ISSUE, "veilig-online", "Veilig online")
    assert actor.uri == "https://tilburg.example/vraagstukken/veilig-online"
    assert (stored.host_id, stored.question, stored.phase) == (host.id, DRAFT.question, Phase.AGENDA)
    assert (stored.feedback_by, stored.perspectives_needed) == (DRAFT.feedback_by, ["jongeren"])
    assert (change.phase, change.by_id, change.at) == (Phase.AGENDA, host.id, MOMENT)


async def test_the_host_says_that_there_is_an_issue_and_opens_its_conversation(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        await follows(session, await elsewhere(session, "ministerie", "szw.example", ActorKind.APPLICATION), host)
        actor = await publish(session, host)
        told, opening = await queued(session, "Create")
        post = (await session.scalars(select(Post))).one()
    assert told.read.actor == opening.read.actor == host.uri
    assert told.inboxes == opening.inboxes == shared("szw.example")
    assert told.read.to == (PUBLIC,)
    group = ActorDocument.read(told.object)
    assert (group.id, group.type, group.kind, group.host) == (actor.uri, "Group", "issue", host.uri)
    assert (group.question, group.phase, group.themes) == (DRAFT.question, "agenda", ("young-people",))
    note = PostDocument.read(opening.object)
    assert (note.id, note.audience) == (post.uri, (actor.uri,))
    for words in ("Veilig online", "Hoe blijven jongeren veilig?", "<strong>misgaat</strong>"):
        assert words in note.content
    assert (post.space_id, post.author_id, post.thread_id) == (actor.id, host.id, post.id)


async def test_two_issues_of_one_title_get_two_handles(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        assert {(await publish(session, host)).handle for _ in range(3)} == {
            "veilig-online", "veilig-online-2", "veilig-online-3",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (IssueDraft("", "Wat?"), "title"),
        (IssueDraft(" \n", "Wat?"), "title"),
        (IssueDraft("<b></b>", "Wat?"), "title"),
        (IssueDraft("\u202e", "Wat?"), "title"),
        (IssueDraft("x" * 151, "Wat?"), "title"),
        (IssueDraft("x", ""), "question"),
        (IssueDraft("x", "x" * 501), "question"),
        (IssueDraft("x", "Wat?", why="x" * 3_001), "why"),
        (IssueDraft("x", "a\0b"), "question"),
        (IssueDraft("x", "Wat?", why="a\ud800"), "why"),
        (IssueDraft("x", "Wat?", themes=["vliegers"]), "themes"),
        (IssueDraft("x", "Wat?", handle="A B"), "handle"),
        (IssueDraft("x", "Wat?", handle="tilburg"), "handle"),
        (IssueDraft("x", "Wat?", handle="admin"), "handle"),
        (IssueDraft("x", "Wat?", perspectives_needed=["x" * 201]), "perspectives_needed"),
        (IssueDraft("x", "Wat?", perspectives_needed=["x"] * 51), "perspectives_needed"),
        (IssueDraft("x", "Wat?", perspectives_needed=["a\0b"]), "perspectives_needed"),
        (IssueDraft("x", "Wat?", place="gm0855"), "place"),
        (IssueDraft("x", "Wat?", place="javascript:alert(1)"), "place"),
    ],
)
async def test_an_issue_that_will_not_do_is_refused_by_the_part_that_is_wrong(
    database: Database, draft: IssueDraft, field: str
) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        with pytest.raises(IssueRefused) as refused:
            await publish(session, host, draft)
        assert refused.value.field == field
        assert await queued(session) == []


@pytest.mark.parametrize("title", ["Lang " * 30, "الحوار في الحي", "*sterren* [link](https://x.example)", "x & <y>"])
async def test_every_title_gives_an_issue_and_an_opening_post(database: Database, title: str) -> None:
    longest = IssueDraft(title.strip()[:150], "?" * 500, why="w" * 3_000)
    async with database.writing() as session:
        actor = await publish(session, await here(session, "tilburg", ActorKind.ORGANISATION), longest)
        assert actor.handle
        assert (await session.scalars(select(Post))).one().space_id == actor.id


async def test_an_issue_that_moves_on_tells_its_followers_and_its_hosts(database: Database) -> None:
    later = MOMENT + timedelta(days=1)
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        actor = await publish(session, host)
        await follows(session, await elsewhere(session, "a", "a.example"), host)
        await follows(session, await elsewhere(session, "b", "b.example"), actor)
        await move_issue(session, SITE, actor, Phase.CONVERSATION, by=host, now=later)
        update = await the_only(session, "Update")
        changes = (await session.scalars(select(PhaseChange.phase).order_by(PhaseChange.id))).all()
    assert update.read.actor == actor.uri
    assert update.inboxes == shared("a.example", "b.example")
    read = ActorDocument.read(update.object)
    assert (read.phase, read.updated) == ("conversation", later)
    assert list(changes) == [Phase.AGENDA, Phase.CONVERSATION]


async def test_moving_to_where_it_is_says_nothing(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        actor = await publish(session, host)
        await move_issue(session, SITE, actor, Phase.AGENDA, by=host, now=MOMENT)
        assert await queued(session, "Update") == []
        assert await session.scalar(select(func.count()).select_from(PhaseChange)) == 1


async def test_the_opening_post_is_not_passed_on_to_nobody(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        await follows(session, await elsewhere(session, "m", "m.example"), host)
        await runs(session, "m.example", "mastodon")
        await publish(session, host)
        assert {one.inboxes for one in await queued(session, "Announce")} == {frozenset()}
