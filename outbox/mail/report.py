"""What the operator sees of the mail, and does about it; and the end of what was kept for that.

What a mail says is never shown: who reads the queue has no need of the words, and a link in them may be a secret.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import wake_after_commit
from actors.ids import id_at
from actors.wakeups import MAIL
from outbox.mail.tables import Mail, MailState

SENT_KEPT: Final = timedelta(days=7)
FAILED_KEPT: Final = timedelta(days=30)
_PRUNED_AT_ONCE: Final = 2_000
_FAILED: Final = (MailState.REFUSED, MailState.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class MailSummary:
    """How the mail stands. ``attempts`` is the most that any waiting mail had; ``sent`` is of the last week."""

    waiting: int
    attempts: int
    next_at: datetime | None
    sent: int
    refused: int
    given_up: int


@dataclass(frozen=True, slots=True)
class MailReport:
    """A mail that is not sent: it waits, or it failed. ``can_retry``: what it says is still there."""

    id: int
    kind: str
    recipient: str
    state: MailState
    attempts: int
    next_at: datetime
    status: int | None
    error: str
    created_at: datetime
    done_at: datetime | None
    can_retry: bool


async def mail_summary(session: AsyncSession) -> MailSummary:
    """Return how many mails wait, were sent and failed; one query."""
    waiting = Mail.state == MailState.WAITING
    row = await session.execute(
        select(
            func.count(case((waiting, 1))),
            func.coalesce(func.max(case((waiting, Mail.attempts))), 0),
            func.min(case((waiting, Mail.next_at))),
            func.count(case((Mail.state == MailState.SENT, 1))),
            func.count(case((Mail.state == MailState.REFUSED, 1))),
            func.count(case((Mail.state == MailState.GIVEN_UP, 1))),
        )
    )
    return MailSummary(*row.one())


async def unsent_mail(
    session: AsyncSession, *, failed_only: bool = False, before: int | None = None, limit: int = 100
) -> list[MailReport]:
    """Return what waits or failed, newest first; a page of it. Whoever shows it notes that it was read."""
    states = _FAILED if failed_only else (MailState.WAITING, *_FAILED)
    query = (
        select(
            Mail.id, Mail.kind, Mail.recipient, Mail.state, Mail.attempts, Mail.next_at, Mail.last_status,
            Mail.last_error, Mail.created_at, Mail.done_at, Mail.facts.is_not(None),
        )
        .where(Mail.state.in_(states))
        .order_by(Mail.id.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        query = query.where(Mail.id < before)
    return [MailReport(*row) for row in await session.execute(query)]


async def retry_mail(session: AsyncSession, mail_id: int, *, now: datetime) -> bool:
    """Have a mail that waits or failed tried now, with a whole life before it; False when it cannot be."""
    changed = await session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state != MailState.SENT, Mail.facts.is_not(None))
        .values(state=MailState.WAITING, attempts=0, next_at=now, created_at=now, done_at=None)
        .returning(Mail.id),
        execution_options={"synchronize_session": False},
    )
    wake_after_commit(session, MAIL)
    return changed.first() is not None


async def give_up_mail(session: AsyncSession, mail_id: int, *, now: datetime) -> bool:
    """Have a mail that waits never sent; what it says is gone. False when it does not wait any more."""
    changed = await session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.WAITING)
        .values(state=MailState.GIVEN_UP, facts=None, done_at=now)
        .returning(Mail.id),
        execution_options={"synchronize_session": False},
    )
    return changed.first() is not None


async def prune(session: AsyncSession, *, now: datetime) -> int:
    """Remove mail sent a week ago, and failed mail of a month ago; return how many, at most 2,000.

    Ids tell the time, so the primary key finds the old ones.
    """
    done = (
        select(Mail.id)
        .where(
            Mail.id < id_at(now - SENT_KEPT),
            (Mail.state == MailState.SENT) | ((Mail.state != MailState.WAITING) & (Mail.id < id_at(now - FAILED_KEPT))),
        )
        .order_by(Mail.id)
        .limit(_PRUNED_AT_ONCE)
    )
    gone = await session.execute(
        delete(Mail).where(Mail.id.in_(done.correlate(None))).returning(Mail.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
