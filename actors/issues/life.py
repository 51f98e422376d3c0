"""The life of an issue: the phases that it went through and the dates of feedback that were promised, with who and why.

Forward an issue moves freely; back, or to its end, only with a reason. A promised date can be moved, but not without
a trace: what was promised, and why that changed, stays to be read. Of an issue elsewhere its own server tells both;
what it told once stays here as it was told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.ids import new_id
from actors.issues.tables import Issue, PhaseChange, Promise
from actors.kinds import ActorKind, FollowState, Phase
from actors.notifications import Notification
from actors.notifying import tell
from actors.relations import Follow
from actors.sanitize import clean_line
from federation.documents import ActorDocument, same_origin
from federation.documents.life import PhaseChanged, Promised

LONGEST_REASON: Final = 1_000
MOST_PUBLISHED: Final = 20
"""So many changes of phase, and so many promises, stand in an issue's document: the last ones."""
PHASE_CHANGED: Final = "issue-phase"
PROMISE_MOVED: Final = "issue-promise"

_MOST_KEPT: Final = 100
"""So many of an issue elsewhere are kept; what it says besides is left out."""
_MOST_TOLD_A_DAY: Final = 5
"""So often in a day people here are told of one issue elsewhere that it moved."""
_A_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(hours=1)
"""A clock elsewhere may be ahead of ours by so much; what is later did not happen yet."""
_ORDER: Final = list(Phase)
_KNOWN: Final = frozenset(phase.value for phase in Phase)


@dataclass(frozen=True)
class Moved:
    """An issue entered a phase; ``by`` is who says so: an editor speaks for the organisation that hosts it."""

    change: PhaseChange
    by: Actor | None


@dataclass(frozen=True)
class PromiseMade:
    """A date of feedback was promised or moved."""

    promise: Promise
    by: Actor | None


def is_forward(old: Phase, new: Phase) -> bool:
    """Whether a phase comes after another in the life of an issue.

    >>> is_forward(Phase.AGENDA, Phase.FEEDBACK), is_forward(Phase.FEEDBACK, Phase.CONVERSATION)
    (True, False)
    """
    return _ORDER.index(new) > _ORDER.index(old)


def needs_reason(old: Phase, new: Phase) -> bool:
    """Whether moving an issue so takes a reason: going back does, and so does closing it."""
    return new is Phase.CLOSED or not is_forward(old, new)


def note_promise(
    session: AsyncSession, issue: Issue, day: datetime, *, by: Actor | None, reason: str = "", at: datetime
) -> Promise:
    """Make this the promised date of an issue, and keep what was promised before and why it changed."""
    promise = Promise(
        id=new_id(), issue_id=issue.actor_id, feedback_by=day, previous=issue.feedback_by, reason=reason,
        by_id=by.id if by is not None else None, at=at,
    )  # fmt: skip
    issue.feedback_by = day
    session.add(promise)
    return promise


async def followers_here(session: AsyncSession, issue_id: int) -> set[int]:
    """Return the people here who follow an issue; one query."""
    query = (
        select(Follow.follower_id)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(
            Follow.followee_id == issue_id,
            Follow.state == FollowState.ACCEPTED,
            Actor.is_local.is_(True),
            Actor.kind == ActorKind.PERSON,
        )
    )
    return set(await session.scalars(query))


async def phases_gone_through(
    session: AsyncSession, issue_id: int, host: Actor | None, *, most: int = _MOST_KEPT
) -> list[Moved]:
    """Return the changes of phase of an issue, the last ones, oldest first; one query."""
    query = (
        select(PhaseChange, Actor)
        .outerjoin(Actor, Actor.id == PhaseChange.by_id)
        .where(PhaseChange.issue_id == issue_id)
        .order_by(PhaseChange.at.desc(), PhaseChange.id.desc())
        .limit(most)
    )
    found = (await session.execute(query)).all()
    return [Moved(change, _speaking(by, host)) for change, by in reversed(found)]


async def promises_made(
    session: AsyncSession, issue_id: int, host: Actor | None, *, most: int = _MOST_KEPT
) -> list[PromiseMade]:
    """Return the dates of feedback that were promised for an issue, the last ones, oldest first; one query."""
    query = (
        select(Promise, Actor)
        .outerjoin(Actor, Actor.id == Promise.by_id)
        .where(Promise.issue_id == issue_id)
        .order_by(Promise.at.desc(), Promise.id.desc())
        .limit(most)
    )
    found = (await session.execute(query)).all()
    return [PromiseMade(promise, _speaking(by, host)) for promise, by in reversed(found)]


