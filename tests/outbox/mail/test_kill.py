"""Killed without warning at any moment, no mail is lost, and none is made twice of one notification.

Real processes mail over a real socket to a server that keeps a mail now and says so a little later, so
that some are killed in between: those mails come twice, with the same Message-ID.
"""

import asyncio
import random
import sys
from asyncio.subprocess import PIPE

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.notifications import Notification
from outbox.mail.tables import Mail, MailState
from tests.actors.cast import elsewhere
from tests.outbox.mail.stage import person, queue
from tests.outbox.stage import until
from tests.support.smtp import MailServer

KILLS = 10


async def _start(url: str, smtp: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.outbox.mail.mailing", url, smtp, stdout=PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 40) == b"mailing\n"
    return process


async def _end(process: asyncio.subprocess.Process) -> None:
    """``kill -9``, by its own id."""
    process.kill()
    await process.communicate()


@pytest.mark.kill
async def test_killed_at_any_moment_every_mail_arrives(database_url: str, mails: MailServer) -> None:
    database = Database(database_url)
    mails.answer_late = lambda: random.choice([0, 0.01, 0.1, 0.3])
    reader = await person(database, "lezer")
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    enough = asyncio.Event()
    writing = asyncio.create_task(_make_mail(database, reader, bram, enough))
    try:
        for _ in range(KILLS):
            worker = await _start(database_url, mails.url)
            await asyncio.sleep(random.uniform(0, 0.8))
            await _end(worker)
        enough.set()
        queued, notified = await writing
        worker = await _start(database_url, mails.url)
        await until(lambda: _all_sent(database), 60)
        await _end(worker)
    finally:
        enough.set()
        await database.close()
    arrived = [str(mail.message["Message-ID"]) for mail in mails.mails]
    assert {f"<{mail_id}@tilburg.example>" for mail_id in queued} <= set(arrived)
    assert len(arrived) > len(set(arrived)), "no kill came between a mail and its note: make more"
    told = [number for mail in mails.mails if mail.subject == "Over news" for number in _numbers(mail.text)]
    once = {str(mail.message["Message-ID"]): _numbers(mail.text) for mail in mails.mails if mail.subject == "Over news"}
    assert set(told) == set(notified)
    assert sorted(number for numbers in once.values() for number in numbers) == sorted(notified)


def _numbers(words: str) -> list[int]:
    """Return the ids of the notifications that the plain writer put in a mail."""
    inside = " ".join(words.split()).partition("[")[2].partition("]")[0]
    return [int(number) for number in inside.split(",")]


async def _make_mail(
    database: Database, reader: Actor, by: Actor, enough: asyncio.Event
) -> tuple[list[int], list[int]]:
    queued, notified = [], []
    while not enough.is_set():
        queued.append(await queue(database, now))
        if len(notified) < 9:  # what is more in an hour waits for the morning
            notified.append(new_id())
            async with database.writing() as session:
                session.add(
                    Notification(
                        id=notified[-1], recipient_id=reader.id, kind="mention", from_id=by.id, created_at=now()
                    )
                )
        await asyncio.sleep(0.2)
    return queued, notified


async def _all_sent(database: Database) -> bool:
    async with database.reading() as session:
        waiting = select(func.count()).select_from(Mail).where(Mail.state == MailState.WAITING)
        undecided = select(func.count()).select_from(Notification).where(Notification.mail == "new")
        return not await session.scalar(waiting) and not await session.scalar(undecided)
