"""Finding people with an account, and who was invited, for those who administer the instance."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import Role
from actors.people.invitations import Invited, is_backed, works
from actors.people.kinds import AccountState
from actors.people.tables import Account, Invitation
from actors.sanitize import is_storable

MEMBER = "member"
"""In `PeopleFilter.role`: people without any role."""


@dataclass(frozen=True)
class PeopleFilter:
    """Which people: all, unless told otherwise. ``search`` is part of a name or handle, or a whole e-mail address."""

    search: str = ""
    role: str = ""
    state: AccountState | None = None

    @property
    def by_email(self) -> bool:
        """Whether an e-mail address is looked for."""
        return "@" in self.search[1:]


async def list_people(
    session: AsyncSession, wanted: PeopleFilter, *, before: int | None = None, limit: int
) -> list[tuple[Account, Actor]]:
    """Return people with an account, who came last first, from ``before`` an id."""
    if not is_storable(wanted.search):
        return []
    query = (
        select(Account, Actor)
        .join(Actor, Actor.id == Account.actor_id)
        .where(Actor.deleted_at.is_(None))
        .order_by(Account.actor_id.desc())
        .limit(limit)
    )
    if wanted.by_email:
        query = query.where(func.lower(Account.email) == wanted.search.lower())
    elif name := wanted.search.lstrip("@"):
        query = query.where(
            or_(Actor.name.icontains(name, autoescape=True), Actor.handle.icontains(name, autoescape=True))
        )
    roles = type_coerce(Account.roles, String)
    if wanted.role == MEMBER:
        query = query.where(roles == "")
    elif wanted.role in set(Role):
        query = query.where(roles.contains(wanted.role))
    if wanted.state is not None:
        query = query.where(Account.state == wanted.state)
    if before is not None:
        query = query.where(Account.actor_id < before)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def find_person(session: AsyncSession, actor_id: int) -> tuple[Account, Actor] | None:
    """Return a person with an account, whatever its state."""
    query = select(Account, Actor).join(Actor, Actor.id == Account.actor_id).where(Account.actor_id == actor_id)
    row = (await session.execute(query.where(Actor.deleted_at.is_(None)))).first()
    return None if row is None else (row[0], row[1])


async def count_waiting(session: AsyncSession) -> int:
    """Return how many people wait for an answer to their registration."""
    return await session.scalar(select(func.count()).where(Account.state == AccountState.WAITING)) or 0


async def ended_invitations(session: AsyncSession, *, now: datetime, limit: int) -> list[Invited]:
    """Return the newest invitations that cannot be used any more."""
    query = (
        select(Invitation, Actor, is_backed())
        .outerjoin(Actor, Actor.id == Invitation.created_by)
        .where(~works(now))
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    return [Invited(row[0], row[1], bool(row[2])) for row in await session.execute(query)]
