"""The worker of arrivals: each has its effect exactly once, in the transaction that notes it as done.

One loop takes up to 200 arrivals that wait and handles them in one transaction. What nobody
expected rolls all of it back, and they are handled one at a time: the one that is at fault is tried
again later, a few times, and the rest go on. An arrival that needs something fetched is put off by
a lease, its fetches happen outside any transaction beside the loop, and then it is handled alone.
So a dead server costs a task, never the queue.

The loop outlives the database. Any number of processes may run one worker each: on PostgreSQL they
pass over each other's rows, on SQLite they take turns.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Database
from actors.database import now as present
from actors.resolve import Resolver
from actors.site import Site
from actors.wakeups import ARRIVALS, Wakeups
from federation.errors import FederationError
from inbox import arrivals
from inbox.arrivals import Claimed
from inbox.fetching import Fetched, Fetcher
from inbox.handling import handle, prepare
from inbox.outcomes import Done, Ignored, Needs, Outcome, Refused, Unfinished
from inbox.policy import Policies, Policy
from inbox.reading import Reading
from inbox.tables import ArrivalState

log = logging.getLogger(__name__)

_LONGEST_SLEEP: Final = 2.0
_BETWEEN_TURNS: Final = 0.1
"""Seconds from the start of one turn to that of the next: what comes meanwhile shares a transaction."""
_LONGEST_BACKOFF: Final = 5.0
_LEASE: Final = timedelta(seconds=90)
_MOST_FETCHING: Final = 256
"""Arrivals that are being fetched for at once; more wait for their lease to end."""
_MOST_ROUNDS: Final = 5
_MOST_NEEDED: Final = 10


class ArrivalWorker:
    """Handles what arrived, ``batch`` in a transaction, until told to stop. One a process. ``clock`` is for tests.

    The caller runs ``wakeups.watch()``, if other processes take arrivals in.
    """

    def __init__(
        self,
        database: Database,
        site: Site,
        resolver: Resolver,
        wakeups: Wakeups,
        policies: Policies | None = None,
        *,
        batch: int = arrivals.BATCH,
        clock: Callable[[], datetime] = present,
    ) -> None:
        self._database = database
        self._site = site
        self._fetcher = Fetcher(resolver)
        self._policies = policies or Policies(database)
        self._batch = batch
        self._clock = clock
        self._wake = asyncio.Event()
        self._fetching: dict[int, asyncio.Task[None]] = {}
        wakeups.on_ring(ARRIVALS, self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Handle arrivals until ``stop`` is set, then let go: whatever is under way is taken up again later."""
        stopper = asyncio.create_task(self._wake_at(stop))
        loop = asyncio.get_running_loop()
        troubles = 0
        try:
            while not stop.is_set():
                self._wake.clear()
                started = loop.time()
                try:
                    handled = await self.turn()
                    troubles = 0
                except Exception as error:
                    if not is_away(error):
                        log.exception("the worker of arrivals stumbled")
                    else:
                        log.warning("the database is away, trying again: %s", error)
                    troubles += 1
                    pause = min(0.1 * 2 ** min(troubles, 10), _LONGEST_BACKOFF)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause)
                    continue
                if not handled:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), _LONGEST_SLEEP)
                elif handled < self._batch:
                    await asyncio.sleep(started + _BETWEEN_TURNS - loop.time())
        finally:
            stopper.cancel()
            tasks = list(self._fetching.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def turn(self) -> int:
        """Handle one batch; return of how many. Raises what the database raises."""
        reading, policy = Reading(), await self._policies.current()
        claimed: list[Claimed] = []
        if self._database.is_sqlite:
            # The write lane is for writing: what only costs the processor is done before.
            async with self._database.reading() as session:
                peeked = await arrivals.waiting(session, now=self._clock(), limit=self._batch)
            if not peeked:
                return 0
            await prepare(reading, peeked)
        try:
            async with self._database.writing() as session:
                claimed = await arrivals.claim(session, now=self._clock(), limit=self._batch)
                if not claimed:
                    return 0
                needs = await self._handle(session, claimed, reading, policy)
        except Exception as error:
            if is_away(error) or not claimed:
                raise
            log.warning("a batch of arrivals failed, handling them one at a time: %s", error)
            await self._handle_alone(claimed)
            return len(claimed)
        for arrival_id, needed in needs.items():
            self._fetch_for(arrival_id, needed)
        return len(claimed)

    async def settle_fetches(self) -> None:
        """Wait until nothing is being fetched any more; for tests."""
        while self._fetching:
            await asyncio.gather(*self._fetching.values())

    async def _handle(
        self,
        session: AsyncSession,
        claimed: Sequence[Claimed],
        reading: Reading,
        policy: Policy,
        fetched: Mapping[str, Fetched] | None = None,
    ) -> dict[int, Needs]:
        """Handle arrivals in this transaction and settle them; return what must be fetched for which."""
        outcomes = await handle(
            session, self._site, claimed, reading, policy=policy, now=self._clock(), fetched=fetched or {}
        )
        return await self._settle(session, outcomes, attempts=0 if fetched else 1)

    async def _settle(
        self, session: AsyncSession, outcomes: Mapping[int, Outcome], *, attempts: int
    ) -> dict[int, Needs]:
        done: list[int] = []
        others: list[tuple[int, ArrivalState, str]] = []
        needs: dict[int, Needs] = {}
        for arrival_id, outcome in outcomes.items():
            match outcome:
                case Done():
                    done.append(arrival_id)
                case Ignored(reason):
                    others.append((arrival_id, ArrivalState.IGNORED, reason))
                case Refused(reason):
                    log.info("refused arrival %d: %s", arrival_id, reason)
                    others.append((arrival_id, ArrivalState.REFUSED, reason))
                case Needs():
                    needs[arrival_id] = outcome
                case Unfinished():
                    pass  # still waits, and is due
        await arrivals.settle(session, done, others)
        await arrivals.put_off(session, list(needs), self._clock() + _LEASE, attempts=attempts)
        return needs

    async def _handle_alone(self, claimed: Sequence[Claimed]) -> None:
        for one in claimed:
            await self._handle_again(one.id, {})

    async def _handle_again(self, arrival_id: int, fetched: Mapping[str, Fetched]) -> Needs | None:
        """Handle one arrival in a transaction of its own; return what it needs besides ``fetched``."""
        policy = await self._policies.current()
        try:
            async with self._database.writing() as session:
                claimed = await arrivals.claim_again(session, [arrival_id])
                needs = await self._handle(session, claimed, Reading(), policy, fetched) if claimed else {}
        except Exception as error:
            if is_away(error):
                raise
            log.exception("handling arrival %d failed", arrival_id)
            async with self._database.writing() as session:
                await arrivals.note_failure(session, arrival_id, f"{type(error).__name__}: {error}", now=self._clock())
            return None
        needed = needs.get(arrival_id)
        if needed is not None and not fetched:
            self._fetch_for(arrival_id, needed)
            return None
        return needed

    def _fetch_for(self, arrival_id: int, needs: Needs) -> None:
        if arrival_id in self._fetching or len(self._fetching) >= _MOST_FETCHING:
            return
        task = asyncio.create_task(self._fetch_and_handle(arrival_id, needs))
        self._fetching[arrival_id] = task
        task.add_done_callback(lambda _: self._fetching.pop(arrival_id, None))

    async def _fetch_and_handle(self, arrival_id: int, needs: Needs | None) -> None:
        fetched: dict[str, Fetched] = {}
        try:
            for _ in range(_MOST_ROUNDS):
                if needs is None:
                    return
                objects = [uri for uri in needs.objects if uri not in fetched][:_MOST_NEEDED]
                actors = [uri for uri in needs.actors if uri not in fetched][:_MOST_NEEDED]
                if not objects and not actors:
                    break
                fetched |= await self._fetcher.all_of(objects, actors)
                needs = await self._handle_again(arrival_id, fetched)
            if needs is not None:
                await self._give_up(arrival_id, needs, fetched)
        except Exception as error:
            if not is_away(error):
                log.exception("fetching for arrival %d failed", arrival_id)
            # Its lease ends by itself, and then it is taken up again.

    async def _give_up(self, arrival_id: int, needs: Needs, fetched: Mapping[str, Fetched]) -> None:
        """Try again later what could not be fetched now; after some attempts let it be."""
        wanted = (*needs.objects, *needs.actors)
        errors = [error.reason for uri in wanted if isinstance(error := fetched.get(uri), FederationError)]
        reason = f"could not be fetched: {errors[0] if errors else wanted[0]}"
        async with self._database.writing() as session:
            for one in await arrivals.claim_again(session, [arrival_id]):
                if one.attempts >= arrivals.MOST_FETCHES:
                    await arrivals.settle(session, [], [(one.id, ArrivalState.IGNORED, reason)])
                else:
                    until = self._clock() + arrivals.wait_after(one.attempts)
                    await arrivals.put_off(session, [one.id], until, attempts=0)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()


def is_away(error: Exception) -> bool:
    """Whether the database, and not what it was asked, is the trouble."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, OSError | TimeoutError | PoolTimeout)
