"""Makes mail of notifications: each is looked at once, soon after it came to be.

It is told at once, put by for a digest, or not told by mail at all, as its reader wishes. The decision
and the mail are one transaction that has claimed the rows, so that neither a crash nor a second process
tells twice or not at all. What the mail says is looked up when it is sent, by what holds then.

Others can make somebody's notifications without end, but not their mail: what is more than
`MOST_AN_HOUR` goes into the digest of the next morning.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.database import Database
from actors.database import now as present
from actors.ids import id_at
from actors.notifications import MailStep, Notification
from actors.people.tables import Account
from actors.upsert import insert_or_ignore
from actors.vault import Vault
from actors.wakeups import CHANGED, Wakeups
from outbox.mail.queue import queue_mail
from outbox.mail.tables import Digest, Mail
from outbox.mail.wishes import Rhythm, Wishes, next_digest, reachable, subject_of, wishes_of

log = logging.getLogger(__name__)

NEWS: Final = "news"
"""The kind of a mail that tells of one notification or several; its facts are their ids and the ``subject``."""
MOST_AN_HOUR: Final = 10
"""So many mails about notifications a person gets in an hour."""
MOST_IN_A_MAIL: Final = 50

_OLD: Final = timedelta(days=3)
"""What is older is no news: the instance had no mail server, or was away."""
_AT_ONCE: Final = 200
_MOST_BUNDLED: Final = 10_000
"""So many rows are looked at for digests at once; what is older waits for the next."""
_LONGEST_SLEEP: Final = 30.0
_SHORTEST_SLEEP: Final = 1.0
"""Pages change often and notifications less: looking once a second is soon enough."""

_NEW: Final = text("notifications.mail = 'new'")
_BUNDLED: Final = text("notifications.mail IN ('daily', 'weekly')")
_STEPS: Final = {Rhythm.DAILY: MailStep.DAILY, Rhythm.WEEKLY: MailStep.WEEKLY}


class Notifier:
    """Looks for notifications and digests to mail until told to stop. One a process does no harm."""

    def __init__(
        self, database: Database, vault: Vault, wakeups: Wakeups, *, clock: Callable[[], datetime] = present
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._bell = wakeups.bell(CHANGED)

    async def run(self, stop: asyncio.Event) -> None:
        """Look whenever something changed, and when a digest is due, until ``stop`` is set."""
        while not stop.is_set():
            self._bell.clear()
            try:
                pause = await self.turn()
            except (SQLAlchemyError, OSError) as error:
                log.warning("notifications cannot be looked at, trying again: %s", error)
                pause = _LONGEST_SLEEP
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _SHORTEST_SLEEP)
            await _first_of(stop, self._bell, pause - _SHORTEST_SLEEP)

    async def turn(self) -> float:
        """Do what is due; return how many seconds may pass before the next turn."""
        now = self._clock()
        async with self._database.reading() as session:
            some_new = await session.scalar(select(Notification.id).where(_NEW).limit(1))
            first = await session.scalar(select(func.min(Digest.due_at)))
        if some_new is None and (first is None or first > now):
            return _LONGEST_SLEEP if first is None else min((first - now).total_seconds(), _LONGEST_SLEEP)
        async with self._database.writing() as session:
            await decide(session, self._vault, now=now)
            await send_digests(session, self._vault, now=now)
        return 0.0


async def decide(session: AsyncSession, vault: Vault, *, now: datetime) -> int:
    """Decide about new notifications, oldest first, and queue the mail; return about how many, at most 200."""
    found = list(
        await session.scalars(
            select(Notification).where(_NEW).order_by(Notification.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
        )
    )
    if not found:
        return 0
    recipients = {notification.recipient_id for notification in found}
    accounts = await reachable(session, recipients)
    wishes = await wishes_of(session, recipients)
    mailed = await _mailed_lately(session, recipients, now)
    at_once: dict[int, list[Notification]] = defaultdict(list)
    for notification in found:
        recipient = notification.recipient_id
        rhythm = _rhythm(notification, wishes[recipient], now) if recipient in accounts else Rhythm.NEVER
        if rhythm is Rhythm.AT_ONCE and mailed.get(recipient, 0) >= MOST_AN_HOUR:
            rhythm = Rhythm.DAILY
        if rhythm is Rhythm.AT_ONCE:
            at_once[recipient].append(notification)
        notification.mail = _STEPS.get(rhythm, MailStep.DONE)
    for recipient, notifications in at_once.items():
        # One mail for what came together; it can be stopped by its subject when it has one.
        subjects = {subject_of(notification.kind) for notification in notifications}
        subject = subjects.pop() if len(subjects) == 1 else "all"
        await _queue(session, vault, accounts[recipient], notifications, subject, now)
    await session.flush()
    due = [
        {"account_id": recipient, "rhythm": rhythm.value, "due_at": next_digest(rhythm, now)}
        for rhythm, step in _STEPS.items()
        for recipient in {one.recipient_id for one in found if one.mail is step}
    ]
    await insert_or_ignore(session, Digest, due, on=["account_id", "rhythm"])
    return len(found)


async def send_digests(session: AsyncSession, vault: Vault, *, now: datetime) -> int:
    """Queue the digests that are due, of what was not read since; return how many people had one due, at most 200."""
    due = list(
        await session.scalars(
            select(Digest)
            .where(Digest.due_at <= now)
            .order_by(Digest.due_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    )
    if not due:
        return 0
    recipients = {digest.account_id for digest in due}
    accounts = await reachable(session, recipients)
    wishes = await wishes_of(session, recipients)
    bundles: dict[tuple[int, str], list[Notification]] = defaultdict(list)
    for notification in await session.scalars(
        select(Notification).where(_BUNDLED, among(session, Notification.recipient_id, list(recipients)))
        .order_by(Notification.id.desc()).limit(_MOST_BUNDLED)
    ):  # fmt: skip
        bundles[notification.recipient_id, notification.mail.value].append(notification)
    for digest in due:
        bundle = bundles[digest.account_id, digest.rhythm]
        unread = [
            notification
            for notification in bundle
            if notification.read_at is None
            and wishes[digest.account_id].rhythm(notification.kind) is not Rhythm.NEVER
        ]  # fmt: skip
        if unread and digest.account_id in accounts:
            await _queue(session, vault, accounts[digest.account_id], unread, digest.rhythm, now)
        await session.delete(digest)
        await _set_done(session, bundle)
    await session.flush()
    return len(due)


def _rhythm(notification: Notification, wishes: Wishes, now: datetime) -> Rhythm:
    if notification.read_at is not None or notification.created_at < now - _OLD:
        return Rhythm.NEVER
    return wishes.rhythm(notification.kind)


async def _queue(
    session: AsyncSession, vault: Vault, account: Account, told: Sequence[Notification], subject: str, now: datetime
) -> None:
    ids = sorted((notification.id for notification in told), reverse=True)
    await queue_mail(
        session,
        vault=vault,
        kind=NEWS,
        to=account.email,
        language=account.language,
        account_id=account.actor_id,
        facts={"notifications": ids[:MOST_IN_A_MAIL], "count": len(ids), "subject": subject},
        can_wait=True,
        now=now,
    )


async def _mailed_lately(session: AsyncSession, recipients: Iterable[int], now: datetime) -> dict[int, int]:
    query = (
        select(Mail.account_id, func.count())
        .where(
            among(session, Mail.account_id, list(recipients)),
            Mail.id >= id_at(now - timedelta(hours=1)),
            Mail.kind == NEWS,
        )
        .group_by(Mail.account_id)
    )
    return {account_id: count for account_id, count in await session.execute(query) if account_id is not None}


async def _set_done(session: AsyncSession, notifications: Sequence[Notification]) -> None:
    await session.execute(
        update(Notification)
        .where(among(session, Notification.id, [notification.id for notification in notifications]))
        .values(mail=MailStep.DONE),
        execution_options={"synchronize_session": False},
    )


async def _first_of(stop: asyncio.Event, bell: asyncio.Event, seconds: float) -> None:
    """Wait until one of two events, for so many seconds at most."""
    if seconds <= 0 or stop.is_set():
        return
    waits = [asyncio.create_task(event.wait()) for event in (stop, bell)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
