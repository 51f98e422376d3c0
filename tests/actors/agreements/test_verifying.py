"""Checking an agreement from its address: what is right, what is wrong, and what cannot be known."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from actors.agreements.verifying import Finding, verify_at
from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import JsonObject
from federation.errors import DocumentError, FederationError, OriginError
from federation.proofs import sign, with_proofs
from tests.inbox.agreeing import Signer, agreement_by, signer
from tests.inbox.peers import World, open_world

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with Client(AddressPolicy(), user_agent="Test", hosts=world.hosts(), now=lambda: NOW) as client:
        yield client


@pytest.fixture
def anna(world: World) -> Signer:
    return signer(world)


@pytest.fixture
def bram(world: World) -> Signer:
    return signer(world, "rotterdam.example", "bram")


def published(world: World, document: JsonObject, *signers: Signer) -> str:
    """Serve an agreement with the proofs of these; return its address."""
    world.publish(with_proofs(document, [sign(document, one.key, now=NOW).document for one in signers]))
    return str(document["id"])


async def findings(client: Client, url: str) -> tuple[list[Finding], int, bool]:
    found = await verify_at(client, url, now=NOW)
    return [party.finding for party in found.parties], found.strays, found.is_right


async def test_all_that_hold_are_right(client: Client, world: World, anna: Signer, bram: Signer) -> None:
    document = agreement_by(anna, [anna.uri, bram.uri], "https://utrecht.example/wijk")
    assert await findings(client, published(world, document, anna, bram)) == ([Finding.HOLDS] * 2, 0, True)
    assert await findings(client, published(world, document, anna)) == ([Finding.HOLDS, Finding.UNSIGNED], 0, True)
    assert await findings(client, published(world, document)) == ([Finding.UNSIGNED] * 2, 0, False)


async def test_words_that_were_changed_after_signing_are_wrong(
    client: Client, world: World, anna: Signer, bram: Signer
) -> None:
    document = agreement_by(anna, [anna.uri, bram.uri], "https://utrecht.example/wijk")
    url = published(world, document, anna, bram)
    world.documents[url] = {**world.documents[url], "content": "Iets anders."}
    assert await findings(client, url) == ([Finding.WRONG] * 2, 0, False)


async def test_a_key_that_no_party_publishes_proves_nothing(
    client: Client, world: World, anna: Signer, bram: Signer
) -> None:
    eve = signer(world, "bad.example", "eve")
    document = agreement_by(anna, [anna.uri, bram.uri], "https://utrecht.example/wijk")
    assert await findings(client, published(world, document, anna, eve)) == (
        [Finding.HOLDS, Finding.UNSIGNED], 1, False,
    )  # fmt: skip


async def test_a_party_that_does_not_answer_leaves_it_open(
    client: Client, world: World, anna: Signer, bram: Signer
) -> None:
    document = agreement_by(anna, [anna.uri, bram.uri], "https://utrecht.example/wijk")
    url = published(world, document, anna, bram)
    world.withdraw(bram.uri)
    assert await findings(client, url) == ([Finding.HOLDS, Finding.UNREACHABLE], 0, False)


async def test_a_version_is_found_at_its_own_address_and_nowhere_else(
    client: Client, world: World, anna: Signer, bram: Signer
) -> None:
    document = agreement_by(anna, [anna.uri, bram.uri], "https://utrecht.example/wijk")
    url = published(world, document, anna)
    world.documents[f"{url}/versies/1"] = world.documents[url]
    world.documents["https://bad.example/afspraken/1"] = world.documents[url]
    assert (await findings(client, f"{url}/versies/1"))[2]
    with pytest.raises(OriginError):
        await verify_at(client, "https://bad.example/afspraken/1", now=NOW)
    with pytest.raises(DocumentError):
        await verify_at(client, anna.uri, now=NOW)
    with pytest.raises(FederationError):
        await verify_at(client, "https://utrecht.example/nergens", now=NOW)
