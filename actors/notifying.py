"""Telling people here what happened, besides what posts say: one way for all that is told of issues.

Whoever is told is a person; an organisation is told by way of those who speak for it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, exists, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, Role
from actors.notifications import Notification
from actors.people.kinds import AccountState
from actors.people.tables import Account
from actors.relations import Block
from actors.upsert import insert_or_ignore
from actors.wakeups import CHANGED


async def tell(
    session: AsyncSession,
    recipients: Collection[int],
    kind: str,
    *,
    by: int,
    about: int | None = None,
    thing: int | None = None,
    post: int | None = None,
    now: datetime,
) -> None:
    """Tell persons here of something that ``by`` did; who is none, lives elsewhere or blocks ``by`` is left out.

    ``about`` is the issue that it belongs to, ``thing`` the id of what it is (a role, an agreement, a step):
    of one thing nobody is told twice in one kind. Two queries, however many are told.
    """
    if not recipients:
        return
    query = select(Actor.id).where(
        among(session, Actor.id, set(recipients)),
        Actor.id != by,
        Actor.is_local.is_(True),
        Actor.kind == ActorKind.PERSON,
        Actor.deleted_at.is_(None),
        ~exists().where(Block.actor_id == Actor.id, Block.blocked_id == by),
    )
    rows = [
        {
            "id": new_id(), "recipient_id": recipient, "kind": kind, "from_id": by, "post_id": post,
            "about_id": about, "thing_id": thing, "created_at": now,
        }
        for recipient in await session.scalars(query.order_by(Actor.id))
    ]  # fmt: skip
    await insert_or_ignore(session, Notification, rows)
    wake_after_commit(session, CHANGED)


async def people_behind(session: AsyncSession, actor: Actor) -> set[int]:
    """Return whom to tell when something concerns an actor of ours: the person, or who speaks for the organisation.

    One query for an organisation, none for others.
    """
    if not actor.is_local:
        return set()
    if actor.kind is not ActorKind.ORGANISATION:
        return {actor.id}
    return await people_with(session, Role.EDITOR)


async def people_with(session: AsyncSession, role: Role) -> set[int]:
    """Return who may do what a role is for, and can sign in to do it; administrators may do everything. One query."""
    roles = type_coerce(Account.roles, String)
    query = (
        select(Account.actor_id)
        .join(Actor, Actor.id == Account.actor_id)
        .where(
            or_(roles.contains(role.value), roles.contains(Role.ADMINISTRATOR.value)),
            Account.state == AccountState.ACTIVE,
            Actor.suspended_at.is_(None),
            Actor.deleted_at.is_(None),
        )
    )
    return set(await session.scalars(query))
