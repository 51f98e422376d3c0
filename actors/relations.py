"""Who follows, blocks, mutes or belongs to whom: tables and the questions asked of them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from actors.actor import Actor
from actors.database import Base
from actors.kinds import FollowState


class Follow(Base):
    """One actor follows another. ``uri`` is the id of the Follow activity that asked for it."""

    __tablename__ = "follows"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    follower_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    followee_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    uri: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[FollowState]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("follower_id", "followee_id"),
        Index("ix_follows_followee_id_state", "followee_id", "state", "id"),
    )


class Block(Base):
    """One actor wants nothing of another."""

    __tablename__ = "blocks"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    uri: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class Membership(Base):
    """An actor belongs to a network or to a closed issue. Sensitive: never served as a list."""

    __tablename__ = "memberships"

    space_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime]


class Revoked(Base):
    """An activity undone, by ``actor_uri``, before it arrived: its late arrival has no effect (promise P4)."""

    __tablename__ = "revoked"

    uri: Mapped[str] = mapped_column(Text, primary_key=True)
    actor_uri: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


async def follow_between(session: AsyncSession, follower_id: int, followee_id: int) -> Follow | None:
    """Return the follow of one actor by another, in whatever state it is."""
    query = select(Follow).where(Follow.follower_id == follower_id, Follow.followee_id == followee_id)
    return (await session.scalars(query)).one_or_none()


async def count_followers(session: AsyncSession, actor_id: int) -> int:
    """Return how many accepted followers an actor has."""
    query = select(func.count()).where(Follow.followee_id == actor_id, Follow.state == FollowState.ACCEPTED)
    return (await session.scalar(query)) or 0


async def count_following(session: AsyncSession, actor_id: int) -> int:
    """Return how many actors have accepted this one as their follower."""
    query = select(func.count()).where(Follow.follower_id == actor_id, Follow.state == FollowState.ACCEPTED)
    return (await session.scalar(query)) or 0


async def blocked_by(session: AsyncSession, actor_id: int, among: Iterable[int]) -> set[int]:
    """Return who of ``among`` blocks this actor."""
    query = select(Block.actor_id).where(Block.blocked_id == actor_id, Block.actor_id.in_(list(among)))
    return set(await session.scalars(query))


async def waiting_followers(session: AsyncSession, followee_id: int, *, limit: int = 100) -> list[tuple[Follow, Actor]]:
    """Return who waits for this actor to accept or reject their follow, first come first."""
    query = (
        select(Follow, Actor)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(
            Follow.followee_id == followee_id,
            Follow.state == FollowState.PENDING,
            Actor.deleted_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(Follow.id)
        .limit(limit)
    )
    return [(follow, actor) for follow, actor in await session.execute(query)]
