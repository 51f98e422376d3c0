"""Waking up at once: who waits for work hears of a commit, in this process or another.

A channel is a word: ``arrivals``, ``deliveries``, ``mail``, ``changed``, ``policies``. A commit of this
process rings its bells directly. Of other processes' commits we hear on PostgreSQL by ``LISTEN`` (the notification
is part of their transaction), on SQLite by ``PRAGMA data_version``, which changes when another
connection has committed and costs a few microseconds to ask.

A bell that rang in vain costs one empty look; one that failed to ring would cost a delay. So
whenever we may have missed something, every bell rings.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from actors.database import Database

log = logging.getLogger(__name__)

ARRIVALS = "arrivals"
DELIVERIES = "deliveries"
MAIL = "mail"
CHANGED = "changed"
"""Something that pages or documents show has changed."""
POLICIES = "policies"
"""It was decided to treat a server differently."""

_POLL_SECONDS = 0.05
_RECONNECT_SECONDS = 1.0


class Wakeups:
    """The bells of one process. ``watch`` listens for the other processes' commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        database.on_commit(self.ring)

    def bell(self, channel: str) -> asyncio.Event:
        """Return an event that is set whenever the channel rings; clear it before looking."""
        event = asyncio.Event()
        self._bells.setdefault(channel, set()).add(event)
        return event

    def on_ring(self, channel: str, listener: Callable[[], None]) -> None:
        """Have ``listener`` called whenever the channel rings. It must be quick and not fail."""
        self._listeners.setdefault(channel, []).append(listener)

    def ring(self, channels: set[str]) -> None:
        """Ring the bells of these channels."""
        for channel in channels:
            for event in self._bells.get(channel, ()):
                event.set()
            for listener in self._listeners.get(channel, ()):
                listener()

    def ring_all(self) -> None:
        """Ring every bell: we may have missed something."""
        self.ring(self._bells.keys() | self._listeners.keys())

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[None]:
        """Listen to other processes for as long as the block runs."""
        task = asyncio.create_task(self._poll_sqlite() if self._database.is_sqlite else self._listen_postgresql())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _poll_sqlite(self) -> None:
        seen = -1
        while True:
            try:
                async with self._database.reader.connect() as connection:
                    # The pragma speaks of commits by *other* connections: ours must stay the same one.
                    while True:
                        version = (await connection.execute(text("PRAGMA data_version"))).scalar_one()
                        await connection.rollback()
                        if version != seen:
                            seen = version
                            self.ring_all()
                        await asyncio.sleep(_POLL_SECONDS)
            except SQLAlchemyError as error:
                log.warning("watching the database failed, trying again: %s", error)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen_postgresql(self) -> None:
        dsn = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                connection = await asyncpg.connect(dsn, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
                await connection.add_listener("samenspraak", lambda _c, _pid, _ch, payload: self.ring({str(payload)}))
                self.ring_all()
                await lost.wait()
                log.warning("the database ended the listening connection; connecting again")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("listening to the database failed, connecting again: %s", error)
            finally:
                connection.terminate()
            await asyncio.sleep(_RECONNECT_SECONDS)
