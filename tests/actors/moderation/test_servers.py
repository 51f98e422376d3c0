"""Blocking and limiting servers: who is marked, what ends, and that lifting gives back exactly what was taken."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Database
from actors.instances.policy import policy_of
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from actors.moderation.kinds import ServerPolicy
from actors.moderation.servers import ServerRefused, domain_in, set_policy, settle, unsettled
from actors.moderation.tables import EndedFollow
from actors.notifications import Notification
from actors.relations import Follow
from actors.remote import store_actor
from federation.documents import ActorDocument
from outbox.giving_up import give_up_server
from outbox.publish.say import say
from outbox.servers import treat_server
from outbox.tables import Delivery, DeliveryState
from tests.actors.cast import MOMENT, SITE, actor_document, elsewhere, follows, here, issue_here, runs, the_instance

LATER = MOMENT + timedelta(days=1)
BAD = "bad.example"


async def standing(session: AsyncSession, actor: Actor) -> tuple[bool, bool]:
    """Whether an actor is suspended and whether it is limited."""
    await session.refresh(actor)
    return actor.suspended_at is not None, actor.limited_at is not None


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Bad.Example", BAD), (" https://bad.example/@spam ", BAD), ("@spam@bad.example", BAD),
        ("bad.example:8443", "bad.example:8443"), ("büch.example", "xn--bch-hoa.example"), ("bad.example.", BAD),
    ],
)  # fmt: skip
def test_a_server_is_meant_by_its_name_or_an_address_on_it(text: str, domain: str) -> None:
    assert domain_in(text, "tilburg.example") == domain


@pytest.mark.parametrize(
    "text",
    ["", "geen", "a b.example", "bad..example", "x" * 300 + ".example", "bad.example\0", "bad\ud800.example", "..",
     "tilburg.example", "example.", "<script>.example", "bad.example:999999"],
)  # fmt: skip
def test_what_names_no_server_or_ours_is_refused(text: str) -> None:
    with pytest.raises(ServerRefused):
        domain_in(text, "tilburg.example")


async def test_a_block_marks_all_actors_of_the_server_and_below_it_and_no_others(database: Database) -> None:
    async with database.writing() as session:
        marked = [await elsewhere(session, "a", host) for host in (BAD, "www.bad.example", "bad.example:8443")]
        others = [await elsewhere(session, "a", host) for host in ("notbad.example", "bad.example.org", "example")]
        await set_policy(session, BAD, ServerPolicy.SUSPENDED, "spam", by=None, now=LATER)
        assert await settle(session, BAD, now=LATER)
        assert [await standing(session, actor) for actor in marked] == [(True, False)] * 3
        assert [await standing(session, actor) for actor in others] == [(False, False)] * 3
        assert await unsettled(session) == []


async def test_lifting_gives_back_what_the_block_took_and_not_what_a_moderator_decided(database: Database) -> None:
    async with database.writing() as session:
        one, suspended, limited = [await elsewhere(session, name, BAD) for name in ("one", "suspended", "limited")]
        suspended.suspended_at = limited.limited_at = MOMENT
        for policy in (ServerPolicy.SUSPENDED, ServerPolicy.LIMITED, ServerPolicy.OPEN):
            await set_policy(session, BAD, policy, "", by=None, now=LATER)
            assert await settle(session, BAD, now=LATER)
            seen = [await standing(session, actor) for actor in (one, suspended, limited)]
            if policy is ServerPolicy.SUSPENDED:
                assert seen == [(True, False), (True, False), (True, True)]
            if policy is ServerPolicy.LIMITED:
                assert seen == [(False, True), (True, True), (False, True)]
        assert seen == [(False, False), (True, False), (False, True)]
        assert suspended.suspended_at == MOMENT


async def test_of_a_server_and_one_below_it_the_stricter_holds(database: Database) -> None:
    async with database.writing() as session:
        above, below = await elsewhere(session, "a", BAD), await elsewhere(session, "b", "www.bad.example")
        await set_policy(session, "www.bad.example", ServerPolicy.SUSPENDED, "", by=None, now=LATER)
        await settle(session, "www.bad.example", now=LATER)
        await set_policy(session, BAD, ServerPolicy.LIMITED, "", by=None, now=LATER)
        await settle(session, BAD, now=LATER)
        assert await standing(session, above) == (False, True)
        assert await standing(session, below) == (True, False)
        await set_policy(session, "www.bad.example", ServerPolicy.OPEN, "", by=None, now=LATER)
        await settle(session, "www.bad.example", now=LATER)
        assert await standing(session, below) == (False, True)
        assert await policy_of(session, "www.bad.example:99") is ServerPolicy.LIMITED


async def test_many_are_marked_a_bounded_number_at_a_time(database: Database) -> None:
    async with database.writing() as session:
        actors = [await elsewhere(session, f"a{number}", BAD) for number in range(7)]
        await set_policy(session, BAD, ServerPolicy.SUSPENDED, "", by=None, now=LATER)
        turns = 0
        while not await settle(session, BAD, now=LATER, most=3):
            turns += 1
            assert await unsettled(session) == [BAD]
        assert turns == 2
        assert all([await standing(session, actor) == (True, False) for actor in actors])


async def test_who_becomes_known_later_is_marked_at_once(database: Database) -> None:
    async with database.writing() as session:
        await set_policy(session, BAD, ServerPolicy.SUSPENDED, "", by=None, now=LATER)
        await set_policy(session, "dull.example", ServerPolicy.LIMITED, "", by=None, now=LATER)
        found = [
            await store_actor(session, ActorDocument.read(actor_document(f"https://{host}/users/a")), now=LATER)
            for host in ("www.bad.example", "dull.example", "fine.example")
        ]
        assert [await standing(session, actor) for actor in found] == [(True, False), (False, True), (False, False)]
        again = ActorDocument.read(actor_document("https://www.bad.example/users/a", name="Nieuw"))
        assert await standing(session, await store_actor(session, again, now=LATER)) == (True, False)


async def test_a_block_ends_follows_both_ways_and_tells_those_here_once(database: Database) -> None:
    async with database.writing() as session:
        organisation = await the_instance(session)
        fatima, karin = await here(session, "fatima"), await here(session, "karin")
        issue = await issue_here(session, organisation)
        spammer, other = await elsewhere(session, "spammer", BAD), await elsewhere(session, "other", BAD)
        friend = await elsewhere(session, "friend")
        for follower, followee in (
            (fatima, spammer), (fatima, other), (spammer, karin), (spammer, issue), (fatima, friend),
        ):  # fmt: skip
            await follows(session, follower, followee)
    await treat_server(database, BAD, ServerPolicy.SUSPENDED, "spam", by=None, now=LATER)
    async with database.reading() as session:
        assert [row.followee_id for row in await session.scalars(select(Follow))] == [friend.id]
        ended = list(await session.scalars(select(EndedFollow)))
        assert {(row.local_id, row.remote_id, row.was_followed) for row in ended} == {
            (fatima.id, spammer.id, True), (fatima.id, other.id, True), (karin.id, spammer.id, False),
            (issue.id, spammer.id, False),
        }  # fmt: skip
        told = list(await session.scalars(select(Notification)))
        assert sorted((row.recipient_id, row.kind, row.from_id) for row in told) == sorted(
            (person.id, "server-blocked", organisation.id) for person in (fatima, karin)
        )


async def test_a_limit_ends_nothing(database: Database) -> None:
    async with database.writing() as session:
        await the_instance(session)
        await follows(session, await here(session, "fatima"), await elsewhere(session, "dull", BAD))
    await treat_server(database, BAD, ServerPolicy.LIMITED, "druk", by=None, now=LATER)
    async with database.reading() as session:
        assert len((await session.scalars(select(Follow))).all()) == 1


async def test_a_block_unlinks_and_is_noted_with_who_and_why(database: Database) -> None:
    async with database.writing() as session:
        moderator = await here(session, "mo")
        await runs(session, BAD, "samenspraak", linked_at=MOMENT)
        await set_policy(session, BAD, ServerPolicy.SUSPENDED, "Ze sturen spam", by=moderator.id, now=LATER)
        row = await session.get_one(Instance, BAD, populate_existing=True)
        assert (row.policy, row.policy_reason, row.policy_at, row.linked_at) == (
            "suspended", "Ze sturen spam", LATER, None,
        )  # fmt: skip
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.act, entry.object_name, entry.reason, entry.actor_id) == (
            "server-blocked", BAD, "Ze sturen spam", moderator.id,
        )  # fmt: skip


async def test_what_waits_for_a_blocked_server_is_given_up_and_nothing_new_is_queued(database: Database) -> None:
    inboxes = [f"https://{host}/inbox" for host in (BAD, "www.bad.example", "bad.example:8443", "fine.example")]

    async def speak() -> None:
        async with database.writing() as session:
            author = await session.get_one(Actor, fatima.id)
            await say(session, SITE, author, "Like", "https://x.example/1", to=[], inboxes=inboxes, now=MOMENT)

    async def waiting() -> list[str]:
        async with database.reading() as session:
            return list(await session.scalars(select(Delivery.host).where(Delivery.state == DeliveryState.WAITING)))

    async with database.writing() as session:
        await the_instance(session)
        fatima = await here(session, "fatima")
    await speak()
    await treat_server(database, BAD, ServerPolicy.SUSPENDED, "spam", by=None, now=LATER)
    assert await waiting() == ["fine.example"]
    async with database.reading() as session:
        dropped = list(await session.scalars(select(Delivery).where(Delivery.state == DeliveryState.GIVEN_UP)))
    assert {row.last_error for row in dropped} == {"this server is blocked"}
    await speak()
    assert await waiting() == ["fine.example"] * 2


async def test_what_waits_is_given_up_a_bounded_number_at_a_time(database: Database) -> None:
    async with database.writing() as session:
        await the_instance(session)
        fatima = await here(session, "fatima")
        inboxes = [f"https://{BAD}/{number}" for number in range(5)]
        await say(session, SITE, fatima, "Like", "https://x.example/1", to=[], inboxes=inboxes, now=MOMENT)
        counts = [await give_up_server(session, BAD, "x", now=LATER, most=2) for _ in range(4)]
    assert counts == [2, 2, 1, 0]


async def test_our_own_actors_are_never_marked(database: Database) -> None:
    async with database.writing() as session:
        ours = await here(session, "fatima", ActorKind.PERSON)
        await set_policy(session, ours.domain, ServerPolicy.SUSPENDED, "", by=None, now=LATER)
        await settle(session, ours.domain, now=LATER)
        assert await standing(session, ours) == (False, False)
