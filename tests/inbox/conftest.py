"""Fixtures of the inbox: an instance on each make of database, and the servers around it."""

from collections.abc import AsyncIterator

import pytest

from actors.database import Database
from tests.inbox.peers import Remote, World, open_world
from tests.inbox.stage import Stage, open_stage
from tests.support.clock import FalseClock


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


@pytest.fixture
async def stage(database: Database, world: World, clock: FalseClock) -> AsyncIterator[Stage]:
    async with open_stage(database, world, clock) as stage:
        yield stage


@pytest.fixture
def anna(world: World) -> Remote:
    """A person on another server."""
    return world.person()
