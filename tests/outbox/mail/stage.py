"""What the tests of mail play with: a writer of few words, and a worker on a false clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.people.accounts import add_account
from actors.vault import Vault
from actors.wakeups import Wakeups
from outbox.mail.letter import Addressed, Written
from outbox.mail.queue import queue_mail
from outbox.mail.smtp import SmtpSender, SmtpServer
from outbox.mail.tables import Mail
from outbox.mail.worker import MailWorker
from tests.actors.cast import MOMENT, here
from tests.support.keys import SECRET
from tests.support.smtp import MailServer

VAULT = Vault(SECRET)
FROM = "samenspraak@tilburg.example"
TO = "karin@example.org"


class PlainWriter:
    """Writes the facts and nothing else; of kind ``nothing`` there is nothing to tell, and ``broken`` fails."""

    async def write(self, mail: Addressed) -> Written | None:
        if mail.kind == "nothing":
            return None
        if mail.kind == "broken":
            raise KeyError("words")
        told = ", ".join(f"{name}: {value}" for name, value in mail.facts.items())
        return Written("Gemeente Tilburg", f"Over {mail.kind}", told, f"<p>{told}</p>")


def worker_for(database: Database, mails: MailServer, **more: Any) -> MailWorker:
    """Return a worker that hands mail to this server."""
    server = SmtpSender(SmtpServer.parse(mails.url), hello="tilburg.example", patience=5.0)
    more = {"random": lambda: 0.0, "writer": PlainWriter()} | more
    return MailWorker(
        database, VAULT, more.pop("writer"), server, Wakeups(database), sender=FROM, domain="tilburg.example", **more
    )


async def turns(worker: MailWorker, most: int = 50) -> float:
    """Let a worker work until it has nothing to do; return how long it would wait."""
    for _ in range(most):
        if (pause := await worker.turn()) > 0:
            return pause
    raise AssertionError("the worker finds no end")


async def play(worker: MailWorker, clock: Any, duration: timedelta) -> None:
    """Let a false time go by in which a worker works."""
    end = clock() + duration
    while clock() < end:
        pause = await turns(worker)
        clock.advance(min(timedelta(seconds=max(pause, 0.1)), end - clock()))


@asynccontextmanager
async def running(database: Database, mails: MailServer, **more: Any) -> AsyncIterator[None]:
    """Run a worker while the block runs, and stop it as a process does."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker_for(database, mails, **more).run(stop))
    try:
        yield
        assert not task.done(), "the worker ended by itself"
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def queue(database: Database, now: Callable[[], datetime], **more: Any) -> int:
    """Put a mail in the queue, and return its id."""
    given = {"kind": "link", "to": TO, "language": "nl", "facts": {"link": "https://x.example/geheim"}} | more
    async with database.writing() as session:
        return (await queue_mail(session, vault=VAULT, now=now(), **given)).id


async def mail_of(database: Database, mail_id: int) -> Mail | None:
    async with database.reading() as session:
        return (await session.scalars(select(Mail).where(Mail.id == mail_id))).one_or_none()


async def person(database: Database, handle: str, **more: Any) -> Actor:
    """Add somebody with an account."""
    async with database.writing() as session:
        actor = await here(session, handle)
        account = await add_account(session, actor, email=f"{handle}@example.org", password_hash="x", now=MOMENT)
        for name, value in more.items():
            setattr(account, name, value)
    return actor
