"""The queue of what arrived: stored, claimed, settled. All of it in bulk, in the caller's transaction.

A claim is a row lock that lasts as long as the transaction that handles it, so effect and "done"
are one commit, and a killed process leaves nothing half. Who must fetch something first puts the
arrival off by a lease instead, and claims it again by its id when it has what it needs.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ARRAY, bindparam, case, func, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from inbox.tables import Arrival, ArrivalState

BATCH: Final = 200
BATCH_BYTES: Final = 4 * 1_048_576
MOST_ATTEMPTS: Final = 5
MOST_FETCHES: Final = 16
"""How often what an arrival needs is asked for, over some nine hours: a server that restarts loses nothing by it."""

_WAITING: Final = text("arrivals.state = 'waiting'")
"""Written out, because a parameter would keep the planner from the partial index."""
_TABLE: Final[Any] = Arrival.__table__
_LONGEST_REASON: Final = 500
_FIRST_WAIT: Final = 15.0
_LONGEST_WAIT: Final = 3_600.0


# One statement and five parameters, however many: a row at a time costs twice as much.
_STORE = text(
    """
    INSERT INTO arrivals (id, fingerprint, actor_id, body, state, attempts, next_at, reason, received_at)
    SELECT id, fingerprint, actor_id, body, 'waiting', 0, received_at, '', received_at
    FROM unnest(:id, :fingerprint, :actor_id, :body, :received_at)
      AS new (id, fingerprint, actor_id, body, received_at)
    ON CONFLICT (fingerprint) DO NOTHING
    RETURNING id
    """
).bindparams(
    *(
        bindparam(name, type_=ARRAY(_TABLE.c[name].type))
        for name in ("id", "fingerprint", "actor_id", "body", "received_at")
    )
)


@dataclass(frozen=True, slots=True)
class New:
    """An activity that was just received."""

    id: int
    fingerprint: bytes
    actor_id: int
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """An arrival that is ours to handle in this transaction."""

    id: int
    actor_id: int
    attempts: int
    body: bytes


async def store(session: AsyncSession, new: Sequence[New]) -> set[int]:
    """Store arrivals, and return the ids of those whose fingerprint was not there yet."""
    if session.get_bind().dialect.name == "sqlite":
        rows = [{**asdict(one), "next_at": one.received_at} for one in new]
        await session.execute(sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["fingerprint"]), rows)
        query = select(Arrival.id).where(among(session, Arrival.id, [one.id for one in new]))
        return set(await session.scalars(query))
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in new] for name in New.__slots__}
    return set((await session.execute(_STORE, columns)).scalars())


async def waiting(session: AsyncSession, *, now: datetime, limit: int = BATCH) -> list[Claimed]:
    """Return what is due, oldest first, without claiming it."""
    return await _due(session, now, limit, lock=False)


async def claim(session: AsyncSession, *, now: datetime, limit: int = BATCH) -> list[Claimed]:
    """Claim what is due, oldest first, and nothing that another process holds.

    Bodies are taken up to `BATCH_BYTES` together, so that a batch of large ones stays small.
    """
    return await _due(session, now, limit, lock=True)


async def claim_again(session: AsyncSession, ids: Collection[int]) -> list[Claimed]:
    """Claim those of these arrivals that still wait and that nobody else holds, however due they are."""
    query = (
        select(Arrival.id, Arrival.actor_id, Arrival.attempts, Arrival.body)
        .where(among(session, Arrival.id, ids), _WAITING)
        .order_by(Arrival.id)
        .with_for_update(skip_locked=True)
    )
    return [Claimed(row.id, row.actor_id, row.attempts, row.body or b"") for row in await session.execute(query)]


async def settle(session: AsyncSession, done: Collection[int], others: Sequence[tuple[int, ArrivalState, str]]) -> None:
    """Note what became of arrivals; their bodies go."""
    if done:
        await session.execute(
            update(Arrival).where(among(session, Arrival.id, done)).values(state=ArrivalState.DONE, body=None),
            execution_options={"synchronize_session": False},
        )
    if others:
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id == bindparam("arrival"))
            .values(state=bindparam("became"), reason=bindparam("why"), body=None)
        )
        await session.execute(
            statement,
            [{"arrival": one, "became": state, "why": reason[:_LONGEST_REASON]} for one, state, reason in others],
        )


async def put_off(session: AsyncSession, ids: Collection[int], until: datetime, *, attempts: int = 1) -> None:
    """Let arrivals rest until a moment, and count so many attempts."""
    if ids:
        await session.execute(
            update(Arrival)
            .where(among(session, Arrival.id, ids), _WAITING)
            .values(next_at=until, attempts=Arrival.attempts + attempts),
            execution_options={"synchronize_session": False},
        )


async def note_failure(session: AsyncSession, arrival_id: int, reason: str, *, now: datetime) -> None:
    """Count a failed attempt: the arrival rests, longer each time; the last one it keeps its body and is given up."""
    attempts = Arrival.attempts + 1
    await session.execute(
        update(Arrival)
        .where(Arrival.id == arrival_id, _WAITING)
        .values(
            attempts=attempts,
            reason=reason[:_LONGEST_REASON],
            state=case((attempts >= MOST_ATTEMPTS, ArrivalState.FAILED), else_=ArrivalState.WAITING),
            next_at=case(
                *((Arrival.attempts == tried, now + wait_after(tried + 1)) for tried in range(MOST_ATTEMPTS)),
                else_=now,
            ),
        ),
        execution_options={"synchronize_session": False},
    )


def wait_after(attempts: int) -> timedelta:
    """Return how long an arrival rests after so many attempts.

    >>> [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 20)]
    [15.0, 30.0, 60.0, 3600.0]
    """
    return timedelta(seconds=min(_FIRST_WAIT * 2 ** min(attempts - 1, 20), _LONGEST_WAIT))


async def count_waiting(session: AsyncSession, *, most: int) -> int:
    """Return how many wait, counted no further than ``most``."""
    first = select(Arrival.id).where(_WAITING).limit(most).subquery()
    return (await session.scalar(select(func.count()).select_from(first))) or 0


async def _due(session: AsyncSession, now: datetime, limit: int, *, lock: bool) -> list[Claimed]:
    size = func.length(Arrival.body)
    query = (
        select(
            Arrival.id,
            Arrival.actor_id,
            Arrival.attempts,
            size.label("size"),
            # Large bodies are asked for apart, as far as there is room for them.
            case((size <= BATCH_BYTES // BATCH, Arrival.body)).label("body"),
        )
        .where(_WAITING, Arrival.next_at <= now)
        .order_by(Arrival.id)
        .limit(limit)
    )
    rows = (await session.execute(query.with_for_update(skip_locked=True) if lock else query)).all()
    taken: list[Any] = []
    room = BATCH_BYTES
    for row in rows:
        room -= row.size or 0
        if taken and room < 0:
            break
        taken.append(row)
    large = {row.id for row in taken if row.body is None}
    bodies: dict[int, bytes | None] = {}
    if large:
        found = await session.execute(select(Arrival.id, Arrival.body).where(among(session, Arrival.id, large)))
        bodies = {row.id: row.body for row in found}
    return [Claimed(row.id, row.actor_id, row.attempts, row.body or bodies.get(row.id) or b"") for row in taken]
