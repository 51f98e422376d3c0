"""What follows from attempts: for a delivery, for its host, for what else waits. By a false clock."""

from datetime import timedelta

from sqlalchemy import event, select, update

from actors.database import Database
from actors.instances.health import MOST_FAILURES, SUCCESS_NOTED_EVERY, rest_after
from actors.instances.tables import Instance
from federation.errors import Unreachable
from outbox.delivery import Outcome, Result
from outbox.queue import LEASE, claim
from outbox.retry import LIFETIME
from outbox.settle import settle
from outbox.tables import Delivery, DeliveryState
from tests.outbox.stage import Peers, Speaker, answer_ok, answering, counts, play, raising, take_turn
from tests.support.clock import FalseClock

AWAY = raising(Unreachable("connection refused"))
LATE = "https://late.example/inbox"
OTHER = "https://other.example/inbox"


async def _delivery(database: Database, inbox: str) -> Delivery:
    async with database.reading() as session:
        return (await session.scalars(select(Delivery).where(Delivery.inbox == inbox))).one()


async def _instance(database: Database, domain: str) -> Instance | None:
    async with database.reading() as session:
        return await session.get(Instance, domain)


async def test_delivered(database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers) -> None:
    activity = await timed_speaker.say([OTHER])
    assert await take_turn(database, peers, clock) == 1
    delivery = await _delivery(database, OTHER)
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DeliveryState.DELIVERED, 1, 202)
    assert delivery.done_at == clock()
    assert peers.got == {(OTHER, activity): 1}


