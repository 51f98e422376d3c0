"""The running worker: quick, fair, and hard to kill. Peers are pretended, the clock is real."""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from actors.actor import ActorKey
from actors.database import Database, now
from federation.client import Answer
from federation.errors import Unreachable
from outbox.settle import settle
from outbox.tables import Delivery, DeliveryState
from tests.outbox.stage import (
    OK,
    SITE,
    Behaviour,
    Peers,
    Speaker,
    all_settled,
    answering,
    counts,
    make_speaker,
    raising,
    running,
    until,
)
from tests.support.postgresql import PostgreSQL


def slow(seconds: float) -> Behaviour:
    async def behave(_url: str) -> Answer:
        await asyncio.sleep(seconds)
        return OK

    return behave


def hosts(number: int, name: str = "h") -> list[str]:
    return [f"https://{name}{each}.example/inbox" for each in range(number)]


async def test_everyone_gets_everything_once(database: Database, speaker: Speaker, peers: Peers) -> None:
    said = [await speaker.say(hosts(20)) for _ in range(5)]
    async with running(database, peers):
        await until(lambda: all_settled(database))
    assert peers.got == {(url, activity): 1 for url in hosts(20) for activity in said}


async def test_wakes_at_once_for_what_is_said(database: Database, speaker: Speaker, peers: Peers) -> None:
    async with running(database, peers):
        await asyncio.sleep(0.3)
        for _ in range(3):
            peers.got.clear()
            started = time.monotonic()
            await speaker.say(hosts(1))
            await until(lambda: bool(peers.got))
            assert time.monotonic() - started < 0.3


async def test_notes_a_single_delivery_soon(database: Database, speaker: Speaker, peers: Peers) -> None:
    async with running(database, peers):
        await speaker.say(hosts(1))
        await until(lambda: all_settled(database), 1)


async def test_tries_again_when_it_is_due(database: Database, speaker: Speaker, peers: Peers) -> None:
    (inbox,) = hosts(1)
    peers.behaviours[inbox] = answering(408)
    async with running(database, peers, random=lambda: 0.0) as wakeups:
        await speaker.say([inbox])
        await until(lambda: len(peers.tried) == 1)
        await until(lambda: _attempts(database))
        del peers.behaviours[inbox]
        async with database.writing() as session:  # in half a second instead of five
            await session.execute(update(Delivery).values(next_at=now() + timedelta(seconds=0.5)))
        wakeups.ring_all()
        await until(lambda: all_settled(database), 2)
    assert len(peers.tried) == 2


async def _attempts(database: Database) -> bool:
    async with database.reading() as session:
        return bool(await session.scalar(select(Delivery.attempts)))


async def test_a_host_gets_one_lane_until_it_answers_and_then_a_few(
    database: Database, speaker: Speaker, peers: Peers
) -> None:
    peers.behaviours["big.example"] = slow(0.05)
    for _ in range(30):
        await speaker.say(["https://big.example/inbox"])
    async with running(database, peers):
        await until(lambda: len(peers.tried) == 1)
        await asyncio.sleep(0.02)
        assert len(peers.tried) == 1
        await until(lambda: all_settled(database))
    assert peers.most_flying["big.example"] == 4
    assert sum(peers.got.values()) == 30


async def test_hanging_peers_hold_up_nobody(database: Database, speaker: Speaker, peers: Peers) -> None:
    bad = hosts(30, "bad")
    for inbox in bad:
        peers.behaviours[inbox.split("/")[2]] = slow(8.0)
    for number in range(12):
        await speaker.say([*bad, *(inbox.replace("inbox", f"users/{number}/inbox") for inbox in bad)])
    async with running(database, peers, patience=8.0):
        await until(lambda: len(peers.tried) >= 30)
        started = time.monotonic()
        for _ in range(10):
            await speaker.say(["https://good.example/inbox"])
        await until(lambda: sum(peers.got[key] for key in peers.got if "good" in key[0]) == 10, 5)
        assert time.monotonic() - started < 2
        assert max(peers.most_flying.values()) <= 4


