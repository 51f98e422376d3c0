"""The worker: one bad arrival stops nobody, and nothing that happens around it loses any."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from actors.actor import Actor
from actors.database import Database
from actors.posts.tables import Post
from actors.wakeups import Wakeups
from federation.documents import Activity
from federation.vocabulary import PUBLIC
from inbox import arrivals, handling
from inbox.arrivals import MOST_ATTEMPTS, MOST_FETCHES
from inbox.batch import Batch
from inbox.dispatch import HANDLERS, table_of
from inbox.handlers.create import create
from inbox.outcomes import Outcome
from inbox.tables import Arrival, ArrivalState
from inbox.worker import ArrivalWorker
from tests.inbox.peers import Remote, World, hang
from tests.inbox.stage import SITE, Stage, open_stage
from tests.support.clock import FalseClock

Handler = Callable[[Activity, Actor, Batch], Awaitable[Outcome]]


def test_a_second_handler_for_a_type_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="two handlers"):
        table_of([("Create", create), ("Like", create), ("Create", create)])


@asynccontextmanager
async def running(worker: ArrivalWorker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
        assert not task.done(), "the worker ended by itself"
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The ids of activities whose handler fails in a way that nobody expected."""
    poisonous: set[str] = set()

    async def failing(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
        outcome = await create(activity, sender, batch)
        if activity.id in poisonous:
            raise RuntimeError("nobody expected this")
        return outcome

    monkeypatch.setattr(handling, "HANDLERS", {**HANDLERS, "Create": failing})
    return poisonous


async def test_one_poisonous_arrival_does_not_stop_the_others(stage: Stage, anna: Remote, poison: set[str]) -> None:
    activities = [anna.create(anna.note(to=[PUBLIC, stage.issue.uri])) for _ in range(5)]
    poison.add(activities[2]["id"])
    for activity in activities:
        await stage.send(anna, activity)
    await stage.handle()
    states = [row.state for row in await stage.rows(Arrival)]
    assert states == [
        ArrivalState.DONE,
        ArrivalState.DONE,
        ArrivalState.WAITING,
        ArrivalState.DONE,
        ArrivalState.DONE,
    ]
    assert {post.uri for post in await stage.rows(Post)} == {
        activity["object"]["id"] for activity in activities if activity["id"] not in poison
    }
    assert len(await stage.said()) == 8


async def test_it_is_tried_again_later_and_given_up_in_the_end(stage: Stage, anna: Remote, poison: set[str]) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    poison.add(activity["id"])
    await stage.send(anna, activity)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        await stage.handle()
        (row,) = await stage.rows(Arrival)
        assert row.attempts == attempt
        await stage.handle()  # not before its time
        stage.clock.advance(timedelta(hours=2))
    assert row.state is ArrivalState.FAILED
    assert row.body is not None
    assert row.reason == "RuntimeError: nobody expected this"
    assert await stage.rows(Post) == []


async def test_what_was_mended_meanwhile_is_handled(stage: Stage, anna: Remote, poison: set[str]) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    poison.add(activity["id"])
    await stage.hear(anna, activity)
    poison.clear()
    stage.clock.advance(timedelta(hours=2))
    await stage.handle()
    assert await stage.fates() == [(ArrivalState.DONE, "RuntimeError: nobody expected this")]
    assert len(await stage.rows(Post)) == 1


async def test_it_wakes_at_once(stage: Stage, anna: Remote) -> None:
    wakeups = Wakeups(stage.database)
    worker = ArrivalWorker(stage.database, SITE, stage.resolver, wakeups, clock=stage.clock)
    async with running(worker):
        await asyncio.sleep(0.3)
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
        await until(lambda: stage.rows(Post), 1.0)


async def test_it_outlives_the_database(stage: Stage, anna: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    away = 3
    real = arrivals.claim

    async def claim(*arguments: Any, **more: Any) -> Any:
        nonlocal away
        if away:
            away -= 1
            raise OperationalError("SELECT", {}, OSError("the database is away"))
        return await real(*arguments, **more)

    monkeypatch.setattr(arrivals, "claim", claim)
    await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    async with running(stage.worker):
        await until(lambda: stage.rows(Post), 10.0)
    (row,) = await stage.rows(Arrival)
    assert row.attempts == 0


async def test_large_bodies_are_taken_few_at_a_time(
    stage: Stage, anna: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "BATCH_BYTES", 200_000)
    for _ in range(5):
        await stage.send(anna, anna.create(anna.note("x" * 90_000, to=[stage.fatima.uri])))
    assert [await stage.worker.turn() for _ in range(4)] == [2, 2, 1, 0]
    assert len(await stage.rows(Post)) == 5


async def test_a_hanging_origin_keeps_nobody_waiting(stage: Stage, anna: Remote) -> None:
    group = Remote(stage.world, "lemmy.example", "vraag", "Group", kind="issue")
    await stage.follow(group)
    uri = "https://slow.example/notes/1"
    stage.world.answers[uri] = hang
    await stage.send(group, group.activity("Announce", uri))
    async with running(stage.worker):
        await until(lambda: asked(stage, uri))
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
        await until(lambda: stage.rows(Post), 2.0)
    # The one that was interrupted is taken up again when its lease ends.
    stage.world.answers.clear()
    slow = Remote(stage.world, "slow.example", "traag")
    stage.world.publish(slow.note() | {"id": uri})
    stage.clock.advance(120)
    await stage.handle()
    assert await stage.post(uri) is not None


async def asked(stage: Stage, uri: str) -> bool:
    return stage.world.asked[uri] > 0


async def test_what_keeps_asking_for_more_is_bounded(stage: Stage) -> None:
    group = Remote(stage.world, "lemmy.example", "vraag", "Group", kind="issue")
    await stage.follow(group)
    # An author whose document has another id than the one it was asked by: it is never found.
    note = Remote(stage.world, "bad.example", "a").note()
    stage.world.documents["https://bad.example/a"] = stage.world.documents["https://bad.example/a"] | {
        "id": "https://bad.example/b"
    }
    await stage.send(group, group.activity("Announce", note["id"]))
    for _ in range(MOST_FETCHES + 2):
        await stage.handle()
        stage.clock.advance(7_200)
    assert (await stage.fates())[-1][0] is ArrivalState.IGNORED
    assert stage.world.asked.total() < 60


async def test_processes_that_handle_the_same_object_see_each_other(
    postgresql_database: Database, world: World, clock: FalseClock
) -> None:
    """A Create and its Delete, handled at the same moment by two processes, end as one after the other."""
    async with open_stage(postgresql_database, world, clock) as stage:
        anna = world.person()
        workers = [
            ArrivalWorker(postgresql_database, SITE, stage.resolver, Wakeups(postgresql_database), batch=1, clock=clock)
            for _ in range(4)
        ]
        for _ in range(15):
            parent = anna.note(to=[PUBLIC, stage.issue.uri])
            reply = anna.note(inReplyTo=parent["id"])
            gone = anna.note(to=[PUBLIC, stage.issue.uri])
            for activity in (
                anna.create(gone), anna.activity("Delete", gone["id"]), anna.create(reply), anna.create(parent),
            ):  # fmt: skip
                await stage.send(anna, activity)
            await asyncio.gather(*(one(worker) for worker in workers))
            await stage.handle()
            root, answer = await stage.post(parent["id"]), await stage.post(reply["id"])
            assert root is not None
            # An answer alone concerns nobody here; with what it answers it does.
            assert answer is None or answer.thread_id == root.id
            withdrawn = await stage.post(gone["id"])
            assert withdrawn is None or withdrawn.deleted_at is not None


async def one(worker: ArrivalWorker) -> None:
    """Take turns of one arrival each, so that workers meet."""
    while await worker.turn():
        await asyncio.sleep(0)
