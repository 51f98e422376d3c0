"""What happens because a date comes or passes: reminders, polls that close, promises that are overdue.

Each task looks for what is due and marks what it did in the same transaction, so that neither a crash nor a
second process does it twice; after a day away everything that was due meanwhile is done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Database
from actors.database import now as present
from actors.site import Site

log = logging.getLogger(__name__)

Due = Callable[[AsyncSession, Site, datetime], Awaitable[int]]
"""Does what is due at a moment, at most `MOST_AT_ONCE` of it; returns how much that was."""

MOST_AT_ONCE: Final = 200
_EVERY: Final = 30.0
_MOST_ROUNDS: Final = 50


class TimedWork:
    """Does what is due until told to stop. One a process does no harm."""

    def __init__(
        self, database: Database, site: Site, tasks: Sequence[Due], *, clock: Callable[[], datetime] = present
    ) -> None:
        self._database = database
        self._site = site
        self._tasks = tasks
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look twice a minute until ``stop`` is set."""
        while not stop.is_set():
            await self.turn()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY)

    async def turn(self) -> int:
        """Do all that is due; return how much. What fails waits for the next turn, and holds up nothing else."""
        return sum([await self._do(task) for task in self._tasks])

    async def _do(self, task: Due) -> int:
        done = 0
        try:
            for _ in range(_MOST_ROUNDS):
                async with self._database.writing() as session:
                    some = await task(session, self._site, self._clock())
                done += some
                if some < MOST_AT_ONCE:
                    break
        except (SQLAlchemyError, OSError) as error:
            log.warning("%s failed, trying again soon: %s", task.__module__, error)
        return done
