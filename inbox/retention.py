"""Letting go of what was kept long enough (`actors.instances.keeping`), in batches that hold nobody up.

Of what people elsewhere said a whole thread goes or none of it, and only one with which nobody here had to do.
Traces of what was withdrawn and what a moderator hid stay, so that it does not come back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Base, Database
from actors.ids import id_at
from actors.instances.keeping import Kept, read_keeping
from actors.kinds import PostKind
from actors.knowledge.tables import Answer
from actors.moderation.tables import ReportedPost
from actors.notifications import Notification
from actors.people.tables import Session
from actors.posts.tables import Featured, Mention, Post, Reaction
from actors.relations import Follow
from inbox.tables import Arrival, ArrivalState
from outbox.tables import Delivery, DeliveryState

_CHUNK: Final = 500
_MOST_BATCHES: Final = 200
"""A turn of the caretaker ends at some time; what is left goes with the next."""


@dataclass(frozen=True)
class _Old:
    """Which rows of a table were kept long enough; ``key`` is its primary key."""

    table: type[Base]
    key: InstrumentedAttribute[Any]
    conditions: tuple[ColumnElement[bool], ...]


async def let_go(database: Database, *, now: datetime, most_batches: int = _MOST_BATCHES) -> dict[Kept, int]:
    """Remove what was kept long enough, and return how much of each."""
    async with database.reading() as session:
        keeping = await read_keeping(session)
    gone: dict[Kept, int] = {}
    for kept, time in keeping.items():
        if time is not None:
            gone[kept] = await _remove(database, _OLD[kept](now - time), most_batches)
    return gone


async def _remove(database: Database, old: _Old, most_batches: int) -> int:
    count, after = 0, None
    for _ in range(most_batches):
        query: Select[Any] = select(old.key).where(*old.conditions).order_by(old.key).limit(_CHUNK)
        async with database.reading() as session:
            # Looked for before the write lane is taken: mostly there is nothing to do.
            found = (await session.scalars(query if after is None else query.where(old.key > after))).all()
        if not found:
            break
        async with database.writing() as session:
            # Asked again: somebody may have taken part meanwhile.
            removed = await session.execute(
                delete(old.table).where(old.key.in_(found), *old.conditions).returning(old.key),
                execution_options={"synchronize_session": False},
            )
            count += len(removed.all())
        after = found[-1]
    return count


def _old_log(before: datetime) -> _Old:
    return _Old(AuditEntry, AuditEntry.id, (AuditEntry.id < id_at(before),))


def _old_notifications(before: datetime) -> _Old:
    return _Old(Notification, Notification.id, (Notification.id < id_at(before), Notification.read_at < before))


def _old_posts(before: datetime) -> _Old:
    old = (Post.id < id_at(before), Post.is_local.is_(False), Post.kind == PostKind.CONTRIBUTION)
    return _Old(Post, Post.id, (*old, ~_matters_here(id_at(before))))


def _old_deliveries(before: datetime) -> _Old:
    dropped = Delivery.state.in_([DeliveryState.REFUSED, DeliveryState.GIVEN_UP])
    return _Old(Delivery, Delivery.id, (Delivery.id < id_at(before), dropped))


def _old_sessions(before: datetime) -> _Old:
    return _Old(Session, Session.digest, (Session.last_seen_at < before,))


def _old_arrivals(before: datetime) -> _Old:
    without_effect = Arrival.state.in_([ArrivalState.IGNORED, ArrivalState.REFUSED])
    return _Old(Arrival, Arrival.id, (Arrival.id < id_at(before), without_effect))


def _matters_here(bound: int) -> ColumnElement[bool]:
    """Whether the thread of a post is newer than ``bound``, or somebody here had to do with it."""
    here = select(Actor.id).where(Actor.is_local.is_(True))
    other = aliased(Post)
    reasons = or_(
        other.id >= bound,
        other.is_local.is_(True),
        other.kind != PostKind.CONTRIBUTION,
        other.hidden_at.is_not(None),
        other.deleted_at.is_not(None),
        other.space_id.in_(here),
        other.space_id.in_(select(Follow.followee_id).where(Follow.follower_id.in_(here))),
        exists().where(Mention.post_id == other.id, Mention.actor_id.in_(here)),
        exists().where(Reaction.post_id == other.id, Reaction.actor_id.in_(here)),
        exists().where(Notification.post_id == other.id),
        exists().where(ReportedPost.post_id == other.id),
        exists().where(Featured.post_id == other.id),
        exists().where(Answer.contribution_uri == other.uri),
    )
    return exists().where(other.thread_id == Post.thread_id, reasons)


_OLD: Final[Mapping[Kept, Callable[[datetime], _Old]]] = {
    Kept.LOG: _old_log,
    Kept.NOTIFICATIONS: _old_notifications,
    Kept.POSTS: _old_posts,
    Kept.DELIVERIES: _old_deliveries,
    Kept.SESSIONS: _old_sessions,
    Kept.ARRIVALS: _old_arrivals,
}
"""By what is kept: what of it is older."""
