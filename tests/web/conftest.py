"""Fixtures of the web: an instance that is served, with its organisation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.actors.cast import the_instance
from tests.web.server import Instance, serving


@pytest.fixture
async def organisation(database: Database) -> Actor:
    """The organisation that runs the instance."""
    async with database.writing() as session:
        return await the_instance(session)


@pytest.fixture
async def instance(database: Database, organisation: Actor, tmp_path: Path) -> AsyncIterator[Instance]:
    """The instance, behind a socket."""
    async with serving(database, tmp_path / "documents") as instance:
        yield instance
