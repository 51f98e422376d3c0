"""Bringing a database up to date: one set of Alembic migrations for SQLite and PostgreSQL."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from actors.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database_url: str) -> tuple[str | None, str | None]:
    """Run the migrations that are missing; returns the revision before and after."""
    return asyncio.run(upgrade_database(Database(database_url)))


async def upgrade_database(database: Database) -> tuple[str | None, str | None]:
    """Run the migrations that are missing, and close the database; returns the revision before and after."""
    try:
        async with database.engine.connect() as connection:
            if database.is_sqlite:
                # SQLite changes a table by making it anew; with foreign keys on, dropping the old one would
                # take along all that refers to it. Inside a transaction the pragma does nothing.
                await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                await connection.commit()
            async with connection.begin():
                found = await connection.run_sync(_upgrade)
                if database.is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("a migration left rows that refer to nothing")
            return found
    finally:
        await database.close()


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection that is open."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    before = MigrationContext.configure(connection).get_current_revision()
    command.upgrade(configuration(connection), "head")
    return before, MigrationContext.configure(connection).get_current_revision()
