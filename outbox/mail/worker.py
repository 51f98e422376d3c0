"""The mail worker: claims a mail, has it written, hands it to the mail server, notes what came of it.

One mail at a time and a process: one connection to the one server that takes our mail. What became of
the last mail is noted in the transaction that claims the next. While the server is in trouble the worker
pauses, ever longer, and the mail keeps its place; so an evening without a mail server costs no mail.

The loop outlives database and server. What it held when it was killed comes due when the lease ends.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import random as any_random
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Database
from actors.database import now as present
from actors.vault import Vault
from actors.wakeups import MAIL, Wakeups
from outbox.mail.letter import Addressed, Writer, compose
from outbox.mail.queue import LEASE, Claimed, claim, drop_mail, open_facts, seconds_until_due, settle
from outbox.mail.report import prune
from outbox.mail.smtp import Outcome, Result, Sender

log = logging.getLogger(__name__)

_LONGEST_SLEEP: Final = 30.0
_LONGEST_PAUSE: Final = 60.0
_IN_OTHER_HANDS: Final = 1.0
"""Seconds to wait when a mail is due, but another process has it."""
_STOP_SECONDS: Final = 4.0
_PRUNE_EVERY: Final = timedelta(hours=1)


class MailWorker:
    """Sends what `outbox.mail.queue` holds, until told to stop. One a process.

    ``sender`` is the address that the mail is from, ``domain`` the instance's. ``clock`` and ``random`` are for tests.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        writer: Writer,
        server: Sender,
        wakeups: Wakeups,
        *,
        sender: str,
        domain: str,
        lease: timedelta = LEASE,
        clock: Callable[[], datetime] = present,
        random: Callable[[], float] = any_random,
    ) -> None:
        self._database = database
        self._vault = vault
        self._writer = writer
        self._server = server
        self._sender = sender
        self._domain = domain
        self._lease = lease
        self._clock = clock
        self._random = random
        self._bell = wakeups.bell(MAIL)
        self._noting: tuple[Claimed, Outcome | None] | None = None
        self._failures = 0
        self._pruned_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set, then finish the mail that is under way, for a few seconds at most."""
        running = asyncio.create_task(self._loop(stop))
        try:
            await stop.wait()
            self._bell.set()
            await asyncio.wait({running}, timeout=_STOP_SECONDS)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self._finish()

    async def turn(self) -> float:
        """Note the last mail, send the next; return how many seconds may pass before the next turn."""
        if self._noting is None and (due := await self._seconds_until_due()) > 0:
            await self._server.close()
            await self._prune_sometimes()
            return due
        async with self._database.writing() as session:
            await self._note(session)
            claimed = await claim(session, now=self._clock(), lease=self._lease)
        noted, self._noting = self._noting is not None, None
        if claimed is None:
            return 0.0 if noted else _IN_OTHER_HANDS
        outcome = await self._send(claimed)
        self._noting = claimed, outcome
        if outcome is None or outcome.result is not Result.SERVER_FAILED:
            self._failures = 0
            return 0.0
        self._failures += 1
        log.warning("the mail server takes no mail, trying again: %s", outcome.error)
        async with self._database.writing() as session:
            await self._note(session)
        self._noting = None
        return min(2.0 ** min(self._failures, 10), _LONGEST_PAUSE)

    async def _loop(self, stop: asyncio.Event) -> None:
        troubles, pause = 0, 0.0
        while not stop.is_set():
            self._bell.clear()
            try:
                pause = await self.turn()
                troubles = 0
            except (SQLAlchemyError, OSError) as error:
                log.warning("the queue of mail cannot be reached, trying again: %s", error)
                troubles += 1
            except Exception:
                log.exception("a turn of the mail worker failed")
                troubles += 1
            if troubles:
                pause = min(0.25 * 2.0 ** min(troubles, 10), _LONGEST_PAUSE)
            # Nobody may hurry what is in trouble: only the stop ends that pause.
            event = stop if troubles or self._failures else self._bell
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), pause)

    async def _send(self, claimed: Claimed) -> Outcome | None:
        """Have a mail written and hand it over. None when it had nothing to tell."""
        now = self._clock()
        if claimed.until is not None and claimed.until <= now:
            return Outcome(Result.TOO_LATE, error="it came too late to be of use")
        try:
            facts = open_facts(self._vault, claimed.facts or b"")
            mail = Addressed(claimed.id, claimed.kind, claimed.recipient, claimed.language, claimed.account_id, facts)
            written = await self._writer.write(mail)
            if written is None:
                return None
            message = compose(mail, written, sender=self._sender, domain=self._domain, now=now)
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:
            # A mail that cannot be written must not keep the others. Its words may be secret: they are not logged.
            log.exception("mail %d (%s) cannot be written", claimed.id, claimed.kind)
            return Outcome(Result.RETRY, error=f"it cannot be written: {type(error).__name__}")
        return await self._server.send(self._sender, claimed.recipient, message)

    async def _note(self, session: AsyncSession) -> None:
        if self._noting is None:
            return
        claimed, outcome = self._noting
        if outcome is None:
            await drop_mail(session, claimed.id)
        else:
            await settle(session, claimed, outcome, now=self._clock(), random=self._random())

    async def _seconds_until_due(self) -> float:
        async with self._database.reading() as session:
            due = await seconds_until_due(session, now=self._clock())
        return _LONGEST_SLEEP if due is None else min(due, _LONGEST_SLEEP)

    async def _prune_sometimes(self) -> None:
        now = self._clock()
        if self._pruned_at is None or self._pruned_at + _PRUNE_EVERY <= now:
            self._pruned_at = now
            async with self._database.writing() as session:
                if await prune(session, now=now):
                    self._pruned_at = None  # perhaps there is more

    async def _finish(self) -> None:
        await self._server.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS), self._database.writing() as session:
                await self._note(session)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("stopping with a mail that is not noted; it may be sent again: %s", error)
