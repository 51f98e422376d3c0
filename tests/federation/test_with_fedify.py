"""What another make reads of ours, and we of it: documents, signatures, WebFinger and NodeInfo, over sockets."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web

from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import ActorDocument, dump
from federation.keys import SigningKey, generate_ed25519, load_public, multikey, public_pem
from federation.nodeinfo import read_nodeinfo
from federation.signatures import read_signature
from federation.vocabulary import ACTIVITY_JSON, CONTEXT
from federation.webfinger import canonical, parse_account, resolve_account
from tests.federation.servers import Peer, running
from tests.support.fedify import MISSING, Fedify, is_installed, running_fedify

ANNA = "https://tilburg.example/users/anna"

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
]


@pytest.fixture
async def tilburg(signing_key: SigningKey) -> AsyncIterator[Peer]:
    """A server of ours with one actor."""
    actor = {
        "@context": CONTEXT,
        "id": ANNA,
        "type": "Person",
        "preferredUsername": "anna",
        "inbox": f"{ANNA}/inbox",
        "publicKey": {"id": signing_key.key_id, "owner": ANNA, "publicKeyPem": public_pem(signing_key.private)},
        "assertionMethod": [
            {
                "id": f"{ANNA}#ed25519",
                "type": "Multikey",
                "controller": ANNA,
                "publicKeyMultibase": multikey(generate_ed25519()),
            }
        ],
    }
    async with running(Peer()) as peer:
        peer.serve("/users/anna", lambda: web.Response(body=dump(actor), content_type=ACTIVITY_JSON))
        yield peer


@pytest.fixture
async def fedify(tilburg: Peer, unused_tcp_port_factory: Callable[[], int]) -> AsyncIterator[Fedify]:
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with running_fedify(*ports, origin="https://peer.example", hosts={"tilburg.example": tilburg.origin}) as peer:
        yield peer


async def test_each_understands_the_other(fedify: Fedify, tilburg: Peer, signing_key: SigningKey) -> None:
    bodies: list[bytes] = []

    @tilburg.on("/users/anna/inbox")
    async def _inbox(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=202)

    hosts = {"peer.example": f"http://127.0.0.1:{fedify.port}"}
    async with Client(AddressPolicy(), user_agent="test", hosts=hosts) as client:
        alice_uri = await resolve_account(client, parse_account("@alice@peer.example"))
        alice = ActorDocument.read(await client.get_object(alice_uri, key=signing_key))
        assert str(await canonical(client, alice)) == "alice@peer.example"
        assert (await read_nodeinfo(client, "https://peer.example")).software

        follow = {"@context": CONTEXT, "id": f"{ANNA}/f/1", "type": "Follow", "actor": ANNA, "object": alice.id}
        answer = await client.post(alice.inbox, dump(follow), key=signing_key)
        assert answer.ok, answer.detail
        received = await fedify.received("Follow", about=ANNA)
        assert (received["auth"]["http"], received["auth"]["httpVerified"]) == ("cavage", True), received

        like = {"type": "Like", "object": f"{ANNA}/posts/1", "id": "https://peer.example/likes/1"}
        await fedify.post("send", inbox=f"{ANNA}/inbox", sign="cavage", activity=like)
        request = next(request for request in reversed(tilburg.requests) if request.method == "POST")
        signature = read_signature(request.method, request.raw_path, request.headers)
        published = {key.id: key for key in alice.keys}[signature.key_id]
        signature.verify(
            load_public(published.material), body=bodies[-1], host_expected="tilburg.example", now=datetime.now(UTC)
        )