async def test_hosts_that_failed_share_half_the_slots(database: Database, speaker: Speaker, peers: Peers) -> None:
    bad = hosts(20, "bad")
    for inbox in bad:
        peers.behaviours[inbox] = raising(Unreachable("away"))
    async with running(database, peers, slots=8):
        await speaker.say(bad)
        await until(lambda: len(peers.tried) == 20)
        await until(lambda: _attempts(database))
        for inbox in bad:
            peers.behaviours[inbox] = slow(3.0)
        await speaker.say(bad)
        await until(lambda: len(peers.tried) >= 24)
        started = time.monotonic()
        await speaker.say(["https://good.example/inbox"])
        await until(lambda: bool(peers.got), 2)
        assert time.monotonic() - started < 1
        assert sum(peers.flying.values()) <= 4


async def test_a_stop_finishes_what_is_under_way_and_gives_back_the_rest(
    database: Database, speaker: Speaker, peers: Peers
) -> None:
    peers.behaviours["big.example"] = slow(0.3)
    for number in range(8):
        await speaker.say([f"https://big.example/users/{number}/inbox"])
    async with running(database, peers):
        await until(lambda: len(peers.tried) == 1)
    assert len(peers.tried) == 1
    assert await counts(database) == {DeliveryState.DELIVERED: 1, DeliveryState.WAITING: 7}
    async with database.reading() as session:
        waiting = list(await session.scalars(select(Delivery.next_at).where(Delivery.state == DeliveryState.WAITING)))
    assert max(waiting) <= now(), "another process need not wait for the claims to run out"


async def test_a_stop_does_not_wait_for_those_who_hang(database: Database, speaker: Speaker, peers: Peers) -> None:
    peers.behaviours["bad.example"] = slow(60)
    await speaker.say(["https://bad.example/inbox"])
    started = time.monotonic()
    async with running(database, peers):
        await until(lambda: bool(peers.tried))
    assert time.monotonic() - started < 7
    async with database.reading() as session:
        delivery = (await session.scalars(select(Delivery))).one()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)
    assert delivery.next_at <= now()


async def test_an_actor_without_a_key_holds_up_nobody(database: Database, speaker: Speaker, peers: Peers) -> None:
    async with database.writing() as session:
        await session.execute(update(ActorKey).values(private=None))
    await speaker.say(hosts(1))
    async with running(database, peers):
        await until(lambda: _attempts(database))
    async with database.reading() as session:
        delivery = (await session.scalars(select(Delivery))).one()
    assert delivery.state is DeliveryState.WAITING
    assert "no key" in delivery.last_error
    assert not peers.tried


async def test_never_delivers_to_itself(database: Database, speaker: Speaker, peers: Peers) -> None:
    await speaker.say(hosts(1))
    async with database.writing() as session:
        await session.execute(update(Delivery).values(inbox=f"{SITE.base_url}/inbox"))
    async with running(database, peers):
        await until(lambda: all_settled(database))
    assert await counts(database) == {DeliveryState.REFUSED: 1}
    assert not peers.tried


async def test_an_unforeseen_error_is_survived(
    database: Database, speaker: Speaker, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"left": 3}
    monkeypatch.setattr("outbox.worker.settle", _failing_first(broken))
    async with running(database, peers, lease=timedelta(seconds=1), patience=0.5):
        await speaker.say(hosts(3))
        await until(lambda: all_settled(database), 15)
    assert broken["left"] == 0
    assert len(peers.got) == 3


def _failing_first(broken: dict[str, int]) -> object:
    async def fail_first(*arguments: object, **more: object) -> None:
        if broken["left"]:
            broken["left"] -= 1
            raise ValueError("cannot be noted")
        await settle(*arguments, **more)  # type: ignore[arg-type]

    return fail_first