async def take_phases(
    session: AsyncSession, issue: Issue, actor: Actor, document: ActorDocument, *, now: datetime
) -> PhaseChange | None:
    """Store the changes of phase that another instance tells of its issue; return the newest if that is new here.

    Told twice, or in another order, they are stored once. Who moved it counts as far as it is of the issue's own
    server (FEP-fe34).
    """
    told = [change for change in document.phase_changes if change.phase in _KNOWN and change.at <= now + _AHEAD]
    query = select(PhaseChange.phase, PhaseChange.at).where(PhaseChange.issue_id == issue.actor_id)
    known = {(row.phase, row.at) for row in await session.execute(query)}
    fresh = [change for change in told if (Phase(change.phase), change.at) not in known]
    fresh = fresh[-max(0, _MOST_KEPT - len(known)) :] if len(known) < _MOST_KEPT else []
    by = await _speakers(session, actor, fresh)
    stored = [
        PhaseChange(
            id=new_id(), issue_id=issue.actor_id, phase=Phase(change.phase), by_id=by.get(change.actor or ""),
            at=change.at, reason=clean_line(change.reason, LONGEST_REASON),
        )
        for change in fresh
    ]  # fmt: skip
    session.add_all(stored)
    is_latest = bool(stored) and fresh[-1] is told[-1] and told[-1].phase == issue.phase.value
    return stored[-1] if is_latest else None


async def take_promises(
    session: AsyncSession, issue: Issue, document: ActorDocument, *, previous: datetime | None, now: datetime
) -> Promise | None:
    """Store the promises that another instance tells of its issue; return the newest if a date was moved by it.

    ``previous`` is the date that was promised as far as we knew. A date that moved without a word is kept as that.
    """
    told = [promise for promise in document.promises if promise.at <= now + _AHEAD]
    if not told and previous is not None and document.feedback_by not in {None, previous}:
        assert document.feedback_by is not None  # noqa: S101 - it is in no set with None
        told = [Promised(document.feedback_by, previous, "", min(document.updated or now, now))]
    query = select(Promise.feedback_by, Promise.at).where(Promise.issue_id == issue.actor_id)
    known = {(row.feedback_by, row.at) for row in await session.execute(query)}
    fresh = [promise for promise in told if (promise.feedback_by, promise.at) not in known]
    fresh = fresh[-max(0, _MOST_KEPT - len(known)) :] if len(known) < _MOST_KEPT else []
    stored = [
        Promise(
            id=new_id(), issue_id=issue.actor_id, feedback_by=promise.feedback_by, previous=promise.previous,
            reason=clean_line(promise.reason, LONGEST_REASON), at=promise.at,
        )
        for promise in fresh
    ]  # fmt: skip
    session.add_all(stored)
    is_moved = bool(stored) and fresh[-1] is told[-1] and fresh[-1].previous is not None
    return stored[-1] if is_moved else None


async def tell_of_change_elsewhere(
    session: AsyncSession, issue: Issue, kind: str, change: PhaseChange | Promise, *, now: datetime
) -> None:
    """Tell the people here who follow an issue elsewhere that it moved, unless it does so all day."""
    told = select(func.count(distinct(Notification.thing_id))).where(
        Notification.about_id == issue.actor_id, Notification.kind == kind, Notification.created_at > now - _A_DAY
    )
    if (await session.scalar(told) or 0) >= _MOST_TOLD_A_DAY:
        return
    await session.flush()
    by = issue.host_id or issue.actor_id
    followers = await followers_here(session, issue.actor_id)
    await tell(session, followers, kind, by=by, about=issue.actor_id, thing=change.id, now=now)


def _speaking(by: Actor | None, host: Actor | None) -> Actor | None:
    # Who moves it here does so for the organisation; colleagues find in the log which of them it was.
    return host if by is None or (by.is_local and by.kind is ActorKind.PERSON) else by


async def _speakers(session: AsyncSession, actor: Actor, changes: Sequence[PhaseChanged]) -> dict[str, int]:
    uris = {change.actor for change in changes if change.actor and same_origin(change.actor, actor.uri)}
    return await _ids_of(session, uris) if uris else {}


async def _ids_of(session: AsyncSession, uris: Collection[str]) -> dict[str, int]:
    query = select(Actor.uri, Actor.id).where(among(session, Actor.uri, uris), Actor.deleted_at.is_(None))
    return {row.uri: row.id for row in await session.execute(query)}
