"""A page that was closed gives its place to listen back soon."""

import asyncio
from contextlib import AsyncExitStack

from actors.actor import Actor
from tests.actors.cast import issue_here
from tests.web.server import Instance
from web.live import MOST_FROM_ONE_ADDRESS

STREAM = "/vraagstukken/jeugd/stroom"


async def test_closed_pages_make_room_for_others(instance: Instance, organisation: Actor) -> None:
    async with instance.database.writing() as session:
        await issue_here(session, organisation)
    async with AsyncExitStack() as pages:
        assert {await instance.listen(pages, STREAM) for _ in range(MOST_FROM_ONE_ADDRESS)} == {200}
        assert await instance.listen(pages, STREAM) == 503
    for _ in range(40):
        async with AsyncExitStack() as pages:
            if await instance.listen(pages, STREAM) == 200:
                return
        await asyncio.sleep(0.25)
    raise AssertionError("closed pages keep their places")
