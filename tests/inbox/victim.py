"""An instance's inbox in a process of its own, to be killed: ``python -m tests.inbox.victim DATABASE_URL``.

Prints the port that it listens on.
"""

import asyncio
import sys

from aiohttp import web

from actors.database import Database, now
from actors.resolve import Resolver
from actors.wakeups import Wakeups
from federation.addresses import AddressPolicy
from federation.client import Client
from federation.errors import FederationError
from inbox.authenticate import Authenticator
from inbox.receive import Receiver
from inbox.worker import ArrivalWorker
from tests.inbox.stage import SITE
from tests.support.keys import key_ring


async def serve(url: str) -> None:
    database = Database(url)
    async with Client(AddressPolicy(), user_agent="Test") as client:
        resolver = Resolver(database, SITE, client, key_ring())
        receiver = Receiver(database, SITE, Authenticator(database, SITE, resolver))
        worker = ArrivalWorker(database, SITE, resolver, Wakeups(database))

        async def inbox(request: web.Request) -> web.Response:
            try:
                await receiver.receive("POST", request.raw_path, request.headers, await request.read(), now=now())
            except FederationError as error:
                return web.Response(status=error.http_status, text=error.reason)
            return web.Response(status=202)

        app = web.Application()
        app.router.add_post("/inbox", inbox)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
