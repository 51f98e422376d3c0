"""The delivery worker: takes turns with the database, and in between speaks to the world.

One loop owns the database side. A *turn* is one short transaction that notes what became of
attempts and claims what is due; the rest of the time deliveries are under way, none of them inside
a transaction. So a thousand deliveries cost some tens of commits, and one delivery waits for none:
the loop wakes at once when a commit rings the bell, and soon after an answer. (It is the idea of
`actors.group_commit`, with notes and claims in the one transaction and nobody waiting for it.)

Nobody slows anybody (promise P6):

- Each host has lanes of its own. A host starts with one; while it answers it may have `_LANES`.
- Hosts that failed lately get one attempt at a time, and together at most half the slots.
- A host whose lanes are full is not claimed for, so others' deliveries come up whatever its backlog.

The loop outlives the database: what could not be noted is kept and noted later, and what was
claimed meanwhile runs out by its lease. Any number of processes may run one worker each.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import random as any_random
from typing import Final

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.bounded import BoundedCache
from actors.database import Database
from actors.database import now as present
from actors.keys import KeyRing
from actors.site import Site
from actors.wakeups import DELIVERIES, Wakeups
from outbox.delivery import ATTEMPT_SECONDS, Outcome, Result, Sender, attempt
from outbox.letters import Letter, Letters
from outbox.queue import LEASE, Claimed, claim, release, seconds_until_due
from outbox.report import prune
from outbox.settle import settle

log = logging.getLogger(__name__)

_LANES: Final = 4
_NOTED_AFTER: Final = 0.05
"""Seconds that an outcome waits for company, while others are under way."""
_NOTED_AT: Final = 64
"""So many outcomes are noted at once."""
_LONGEST_SLEEP: Final = 5.0
_PAUSE_WHEN_LOCKED: Final = 0.05
_LONGEST_BACKOFF: Final = 5.0
_PUT_OFF: Final = timedelta(seconds=5)
_STOP_SECONDS: Final = 4.0
_PRUNE_EVERY: Final = timedelta(hours=1)
_LASTING: Final = (DataError, IntegrityError, ProgrammingError, ValueError, TypeError, LookupError)


_Task = tuple[Claimed, Letter, datetime]
"""A delivery, what is sent, and when its claim runs out."""


@dataclass(slots=True)
class _Host:
    """A host's lanes, and what waits for one of them in this process."""

    waiting: deque[_Task] = field(default_factory=deque)
    flying: int = 0
    failing: bool = False


