"""Fetching keeps within its budgets, whatever a host does."""

import asyncio

import pytest
from aiohttp import web

from federation.errors import Gone, Unreachable
from inbox.fetching import AT_ONCE_OF_HOST, Fetcher
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage


async def test_few_are_fetched_of_one_host_at_once(stage: Stage) -> None:
    busy = most = 0

    async def slow(_request: web.Request) -> web.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.05)
        busy -= 1
        return web.Response(status=404)

    uris = [f"https://slow.example/{number}" for number in range(12)]
    stage.world.answers |= dict.fromkeys(uris, slow)
    found = await Fetcher(stage.resolver).all_of(uris, [])
    assert all(isinstance(found[uri], Gone) for uri in uris)
    assert most == AT_ONCE_OF_HOST


async def test_a_host_is_asked_so_often_a_minute(stage: Stage, anna: Remote) -> None:
    fetcher = Fetcher(stage.resolver, a_minute_of_host=2)
    note = anna.note()
    answers = [await fetcher.document(note["id"]) for _ in range(3)]
    assert [type(answer) for answer in answers] == [dict, dict, Unreachable]
    wim = stage.world.person("rotterdam.example", "wim")
    assert isinstance(await fetcher.document(wim.note()["id"]), dict)


@pytest.mark.filterwarnings("error")
async def test_an_actor_is_stored(stage: Stage, anna: Remote) -> None:
    assert await Fetcher(stage.resolver).actor(anna.uri) is None
    assert await stage.actor(anna.uri) is not None
