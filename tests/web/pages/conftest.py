"""Fixtures of the pages: an instance of the municipality of Tilburg, over each make of database, and a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.actors.cast import the_instance
from tests.web.pages.browser import Pages


@pytest.fixture
async def tilburg(database: Database) -> Actor:
    """The organisation that runs the instance."""
    async with database.writing() as session:
        return await the_instance(session)


@pytest.fixture
async def pages(database: Database, tilburg: Actor, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages, and a browser of somebody who is not signed in."""
    pages = Pages(database, tmp_path / "documents")
    await pages.client.start_server()
    yield pages
    await pages.client.close()
