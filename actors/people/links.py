"""Links that are sent by e-mail: each works once and for a short time, and only its hash is kept.

Whether an address has an account is not for everyone to know: a row is written for every address that is
asked about, and it is the mail alone that differs. Few links wait for one address at a time, so that nobody
can have us fill somebody's mailbox.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.people.accounts import digest
from actors.people.kinds import LinkPurpose
from actors.people.tables import MailLink

LIFETIMES: Final[Mapping[LinkPurpose, timedelta]] = {
    LinkPurpose.SIGN_IN: timedelta(minutes=15),
    LinkPurpose.RESET: timedelta(hours=1),
    LinkPurpose.CONFIRM: timedelta(days=2),
    LinkPurpose.REGISTER: timedelta(days=2),
}
WITH_FACTORS: Final = "factors"
"""The fact of a link to a new password that takes away the second factors too."""
_MOST_AT_ONCE: Final = 3
_COUNTED_FOR: Final = timedelta(minutes=15)


async def create_link(
    session: AsyncSession,
    purpose: LinkPurpose,
    *,
    email: str,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    lifetime: timedelta | None = None,
) -> str | None:
    """Make a link and return its secret; None when enough of them were sent to this address just now."""
    await session.execute(delete(MailLink).where(MailLink.expires_at <= now))
    sent = await session.scalar(
        select(func.count()).where(
            func.lower(MailLink.email) == email.lower(),
            MailLink.purpose == purpose,
            MailLink.created_at > now - _COUNTED_FOR,
        )
    )
    if (sent or 0) >= _MOST_AT_ONCE:
        return None
    secret = secrets.token_urlsafe(32)
    session.add(
        MailLink(
            digest=digest(secret),
            purpose=purpose,
            actor_id=actor_id,
            email=email,
            facts=dict(facts or {}),
            created_at=now,
            expires_at=now + (lifetime or LIFETIMES[purpose]),
        )
    )
    await session.flush()
    return secret


async def find_link(session: AsyncSession, purpose: LinkPurpose, secret: str, *, now: datetime) -> MailLink | None:
    """Return a link that still works, without using it: programs that check mail open links before people do."""
    query = select(MailLink).where(
        MailLink.digest == digest(secret), MailLink.purpose == purpose, MailLink.expires_at > now
    )
    return (await session.scalars(query)).one_or_none()


async def use_link(session: AsyncSession, purpose: LinkPurpose, secret: str, *, now: datetime) -> MailLink | None:
    """Return a link that still works and use it up; None the second time."""
    found = await find_link(session, purpose, secret, now=now)
    if found is None:
        return None
    taken = await session.scalar(
        delete(MailLink)
        .where(MailLink.digest == found.digest)
        .returning(MailLink.purpose)
        .execution_options(synchronize_session=False)
    )
    session.expunge(found)
    return found if taken is not None else None


async def drop_links(session: AsyncSession, actor_id: int) -> None:
    """End every link that was sent to a person: what they open has changed."""
    await session.execute(delete(MailLink).where(MailLink.actor_id == actor_id))
