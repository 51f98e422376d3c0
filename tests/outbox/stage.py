"""What the tests of the outbox play with: an actor who speaks, peers that answer, and a running worker."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.kinds import ActorKind
from actors.site import Site
from actors.wakeups import Wakeups
from federation.client import Answer
from federation.keys import SigningKey
from outbox.activities import build
from outbox.delivery import Outcome, attempt
from outbox.queue import Claimed, Outgoing, claim, queue_activities, seconds_until_due
from outbox.settle import settle
from outbox.tables import Activity, Delivery, DeliveryState
from outbox.worker import DeliveryWorker
from tests.support.clock import FalseClock
from tests.support.keys import key_pair, key_ring

SITE = Site("https://tilburg.example")
OK = Answer(202, None, "")

Behaviour = Callable[[str], Awaitable[Answer]]


async def answer_ok(_url: str) -> Answer:
    """Accept."""
    return OK


def answering(status: int, retry_after: float | None = None) -> Behaviour:
    """Answer always the same."""

    async def behave(_url: str) -> Answer:
        return Answer(status, retry_after, f"says {status}")

    return behave


def raising(error: Exception) -> Behaviour:
    """Fail always the same."""

    async def behave(_url: str) -> Answer:
        raise error

    return behave


class Peers:
    """Stands in for the client: ``behaviours`` by URL or host. Remembers what reached whom, in order."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.tried: list[tuple[str, str]] = []
        self.got: Counter[tuple[str, str]] = Counter()
        self.flying: Counter[str] = Counter()
        self.most_flying: Counter[str] = Counter()

    async def post(self, url: str, body: bytes, *, key: SigningKey, timeout: float = 10.0) -> Answer:
        host = url.split("/")[2]
        activity = json.loads(body)["id"]
        self.tried.append((url, activity))
        self.flying[host] += 1
        self.most_flying[host] = max(self.most_flying[host], self.flying[host])
        try:
            behave = self.behaviours.get(url) or self.behaviours.get(host, answer_ok)
            answer = await behave(url)
        finally:
            self.flying[host] -= 1
        if answer.ok:
            self.got[url, activity] += 1
        return answer


class Speaker:
    """A local actor of a database, with keys, that queues what it says."""

    def __init__(self, database: Database, actor_id: int, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.actor_id = actor_id
        self._clock = clock

    async def say(self, inboxes: Collection[str], **more: Any) -> str:
        """Queue a Create for these inboxes; return its id."""
        activity_id = new_id()
        uri = SITE.activity_uri(activity_id)
        actor = SITE.actor_uri(ActorKind.PERSON, "fatima")
        note = f"{actor}/notes/{activity_id}"
        document = build("Create", uri=uri, actor=actor, object={"id": note, "type": "Note"}, to=[f"{actor}/followers"])
        outgoing = Outgoing(activity_id, self.actor_id, document, note, True, inboxes, **more)
        async with self.database.writing() as session:
            await queue_activities(session, SITE, [outgoing], now=self._clock())
        return uri


async def make_speaker(database: Database, clock: Callable[[], datetime] = now) -> Speaker:
    """Add a local actor with keys."""
    uri = SITE.actor_uri(ActorKind.PERSON, "fatima")
    actor = Actor(
        id=new_id(), uri=uri, kind=ActorKind.PERSON, is_local=True, handle="fatima", domain=SITE.domain,
        inbox=f"{uri}/inbox", created_at=now(), updated_at=now(),
    )  # fmt: skip
    async with database.writing() as session:
        session.add(actor)
        await session.flush()
        key_ring().add(session, actor, key_pair())
    return Speaker(database, actor.id, clock)


@asynccontextmanager
async def running(database: Database, client: Any, **more: Any) -> AsyncIterator[Wakeups]:
    """Run a worker while the block runs; its wake-ups are of this process only."""
    wakeups = Wakeups(database)
    stop = asyncio.Event()
    task = asyncio.create_task(DeliveryWorker(database, SITE, key_ring(), client, wakeups, **more).run(stop))
    try:
        yield wakeups
        assert not task.done(), "the worker ended by itself"
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def take_turn(database: Database, client: Any, clock: FalseClock, *, limit: int = 100) -> int:
    """Do by hand what a worker does in one round, by a false clock: claim, try, settle. Return how many were tried."""
    async with database.writing() as session:
        claimed = await claim(session, now=clock(), limit=limit)
    bodies = await _bodies(database, claimed)
    key = SigningKey("https://tilburg.example/key", key_pair()[0])
    outcomes: list[tuple[Claimed, Outcome]] = [
        (one, await attempt(client, one.inbox, bodies[one.activity_id], key)) for one in claimed
    ]
    async with database.writing() as session:
        await settle(session, outcomes, now=clock(), random=lambda: 0.5)
    return len(claimed)


async def play(database: Database, client: Any, clock: FalseClock, duration: timedelta) -> None:
    """Let a false time go by, with everything tried that becomes due in it."""
    end = clock() + duration
    while True:
        if await take_turn(database, client, clock):
            continue
        async with database.reading() as session:
            due = await seconds_until_due(session, now=clock())
        if due is None or clock() + timedelta(seconds=due) > end:
            break
        clock.advance(max(due, 0.001))
    clock.moment = end


async def _bodies(database: Database, claimed: list[Claimed]) -> dict[int, bytes]:
    async with database.reading() as session:
        ids = {one.activity_id for one in claimed}
        rows = await session.execute(select(Activity.id, Activity.document).where(Activity.id.in_(ids)))
        return {activity_id: document.encode() for activity_id, document in rows}


async def counts(database: Database) -> dict[DeliveryState, int]:
    """Return how many deliveries are in which state."""
    async with database.reading() as session:
        rows = await session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        return {row[0]: row[1] for row in rows}


async def until(condition: Callable[[], Awaitable[bool]] | Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is so; fail when it is not in time."""
    async with asyncio.timeout(seconds):
        while True:
            holds = condition()
            if not isinstance(holds, bool):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(0.01)


async def all_settled(database: Database) -> bool:
    """Whether nothing waits."""
    return not (await counts(database)).get(DeliveryState.WAITING)
