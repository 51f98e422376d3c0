"""A delivery worker in a process of its own, to be killed: ``python -m tests.outbox.delivering URL NETWORK``.

Impatient, so that a test need not wait a minute for the claims of a killed one to run out.
"""

import asyncio
import sys
from datetime import timedelta

from actors.database import Database
from actors.wakeups import Wakeups
from federation.addresses import AddressPolicy
from federation.client import Client
from outbox.worker import DeliveryWorker
from tests.outbox.stage import SITE
from tests.support.keys import key_ring


async def main(url: str, network: str) -> None:
    database = Database(url)
    wakeups = Wakeups(database)
    async with Client(AddressPolicy.parse(network), user_agent="Samenspraak test") as client, wakeups.watch():
        worker = DeliveryWorker(
            database, SITE, key_ring(), client, wakeups, slots=32, lease=timedelta(seconds=2), patience=1.5
        )
        sys.stdout.write("delivering\n")
        sys.stdout.flush()
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
