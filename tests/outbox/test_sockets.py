"""The worker with the real client, over sockets: promise P6, and that what arrives is signed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from actors.database import Database, now
from federation.addresses import AddressPolicy
from federation.client import Client
from federation.signatures import read_signature
from outbox.delivery import ATTEMPT_SECONDS
from outbox.report import summary
from tests.outbox.stage import Speaker, all_settled, counts, running, until
from tests.support.keys import key_pair


@asynccontextmanager
async def hanging_peers() -> AsyncIterator[tuple[int, list[int]]]:
    """Accept connections on every address of 127/8 and never answer; yield the port and the open connections."""
    seen: list[int] = []
    over = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(1)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hang, "0.0.0.0", 0, backlog=500)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        over.set()
        server.close()
        await asyncio.sleep(0.1)


@asynccontextmanager
async def good_peer() -> AsyncIterator[tuple[int, list[web.Request]]]:
    """Accept deliveries; yield the port and what came."""
    got: list[web.Request] = []

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        signature = read_signature("post", request.path_qs, request.headers.items())
        signature.verify(key_pair()[0].public_key(), body=body, host_expected=request.host, now=now())
        got.append(request)
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/inbox", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], got
    finally:
        await runner.cleanup()


async def test_thirty_hanging_peers_and_one_that_is_well(database: Database, speaker: Speaker) -> None:
    async with (
        hanging_peers() as (bad, seen),
        good_peer() as (good, got),
        Client(AddressPolicy.parse("127.0.0.0/8"), user_agent="test") as client,
        running(database, client),
    ):
        hanging = [f"http://127.77.1.{each}:{bad}/users/{user}/inbox" for each in range(1, 31) for user in range(10)]
        await speaker.say(hanging)
        await until(lambda: len(seen) == 30)
        started = time.monotonic()
        for _ in range(5):
            await speaker.say([*hanging, f"http://127.0.0.1:{good}/inbox"])
        await until(lambda: len(got) == 5, 5)
        assert time.monotonic() - started < 5
        assert len(seen) == 30, "one attempt at a time, as none had answered"


async def test_an_attempt_ends_in_time(database: Database, speaker: Speaker) -> None:
    async with (
        hanging_peers() as (bad, _),
        Client(AddressPolicy.parse("127.0.0.0/8"), user_agent="test") as client,
        running(database, client, patience=0.5),
    ):
        await speaker.say([f"http://127.77.1.1:{bad}/inbox"])
        await until(lambda: _tried(database), 3)
    assert ATTEMPT_SECONDS == 10


async def _tried(database: Database) -> bool:
    async with database.reading() as session:
        return any(host.attempts for host in await summary(session))


async def test_what_arrives_is_signed_by_who_says_it(database: Database, speaker: Speaker) -> None:
    async with (
        good_peer() as (good, got),
        Client(AddressPolicy.parse(f"127.0.0.1:{good}"), user_agent="test") as client,
        running(database, client),
    ):
        await speaker.say([f"http://127.0.0.1:{good}/inbox"])
        await until(lambda: all_settled(database))
    assert len(got) == 1
    assert [state.value for state in await counts(database)] == ["delivered"]
