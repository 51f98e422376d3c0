"""Giving up what waits to be delivered, and trying it again: what an operator, a block or a suspension asks for."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.database import wake_after_commit
from actors.instances.policy import under
from actors.instances.tables import Instance
from actors.wakeups import DELIVERIES
from outbox.queue import IN_BULK, WAITING
from outbox.tables import Activity, Delivery, DeliveryState

AT_ONCE: Final = 5_000
_DROPPED: Final = (DeliveryState.GIVEN_UP, DeliveryState.REFUSED)


async def give_up_server(session: AsyncSession, domain: str, why: str, *, now: datetime, most: int = AT_ONCE) -> int:
    """Give up what waits for a server and those below it; return how many, ``most`` at once."""
    return await _give_up(session, under(Delivery.host, domain), why, now, most)


async def give_up_host(session: AsyncSession, host: str, why: str, *, now: datetime, most: int = AT_ONCE) -> int:
    """Give up what waits for one host; return how many, ``most`` at once."""
    return await _give_up(session, Delivery.host == host, why, now, most)


async def give_up_delivery(session: AsyncSession, delivery_id: int, why: str, *, now: datetime) -> bool:
    """Give up one delivery; False when it waits no more."""
    return bool(await _give_up(session, Delivery.id == delivery_id, why, now, 1))


async def give_up_actor(session: AsyncSession, actor_id: int, why: str, *, now: datetime, most: int = AT_ONCE) -> int:
    """Give up what waits of an actor of ours; return how many, ``most`` at once."""
    ours = Delivery.activity_id.in_(select(Activity.id).where(Activity.actor_id == actor_id))
    return await _give_up(session, ours, why, now, most)


async def try_again(session: AsyncSession, host: str, *, now: datetime) -> int:
    """Have everything that waits for a host tried now, whether or not the host rests; return how many."""
    found = await session.execute(
        update(Delivery).where(Delivery.host == host, WAITING).values(next_at=now).returning(Delivery.id),
        execution_options=IN_BULK,
    )
    await session.execute(
        update(Instance).where(Instance.domain == host).values(rests_until=None), execution_options=IN_BULK
    )
    wake_after_commit(session, DELIVERIES)
    return len(found.all())


async def revive(session: AsyncSession, delivery_id: int, *, now: datetime) -> bool:
    """Have a delivery that was dropped tried again, with a whole life before it; False when it was not dropped."""
    found = await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(_DROPPED))
        .values(state=DeliveryState.WAITING, attempts=0, next_at=now, created_at=now, done_at=None)
        .returning(Delivery.id),
        execution_options=IN_BULK,
    )
    wake_after_commit(session, DELIVERIES)
    return found.first() is not None


async def _give_up(session: AsyncSession, which: ColumnElement[bool], why: str, now: datetime, most: int) -> int:
    # What another process is settling is left to it; it asks again, or the attempt was the last.
    query = select(Delivery.id).where(which, WAITING).limit(most).with_for_update(skip_locked=True)
    ids = list(await session.scalars(query))
    if ids:
        values: dict[str, Any] = {"state": DeliveryState.GIVEN_UP, "done_at": now, "last_error": why}
        await session.execute(
            update(Delivery).where(among(session, Delivery.id, ids), WAITING).values(**values),
            execution_options=IN_BULK,
        )
    return len(ids)
