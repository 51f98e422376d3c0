"""The history of the database leads to what the code expects, on each make, and only once."""

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine import make_url

import actors
import inbox
import outbox
from actors.actor import Actor
from actors.database import Base, Database
from deploy.migrate import configuration, upgrade_database
from deploy.migrations.tables import METADATA
from tests.actors.cast import here
from tests.support.postgresql import PostgreSQL, fresh_name


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database of each make in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/leeg.sqlite3"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")[0]
    name = fresh_name()
    yield server.create(name)
    server.drop(name)


async def look(url: str, question):
    database = Database(url)
    async with database.engine.connect() as connection:
        answer = await connection.run_sync(question)
    await database.close()
    return answer


def heads(connection: Connection) -> list[str]:
    return list(ScriptDirectory.from_config(configuration(connection)).get_heads())


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)


def where_of(options: dict[str, object]) -> str:
    """Return the condition of a partial index."""
    return " ".join(str(value) for key, value in sorted(options.items()) if key.endswith("_where"))


def shape(connection: Connection) -> dict[str, object]:
    """Return what a database looks like: columns with type and nullability, keys, indexes and constraints."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], one.get("default"))
                for one in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (one["name"], tuple(one["column_names"]), bool(one["unique"]), where_of(one.get("dialect_options", {})))
                for one in inspector.get_indexes(table)
            ),
            "unique": sorted(
                (one["name"], tuple(one["column_names"])) for one in inspector.get_unique_constraints(table)
            ),
            "foreign": sorted(
                (tuple(one["constrained_columns"]), one["referred_table"], one["options"].get("ondelete"))
                for one in inspector.get_foreign_keys(table)
            ),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


async def test_from_nothing_to_what_the_code_expects(empty_url: str) -> None:
    before, after = await upgrade_database(Database(empty_url))
    assert before is None
    assert [after] == await look(empty_url, heads)
    assert await look(empty_url, differences) == []


async def test_migrated_and_made_by_the_code_look_the_same(empty_url: str, database_url: str) -> None:
    if make_url(empty_url).get_backend_name() != make_url(database_url).get_backend_name():
        return
    database = Database(empty_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    await database.close()
    assert await look(database_url, shape) == await look(empty_url, shape)


async def test_twice_is_once(empty_url: str) -> None:
    _, after = await upgrade_database(Database(empty_url))
    shaped = await look(empty_url, shape)
    assert await upgrade_database(Database(empty_url)) == (after, after)
    assert await look(empty_url, shape) == shaped


async def test_a_migrated_database_can_be_used(empty_url: str) -> None:
    await upgrade_database(Database(empty_url))
    database = Database(empty_url)
    async with database.writing() as session:
        await here(session, "fatima")
    await upgrade_database(Database(empty_url))
    async with database.reading() as session:
        assert (await session.scalars(select(Actor.handle))).all() == ["fatima"]
    await database.close()


async def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE posts (id INTEGER)"))
    with pytest.raises(Exception, match="posts"):
        await upgrade_database(database)
    tables = await look(empty_url, lambda connection: inspect(connection).get_table_names())
    assert set(tables) <= {"posts", "alembic_version"}


async def test_the_history_is_one_line(empty_url: str) -> None:
    def line(connection: Connection) -> list[str | None]:
        script = ScriptDirectory.from_config(configuration(connection))
        return [revision.revision for revision in script.walk_revisions()]

    revisions = await look(empty_url, line)
    assert len(revisions) == len(set(revisions)) >= 1
    assert len(await look(empty_url, heads)) == 1


def test_migrations_know_every_table_that_the_code_has() -> None:
    """Asked of a process of its own: this one has imported more than migrations do."""
    script = "import deploy.migrations.tables as t; print(*sorted(t.METADATA.tables))"
    known = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    for package in (actors, inbox, outbox):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    assert known == sorted(Base.metadata.tables)
