"""What the operator sees, and what is cleared away."""

from datetime import timedelta

from sqlalchemy import func, select, update

from actors.database import Database, now
from federation.errors import Unreachable
from outbox.report import (
    DELIVERED_KEPT,
    DROPPED_KEPT,
    dropped,
    prune,
    summary,
    undelivered,
    waiting_by_host,
    waiting_for,
)
from outbox.tables import Delivery, DeliveryState
from tests.outbox.stage import Peers, Speaker, answering, play, raising, take_turn
from tests.support.clock import FalseClock


async def test_each_host_with_what_waits_and_what_was_dropped(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = raising(Unreachable("connection refused"))
    peers.behaviours["https://mixed.example/gone"] = answering(410)
    peers.behaviours["https://mixed.example/busy"] = answering(408)
    activity = await timed_speaker.say(
        [
            "https://late.example/a", "https://late.example/b", "https://fine.example/inbox",
            "https://mixed.example/gone", "https://mixed.example/busy",
        ]
    )  # fmt: skip
    await play(database, peers, clock, timedelta(hours=2))
    async with database.reading() as session:
        late, mixed = await summary(session)
        (gone,) = await dropped(session)
        assert [one.state for one in await undelivered(session, "late.example")] == [DeliveryState.WAITING] * 2
        (newest,) = await undelivered(session, "mixed.example", limit=1)
        (older,) = await undelivered(session, "mixed.example", before=newest.id)
        assert {newest.inbox, older.inbox} == {"https://mixed.example/gone", "https://mixed.example/busy"}
        assert await waiting_by_host(session, ["late.example", "mixed.example", "fine.example"]) == {
            "late.example": 2, "mixed.example": 1,
        }  # fmt: skip
        assert [await waiting_for(session, domain) for domain in ("example", "late.example", "ate.example")] == [
            3,
            2,
            0,
        ]
    assert (late.host, late.waiting, late.refused, late.given_up) == ("late.example", 2, 0, 0)
    assert late.attempts >= 1
    assert late.failures >= 5
    assert late.rests_until is not None and late.next_at is not None
    assert "connection refused" in late.last_error
    assert (mixed.host, mixed.waiting, mixed.refused, mixed.failures) == ("mixed.example", 1, 1, 0)
    assert "says 4" in mixed.last_error
    assert (gone.activity, gone.inbox, gone.state) == (activity, "https://mixed.example/gone", DeliveryState.REFUSED)
    assert (gone.status, gone.error, gone.attempts) == (410, "says 410", 1)


async def test_what_is_done_is_cleared_away_in_time(database: Database, speaker: Speaker, clock: FalseClock) -> None:
    peers = Peers()
    peers.behaviours["gone.example"] = answering(410)
    peers.behaviours["late.example"] = raising(Unreachable("away"))
    clock.moment = now() + timedelta(seconds=1)
    await speaker.say(["https://fine.example/inbox", "https://gone.example/inbox", "https://late.example/inbox"])
    await take_turn(database, peers, clock)

    async def left() -> set[DeliveryState]:
        async with database.reading() as session:
            return set(await session.scalars(select(Delivery.state)))

    async def clear(age: timedelta) -> int:
        async with database.writing() as session:
            return await prune(session, now=clock() + age)

    assert await clear(DELIVERED_KEPT / 2) == 0
    assert await clear(DELIVERED_KEPT + timedelta(minutes=1)) == 1
    assert await left() == {DeliveryState.REFUSED, DeliveryState.WAITING}
    assert await clear(DROPPED_KEPT + timedelta(minutes=1)) == 1
    assert await left() == {DeliveryState.WAITING}


async def test_clearing_away_is_bounded(database: Database, speaker: Speaker) -> None:
    await speaker.say([f"https://h{number}.example/inbox" for number in range(2_500)])
    async with database.writing() as session:
        await session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
    for expected in (2_000, 500, 0):
        async with database.writing() as session:
            assert await prune(session, now=now() + DELIVERED_KEPT * 2) == expected
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0
