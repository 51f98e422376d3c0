"""The fixtures themselves: fresh databases of each make, and no way off this machine."""

import asyncio
import socket

import pytest
from sqlalchemy import select

from actors.database import Database, now
from actors.instances.tables import Instance
from tests.support.loopback import OffLoopback, is_loopback, only_loopback


@pytest.mark.parametrize("_round", range(2))
async def test_each_test_has_a_fresh_database(database: Database, _round: int) -> None:
    async with database.writing() as session:
        session.add(Instance(domain="peer.example", created_at=now()))
    async with database.reading() as session:
        assert len((await session.scalars(select(Instance))).all()) == 1


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", True), ("127.77.3.4", True), ("::1", True), ("10.0.0.1", False), ("example.org", False)],
)
def test_only_loopback_is_reached(address: str, allowed: bool) -> None:
    assert is_loopback(socket.AF_INET, (address, 80)) is allowed


async def test_asyncio_is_guarded_too() -> None:
    with only_loopback() as refused, pytest.raises(OffLoopback):
        await asyncio.open_connection("192.0.2.1", 80)
    assert refused == [("192.0.2.1", 80)]