async def test_two_processes_share_the_queue_and_deliver_nothing_twice(
    postgresql_database: Database, peers: Peers
) -> None:
    speaker = await make_speaker(postgresql_database)
    other = Database(postgresql_database.url)
    others = Peers()
    for each in (peers, others):
        each.behaviours.update({inbox: slow(0.01) for inbox in hosts(300)})
    said = [await speaker.say(hosts(300)) for _ in range(2)]
    async with running(postgresql_database, peers, slots=64), running(other, others, slots=64):
        await until(lambda: all_settled(postgresql_database))
    await other.close()
    assert peers.got + others.got == {(url, activity): 1 for url in hosts(300) for activity in said}
    assert peers.got and others.got


async def test_goes_on_when_its_connections_are_ended(
    postgresql_database: Database, postgresql: tuple[PostgreSQL, str], peers: Peers
) -> None:
    server, _ = postgresql
    name = postgresql_database.url.database
    speaker = await make_speaker(postgresql_database)
    peers.behaviours.update({inbox: slow(0.01) for inbox in hosts(200)})
    await speaker.say(hosts(200))
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    async with running(postgresql_database, peers, slots=16, lease=timedelta(seconds=3), patience=1.0):
        for _ in range(5):
            await asyncio.sleep(0.1)
            server.execute(end)
        await until(lambda: _settled_at_last(postgresql_database), 20)
    assert len(peers.got) == 200


async def test_goes_on_when_the_database_comes_back(
    postgresql_database: Database, postgresql: tuple[PostgreSQL, str], peers: Peers
) -> None:
    server, _ = postgresql
    name = postgresql_database.url.database
    speaker = await make_speaker(postgresql_database)
    peers.behaviours.update({inbox: slow(0.05) for inbox in hosts(100)})
    await speaker.say(hosts(100))
    async with running(postgresql_database, peers, slots=16, lease=timedelta(seconds=3), patience=1.0):
        await until(lambda: len(peers.tried) > 20)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        await asyncio.sleep(1.5)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await until(lambda: _settled_at_last(postgresql_database), 20)
    assert len(peers.got) == 100
    assert sum(peers.got.values()) == 100, "what could not be noted was kept, and noted later"


async def _settled_at_last(database: Database) -> bool:
    try:
        return await all_settled(database)
    except (SQLAlchemyError, OSError):
        return False


async def test_processes_that_meet_failing_hosts_do_not_hold_each_other_up(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything fails now and then, is put off, rests and recovers: no deadlocks, no losses."""
    monkeypatch.setattr("outbox.retry.delay", lambda _attempt, random: timedelta(seconds=0.05 + 0.1 * random))
    monkeypatch.setattr("actors.instances.health.MOST_FAILURES", 2)
    monkeypatch.setattr(
        "actors.instances.health.rest_after", lambda failures, _random: timedelta(seconds=0.1 * failures)
    )
    speaker = await make_speaker(postgresql_database)
    databases = [postgresql_database, Database(postgresql_database.url), Database(postgresql_database.url)]
    crowd = [Peers() for _ in databases]
    chance = random.Random(7)

    async def moody(_url: str) -> Answer:
        await asyncio.sleep(chance.uniform(0, 0.02))
        if chance.random() < 0.4:
            raise Unreachable("not now")
        return OK

    for peers in crowd:
        peers.behaviours = {f"h{number}.example": moody for number in range(15)}
    said = [await speaker.say(hosts(15)) for _ in range(20)]
    async with AsyncExitStack() as stack:
        for database, peers in zip(databases, crowd, strict=True):
            await stack.enter_async_context(
                running(database, peers, lease=timedelta(seconds=2), patience=0.5, slots=32)
            )
        await until(lambda: all_settled(postgresql_database), 40)
    for database in databases[1:]:
        await database.close()
    got = sum((peers.got for peers in crowd), Counter[tuple[str, str]]())
    assert got == {(url, activity): 1 for url in hosts(15) for activity in said}
    assert not [record for record in caplog.records if record.levelname != "INFO"]
