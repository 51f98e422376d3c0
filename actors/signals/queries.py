"""What pages ask about signals. What is said in them is judged as every post is (`actors.visibility`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.among import among
from actors.instances.queries import OPEN_POLICY, present
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from actors.posts.detail import PostDetail, details
from actors.posts.tables import Post
from actors.signals.tables import Signal, SignalPost, SignalState
from actors.visibility import Viewer, visible_to

_sender = aliased(Actor)
_assigned = aliased(Actor)
_to = aliased(Actor)


class Which(StrEnum):
    """Which signals are asked for."""

    NEW = "new"
    MINE = "mine"
    """What the one who asks took up and is not done."""
    ANSWERED = "answered"
    AGENDA = "agenda"
    CLOSED = "closed"


@dataclass(frozen=True)
class SignalRow:
    """A signal as it stands in a list; ``post`` is what it began with, None when that is withdrawn."""

    signal: Signal
    sender: Actor
    assigned: Actor | None
    organisation: Actor
    post: Post | None


async def list_signals(
    session: AsyncSession,
    viewer: Viewer,
    organisation_id: int,
    which: Which,
    *,
    before: int | None = None,
    limit: int = 30,
) -> list[SignalRow]:
    """Return signals to an organisation, newest first; one query."""
    query = _rows(viewer).where(
        Signal.organisation_id == organisation_id, _sender.suspended_at.is_(None), _chosen(which, viewer)
    )
    if before is not None:
        query = query.where(Signal.id < before)
    found = await session.execute(query.order_by(Signal.id.desc()).limit(limit))
    return [SignalRow(*row) for row in found]


async def count_signals(session: AsyncSession, viewer: Viewer, organisation_id: int) -> dict[Which, int]:
    """Return how many signals wait, and how many of those that wait the viewer took up; two queries."""
    query = (
        select(func.count())
        .select_from(Signal)
        .join(_sender, _sender.id == Signal.from_id)
        .where(Signal.organisation_id == organisation_id, _sender.suspended_at.is_(None))
    )
    return {
        which: await session.scalar(query.where(_chosen(which, viewer))) or 0 for which in (Which.NEW, Which.MINE)
    }  # fmt: skip


async def signal_row(session: AsyncSession, viewer: Viewer, post_id: int, *, organisation_id: int) -> SignalRow | None:
    """Return the signal to this organisation of which a post is part: that it began with, or a later one; one query."""
    part = select(SignalPost.signal_id).where(SignalPost.post_id == post_id)
    query = _rows(viewer).where(
        Signal.id.in_(part), Signal.organisation_id == organisation_id, _sender.suspended_at.is_(None)
    )
    row = (await session.execute(query)).one_or_none()
    return SignalRow(*row) if row is not None else None


async def signals_of(
    session: AsyncSession, viewer: Viewer, *, before: int | None = None, limit: int = 20
) -> list[SignalRow]:
    """Return the signals that the viewer gave, newest first; one query."""
    query = _rows(viewer).where(Signal.from_id == viewer.actor_id)
    if before is not None:
        query = query.where(Signal.id < before)
    return [SignalRow(*row) for row in await session.execute(query.order_by(Signal.id.desc()).limit(limit))]


async def said_in(
    session: AsyncSession, viewer: Viewer, signal_ids: Collection[int], *, most: int = 500
) -> dict[int, list[PostDetail]]:
    """Return by signal what the viewer may see of it, oldest first; one query and those of `details`."""
    query = (
        select(Post, SignalPost.signal_id)
        .join(SignalPost, SignalPost.post_id == Post.id)
        .where(among(session, SignalPost.signal_id, signal_ids), visible_to(viewer))
        .order_by(Post.published_at, Post.id)
        .limit(most)
    )
    rows = (await session.execute(query)).all()
    found: dict[int, list[PostDetail]] = {signal_id: [] for signal_id in signal_ids}
    for detail, (_, signal_id) in zip(await details(session, [post for post, _ in rows]), rows, strict=True):
        found[signal_id].append(detail)
    return found


async def issues_named(session: AsyncSession, rows: Sequence[SignalRow]) -> dict[str, Actor]:
    """Return the issues that were made of signals, by URI, as far as they are known here; one query."""
    uris = {row.signal.issue_uri for row in rows if row.signal.issue_uri}
    query = select(Actor).where(among(session, Actor.uri, uris), Actor.deleted_at.is_(None))
    return {actor.uri: actor for actor in await session.scalars(query)}


async def linked_organisations(session: AsyncSession) -> list[Actor]:
    """Return the organisations of linked instances, by name: to those a signal can be given; one query."""
    query = (
        select(Actor)
        .join(Instance, Instance.actor_id == Actor.id)
        .where(
            Instance.linked_at.is_not(None), Instance.policy == OPEN_POLICY, present(),
            Actor.kind == ActorKind.ORGANISATION, Actor.is_local.is_(False),
        )
        .order_by(func.lower(Actor.name))
        .limit(200)
    )  # fmt: skip
    return list(await session.scalars(query))


def _rows(viewer: Viewer) -> Select[Signal, Actor, Actor | None, Actor, Post | None]:
    return (
        select(Signal, _sender, _assigned, _to, Post)
        .join(_sender, _sender.id == Signal.from_id)
        .join(_to, _to.id == Signal.organisation_id)
        .outerjoin(_assigned, _assigned.id == Signal.assigned_id)
        .outerjoin(Post, and_(Post.id == Signal.id, visible_to(viewer)))
    )


def _chosen(which: Which, viewer: Viewer) -> ColumnElement[bool]:
    if which is Which.MINE:
        return and_(Signal.assigned_id == viewer.actor_id, Signal.state.in_((SignalState.NEW, SignalState.ANSWERED)))
    return Signal.state == SignalState(which.value)
