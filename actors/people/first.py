"""The first administrator: an invitation that the command line makes as long as nobody administers the instance."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, String, exists, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import wake_after_commit
from actors.kinds import Role
from actors.people.accounts import administrators
from actors.people.invitations import create_invitation, find_invitation
from actors.people.tables import Invitation
from actors.wakeups import CHANGED

LIFETIME: Final = timedelta(days=7)


class Administered(ValueError):
    """Somebody administers the instance already."""

    def __init__(self) -> None:
        super().__init__("this instance has an administrator already; ask them for an invitation")


async def make_first_link(session: AsyncSession, *, now: datetime) -> str:
    """Return the secret of a link, ``/begin/{secret}``, for the first administrator; earlier ones end.

    Raises `Administered`.
    """
    if await administrators(session):
        raise Administered
    await session.execute(update(Invitation).where(*_first(), Invitation.revoked_at.is_(None)).values(revoked_at=now))
    _, secret = await create_invitation(
        session, roles=frozenset({Role.ADMINISTRATOR}), by=None, now=now, lifetime=LIFETIME
    )
    wake_after_commit(session, CHANGED)
    return secret


async def find_first_link(session: AsyncSession, secret: str, *, now: datetime) -> Invitation | None:
    """Return the invitation of a link for the first administrator, as long as there is none."""
    invited = await find_invitation(session, secret, now=now)
    if invited is None or invited.inviter is not None or Role.ADMINISTRATOR not in invited.invitation.roles:
        return None
    return None if await administrators(session) else invited.invitation


async def is_being_set_up(session: AsyncSession) -> bool:
    """Whether the instance waits for its first administrator."""
    waits = await session.scalar(select(exists().where(*_first())))
    return bool(waits) and not await administrators(session)


def _first() -> tuple[ColumnElement[bool], ...]:
    by_role = type_coerce(Invitation.roles, String).contains(Role.ADMINISTRATOR.value)
    return Invitation.created_by.is_(None), by_role
