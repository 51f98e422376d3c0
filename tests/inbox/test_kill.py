"""Promises P1 and P3: what was acknowledged is handled exactly once, however often the process is killed."""

import asyncio
import random
import signal
import sys
from collections import Counter
from contextlib import suppress

import aiohttp
import pytest

from actors.database import now
from actors.notifications import Notification
from actors.posts.tables import Post
from federation.documents import dump
from federation.vocabulary import PUBLIC
from inbox.tables import Arrival, ArrivalState
from outbox.tables import Activity
from tests.inbox.peers import Remote
from tests.inbox.stage import INBOX, Stage

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

KILLS = 25


class Victim:
    """The process to be killed, and started again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.inbox.victim", self._url, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.port = int(await self._process.stdout.readline())

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self.port = 0


async def test_killed_at_any_moment_nothing_is_lost_or_done_twice(
    stage: Stage, anna: Remote, database_url: str
) -> None:
    await stage.meet(anna)
    victim = Victim(database_url)
    acknowledged: list[str] = []
    sent: list[str] = []
    stop = asyncio.Event()

    async def send(client: aiohttp.ClientSession) -> None:
        while not stop.is_set():
            if not victim.port:
                await asyncio.sleep(0.02)
                continue
            tag = {"type": "Mention", "href": stage.fatima.uri}
            note = anna.note(to=[PUBLIC, stage.issue.uri, stage.fatima.uri], tag=[tag])
            body = dump(anna.create(note))
            sent.append(note["id"])
            # A peer that got no answer tries again: the repetition must not count twice.
            while not stop.is_set():
                headers = anna.signed(body, INBOX, now())
                url = f"http://127.0.0.1:{victim.port}/inbox"
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with client.post(url, data=body, headers=headers) as answer:
                        if answer.status == 202:
                            acknowledged.append(note["id"])
                            break
                await asyncio.sleep(0.02)

    chance = random.Random(1)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        senders = [asyncio.create_task(send(client)) for _ in range(6)]
        for _ in range(KILLS):
            await victim.start()
            await asyncio.sleep(chance.uniform(0.02, 0.6))
            await victim.kill()
        stop.set()
        await asyncio.gather(*senders)
    await victim.start()
    try:
        async with asyncio.timeout(60):
            while await stage.rows(Arrival, Arrival.state == ArrivalState.WAITING):
                await asyncio.sleep(0.1)
    finally:
        await victim.kill()

    assert len(acknowledged) > KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    posts = {post.uri: post.id for post in await stage.rows(Post)}
    assert set(acknowledged) <= posts.keys() <= set(sent)
    told = Counter(row.post_id for row in await stage.rows(Notification))
    assert told == dict.fromkeys(posts.values(), 1)
    # The announcements of the issue have no key that would keep a second one out: they count effects.
    announced = Counter(row.object_uri for row in await stage.rows(Activity))
    assert announced == dict.fromkeys(posts, 2)
    assert all(row.body is None for row in await stage.rows(Arrival))
