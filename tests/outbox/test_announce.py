"""What an issue passes on, in two styles, by the software of those who follow it."""

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.kinds import ActorKind, FollowState
from federation.vocabulary import PUBLIC
from outbox import activities
from outbox.announce import SPEAKS_BOOSTS, SPEAKS_GROUPS, Passing, pass_on
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here, runs
from tests.outbox.publish.stage import Queued, queued, shared

NOTE = "https://breda.example/notes/1"


def create_of(note: str = NOTE) -> dict:
    """Return a Create by somebody of another server, as it arrived."""
    actor = "https://breda.example/users/dirk"
    thing = {"id": note, "type": "Note", "attributedTo": actor, "content": "x"}
    return activities.build("Create", uri=f"{note}/activity", actor=actor, object=thing, to=[PUBLIC])


async def make_issue(session: AsyncSession, **software: str) -> Actor:
    """Add an issue with a follower on a server of each software; ``""`` for one that we know nothing of."""
    issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
    for name, runs_what in software.items():
        await follows(session, await elsewhere(session, "volger", f"{name}.example"), issue)
        if runs_what:
            await runs(session, f"{name}.example", runs_what)
    return issue


async def passed_on(session: AsyncSession, issue: Actor, *, bare: bool) -> tuple[list[Queued], list[Queued]]:
    """Pass a post on; return the wrapped and the bare announcements."""
    await pass_on(session, SITE, [Passing(issue, create_of(), NOTE, bare=bare)], now=MOMENT)
    found = await queued(session, "Announce")
    return [one for one in found if one.is_wrapped], [one for one in found if not one.is_wrapped]


async def test_each_software_gets_the_style_that_it_understands(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, ours="samenspraak", lemmy="lemmy", mastodon="mastodon", unknown="", odd="zot")
        (wrapped,), (bare,) = await passed_on(session, issue, bare=True)
    assert wrapped.inboxes == shared("ours.example", "lemmy.example", "unknown.example", "odd.example")
    assert bare.inboxes == shared("mastodon.example", "unknown.example", "odd.example")
    assert wrapped.object == {key: value for key, value in create_of().items() if key != "@context"}
    assert bare.document["object"] == NOTE


async def test_answers_do_not_flood_the_timelines_of_boosting_software(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, ours="samenspraak", mastodon="mastodon", unknown="")
        (wrapped,), bare = await passed_on(session, issue, bare=False)
    assert wrapped.inboxes == shared("ours.example", "unknown.example")
    assert bare == []


async def test_an_announcement_is_the_issues_own_word_to_everyone(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, unknown="")
        for announcement in [one for style in await passed_on(session, issue, bare=True) for one in style]:
            assert announcement.read.actor == issue.uri
            assert announcement.read.to == (PUBLIC,)
            assert announcement.read.cc == (issue.followers,)
            assert announcement.row.is_public
            assert announcement.row.object_uri == NOTE
            assert announcement.row.actor_id == issue.id


async def test_only_those_who_follow_the_issue_elsewhere_hear_of_it(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session)
        for state in FollowState:
            await follows(session, await elsewhere(session, "volger", f"{state.value}.example"), issue, state)
        await follows(session, await here(session, "hier"), issue)
        await follows(session, await elsewhere(session, "weg", "gone.example", deleted_at=MOMENT), issue)
        await follows(session, await elsewhere(session, "stil", "suspended.example", suspended_at=MOMENT), issue)
        await elsewhere(session, "vreemd", "stranger.example")
        (wrapped,), (bare,) = await passed_on(session, issue, bare=True)
    assert wrapped.inboxes == bare.inboxes == shared("accepted.example")


async def test_a_server_gets_one_delivery_however_many_follow_there(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session)
        for number in range(5):
            await follows(session, await elsewhere(session, f"v{number}"), issue)
        (wrapped,), _ = await passed_on(session, issue, bare=False)
    assert wrapped.inboxes == shared("utrecht.example")


async def test_the_software_of_a_server_with_a_port_is_known_too(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, **{"x": ""})
        follower = await elsewhere(session, "v", "breda.example:8443")
        await follows(session, follower, issue)
        await runs(session, "breda.example:8443", "mastodon")
        (wrapped,), (bare,) = await passed_on(session, issue, bare=True)
    assert wrapped.inboxes == shared("x.example")
    assert bare.inboxes == shared("x.example", "breda.example:8443")


async def test_what_is_said_in_one_issue_does_not_go_to_the_followers_of_another(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, a="")
        other = await issue_here(session, await here(session, "breda", ActorKind.ORGANISATION), "wonen")
        await follows(session, await elsewhere(session, "v", "b.example"), other)
        passings = [
            Passing(issue, create_of(), NOTE, bare=False),
            Passing(other, create_of(f"{NOTE}2"), f"{NOTE}2", bare=False),
        ]
        await pass_on(session, SITE, passings, now=MOMENT)
        found = {one.row.object_uri: one.inboxes for one in await queued(session, "Announce")}
    assert found == {NOTE: shared("a.example"), f"{NOTE}2": shared("b.example")}


async def test_nothing_said_is_nothing_passed_on(database: Database) -> None:
    async with database.writing() as session:
        await pass_on(session, SITE, [], now=MOMENT)
        assert await queued(session) == []


async def test_a_hundred_posts_cost_as_many_questions_as_one(database: Database) -> None:
    async with database.writing() as session:
        issue = await make_issue(session, a="", b="mastodon", c="samenspraak")
        counts: list[int] = []
        for size in (1, 100):
            asked: list[str] = []
            listener = lambda *arguments, asked=asked: asked.append(arguments[2])  # noqa: E731
            event.listen(database.engine.sync_engine, "before_cursor_execute", listener)
            passings = [
                Passing(issue, create_of(f"{NOTE}/{size}/{number}"), f"{NOTE}/{size}/{number}", bare=True)
                for number in range(size)
            ]
            await pass_on(session, SITE, passings, now=MOMENT)
            event.remove(database.engine.sync_engine, "before_cursor_execute", listener)
            counts.append(len([statement for statement in asked if statement.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 5


def test_no_software_is_of_both_kinds() -> None:
    assert SPEAKS_GROUPS.isdisjoint(SPEAKS_BOOSTS)


@pytest.mark.parametrize("software", sorted(SPEAKS_GROUPS | SPEAKS_BOOSTS))
def test_software_is_named_as_nodeinfo_names_it(software: str) -> None:
    assert software == software.lower().strip()
    assert software.replace("-", "").isalnum()
