"""Promises P2 and P3 from the sender's side: killed without warning at any moment, it loses nothing.

A real worker process delivers over real sockets to a receiver that is now quick, now slow, and that
knows an activity by its actor and id, as an inbox does.
"""

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE
from collections import Counter

import pytest
from aiohttp import web

from actors.database import Database
from tests.outbox.stage import Speaker, all_settled, make_speaker, until

KILLS = 22
INBOXES = 6


class Receiver:
    """Accepts everything, some of it slowly. ``effects`` counts what an inbox would have done."""

    def __init__(self) -> None:
        self.requests = 0
        self.known: set[tuple[str, str, str]] = set()
        self.effects: Counter[tuple[str, str]] = Counter()
        self.port = 0

    async def receive(self, request: web.Request) -> web.Response:
        assert "Signature" in request.headers
        self.requests += 1
        activity = json.loads(await request.read())
        await asyncio.sleep(random.choice([0, 0.005, 0.05, 0.3]))
        identity = (request.host, activity["actor"], activity["id"])
        if identity not in self.known:
            self.known.add(identity)
            self.effects[f"http://{request.host}{request.path}", activity["id"]] += 1
        await asyncio.sleep(random.choice([0, 0.005, 0.1]))
        return web.Response(status=202)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/inbox", self.receive)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "0.0.0.0", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner


async def _start_worker(url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.outbox.delivering", url, "127.77.0.0/16", stdout=PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"delivering\n"
    return process


async def _end(process: asyncio.subprocess.Process) -> None:
    """``kill -9``, by its own id."""
    process.kill()
    await process.communicate()


@pytest.mark.kill
async def test_killed_at_any_moment_everything_arrives_and_has_its_effect_once(database_url: str) -> None:
    database = Database(database_url)
    speaker = await make_speaker(database)
    receiver = Receiver()
    runner = await receiver.start()
    inboxes = [f"http://127.77.0.{1 + number}:{receiver.port}/inbox" for number in range(INBOXES)]
    enough = asyncio.Event()
    talking = asyncio.create_task(_talk(speaker, inboxes, enough))
    try:
        for _ in range(KILLS):
            worker = await _start_worker(database_url)
            await asyncio.sleep(random.uniform(0, 0.6))
            await _end(worker)
        assert await _is_busy(database)
        enough.set()
        said = await talking
        worker = await _start_worker(database_url)
        await until(lambda: all_settled(database), 40)
        await _end(worker)
    finally:
        enough.set()
        await runner.cleanup()
        await database.close()
    assert receiver.effects == {(inbox, activity): 1 for inbox in inboxes for activity in said}
    assert receiver.requests > len(receiver.effects), "no kill came between a delivery and its note: make more"


async def _talk(speaker: Speaker, inboxes: list[str], enough: asyncio.Event) -> list[str]:
    said = []
    while not enough.is_set():
        said.append(await speaker.say(inboxes))
        await asyncio.sleep(0.1)
    return said


async def _is_busy(database: Database) -> bool:
    """Whether the kills came while there was work: otherwise they would have proved nothing."""
    return not await all_settled(database)
