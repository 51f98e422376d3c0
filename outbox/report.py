"""What the operator sees of the queue, and the end of what was kept for that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.ids import id_at
from actors.instances.policy import under
from actors.instances.tables import Instance
from outbox.queue import WAITING
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
class Undelivered:
    """A delivery that was not made: it waits, was refused, or was given up. ``about`` is what it tells something of."""

    id: int
    activity: str
    type: str
    about: str
    inbox: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str
    next_at: datetime
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


async def dropped(session: AsyncSession, *, limit: int = 200) -> list[Undelivered]:
    """Return what was refused or given up, newest first."""
    query = _undelivered(DeliveryState.REFUSED, DeliveryState.GIVEN_UP).limit(limit)
    return [Undelivered(*row) for row in await session.execute(query)]


async def undelivered(
    session: AsyncSession, host: str, *, before: int | None = None, limit: int = 50
) -> list[Undelivered]:
    """Return what waits for a host or was dropped, newest first, a page of it."""
    query = _undelivered(DeliveryState.WAITING, DeliveryState.REFUSED, DeliveryState.GIVEN_UP)
    query = query.where(Delivery.host == host).limit(limit)
    if before is not None:
        query = query.where(Delivery.id < before)
    return [Undelivered(*row) for row in await session.execute(query)]


async def waiting_for(session: AsyncSession, domain: str) -> int:
    """Return how many deliveries wait for a server and those below it."""
    query = select(func.count()).select_from(Delivery).where(under(Delivery.host, domain), WAITING)
    return (await session.scalar(query)) or 0


async def waiting_by_host(session: AsyncSession, hosts: Collection[str]) -> dict[str, int]:
    """Return how many deliveries wait for each of these hosts; one query."""
    query = select(Delivery.host, func.count()).where(among(session, Delivery.host, hosts), WAITING)
    return dict((await session.execute(query.group_by(Delivery.host))).all())


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


def _undelivered(*states: DeliveryState) -> Any:
    return (
        select(
            Delivery.id, Activity.uri, Activity.type, Activity.object_uri, Delivery.inbox, Delivery.state,
            Delivery.attempts, Delivery.last_status, Delivery.last_error, Delivery.next_at, Delivery.done_at,
        )
        .join(Activity, Activity.id == Delivery.activity_id)
        .where(Delivery.state.in_(states))
        .order_by(Delivery.id.desc())
    )  # fmt: skip
