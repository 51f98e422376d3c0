"""The database of each make: transactions, the write lane of SQLite, moments, and the waking of those who wait."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from actors.actor import Actor
from actors.database import Database, now, wake_after_commit
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from actors.wakeups import ARRIVALS, CHANGED, DELIVERIES, Wakeups
from tests.actors.cast import MOMENT, elsewhere


@asynccontextmanager
async def both(url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two databases on one URL know nothing of each other, as two processes do not."""
    one, other = Database(url), Database(url)
    try:
        yield one, other
    finally:
        await one.close()
        await other.close()


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Instance)) or 0


async def test_a_moment_comes_back_aware_and_in_utc(database: Database) -> None:
    amsterdam = timezone(timedelta(hours=2))
    async with database.writing() as session:
        session.add(Instance(domain="a.example", created_at=datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=amsterdam)))
    async with database.reading() as session:
        moment = (await session.scalars(select(Instance.created_at))).one()
    assert moment == datetime(2026, 7, 1, 10, 0, 0, 123_456, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


async def test_a_naive_moment_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with database.writing() as session:
            session.add(Instance(domain="a.example", created_at=MOMENT.replace(tzinfo=None)))
    assert await count(database) == 0


async def test_moments_compare_in_a_query_whatever_zone_they_were_given_in(database: Database) -> None:
    async with database.writing() as session:
        session.add(Instance(domain="a.example", created_at=MOMENT))
    later = (MOMENT + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=-5)))
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).where(Instance.created_at < later)) == 1
        assert await session.scalar(select(func.count()).where(Instance.created_at > later)) == 0


async def test_a_word_of_a_closed_list_is_stored_as_the_word(database: Database) -> None:
    async with database.writing() as session:
        await elsewhere(session, "bram", kind=ActorKind.ORGANISATION)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT kind FROM actors"))).scalar_one() == "organisation"
        assert (await session.scalars(select(Actor))).one().kind is ActorKind.ORGANISATION


async def test_leaving_commits(database: Database) -> None:
    async with database.writing() as session:
        session.add(Instance(domain="a.example", created_at=now()))
    assert await count(database) == 1


async def test_an_error_takes_everything_back(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            session.add(Instance(domain="a.example", created_at=now()))
            await session.flush()
            raise RuntimeError
    assert await count(database) == 0


async def test_a_constraint_takes_everything_back(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Instance(domain="a.example", created_at=now()))
            await session.flush()
            await session.execute(text("INSERT INTO instances SELECT * FROM instances"))
    assert await count(database) == 0


async def test_a_cancelled_writer_leaves_nothing_and_frees_the_lane(database: Database) -> None:
    started = asyncio.Event()

    async def write_slowly() -> None:
        async with database.writing() as session:
            session.add(Instance(domain="a.example", created_at=now()))
            await session.flush()
            started.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_slowly())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10), database.writing() as session:
        session.add(Instance(domain="b.example", created_at=now()))
    assert await count(database) == 1


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Instance(domain="a.example", actor_id=404, created_at=now()))


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as session:
            seen = await session.scalar(select(func.count()).select_from(Instance))
            await asyncio.sleep(0)
            session.add(Instance(domain=f"{number}.example", failures=seen or 0, created_at=now()))

    async with asyncio.timeout(60):
        await asyncio.gather(*(write(number) for number in range(60)))
    assert await count(database) == 60


async def test_two_processes_that_write_to_one_sqlite_file_wait_for_each_other(sqlite_url: str) -> None:
    async with both(sqlite_url) as (one, other):

        async def write(database: Database, name: str) -> None:
            for number in range(30):
                async with database.writing() as session:
                    await session.scalar(select(func.count()).select_from(Instance))
                    session.add(Instance(domain=f"{name}{number}.example", created_at=now()))

        async with asyncio.timeout(60):
            await asyncio.gather(write(one, "a"), write(other, "b"))
        assert await count(one) == 60


