"""The queue: what is put in, and how it is claimed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from actors.database import Database, now
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.wakeups import DELIVERIES, Wakeups
from outbox.queue import LEASE, PER_HOST, claim, host_of, queue_activity, release, seconds_until_due
from outbox.tables import Activity, Delivery, DeliveryState
from tests.outbox.stage import SITE, Speaker, make_speaker
from tests.support.clock import FalseClock


async def _add_instance(database: Database, domain: str, **columns: object) -> None:
    async with database.writing() as session:
        session.add(Instance(domain=domain, created_at=now(), **columns))


async def test_one_delivery_for_each_distinct_inbox_elsewhere(database: Database, speaker: Speaker) -> None:
    await _add_instance(database, "bad.example", policy="suspended")
    activity_id = new_id()
    inboxes = [
        "https://utrecht.example/inbox", "https://utrecht.example/inbox", "https://utrecht.example:8443/inbox",
        "https://bad.example/inbox", "https://BAD.example:443/inbox", f"{SITE.base_url}/inbox", "ftp://x.example/inbox",
        "javascript:alert(1)", "https:///inbox",
    ]  # fmt: skip
    async with database.writing() as session:
        await queue_activity(
            session, site=SITE, actor_id=speaker.actor_id, document={"id": f"{SITE.base_url}/a/1", "type": "Like"},
            object_uri="https://utrecht.example/n/1", is_public=False, inboxes=inboxes, activity_id=activity_id,
        )  # fmt: skip
    async with database.reading() as session:
        rows = (await session.execute(select(Delivery.inbox, Delivery.host, Delivery.activity_id))).all()
        activity = (await session.scalars(select(Activity))).one()
    assert sorted(tuple(row) for row in rows) == [
        ("https://utrecht.example/inbox", "utrecht.example", activity_id),
        ("https://utrecht.example:8443/inbox", "utrecht.example:8443", activity_id),
    ]
    assert (activity.uri, activity.type, activity.is_public) == ("https://tilburg.example/a/1", "Like", False)


async def test_takes_thousands_of_inboxes(database: Database, speaker: Speaker) -> None:
    await speaker.say([f"https://h{number}.example/inbox" for number in range(5_000)])
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 5_000


async def test_an_activity_for_nobody_is_kept_and_wakes_nobody(database: Database, speaker: Speaker) -> None:
    bell = Wakeups(database).bell(DELIVERIES)
    await speaker.say([])
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Activity)) == 1
    assert not bell.is_set()
    await speaker.say(["https://utrecht.example/inbox"])
    assert bell.is_set()


async def test_nothing_is_queued_when_the_caller_fails(database: Database, speaker: Speaker) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            await queue_activity(
                session, site=SITE, actor_id=speaker.actor_id, document={"id": "x", "type": "Like"}, object_uri="y",
                is_public=True, inboxes=["https://utrecht.example/inbox"], activity_id=new_id(),
            )  # fmt: skip
            raise RuntimeError
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Activity)) == 0
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0


async def test_a_claim_holds_for_its_lease_and_then_runs_out(
    database: Database, timed_speaker: Speaker, clock: FalseClock
) -> None:
    await timed_speaker.say(["https://utrecht.example/inbox"])
    async with database.writing() as session:
        (first,) = await claim(session, now=clock(), limit=10)
    async with database.writing() as session:
        assert await claim(session, now=clock.advance(LEASE / 2), limit=10) == []
        assert await seconds_until_due(session, now=clock()) == LEASE.total_seconds() / 2
    async with database.writing() as session:
        (again,) = await claim(session, now=clock.advance(LEASE / 2), limit=10)
    assert again == first


async def test_what_is_put_back_can_be_claimed_at_once(
    database: Database, timed_speaker: Speaker, clock: FalseClock
) -> None:
    await timed_speaker.say(["https://utrecht.example/inbox"])
    async with database.writing() as session:
        (one,) = await claim(session, now=clock(), limit=10)
        await release(session, [one.id], clock())
        assert await claim(session, now=clock(), limit=10) == [one]


async def test_no_host_fills_the_slots(database: Database, timed_speaker: Speaker, clock: FalseClock) -> None:
    for _ in range(30):
        await timed_speaker.say(["https://big.example/inbox"])
    clock.advance(1)
    await timed_speaker.say(["https://small.example/inbox"])
    async with database.writing() as session:
        first = await claim(session, now=clock(), limit=20)
        second = await claim(session, now=clock(), limit=20, busy_hosts=["big.example"])
    assert [one.host for one in first] == ["big.example"] * PER_HOST
    assert [one.host for one in second] == ["small.example"]


async def test_oldest_first_and_spread_when_asked(
    database: Database, timed_speaker: Speaker, clock: FalseClock
) -> None:
    inboxes = [f"https://h{number}.example/inbox" for number in range(200)]
    await timed_speaker.say(inboxes, spread=timedelta(minutes=10))
    async with database.writing() as session:
        early = await claim(session, now=clock.advance(timedelta(minutes=5)), limit=500)
        late = await claim(session, now=clock.advance(timedelta(minutes=5)), limit=500)
    assert 50 < len(early) < 150
    assert len(early) + len(late) >= 200


async def test_a_host_that_rests_is_left_alone(database: Database, timed_speaker: Speaker, clock: FalseClock) -> None:
    until = clock() + timedelta(hours=1)
    await timed_speaker.say(["https://known.example/inbox", "https://late.example/inbox"])
    await _add_instance(database, "late.example", failures=9, rests_until=until)
    await timed_speaker.say(["https://late.example/inbox"])
    async with database.writing() as session:
        assert [one.host for one in await claim(session, now=clock(), limit=10)] == ["known.example"]
    async with database.reading() as session:
        moments = await session.scalars(select(Delivery.next_at).where(Delivery.host == "late.example"))
        assert set(moments) == {until}


async def test_after_a_rest_one_is_tried_and_others_keep_away(
    database: Database, timed_speaker: Speaker, clock: FalseClock
) -> None:
    for _ in range(3):
        await timed_speaker.say(["https://late.example/inbox"])
    await _add_instance(database, "late.example", failures=9, rests_until=clock() - timedelta(seconds=1))
    async with database.writing() as session:
        (probe,) = await claim(session, now=clock(), limit=10)
    assert probe.failing
    async with database.writing() as session:  # another process
        assert await claim(session, now=clock(), limit=10) == []


async def test_two_processes_never_claim_the_same(postgresql_database: Database, clock: FalseClock) -> None:
    speaker = await make_speaker(postgresql_database, clock)
    await speaker.say([f"https://h{number}.example/inbox" for number in range(400)])
    other = Database(postgresql_database.url)
    claimed: list[int] = []

    async def take(database: Database) -> None:
        for _ in range(20):
            async with database.writing() as session:
                claimed.extend(one.id for one in await claim(session, now=clock(), limit=30))
                await asyncio.sleep(0.002)

    await asyncio.gather(take(postgresql_database), take(other), take(postgresql_database))
    await other.close()
    assert len(claimed) == len(set(claimed)) == 400


async def test_a_claim_does_not_wait_for_another(postgresql_database: Database, clock: FalseClock) -> None:
    speaker = await make_speaker(postgresql_database, clock)
    await speaker.say([f"https://h{number}.example/inbox" for number in range(4)])
    async with postgresql_database.writing() as one:
        assert len(await claim(one, now=clock(), limit=3)) == 3
        async with asyncio.timeout(2), postgresql_database.writing() as other:
            assert len(await claim(other, now=clock(), limit=4)) == 1


async def test_claiming_takes_few_statements(database: Database, timed_speaker: Speaker, clock: FalseClock) -> None:
    await timed_speaker.say([f"https://h{number}.example/inbox" for number in range(300)])
    statements: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    async with database.writing() as session:
        assert len(await claim(session, now=clock(), limit=300)) == 300
    assert len([one for one in statements if not one.startswith("BEGIN")]) == 3


async def test_when_the_next_is_due(database: Database, timed_speaker: Speaker, clock: FalseClock) -> None:
    async with database.reading() as session:
        assert await seconds_until_due(session, now=clock()) is None
    await timed_speaker.say(["https://utrecht.example/inbox"])
    async with database.reading() as session:
        assert await seconds_until_due(session, now=clock()) == 0
        assert await seconds_until_due(session, now=clock() - timedelta(seconds=7)) == 7
        assert await seconds_until_due(session, now=clock(), busy_hosts=["utrecht.example"]) is None


async def test_what_is_done_is_not_due(database: Database, timed_speaker: Speaker, clock: FalseClock) -> None:
    await timed_speaker.say(["https://utrecht.example/inbox"])
    async with database.writing() as session:
        (delivery,) = await session.scalars(select(Delivery))
        delivery.state = DeliveryState.DELIVERED
    async with database.writing() as session:
        assert await claim(session, now=clock(), limit=10) == []
        assert await seconds_until_due(session, now=clock()) is None


@pytest.mark.parametrize(
    ("inbox", "host"),
    [
        ("https://Utrecht.example/inbox", "utrecht.example"),
        ("https://utrecht.example:443/inbox", "utrecht.example"),
        ("http://127.0.0.1:8080/inbox", "127.0.0.1:8080"),
        ("mailto:a@b.example", None),
        (f"https://{'a' * 300}.example/inbox", None),
        (f"https://utrecht.example/{'a' * 2_000}", None),
        ("", None),
    ],
)
def test_the_host_of_an_inbox(inbox: str, host: str | None) -> None:
    assert host_of(inbox) == host
