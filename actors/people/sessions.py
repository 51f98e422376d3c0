"""Browser sessions: opened by a sign-in, renewed when more is proved, listed and ended by their person.

A session ends 30 days after its browser was last seen, and 180 days after it was opened at the latest. What
was seen is noted once an hour, so that reading a page is not a write.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.people.accounts import SignedIn, digest, usable
from actors.people.kinds import Assurance
from actors.people.proofs import Proved
from actors.people.tables import Account, Session, Token

SESSION_IDLE = timedelta(days=30)
SESSION_LONGEST = timedelta(days=180)
_SEEN_EACH = timedelta(hours=1)


async def open_session(
    session: AsyncSession,
    account: Account,
    *,
    now: datetime,
    proved: Proved | None = None,
    assurance: Assurance | None = None,
    browser: str = "",
    system: str = "",
) -> str:
    """Start a browser session and return its secret, which stands in the cookie and nowhere else.

    ``proved`` is what came first; ``assurance`` what it came to with a second step.
    """
    await session.execute(delete(Session).where(Session.expires_at < now))
    secret = secrets.token_urlsafe(32)
    session.add(
        Session(
            digest=digest(secret),
            actor_id=account.actor_id,
            assurance=assurance or (proved.assurance if proved is not None else Assurance.ONE),
            method=proved.method if proved is not None else None,
            passkey_id=proved.passkey_id if proved is not None else None,
            browser=browser[:30],
            system=system[:30],
            created_at=now,
            last_seen_at=now,
            reauthenticated_at=now,
            expires_at=now + SESSION_IDLE,
        )
    )
    return secret


async def signed_in_by_session(session: AsyncSession, secret: str, *, now: datetime) -> SignedIn | None:
    """Return who holds this session, with the roles that they have now."""
    query = (
        select(Actor, Account, Session)
        .join(Account, Account.actor_id == Actor.id)
        .join(Session, Session.actor_id == Actor.id)
        .where(Session.digest == digest(secret), Session.expires_at > now, *usable())
    )
    row = (await session.execute(query)).first()
    return None if row is None else SignedIn(row[0], row[1].roles, row[1].language, session=row[2])


def is_due(held: Session, now: datetime) -> bool:
    """Whether it is time to note that this browser was seen."""
    return now - held.last_seen_at >= _SEEN_EACH


async def note_seen(session: AsyncSession, held: Session, *, now: datetime) -> None:
    """Note that a browser was seen, which keeps its session open."""
    until = min(now + SESSION_IDLE, held.created_at + SESSION_LONGEST)
    await session.execute(
        update(Session).where(Session.digest == held.digest).values(last_seen_at=now, expires_at=until)
    )
    await session.execute(update(Account).where(Account.actor_id == held.actor_id).values(last_seen_at=now))


async def renew_session(
    session: AsyncSession, held: Session, *, now: datetime, assurance: Assurance | None = None
) -> str | None:
    """Give a session that proved (more of) who it is a new secret, and return it; None when it has ended meanwhile.

    The old secret opens nothing any more, so whoever had it gains nothing by what was proved.
    """
    secret = secrets.token_urlsafe(32)
    proved = update(Session).where(Session.digest == held.digest, Session.expires_at > now)
    values = {"digest": digest(secret), "reauthenticated_at": now, "assurance": assurance or held.assurance}
    done: CursorResult[tuple[()]] = await session.execute(proved.values(values))  # type: ignore[assignment]
    return secret if done.rowcount else None


async def close_session(session: AsyncSession, secret: str) -> None:
    """End a browser session, on the server."""
    await session.execute(delete(Session).where(Session.digest == digest(secret)))


async def list_sessions(session: AsyncSession, actor_id: int, *, now: datetime) -> list[Session]:
    """Return the open sessions of a person, the one used last first."""
    query = select(Session).where(Session.actor_id == actor_id, Session.expires_at > now)
    return list(await session.scalars(query.order_by(Session.last_seen_at.desc(), Session.created_at.desc())))


async def end_session(session: AsyncSession, actor_id: int, session_digest: bytes) -> None:
    """End one session of a person; another person's stays."""
    await session.execute(delete(Session).where(Session.actor_id == actor_id, Session.digest == session_digest))


async def end_access(session: AsyncSession, actor_id: int, *, now: datetime, but: bytes | None = None) -> None:
    """End what is open in the name of a person: their sessions, ``but`` the one with this digest, and all tokens."""
    ending = delete(Session).where(Session.actor_id == actor_id)
    await session.execute(ending if but is None else ending.where(Session.digest != but))
    await session.execute(
        update(Token).where(Token.actor_id == actor_id, Token.revoked_at.is_(None)).values(revoked_at=now)
    )


async def has_tokens(session: AsyncSession, actor_id: int) -> bool:
    """Whether a program can do something in the name of a person."""
    query = select(Token.digest).where(Token.actor_id == actor_id, Token.revoked_at.is_(None)).limit(1)
    return await session.scalar(query) is not None