async def test_readers_see_the_last_commit_while_somebody_writes(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with asyncio.timeout(20), database.writing() as session:
        session.add(Instance(domain="a.example", created_at=now()))
        await session.flush()
        assert await count(database) == 0
    assert await count(database) == 1
    await database.close()


async def test_who_reads_from_sqlite_cannot_write(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(DBAPIError, match="readonly"):
        async with database.reading() as session:
            await session.execute(text("DELETE FROM instances"))
    await database.close()


async def test_a_file_that_is_no_database_is_told_and_leaves_nothing_running(tmp_path: Path) -> None:
    text_file = tmp_path / "tekst.sqlite3"
    text_file.write_text("dit is geen database, maar een gewone tekst van enige lengte\n" * 20)
    before = threading.enumerate()
    for path in (text_file, tmp_path, tmp_path / "nergens" / "x.sqlite3"):
        database = Database(f"sqlite:///{path}")
        for opened in (database.reading, database.writing):
            with pytest.raises(DBAPIError):
                async with opened() as session:
                    await session.execute(text("SELECT 1"))
        await database.close()
    assert not [thread for thread in threading.enumerate() if thread not in before]
    assert text_file.read_text().startswith("dit is geen database")


async def test_sqlite_survives_a_power_cut(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.writing() as session:
        assert (await session.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await session.execute(text("PRAGMA synchronous"))).scalar_one() == 2
        assert (await session.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
    await database.close()


async def test_a_bell_rings_after_the_commit_and_not_before(database: Database) -> None:
    bell = Wakeups(database).bell(ARRIVALS)
    async with database.writing() as session:
        wake_after_commit(session, ARRIVALS)
        await session.flush()
        assert not bell.is_set()
    assert bell.is_set()


async def test_a_bell_does_not_ring_for_what_was_taken_back_or_is_of_another_channel(database: Database) -> None:
    wakeups = Wakeups(database)
    bell, other = wakeups.bell(ARRIVALS), wakeups.bell(DELIVERIES)
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            wake_after_commit(session, ARRIVALS)
            raise RuntimeError
    assert not bell.is_set()
    async with database.writing() as session:
        wake_after_commit(session, ARRIVALS)
    assert bell.is_set()
    assert not other.is_set()


async def test_a_listener_is_called_once_a_commit(database: Database) -> None:
    wakeups = Wakeups(database)
    calls: list[str] = []
    wakeups.on_ring(CHANGED, lambda: calls.append("changed"))
    async with database.writing() as session:
        wake_after_commit(session, CHANGED)
        wake_after_commit(session, CHANGED)
    assert calls == ["changed"]


async def test_another_process_hears_of_a_commit(database_url: str) -> None:
    async with both(database_url) as (one, other):
        wakeups = Wakeups(other)
        bell = wakeups.bell(DELIVERIES)
        async with wakeups.watch(), asyncio.timeout(30):
            await bell.wait()  # the first ring: something may have been missed before
            await asyncio.sleep(0.3)
            bell.clear()
            async with one.writing() as session:
                session.add(Instance(domain="a.example", created_at=now()))
                wake_after_commit(session, DELIVERIES)
            await bell.wait()
            assert await count(other) == 1


async def test_another_process_on_postgresql_hears_of_its_own_channel_only(postgresql_url: str) -> None:
    async with both(postgresql_url) as (one, other):
        wakeups = Wakeups(other)
        bells = {channel: wakeups.bell(channel) for channel in (ARRIVALS, DELIVERIES)}
        async with wakeups.watch(), asyncio.timeout(30):
            await bells[ARRIVALS].wait()
            for bell in bells.values():
                bell.clear()
            async with one.writing() as session:
                wake_after_commit(session, DELIVERIES)
            await bells[DELIVERIES].wait()
            assert not bells[ARRIVALS].is_set()


async def test_a_real_other_process_hears_of_a_commit(database_url: str) -> None:
    waiting = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WAITER, database_url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert waiting.stdout is not None
    database = Database(database_url)
    try:
        async with asyncio.timeout(60):
            assert await waiting.stdout.readline() == b"waits\n"
            async with database.writing() as session:
                session.add(Instance(domain="a.example", created_at=now()))
                wake_after_commit(session, ARRIVALS)
            assert await waiting.stdout.readline() == b"heard\n"
            assert await waiting.wait() == 0
    finally:
        if waiting.returncode is None:
            waiting.kill()
            await waiting.wait()
        await database.close()


_WAITER = """
import asyncio, sys
from actors.database import Database
from actors.wakeups import ARRIVALS, Wakeups

async def main():
    wakeups = Wakeups(Database(sys.argv[1]))
    bell = wakeups.bell(ARRIVALS)
    async with wakeups.watch():
        await bell.wait()
        await asyncio.sleep(0.3)
        bell.clear()
        print("waits", flush=True)
        await bell.wait()
        print("heard", flush=True)

asyncio.run(main())
"""


async def test_a_failure_does_not_tell_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.writing() as session:
            await session.execute(text("INSERT INTO instances (domain) VALUES (:secret)"), {"secret": "kanarie"})
    assert "kanarie" not in str(failed.value).partition("[parameters")[2]
    assert "hidden" in str(failed.value)