async def test_gone_is_final_for_that_inbox_only(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    gone, there = "https://late.example/users/a/inbox", "https://late.example/users/b/inbox"
    peers.behaviours[gone] = answering(410)
    await timed_speaker.say([gone, there])
    await timed_speaker.say([there])
    await play(database, peers, clock, timedelta(days=1))
    assert (await _delivery(database, gone)).state is DeliveryState.REFUSED
    assert await counts(database) == {DeliveryState.REFUSED: 1, DeliveryState.DELIVERED: 2}
    assert len([url for url, _ in peers.tried if url == gone]) == 1


async def test_a_no_that_may_pass_is_heard_again_for_seven_days(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours[LATE] = answering(401)
    await timed_speaker.say([LATE])
    await play(database, peers, clock, timedelta(days=7))
    assert (await _delivery(database, LATE)).state is DeliveryState.WAITING
    await play(database, peers, clock, timedelta(days=3))
    delivery = await _delivery(database, LATE)
    assert (delivery.state, delivery.last_status, delivery.last_error) == (DeliveryState.REFUSED, 401, "says 401")


async def test_retry_after_is_honoured_for_the_whole_host_and_bounded(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours[LATE] = answering(429, retry_after=600)
    await timed_speaker.say([LATE])
    await take_turn(database, peers, clock)
    await timed_speaker.say([LATE])
    start = clock()
    peers.behaviours[LATE] = answering(503, retry_after=1e9)
    await play(database, peers, clock, timedelta(minutes=9))
    assert len(peers.tried) == 1
    await play(database, peers, clock, timedelta(minutes=2))
    assert len(peers.tried) == 2
    del peers.behaviours[LATE]
    await play(database, peers, clock, timedelta(hours=23))
    assert len(peers.tried) == 2, "it had asked for longer"
    await play(database, peers, clock, timedelta(hours=2))
    assert await counts(database) == {DeliveryState.DELIVERED: 2}
    assert clock() - start < timedelta(days=2)


async def test_the_breaker_trips_rests_longer_and_closes_again(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = AWAY
    for number in range(40):
        await timed_speaker.say([f"https://late.example/users/{number}/inbox"])
    await play(database, peers, clock, timedelta(minutes=30))
    instance = await _instance(database, "late.example")
    assert instance is not None and instance.rests_until is not None
    assert instance.failures >= MOST_FAILURES
    assert "connection refused" in instance.last_error
    in_half_an_hour = len(peers.tried)
    assert in_half_an_hour < 20, "one at a time, ever more rarely, whatever waits"

    await play(database, peers, clock, timedelta(hours=12))
    assert len(peers.tried) - in_half_an_hour < 15
    peers.behaviours.clear()
    await play(database, peers, clock, timedelta(hours=1.3))
    assert await counts(database) == {DeliveryState.DELIVERED: 40}
    instance = await _instance(database, "late.example")
    assert instance is not None
    assert (instance.failures, instance.rests_until) == (0, None)
    assert instance.last_success_at is not None


async def test_a_failing_host_is_nobody_elses_trouble(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = AWAY
    for _ in range(10):
        await timed_speaker.say([LATE, OTHER])
    start = clock()
    for _ in range(12):
        await take_turn(database, peers, clock)
    assert sum(peers.got[key] for key in peers.got if key[0] == OTHER) == 10
    assert clock() == start


async def test_a_peer_away_for_six_days_gets_everything(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = AWAY
    said = []
    for _day in range(6):
        for number in range(5):
            inbox = f"https://late.example/users/{number}/inbox"
            said.append((inbox, await timed_speaker.say([inbox, OTHER])))
        await play(database, peers, clock, timedelta(days=1))
    assert len(await _waiting(database)) == 30
    peers.behaviours.clear()
    await play(database, peers, clock, timedelta(hours=8))
    assert all(peers.got[key] == 1 for key in said)
    assert await counts(database) == {DeliveryState.DELIVERED: 60}


async def _waiting(database: Database) -> list[int]:
    async with database.reading() as session:
        return list(await session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.WAITING)))


async def test_a_peer_away_for_good_is_given_up_after_a_month_and_on_record(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = AWAY
    for number in range(3):
        await timed_speaker.say([f"https://late.example/users/{number}/inbox"])
    await play(database, peers, clock, LIFETIME - timedelta(days=2))
    assert (await counts(database)) == {DeliveryState.WAITING: 3}
    last_week = len(peers.tried)
    await play(database, peers, clock, timedelta(days=7))
    assert (await counts(database)) == {DeliveryState.GIVEN_UP: 3}
    assert len(peers.tried) - last_week <= 9, "a slow try a day"
    assert len(peers.tried) < 3 * 75
    async with database.reading() as session:
        errors = list(await session.scalars(select(Delivery.last_error)))
    assert any("connection refused" in error for error in errors)


async def test_a_late_outcome_does_not_undo_a_delivery(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    await timed_speaker.say([LATE])
    async with database.writing() as session:
        (slow,) = await claim(session, now=clock(), limit=1)
    clock.advance(LEASE)  # its lease ran out; another delivers
    assert await take_turn(database, peers, clock) == 1
    async with database.writing() as session:
        await settle(session, [(slow, Outcome(Result.HOST_FAILED, error="too slow"))], now=clock())
    assert (await _delivery(database, LATE)).state is DeliveryState.DELIVERED
    assert await counts(database) == {DeliveryState.DELIVERED: 1}


async def test_a_host_that_does_well_is_not_written_for_each_delivery(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    written: list[str] = []

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        if statement.startswith(("INSERT INTO instances", "UPDATE instances")):
            written.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    for _ in range(5):
        await timed_speaker.say([OTHER])
        await take_turn(database, peers, clock)
    assert len(written) == 1
    clock.advance(SUCCESS_NOTED_EVERY + timedelta(seconds=1))
    await timed_speaker.say([OTHER])
    await take_turn(database, peers, clock)
    assert len(written) == 2


async def test_a_recovered_host_gets_what_was_put_off_but_nothing_twice(
    database: Database, timed_speaker: Speaker, clock: FalseClock, peers: Peers
) -> None:
    peers.behaviours["late.example"] = AWAY
    for number in range(20):
        await timed_speaker.say([f"https://late.example/users/{number}/inbox"])
    await play(database, peers, clock, timedelta(hours=3))
    peers.behaviours["late.example"] = answer_ok
    async with database.writing() as session:
        await session.execute(update(Instance).values(rests_until=clock() - timedelta(seconds=1)))
        await session.execute(update(Delivery).values(next_at=clock()))
    tries = len(peers.tried)
    await play(database, peers, clock, timedelta(minutes=2))
    assert await counts(database) == {DeliveryState.DELIVERED: 20}
    assert len(peers.tried) == tries + 20


def test_rests_grow_to_an_hour_and_after_a_week_to_a_day() -> None:
    rests = [rest_after(failures, 0.0) for failures in range(1, 400)]
    assert rests[: MOST_FAILURES - 1] == [None] * (MOST_FAILURES - 1)
    grown = [rest for rest in rests if rest is not None]
    assert grown[0] == timedelta(minutes=1)
    assert grown == sorted(grown)
    assert timedelta(hours=1) in grown and grown[-1] == timedelta(days=1)
    week = sum((rest for rest in grown if rest < timedelta(days=1)), timedelta(0))
    assert timedelta(days=6.5) < week < timedelta(days=8)
    assert (rest_after(400, 0.99) or timedelta(0)) < timedelta(days=1.25)
