"""What the operator sees of the queue, and the end of what was kept for that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.ids import id_at
from actors.instances.tables import Instance
from outbox.tables import Activity, Delivery, DeliveryState

DELIVERED_KEPT: Final = timedelta(days=7)
DROPPED_KEPT: Final = timedelta(days=90)

_PRUNED_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class HostReport:
    """How deliveries to one host stand. ``attempts`` is the most that any waiting delivery had."""

    host: str
    waiting: int
    attempts: int
    next_at: datetime | None
    refused: int
    given_up: int
    failures: int
    rests_until: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A delivery that was not made: refused, or given up."""

    activity: str
    inbox: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str
    done_at: datetime | None


async def summary(session: AsyncSession, *, limit: int = 1_000) -> list[HostReport]:
    """Return the hosts for which something waits or was dropped, those with most waiting first."""
    waiting = Delivery.state == DeliveryState.WAITING
    most_waiting = func.count(case((waiting, 1)))
    hosts = (
        select(
            Delivery.host,
            most_waiting.label("waiting"),
            func.coalesce(func.max(case((waiting, Delivery.attempts))), 0).label("attempts"),
            func.min(case((waiting, Delivery.next_at))).label("next_at"),
            func.count(case((Delivery.state == DeliveryState.REFUSED, 1))).label("refused"),
            func.count(case((Delivery.state == DeliveryState.GIVEN_UP, 1))).label("given_up"),
            func.max(case((Delivery.last_error != "", Delivery.id))).label("told"),
        )
        .where(Delivery.state != DeliveryState.DELIVERED)
        .group_by(Delivery.host)
        .order_by(most_waiting.desc(), Delivery.host)
        .limit(limit)
        .subquery()
    )
    rows = await session.execute(
        select(
            hosts.c.host, hosts.c.waiting, hosts.c.attempts, hosts.c.next_at, hosts.c.refused, hosts.c.given_up,
            func.coalesce(Instance.failures, 0), Instance.rests_until, func.coalesce(Delivery.last_error, ""),
        )
        .outerjoin(Instance, Instance.domain == hosts.c.host)
        .outerjoin(Delivery, Delivery.id == hosts.c.told)
        .order_by(hosts.c.waiting.desc(), hosts.c.host)
    )  # fmt: skip
    return [HostReport(*row) for row in rows]


async def dropped(session: AsyncSession, *, host: str | None = None, limit: int = 200) -> list[Dropped]:
    """Return what was refused or given up, newest first, of all hosts or one."""
    query = (
        select(
            Activity.uri, Delivery.inbox, Delivery.state, Delivery.attempts, Delivery.last_status, Delivery.last_error,
            Delivery.done_at,
        )
        .join(Activity, Activity.id == Delivery.activity_id)
        .where(Delivery.state.in_([DeliveryState.REFUSED, DeliveryState.GIVEN_UP]))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )  # fmt: skip
    if host is not None:
        query = query.where(Delivery.host == host)
    return [Dropped(*row) for row in await session.execute(query)]


async def prune(session: AsyncSession, *, now: datetime) -> int:
    """Remove deliveries made a week ago, and dropped ones of three months ago; return how many, at most 2,000.

    Ids tell the time, so the primary key finds the old ones.
    """
    done = (
        select(Delivery.id)
        .where(
            Delivery.id < id_at(now - DELIVERED_KEPT),
            (Delivery.state == DeliveryState.DELIVERED)
            | ((Delivery.state != DeliveryState.WAITING) & (Delivery.id < id_at(now - DROPPED_KEPT))),
        )
        .order_by(Delivery.id)
        .limit(_PRUNED_AT_ONCE)
    )
    gone = await session.execute(
        delete(Delivery).where(Delivery.id.in_(done.correlate(None))).returning(Delivery.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
