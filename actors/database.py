"""The database: one declarative base, and one place that opens and ends transactions.

``Database.reading()`` and ``Database.writing()`` are the only ways to a session. Whoever opens one
owns it: a middleware, a worker or the command line. Functions take the session first and never
commit.

On PostgreSQL both come from one pool. SQLite has one writer at a time, and two connections that
both mean to write answer each other with "database is locked"; so its writers come from a pool of
exactly one connection that begins with ``BEGIN IMMEDIATE``. That pool is the write lane of the
process: arrivals, workers and people queue for it in order, and readers never wait (WAL).

What other tasks should wake up for (see `actors.wakeups`) is told to the session by
`wake_after_commit`; it goes out with the commit, never before.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, event, text
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, always aware in Python; SQLite, which has no zones, stores it as UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: they hide a zone that nobody wrote down."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given where a moment is stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back that SQLite could not keep."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of every table of an instance."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {
        int: BigInteger,
        datetime: Instant,
        # Words of a closed list are stored as the word itself, readable in any database tool.
        Enum: SqlEnum(Enum, native_enum=False, length=30, values_callable=lambda words: [word.value for word in words]),
    }


def now() -> datetime:
    """Return the present moment in UTC; tests replace the clock by passing moments in."""
    return datetime.now(UTC)


class Database:
    """The engines of one instance. Close it when the process ends."""

    def __init__(self, url: str | URL, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self._notify: Callable[[set[str]], None] = lambda _channels: None
        if self.url.get_backend_name() == "sqlite":
            self._reader = _sqlite_engine(self.url, begin="BEGIN", pool_size=pool_size, query_only=True)
            self._writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", pool_size=1, query_only=False)
        else:
            self._writer = create_async_engine(
                self.url.set(drivername="postgresql+asyncpg"),
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=False,
                # The connection used last has its statements prepared and its caches warm.
                pool_use_lifo=True,
                # What people gave us does not belong in the log, also when it could not be stored.
                hide_parameters=True,
                pool_timeout=10,
                connect_args={"timeout": 5, "command_timeout": 30, "server_settings": {"jit": "off"}},
            )
            # One pool. Each statement sees its own snapshot in a transaction too (read committed),
            # so those who only read are spared the two round trips that begin and end one.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        self._read = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._writer, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database: one machine, one writer at a time."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes; migrations and tests use it."""
        return self._writer

    @property
    def reader(self) -> AsyncEngine:
        """The engine that reads (the same one on PostgreSQL); tests count its queries."""
        return self._reader

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads, and never waits for writers."""
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Yield a session whose changes are committed on leaving, all of them or none.

        Keep it short, and do no remote input or output inside it.
        """
        async with self._write() as session:
            async with session.begin():
                yield session
                channels: set[str] = session.info.get("wake", set())
                if channels and not self.is_sqlite:
                    await session.flush()
                    for channel in channels:
                        await session.execute(text("SELECT pg_notify('samenspraak', :channel)"), {"channel": channel})
            if channels:
                self._notify(channels)

    def on_commit(self, notify: Callable[[set[str]], None]) -> None:
        """Have ``notify`` called with the channels that a commit of this process touched."""
        self._notify = notify

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        if self.is_sqlite:
            await self._writer.dispose()


def wake_after_commit(session: AsyncSession, channel: str) -> None:
    """Have those who wait on ``channel`` woken once this session has committed."""
    session.info.setdefault("wake", set()).add(channel)


def _sqlite_engine(url: URL, *, begin: str, pool_size: int, query_only: bool) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
        connect_args={"timeout": 30, "cached_statements": 256},
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def check_file(_dialect: Any, _record: Any, arguments: Any, options: Any) -> None:
        # A file that cannot be opened, or is no database, fails here: aiosqlite would leave a thread behind that
        # complains about the closed loop when the process ends.
        with closing(sqlite3.connect(arguments[0], timeout=options["timeout"])) as connection:
            connection.execute("PRAGMA schema_version")

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # Python's driver would begin transactions by its own rules; we say BEGIN ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an answered 202 must survive a power cut
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
