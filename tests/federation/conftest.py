from collections.abc import AsyncIterator

import pytest

from federation.addresses import AddressPolicy
from federation.client import Client
from federation.keys import SigningKey, generate_rsa
from tests.federation.servers import Peer, running


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return SigningKey("https://tilburg.example/users/anna#main-key", generate_rsa())


@pytest.fixture
async def utrecht() -> AsyncIterator[Peer]:
    """A peer that answers for https://utrecht.example."""
    async with running(Peer()) as peer:
        yield peer


@pytest.fixture
async def client(utrecht: Peer) -> AsyncIterator[Client]:
    """A client that reaches nothing but utrecht.example."""
    hosts = {"utrecht.example": utrecht.origin}
    async with Client(AddressPolicy(), user_agent="Samenspraak/test", hosts=hosts) as client:
        yield client
