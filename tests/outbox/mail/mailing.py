"""A mail worker in a process of its own, to be killed: ``python -m tests.outbox.mail.mailing URL SMTP``.

Impatient, so that a test need not wait for the claims of a killed one to run out.
"""

import asyncio
import sys
from datetime import timedelta

from actors.database import Database
from actors.wakeups import Wakeups
from outbox.mail.notifier import Notifier
from outbox.mail.smtp import SmtpSender, SmtpServer
from outbox.mail.worker import MailWorker
from tests.outbox.mail.stage import FROM, VAULT, PlainWriter


async def main(url: str, smtp: str) -> None:
    database = Database(url)
    wakeups = Wakeups(database)
    server = SmtpSender(SmtpServer.parse(smtp), hello="tilburg.example", patience=1.5)
    worker = MailWorker(
        database, VAULT, PlainWriter(), server, wakeups, sender=FROM, domain="tilburg.example",
        lease=timedelta(seconds=2),
    )  # fmt: skip
    notifier = Notifier(database, VAULT, wakeups)
    async with wakeups.watch():
        sys.stdout.write("mailing\n")
        sys.stdout.flush()
        never = asyncio.Event()
        await asyncio.gather(worker.run(never), notifier.run(never))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
