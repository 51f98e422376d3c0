"""Invitations: links that let people in and give them roles; their secret is shown once and kept as a hash.

An invitation is worth no more than who made it: it works as long as they administer the instance. What the command
line made is of nobody, and works until it ends.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.ids import new_id
from actors.kinds import Role
from actors.people.accounts import check_email, digest, has_administrator, usable
from actors.people.tables import Account, Invitation

DEFAULT_LIFETIME: Final = timedelta(days=14)
MOST_USES: Final = 500
LONGEST_MESSAGE: Final = 1_000


@dataclass(frozen=True)
class Invited:
    """An invitation, and who sent it; None for the command line."""

    invitation: Invitation
    inviter: Actor | None
    is_backed: bool = True
    """Whether who made it may still."""


async def create_invitation(
    session: AsyncSession,
    *,
    email: str | None = None,
    roles: frozenset[Role] = frozenset(),
    by: int | None,
    now: datetime,
    uses: int = 1,
    message: str = "",
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> tuple[Invitation, str]:
    """Make an invitation and return it with the secret of its link, ``/uitnodiging/{secret}``.

    Raises `ValueError` for uses outside bounds or an address that is none (`EmailError`).
    """
    if not 1 <= uses <= MOST_USES:
        raise ValueError(f"an invitation is for 1 to {MOST_USES} people")
    secret = secrets.token_urlsafe(24)
    invitation = Invitation(
        id=new_id(),
        digest=digest(secret),
        email=check_email(email) if email else None,
        roles=roles,
        message=message[:LONGEST_MESSAGE],
        most_uses=uses,
        uses=0,
        created_by=by,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(invitation)
    note_act(session, by, "invitation-made", now=now, details={"roles": " ".join(sorted(roles)), "uses": str(uses)})
    await session.flush()
    return invitation, secret


async def find_invitation(session: AsyncSession, secret: str, *, now: datetime) -> Invited | None:
    """Return the invitation of a link, when it can still be used."""
    query = (
        select(Invitation, Actor)
        .outerjoin(Actor, Actor.id == Invitation.created_by)
        .where(Invitation.digest == digest(secret), works(now))
    )
    row = (await session.execute(query)).first()
    return None if row is None else Invited(row[0], row[1])


async def use_invitation(session: AsyncSession, invitation: Invitation, *, now: datetime) -> bool:
    """Take one use of an invitation; False when somebody else took the last one, or it has ended."""
    using = update(Invitation).where(Invitation.id == invitation.id, works(now)).values(uses=Invitation.uses + 1)
    done: CursorResult[tuple[()]] = await session.execute(using)  # type: ignore[assignment]
    return bool(done.rowcount)


async def accept_invitation(
    session: AsyncSession, invitation: Invitation, account: Account, actor: Actor, *, now: datetime
) -> bool:
    """Give somebody who has an account the roles of an invitation; False when it cannot be used any more."""
    # Held as it is now: a role that is given or taken meanwhile is neither lost nor brought back.
    await session.flush()
    await session.refresh(account, with_for_update=True)
    if not await use_invitation(session, invitation, now=now):
        return False
    account.roles |= invitation.roles
    note_accepted(session, invitation, actor, now=now)
    return True


def note_accepted(session: AsyncSession, invitation: Invitation, actor: Actor, *, now: datetime) -> None:
    """Note in the log who came in by an invitation, and with which roles."""
    note_act(
        session, actor.id, "invitation-accepted", now=now, object_uri=actor.uri, object_name=actor.account,
        details={"roles": " ".join(sorted(invitation.roles)), "invitation": str(invitation.id)},
    )  # fmt: skip


async def revoke_invitation(session: AsyncSession, invitation_id: int, *, by: int | None, now: datetime) -> bool:
    """End an invitation before its time; False when there is none that still works."""
    ending = update(Invitation).where(Invitation.id == invitation_id, Invitation.revoked_at.is_(None))
    done: CursorResult[tuple[()]] = await session.execute(ending.values(revoked_at=now))  # type: ignore[assignment]
    if done.rowcount:
        note_act(session, by, "invitation-revoked", now=now, details={"invitation": str(invitation_id)})
    return bool(done.rowcount)


async def revoke_unbacked(session: AsyncSession, maker_id: int, *, by: int | None, now: datetime) -> None:
    """End the invitations that somebody made and may not make any more; call it after they lost what it takes."""
    open_ones = select(Invitation.id).where(Invitation.created_by == maker_id, is_open(now), ~is_backed())
    for invitation_id in (await session.scalars(open_ones.order_by(Invitation.id))).all():
        await revoke_invitation(session, invitation_id, by=by, now=now)


async def list_invitations(
    session: AsyncSession, *, now: datetime, before: int | None = None, limit: int = 50
) -> list[Invited]:
    """Return the invitations that can still be used, newest first, from ``before`` an id."""
    query = (
        select(Invitation, Actor)
        .outerjoin(Actor, Actor.id == Invitation.created_by)
        .where(works(now))
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Invitation.id < before)
    return [Invited(row[0], row[1]) for row in await session.execute(query)]


def works(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an invitation can be used."""
    return and_(is_open(now), is_backed())


def is_open(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an invitation was neither used up nor ended."""
    return and_(Invitation.expires_at > now, Invitation.revoked_at.is_(None), Invitation.uses < Invitation.most_uses)


def is_backed() -> ColumnElement[bool]:
    """Return the condition that who made an invitation may still make it: administrators may, others not."""
    maker = exists().where(
        Account.actor_id == Invitation.created_by, Actor.id == Account.actor_id, has_administrator(), *usable()
    )
    return or_(Invitation.created_by.is_(None), maker)
