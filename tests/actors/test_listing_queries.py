"""What may stand in our lists unasked, and who gets a copy of what is said."""

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.instances.queries import Copies, copies_for, linked_instances, linked_names, shown_unasked
from actors.issues.queries import IssueFilter, issues_by_id, issues_to_choose, list_issues
from actors.kinds import ActorKind, FollowState, Phase
from actors.knowledge.queries import outcomes_that_answer
from actors.posts.queries import conversation, posts_at
from actors.visibility import ANYONE
from federation.audience import Visibility
from tests.actors.cast import MOMENT, elsewhere, follows, here, issue_here, runs, said, the_instance


@pytest.mark.parametrize(
    ("linked", "policy", "follow", "shown"),
    [
        (False, "open", None, False),
        (True, "open", None, True),
        (True, "limited", None, False),
        (True, "suspended", FollowState.ACCEPTED, False),
        (False, "open", FollowState.ACCEPTED, True),
        (False, "open", FollowState.PENDING, False),
        (False, "limited", FollowState.ACCEPTED, False),
    ],
)
async def test_what_others_publish_is_shown_when_linked_or_followed_here(
    database: Database, linked: bool, policy: str, follow: FollowState | None, shown: bool
) -> None:
    async with database.writing() as session:
        karin, bram = await here(session, "karin"), await elsewhere(session, "bram")
        await runs(session, bram.domain, "mastodon", linked_at=MOMENT if linked else None, policy=policy)
        if follow is not None:
            await follows(session, karin, bram, follow)
        found = set(await session.scalars(select(Actor.handle).where(shown_unasked())))
    assert found == ({"karin", "bram"} if shown else {"karin"})


async def test_a_follower_elsewhere_shows_nothing_here(database: Database) -> None:
    async with database.writing() as session:
        bram, noor = await elsewhere(session, "bram"), await elsewhere(session, "noor", "elders.example")
        await follows(session, noor, bram)
        assert not list(await session.scalars(select(Actor).where(shown_unasked())))


@pytest.mark.parametrize("gone", ["deleted_at", "suspended_at"])
async def test_who_is_gone_is_shown_nowhere(database: Database, gone: str) -> None:
    async with database.writing() as session:
        host = await the_instance(session)
        issue = await issue_here(session, host)
        setattr(issue, gone, MOMENT)
        await session.flush()
        assert not await list_issues(session, ANYONE, IssueFilter())
        assert not await issues_to_choose(session)
        assert not await issues_by_id(session, [issue.id])


async def test_copies_are_counted_by_server_and_named_when_linked(database: Database) -> None:
    async with database.writing() as session:
        karin = await here(session, "karin")
        for handle, domain in (("a", "een.example"), ("b", "een.example"), ("c", "twee.example")):
            await follows(session, await elsewhere(session, handle, domain), karin)
        await follows(session, await here(session, "thuis"), karin)
        await follows(session, await elsewhere(session, "d", "drie.example"), karin, FollowState.PENDING)
        linked = {"twee.example": "Stad Twee", "vier.example": "Stad Vier"}
        found = await copies_for(session, [karin.id], also=["vier.example"], linked=linked)
        assert found == Copies(3, ("Stad Twee", "Stad Vier"))
        assert found.others == 1
        assert await copies_for(session, [], linked=linked) == Copies()


async def test_linked_instances_with_what_they_owe(database: Database) -> None:
    async with database.writing() as session:
        stad = await elsewhere(session, "stad", kind=ActorKind.ORGANISATION, name="Stad Utrecht")
        await elsewhere(session, "andere", kind=ActorKind.ORGANISATION)
        await runs(session, "utrecht.example", "samenspraak", actor_id=stad.id, linked_at=MOMENT)
        await runs(session, "los.example", "samenspraak", linked_at=MOMENT)
        await runs(session, "vreemd.example", "mastodon")
        found = await linked_instances(session, today=MOMENT)
        assert [linked.name for linked in found] == ["los.example", "Stad Utrecht"]
        assert await linked_names(session) == {"los.example": "los.example", "utrecht.example": "Stad Utrecht"}


async def test_our_own_issues_can_come_first(database: Database) -> None:
    async with database.writing() as session:
        host = await the_instance(session)
        first = await issue_here(session, host, "een")
        second = await issue_here(session, host, "twee", phase=Phase.CLOSED)
        cards = await list_issues(session, ANYONE, IssueFilter(), ours_first=True)
        assert [card.actor.id for card in cards] == [second.id, first.id]
        assert [card.actor.id for card in await list_issues(session, ANYONE, IssueFilter(is_open=True))] == [first.id]
        assert [actor.id for actor in await issues_to_choose(session)] == [first.id]


async def test_asking_for_nothing_gives_nothing(database: Database) -> None:
    async with database.reading() as session:
        assert await outcomes_that_answer(session, ANYONE, []) == {}
        assert await posts_at(session, ANYONE, []) == {}
        assert await issues_by_id(session, []) == []
        assert (await conversation(session, ANYONE, 12)).threads == []


async def test_counts_leave_out_what_the_viewer_may_not_see(database: Database) -> None:
    async with database.writing() as session:
        host = await the_instance(session)
        issue = await issue_here(session, host)
        for visibility in Visibility:
            await said(session, host, visibility, space_id=issue.id)
        (card,) = await list_issues(session, ANYONE, IssueFilter())
    assert card.contributions == 2
