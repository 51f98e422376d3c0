"""The durable queue of mail: put in, claimed, and what became of it.

It works as the queue of deliveries does (`outbox.queue`): a claim moves ``next_at`` ahead by a lease, so
that what a killed process held becomes due again by itself, and nothing is sent inside a transaction.
A worker that is killed between the mail server's answer and its note of it sends the mail again, with
the same Message-ID.

Who queues mail knows that the instance can send it (``CAN_MAIL`` in `web.keys`): without an SMTP server
mail would wait for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import wake_after_commit
from actors.ids import new_id
from actors.people.accounts import check_email
from actors.vault import Vault
from actors.wakeups import MAIL
from outbox import retry
from outbox.mail.smtp import Outcome, Result
from outbox.mail.tables import Mail, MailState

FIRST_LANGUAGE: Final = "nl"
LEASE: Final = timedelta(seconds=90)
"""How long a claim holds: longer than a mail may take, short enough to wait for after a crash."""
LIFETIME: Final = timedelta(days=5)
"""How long a mail is tried: as long as mail servers do among themselves."""

_WAITING: Final = text("mails.state = 'waiting'")
"""Written out, because a parameter would keep the planner from the partial index."""
_SOON: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is this process's to send until its lease ends. ``facts`` are sealed."""

    id: int
    account_id: int | None
    kind: str
    recipient: str
    language: str
    facts: bytes | None
    attempts: int
    created_at: datetime
    until: datetime | None


async def queue_mail(
    session: AsyncSession,
    *,
    vault: Vault,
    kind: str,
    to: str,
    language: str | None,
    facts: Mapping[str, Any],
    now: datetime,
    account_id: int | None = None,
    until: datetime | None = None,
    can_wait: bool = False,
) -> Mail:
    """Put a mail in the queue; it is sent soon after the caller's commit. Raises `EmailError` for a bad address.

    ``kind`` names the templates ``mail/<kind>.html`` and ``.txt``, which read the ``facts`` (JSON) by name.
    The facts may hold secrets: they are sealed, and gone once the mail is sent. After ``until`` the mail would
    be of no use and is given up. ``language`` None is the instance's first.
    """
    mail = Mail(
        id=new_id(),
        account_id=account_id,
        kind=kind,
        recipient=check_email(to),
        language=language or FIRST_LANGUAGE,
        facts=seal_facts(vault, facts),
        can_wait=can_wait,
        next_at=now,
        until=until,
        created_at=now,
    )
    session.add(mail)
    await session.flush()
    wake_after_commit(session, MAIL)
    return mail


async def claim(session: AsyncSession, *, now: datetime, lease: timedelta = LEASE) -> Claimed | None:
    """Claim the mail that is due: one that somebody waits for first, then by when it is due."""
    found = (
        select(Mail.id)
        .where(_WAITING, Mail.next_at <= now)
        .order_by(Mail.can_wait, Mail.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    mail_id = await session.scalar(found)
    if mail_id is None:
        return None
    row = await session.execute(
        update(Mail)
        .where(Mail.id == mail_id)
        .values(next_at=now + lease)
        .returning(
            Mail.id, Mail.account_id, Mail.kind, Mail.recipient, Mail.language, Mail.facts, Mail.attempts,
            Mail.created_at, Mail.until,
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    return Claimed(*row.one())


async def settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, *, now: datetime, random: float) -> None:
    """Note what became of a mail; ``random`` in [0, 1) becomes the jitter. What an operator decided stays."""
    changed: dict[str, Any] = {"last_status": outcome.status, "last_error": outcome.error}
    match outcome.result:
        case Result.SENT:
            changed |= _done(MailState.SENT, now) | {"attempts": claimed.attempts + 1, "facts": None}
        case Result.REFUSED:
            changed |= _done(MailState.REFUSED, now) | {"attempts": claimed.attempts + 1}
        case Result.TOO_LATE:
            changed |= _done(MailState.GIVEN_UP, now) | {"facts": None}
        case Result.RETRY:
            wait = retry.delay(claimed.attempts + 1, random)
            changed |= {"attempts": claimed.attempts + 1} | _again(claimed, wait, now)
        case Result.SERVER_FAILED:
            # The server's trouble is not the mail's: it keeps its place, and the worker pauses.
            changed |= _again(claimed, _SOON, now)
    await session.execute(
        update(Mail).where(Mail.id == claimed.id, _WAITING).values(**changed),
        execution_options={"synchronize_session": False},
    )


async def drop_mail(session: AsyncSession, mail_id: int) -> None:
    """Remove a mail that has nothing to tell any more."""
    await session.execute(delete(Mail).where(Mail.id == mail_id), execution_options={"synchronize_session": False})


async def seconds_until_due(session: AsyncSession, *, now: datetime) -> float | None:
    """Return when the next mail is due, 0 if one is already, None if none waits."""
    first = await session.scalar(select(func.min(Mail.next_at)).where(_WAITING))
    return None if first is None else max(0.0, (first - now).total_seconds())


def seal_facts(vault: Vault, facts: Mapping[str, Any]) -> bytes:
    """Return facts as they are stored."""
    return vault.seal(json.dumps(dict(facts), ensure_ascii=False).encode())


def open_facts(vault: Vault, sealed: bytes) -> dict[str, Any]:
    """Return what `seal_facts` stored. Raises `VaultError`."""
    facts: dict[str, Any] = json.loads(vault.open(sealed))
    return facts


def _done(state: MailState, now: datetime) -> dict[str, Any]:
    return {"state": state, "done_at": now}


def _again(claimed: Claimed, wait: timedelta | None, now: datetime) -> dict[str, Any]:
    if wait is None or claimed.created_at + LIFETIME <= now:
        return _done(MailState.GIVEN_UP, now)
    return {"next_at": now + wait}
