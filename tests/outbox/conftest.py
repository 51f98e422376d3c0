"""Fixtures of the outbox: a speaker on a real or a false clock, and peers that do as told."""

import pytest

from actors.database import Database
from tests.outbox.stage import Peers, Speaker, make_speaker
from tests.support.clock import FalseClock


@pytest.fixture
async def speaker(database: Database) -> Speaker:
    return await make_speaker(database)


@pytest.fixture
async def timed_speaker(database: Database, clock: FalseClock) -> Speaker:
    """A speaker that lives by the false clock."""
    return await make_speaker(database, clock)


@pytest.fixture
def peers() -> Peers:
    return Peers()
