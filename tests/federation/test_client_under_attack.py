"""What the client withstands: addresses, time, size."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import dump
from federation.errors import AddressRefused, BodyTooLarge, FetchError, Unreachable, WrongContentType
from federation.keys import SigningKey
from federation.vocabulary import ACTIVITY_JSON
from tests.federation.servers import Peer, certificate_for, raw_server, running

NOTE = "https://utrecht.example/notes/1"


class Names:
    """A name server that can change its mind."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, name: str, port: int) -> list[str]:
        self.asked.append(name)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with running(Peer()) as peer:
        peer.serve("/x", lambda: web.Response(body=b"{}", content_type=ACTIVITY_JSON, headers={"Connection": "close"}))
        yield peer


def client_for(policy: str = "", names: Names | None = None, ca_file: Path | None = None) -> Client:
    return Client(
        AddressPolicy.parse(policy), user_agent="test", addresses_of=names or Names(["127.0.0.1"]), ca_file=ca_file
    )


async def test_loopback_is_refused_by_address_and_by_name(peer: Peer, signing_key: SigningKey) -> None:
    async with client_for() as client:
        for host in ("127.0.0.1", "localhost", "a.localhost", "inside.example", "[::1]", "2130706433", "0x7f.1", "0"):
            for scheme in ("http", "https"):
                with pytest.raises(AddressRefused):
                    await client.get_document(f"{scheme}://{host}:{peer.port}/x")
                with pytest.raises(AddressRefused):
                    await client.post(f"{scheme}://{host}:{peer.port}/x", b"{}", key=signing_key)
    assert not peer.requests


async def test_only_the_allowed_port_is_reached(peer: Peer) -> None:
    async with running(Peer()) as other, client_for(f"127.0.0.1:{peer.port}") as client:
        assert (await client.get_document(f"{peer.origin}/x")).document == {}
        with pytest.raises(AddressRefused):
            await client.get_document(f"{other.origin}/x")
        assert not other.requests


async def test_names_below_localhost_are_loopback_without_asking_anyone(peer: Peer) -> None:
    names = Names(["93.184.216.34"])
    async with client_for(f"127.0.0.1:{peer.port}", names) as client:
        await client.get_document(f"http://tilburg.localhost:{peer.port}/x")
    assert peer.requests[0].headers["Host"] == f"tilburg.localhost:{peer.port}"
    assert not names.asked


async def test_a_name_that_moves_to_a_private_address_is_refused(peer: Peer) -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with client_for(f"127.0.0.1:{peer.port}", names) as client:
        url = f"http://rebinding.example:{peer.port}/x"
        await client.get_document(url)
        for session in client._sessions.values():
            session.connector.clear_dns_cache()  # type: ignore[union-attr]
        with pytest.raises(AddressRefused):
            await client.get_document(url)
    assert len(names.asked) == 2


async def test_of_several_addresses_none_that_is_private_is_dialled(peer: Peer) -> None:
    names = Names(["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "127.0.0.2"])
    async with client_for(f"127.0.0.1:{peer.port}", names) as client:
        with pytest.raises(AddressRefused):
            await client.get_document(f"https://many.example:{peer.port}/x")


async def test_a_redirect_is_checked_as_the_first_url_was(peer: Peer) -> None:
    peer.serve("/jump", lambda: web.Response(status=302, headers={"Location": "http://169.254.169.254/latest"}))
    async with client_for(f"127.0.0.1:{peer.port}") as client:
        with pytest.raises(AddressRefused):
            await client.get_json(f"{peer.origin}/jump", same_origin_only=False)


async def test_plain_http_to_the_world_is_refused(signing_key: SigningKey) -> None:
    async with client_for(names=Names(["93.184.216.34"])) as client:
        with pytest.raises(AddressRefused):
            await client.get_document("http://world.example/x")
        with pytest.raises(AddressRefused):
            await client.post("http://world.example/x", b"{}", key=signing_key)


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "https://a:b@utrecht.example/", "gopher://x/", "https://utrecht.example:0/", "x"]
)
async def test_what_is_no_url_is_refused(url: str, signing_key: SigningKey) -> None:
    async with client_for() as client:
        for fetch in (client.get_document, client.get_object, client.get_json):
            with pytest.raises(AddressRefused):
                await fetch(url)
        with pytest.raises(AddressRefused):
            await client.post(url, b"{}", key=signing_key)


