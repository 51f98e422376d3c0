"""The notifications of one person: what they may still see of them, and what they have read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.notifications import Notification
from actors.posts.tables import Post
from actors.visibility import Viewer, visible_to

_issue = aliased(Actor)


@dataclass(frozen=True)
class Notified:
    """A notification, who did it, the post that it is about, and the issue that it belongs to."""

    notification: Notification
    actor: Actor
    post: Post | None
    issue: Actor | None


async def notifications_of(
    session: AsyncSession,
    viewer: Viewer,
    *,
    unread_only: bool = False,
    among: Collection[int] | None = None,
    before: int | None = None,
    limit: int = 30,
) -> list[Notified]:
    """Return what the viewer should know, newest first, ``among`` these ids if given; one query.

    What the viewer may no longer see, or was withdrawn, is left out.
    """
    query = (
        _told(select(Notification, Actor, Post, _issue), viewer)
        .outerjoin(_issue, _issue.id == Notification.about_id)
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    if among is not None:
        query = query.where(Notification.id.in_(list(among)))
    if before is not None:
        query = query.where(Notification.id < before)
    return [Notified(*row) for row in await session.execute(query)]


async def count_unread(session: AsyncSession, viewer: Viewer, *, most: int = 1_000) -> int:
    """Return how many notifications the viewer has not read, counted up to ``most``; one query."""
    unread = _told(select(Notification.id), viewer).where(Notification.read_at.is_(None)).limit(most)
    return await session.scalar(select(func.count()).select_from(unread.subquery())) or 0


async def newest_notifications(session: AsyncSession, people: Collection[int]) -> dict[int, int]:
    """Return the id of the newest notification of each of these people who has any; one query."""
    newest = (
        select(Notification.recipient_id, func.max(Notification.id))
        .where(Notification.recipient_id.in_(people))
        .group_by(Notification.recipient_id)
    )
    return {row[0]: row[1] for row in await session.execute(newest)}


async def mark_read(session: AsyncSession, viewer: Viewer, ids: Collection[int], *, now: datetime) -> None:
    """Note that the viewer has seen these notifications of theirs."""
    await session.execute(_reading(viewer, Notification.id.in_(list(ids)), now))


async def mark_read_until(session: AsyncSession, viewer: Viewer, newest: int, *, now: datetime) -> None:
    """Note that the viewer has seen all notifications up to this one: not those that came while they looked."""
    await session.execute(_reading(viewer, Notification.id <= newest, now))


def _told(query: Any, viewer: Viewer) -> Any:
    return (
        query.join(Actor, Actor.id == Notification.from_id)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(
            Notification.recipient_id == viewer.actor_id,
            or_(Notification.post_id.is_(None), visible_to(viewer)),
            Actor.suspended_at.is_(None),
        )
    )


def _reading(viewer: Viewer, which: ColumnElement[bool], now: datetime) -> Update:
    return (
        update(Notification)
        .where(which, Notification.recipient_id == viewer.actor_id, Notification.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
