"""Writing signals: those of people here, and those that arrive. A signal has the id of the post with which it began."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.database import wake_after_commit
from actors.notifying import people_behind, tell
from actors.posts.tables import Post
from actors.signals.tables import Signal, SignalPost, SignalState
from actors.upsert import insert_or_ignore
from actors.wakeups import CHANGED

SIGNAL_NEW: Final = "signal-new"
SIGNAL_REPLY: Final = "signal-reply"
SIGNAL_ANSWERED: Final = "signal-answered"
MOST_WAITING: Final = 200
"""So many signals of one server wait at a time; more are kept as posts, and begin none."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A private post that belongs to a signal. ``signal_id`` is the post's own id when it begins one."""

    post_id: int
    signal_id: int
    organisation_id: int
    from_id: int
    by_id: int
    """Who says it: the signaller or the organisation."""
    domain: str
    state: SignalState
    issue_uri: str | None = None
    is_told: bool = True
    """Whether those behind the organisation hear of it; of who is limited they do not."""

    @property
    def is_new(self) -> bool:
        """Whether it begins a signal."""
        return self.signal_id == self.post_id


def standing(said: Iterable[SignalState]) -> SignalState:
    """Return how a signal stands after what was said in it, in order.

    A new word of the signaller asks for an answer again, unless there is an issue; an answer does not undo that
    there is one, nor that it was closed.

    >>> standing([SignalState.NEW, SignalState.ANSWERED, SignalState.NEW]).value
    'new'
    >>> standing([SignalState.NEW, SignalState.AGENDA, SignalState.NEW, SignalState.ANSWERED]).value
    'agenda'
    """
    found = SignalState.NEW
    for state in said:
        match state:
            case SignalState.NEW if found is SignalState.AGENDA:
                continue
            case SignalState.ANSWERED if found is not SignalState.NEW:
                continue
        found = state
    return found


async def keep_signals(session: AsyncSession, heard: Sequence[Heard], *, now: datetime) -> None:
    """Store what belongs to signals, and tell those behind an organisation of ours. Twice has one effect.

    A word that came before the one that it follows joins it. A fixed number of queries for each signal that is told of.
    """
    if not heard:
        return
    wanted = await _within_bounds(session, heard)
    begun = [one for one in wanted if one.is_new]
    await insert_or_ignore(
        session,
        Signal,
        [
            {
                "id": one.signal_id, "organisation_id": one.organisation_id, "from_id": one.from_id,
                "state": SignalState.NEW, "created_at": now,
            }
            for one in begun
        ],
    )  # fmt: skip
    await insert_or_ignore(
        session,
        SignalPost,
        [
            {"post_id": one.post_id, "signal_id": one.signal_id, "state": one.state, "issue_uri": one.issue_uri}
            for one in wanted
        ],
    )
    await _join_what_came_before(session, wanted)
    await restate(session, {one.signal_id for one in wanted})
    await _tell(session, wanted, now=now)
    wake_after_commit(session, CHANGED)


async def restate(session: AsyncSession, signal_ids: Collection[int]) -> None:
    """Have signals stand as what was said in them says, in whatever order it came; two queries."""
    query = (
        select(SignalPost)
        .join(Post, Post.id == SignalPost.post_id)
        .where(among(session, SignalPost.signal_id, signal_ids))
        .order_by(Post.published_at, Post.id)
        .execution_options(populate_existing=True)
    )
    said: dict[int, list[SignalPost]] = {}
    for row in await session.scalars(query):
        said.setdefault(row.signal_id, []).append(row)
    for signal in await session.scalars(select(Signal).where(among(session, Signal.id, list(said)))):
        rows = said[signal.id]
        signal.state = standing(row.state for row in rows if row.state is not None)
        signal.issue_uri = next((row.issue_uri for row in reversed(rows) if row.issue_uri), None)
    await session.flush()


def assign_signal(signal: Signal, person: Actor | None) -> None:
    """Have somebody take up a signal, or nobody."""
    signal.assigned_id = person.id if person is not None else None


async def _within_bounds(session: AsyncSession, heard: Sequence[Heard]) -> list[Heard]:
    domains = {one.domain for one in heard if one.is_new}
    if not domains:
        return list(heard)
    waiting = (
        select(Actor.domain, func.count())
        .join(Signal, Signal.from_id == Actor.id)
        .where(among(session, Actor.domain, domains), Signal.state == SignalState.NEW, Actor.is_local.is_(False))
        .group_by(Actor.domain)
    )
    count = {row[0]: row[1] for row in await session.execute(waiting)}
    wanted: list[Heard] = []
    left_out: set[int] = set()
    for one in heard:
        if one.is_new and count.get(one.domain, 0) >= MOST_WAITING:
            left_out.add(one.signal_id)
        elif one.signal_id not in left_out:
            count[one.domain] = count.get(one.domain, 0) + one.is_new
            wanted.append(one)
    return wanted


async def _join_what_came_before(session: AsyncSession, heard: Sequence[Heard]) -> None:
    arrived = {one.post_id: one for one in heard}
    query = (
        select(SignalPost.signal_id, Post.reply_to_id, Post.author_id)
        .join(Post, Post.id == SignalPost.post_id)
        .where(among(session, Post.reply_to_id, arrived), SignalPost.signal_id == Post.id)
    )
    for early, answered, author_id in (await session.execute(query)).all():
        one = arrived[answered or 0]
        if author_id == one.from_id and early != one.signal_id:
            moved = update(SignalPost).where(SignalPost.signal_id == early).values(signal_id=one.signal_id)
            await session.execute(moved, execution_options={"synchronize_session": False})
            await session.execute(delete(Signal).where(Signal.id == early))


async def _tell(session: AsyncSession, heard: Sequence[Heard], *, now: datetime) -> None:
    told = [one for one in heard if one.is_told and one.by_id == one.from_id]
    if not told:
        return
    query = select(Actor).where(among(session, Actor.id, {one.organisation_id for one in told}))
    organisations = {actor.id: actor for actor in await session.scalars(query)}
    behind = {actor.id: await people_behind(session, actor) for actor in organisations.values()}
    for one in told:
        # In the organisation's name: who gives a signal stands in no mail.
        await tell(
            session,
            behind[one.organisation_id] - {one.from_id},
            SIGNAL_NEW if one.is_new else SIGNAL_REPLY,
            by=one.organisation_id,
            thing=one.post_id,
            now=now,
        )