class DeliveryWorker:
    """Delivers what `outbox.queue` holds, until told to stop. One a process.

    ``slots`` is how many attempts are under way at most, ``patience`` the seconds each may take (well
    within the ``lease``). ``clock`` and ``random`` are for tests.
    The caller runs ``wakeups.watch()``, if other processes put deliveries in.
    """

    def __init__(
        self,
        database: Database,
        site: Site,
        keys: KeyRing,
        client: Sender,
        wakeups: Wakeups,
        *,
        slots: int = 256,
        lease: timedelta = LEASE,
        patience: float = ATTEMPT_SECONDS,
        clock: Callable[[], datetime] = present,
        random: Callable[[], float] = any_random,
    ) -> None:
        self._database = database
        self._site = site
        self._letters = Letters(keys)
        self._client = client
        self._slots = slots
        self._lease = lease
        self._patience = patience
        self._clock = clock
        self._random = random
        self._wake = asyncio.Event()
        self._hosts: dict[str, _Host] = {}
        self._flying = 0
        self._doubtful = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: list[tuple[Claimed, Outcome]] = []
        self._put_back: list[tuple[int, datetime]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._more = True
        self._troubles = 0
        self._pruned_at: datetime | None = None
        self._proven: BoundedCache[str, bool] = BoundedCache(10_000, 3_600.0)
        wakeups.on_ring(DELIVERIES, self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, then finish what is under way, for a few seconds at most."""
        stopper = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    pause, event = await self._turn(), self._wake
                    self._troubles = 0
                except Exception as error:  # noqa: BLE001 - logged in `_trouble`; the worker outlives everything
                    # The world may not hurry a database in trouble: only the stop ends this pause.
                    pause, event = self._trouble(error), stop
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await event.wait()
            await self._finish()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for task in (stopper, *self._tasks):
                task.cancel()
            await asyncio.gather(stopper, *self._tasks, return_exceptions=True)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    # ------------------------------------------------- the side of the database
    def _trouble(self, error: Exception) -> float:
        """Log what went wrong in a turn; return the seconds to wait before the next."""
        self._troubles += 1
        lasting = isinstance(error, _LASTING)
        if isinstance(error, (SQLAlchemyError, OSError)) and not lasting:
            log.warning("the queue cannot be reached, trying again: %s", error)
        else:
            log.error("a turn of the delivery worker failed", exc_info=error)
        if lasting and self._troubles >= 3 and (self._outcomes or self._put_back):
            log.error("forgetting %d outcomes that cannot be noted; they are tried again", len(self._outcomes))
            self._outcomes, self._put_back = [], []
        return min(0.125 * 2.0 ** min(self._troubles, 10), _LONGEST_BACKOFF)

    async def _turn(self) -> float:
        room = self._slots - self._flying
        if not self._outcomes and not self._put_back and not (self._more and room > 0):
            due = await self._seconds_until_due() if room > 0 else None
            if due is None or due > 0:
                await self._prune_sometimes()
                return _LONGEST_SLEEP if due is None else min(due, _LONGEST_SLEEP)
        now = self._clock()
        outcomes, self._outcomes = self._outcomes, []
        put_back, self._put_back = self._put_back, []
        try:
            async with self._database.writing() as session:
                await self._note(session, outcomes, put_back, now)
                claimed: list[Claimed] = []
                if room > 0:
                    busy = self._busy_hosts()
                    claimed = await claim(session, now=now, limit=room, busy_hosts=busy, lease=self._lease)
                letters = await self._letters.read(session, {one.activity_id for one in claimed})
        except BaseException:
            self._outcomes[:0] = outcomes
            self._put_back[:0] = put_back
            raise
        for one in claimed:
            if (letter := letters.get(one.activity_id)) is not None:  # withdrawn this very moment
                self._take(one, letter, now + self._lease)
        if not claimed and not outcomes and not self._more:
            return _PAUSE_WHEN_LOCKED  # something is due, but another process has it in hand
        if room > 0:
            self._more = bool(claimed)
        # With few slots free, wait for more to come free: claims are cheaper by the dozen.
        return 0.0 if self._slots - self._flying >= self._slots // 4 else _LONGEST_SLEEP

    async def _seconds_until_due(self) -> float | None:
        async with self._database.reading() as session:
            return await seconds_until_due(session, now=self._clock(), busy_hosts=self._busy_hosts())

    async def _note(
        self,
        session: AsyncSession,
        outcomes: list[tuple[Claimed, Outcome]],
        put_back: list[tuple[int, datetime]],
        now: datetime,
    ) -> None:
        # In this order: what is put back may be of a host that now comes to rest.
        for moment in {moment for _, moment in put_back}:
            await release(session, [one for one, at in put_back if at == moment], moment)
        if outcomes:
            await settle(session, outcomes, now=now, random=self._random)

    def _busy_hosts(self) -> list[str]:
        return [name for name, host in self._hosts.items() if host.failing or host.flying + len(host.waiting) >= _LANES]

    async def _prune_sometimes(self) -> None:
        now = self._clock()
        if self._pruned_at is None or self._pruned_at + _PRUNE_EVERY <= now:
            self._pruned_at = now
            async with self._database.writing() as session:
                if await prune(session, now=now):
                    self._pruned_at = None  # perhaps there is more

    # ---------------------------------------------------- the side of the world
    def _take(self, claimed: Claimed, letter: Letter, until: datetime) -> None:
        if claimed.failing and self._doubtful >= self._slots // 2:
            self._put_back.append((claimed.id, self._clock() + _PUT_OFF))
            return
        host = self._hosts.setdefault(claimed.host, _Host())
        host.failing = host.failing or claimed.failing
        host.waiting.append((claimed, letter, until))
        self._open_lanes(claimed.host, host)

    def _open_lanes(self, name: str, host: _Host) -> None:
        lanes = _LANES if not host.failing and self._proven.get(name) else 1
        while host.waiting and host.flying < lanes:
            host.flying += 1
            self._flying += 1
            self._doubtful += host.failing
            task = asyncio.create_task(self._lane(name, host, host.waiting.popleft(), host.failing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _lane(self, name: str, host: _Host, first: _Task, doubtful: bool) -> None:
        todo: _Task | None = first
        try:
            while todo is not None:
                claimed, letter, until = todo
                if self._clock() + timedelta(seconds=self._patience) <= until:
                    self._conclude(name, host, claimed, await self._try(claimed, letter))
                todo = host.waiting.popleft() if host.waiting else None
        finally:
            if todo is not None:  # ended in the middle: someone else may try at once
                self._put_back.append((todo[0].id, self._clock()))
            host.flying -= 1
            self._flying -= 1
            self._doubtful -= doubtful
            if not host.flying:
                self._hosts.pop(name, None)
            if not self._flying:
                self._wake.set()

    async def _try(self, claimed: Claimed, letter: Letter) -> Outcome:
        if self._site.is_local(claimed.inbox):
            return Outcome(Result.REFUSED, error="an inbox of our own")
        if letter.key is None:
            return Outcome(Result.RETRY, error=letter.problem)
        return await attempt(self._client, claimed.inbox, letter.body, letter.key, patience=self._patience)

    def _conclude(self, name: str, host: _Host, claimed: Claimed, outcome: Outcome) -> None:
        self._outcomes.append((claimed, outcome))
        if outcome.result is Result.HOST_FAILED:
            # The rest would fail alike: they go back and wait their turn.
            self._proven.drop(name)
            self._send_back(host)
        elif outcome.status is not None:
            host.failing = False
            if host.waiting:
                self._proven.put(name, True)
                self._open_lanes(name, host)
        if len(self._outcomes) >= _NOTED_AT:
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_NOTED_AFTER, self._note_soon)

    def _note_soon(self) -> None:
        self._timer = None
        self._wake.set()

    def _send_back(self, host: _Host) -> None:
        now = self._clock()
        self._put_back.extend((claimed.id, now) for claimed, _, _ in host.waiting)
        host.waiting.clear()

    async def _finish(self) -> None:
        for host in self._hosts.values():
            self._send_back(host)
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        outcomes, put_back = self._outcomes, self._put_back
        try:
            async with asyncio.timeout(_STOP_SECONDS), self._database.writing() as session:
                await self._note(session, outcomes, put_back, self._clock())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("stopping with %d outcomes not noted; their claims run out: %s", len(outcomes), error)