@pytest.mark.parametrize("host", ["a..example", "x" * 70 + ".example"])
async def test_a_name_that_cannot_exist_is_a_failed_fetch(host: str) -> None:
    async with Client(AddressPolicy(), user_agent="test") as client:
        with pytest.raises(FetchError):
            await client.get_document(f"https://{host}/x")


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    def nowhere(name: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async with Client(AddressPolicy(), user_agent="test", addresses_of=nowhere) as client:
        with pytest.raises(Unreachable):
            await client.get_document("https://nowhere.example/x")


async def test_tls_is_verified_against_the_name(tmp_path: Path) -> None:
    tls, authority = certificate_for("utrecht.example", tmp_path)
    async with running(Peer(), tls=tls) as peer:
        peer.serve("/x", lambda: web.Response(body=b"{}", content_type=ACTIVITY_JSON))
        allowed = f"127.0.0.1:{peer.port}"
        async with client_for(allowed, ca_file=authority) as client:
            assert (await client.get_document(f"https://utrecht.example:{peer.port}/x")).document == {}
            with pytest.raises(Unreachable):
                await client.get_document(f"https://other.example:{peer.port}/x")
        async with client_for(allowed) as client:
            with pytest.raises(Unreachable):
                await client.get_document(f"https://utrecht.example:{peer.port}/x")


async def test_a_file_does_not_leave_tls(tmp_path: Path) -> None:
    tls, authority = certificate_for("utrecht.example", tmp_path)
    async with running(Peer(), tls=tls) as peer:
        peer.serve("/x", lambda: web.Response(status=302, headers={"Location": f"http://utrecht.example:{peer.port}/"}))
        async with client_for(f"127.0.0.1:{peer.port}", ca_file=authority) as client:
            with pytest.raises(AddressRefused):
                await client.get_json(f"https://utrecht.example:{peer.port}/x", same_origin_only=False)


async def test_an_announced_length_beyond_the_limit_is_not_read(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(body=b" " * 2_000_000, content_type=ACTIVITY_JSON))
    with pytest.raises(BodyTooLarge, match="announces"):
        await client.get_document(NOTE)


async def test_an_endless_body_is_cut_off(client: Client, utrecht: Peer) -> None:
    sent = 0

    @utrecht.on("/notes/1")
    async def _endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": ACTIVITY_JSON})
        await response.prepare(request)
        while True:
            await response.write(b" " * 65_536)
            sent += 65_536

    with pytest.raises(BodyTooLarge):
        await client.get_document(NOTE)
    assert sent < 16_000_000


async def test_a_compression_bomb_is_not_unpacked(client: Client, utrecht: Peer) -> None:
    bomb = gzip.compress(b'{"a":"' + b"0" * 200_000_000 + b'"}', 9, mtime=0)
    assert len(bomb) < 300_000
    headers = {"Content-Encoding": "gzip", "Content-Type": ACTIVITY_JSON}
    utrecht.serve("/notes/1", lambda: web.Response(body=bomb, headers=headers))
    started = time.process_time()
    with pytest.raises(BodyTooLarge):
        await client.get_document(NOTE)
    assert time.process_time() - started < 0.5


async def test_a_compressed_document_is_read(client: Client, utrecht: Peer) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": ACTIVITY_JSON}
    utrecht.serve("/notes/1", lambda: web.Response(body=gzip.compress(dump({"id": NOTE}), mtime=0), headers=headers))
    assert (await client.get_document(NOTE)).document == {"id": NOTE}


@pytest.mark.parametrize(
    ("encoding", "body", "error"),
    [
        ("gzip", b"not gzip", WrongContentType),
        ("gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9], Unreachable),
        ("br", b"{}", WrongContentType),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), WrongContentType),
        ("deflate", zlib.compress(b"{}"), WrongContentType),
    ],
)
async def test_broken_or_uncalled_for_compression_is_refused(
    client: Client, utrecht: Peer, encoding: str, body: bytes, error: type[FetchError]
) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": ACTIVITY_JSON}
    utrecht.serve("/notes/1", lambda: web.Response(body=body, headers=headers))
    with pytest.raises(error):
        await client.get_document(NOTE)


async def test_a_server_that_drips_is_given_up_in_time(client: Client, utrecht: Peer) -> None:
    @utrecht.on("/notes/1")
    async def _drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": ACTIVITY_JSON})
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    started = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        await client.get_document(NOTE, timeout=0.3)
    assert time.monotonic() - started < 1.5


async def test_redirects_share_one_budget_of_time(client: Client, utrecht: Peer) -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        return web.Response(status=302, headers={"Location": f"{request.path}x"})

    utrecht.handlers |= {f"/{'x' * n}": slow for n in range(1, 9)}
    started = time.monotonic()
    with pytest.raises(Unreachable):
        await client.get_document("https://utrecht.example/x", timeout=0.3)
    assert time.monotonic() - started < 1.5


async def test_a_delivery_to_a_server_that_hangs_is_given_up_in_time(
    client: Client, utrecht: Peer, signing_key: SigningKey
) -> None:
    @utrecht.on("/inbox")
    async def _hang(request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    with pytest.raises(Unreachable):
        await client.post("https://utrecht.example/inbox", b"{}", key=signing_key, timeout=0.2)


async def test_a_long_answer_to_a_delivery_is_not_read(client: Client, utrecht: Peer, signing_key: SigningKey) -> None:
    @utrecht.on("/inbox")
    async def _talk(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=400)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 4096)

    answer = await client.post("https://utrecht.example/inbox", b"{}", key=signing_key, timeout=2)
    assert answer.status == 400


@pytest.mark.parametrize(
    "said",
    [
        b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 99\r\n\r\n{}",
    ],
)  # fmt: skip
async def test_what_is_no_http_is_a_failed_fetch(said: bytes, signing_key: SigningKey) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with raw_server(talk) as port, client_for(f"127.0.0.1:{port}") as client:
        with pytest.raises(FetchError):
            await client.get_document(f"http://127.0.0.1:{port}/x", timeout=2)
