"""Who gets what we say: actors to distinct inboxes.

Servers that share one inbox among all their actors get one delivery, however many of them follow.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.kinds import FollowState
from actors.relations import Follow

_INBOX = func.coalesce(Actor.shared_inbox, Actor.inbox)


async def follower_inboxes(session: AsyncSession, actor_ids: Collection[int]) -> set[str]:
    """Return the inboxes that reach every accepted follower, elsewhere, of any of these actors."""
    query = (
        select(_INBOX)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(among(session, Follow.followee_id, actor_ids), Follow.state == FollowState.ACCEPTED, _reachable())
        .distinct()
    )
    return set(await session.scalars(query)) if actor_ids else set()


async def inboxes_of(session: AsyncSession, actor_ids: Collection[int]) -> set[str]:
    """Return the inboxes that reach these actors; those who are here, gone or suspended have none."""
    query = select(_INBOX).where(among(session, Actor.id, actor_ids), _reachable()).distinct()
    return set(await session.scalars(query)) if actor_ids else set()


def _reachable() -> Any:
    return and_(Actor.is_local.is_(False), Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
