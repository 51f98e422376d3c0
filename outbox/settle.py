"""What became of attempts, noted in bulk: of the deliveries, of their hosts, and of what else waits for those."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from random import random as any_random
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.instances import health
from actors.instances.tables import Instance
from outbox import retry
from outbox.delivery import UNSURE, Outcome, Result
from outbox.queue import IN_BULK, LEASE, WAITING, Claimed
from outbox.tables import Delivery, DeliveryState


async def settle(
    session: AsyncSession,
    outcomes: Sequence[tuple[Claimed, Outcome]],
    *,
    now: datetime,
    random: Callable[[], float] = any_random,
) -> None:
    """Note what became of attempts, of deliveries and of hosts. Outcomes are in the order they came about."""
    delivered: dict[int | None, list[int]] = {}
    others: list[dict[str, Any]] = []
    for claimed, outcome in outcomes:
        if outcome.result is Result.DELIVERED:
            delivered.setdefault(outcome.status, []).append(claimed.id)
        else:
            others.append(_settled(claimed, outcome, now, random()))
    for status, ids in delivered.items():
        await session.execute(
            update(Delivery)
            .where(among(session, Delivery.id, ids), WAITING)
            .values(
                state=DeliveryState.DELIVERED, attempts=Delivery.attempts + 1, last_status=status, last_error="",
                done_at=now,
            ),
            execution_options=IN_BULK,
        )  # fmt: skip
    if others:
        table = Delivery.__table__
        names = ("state", "attempts", "next_at", "last_status", "last_error", "done_at")
        await session.execute(
            update(table)  # type: ignore[arg-type]  # a mapped class's table is a Table
            .where(table.c.id == bindparam("delivery"), WAITING)
            .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}),
            others,
        )
    signs = [_sign(claimed, outcome) for claimed, outcome in outcomes]
    verdict = await health.record(session, signs, now=now, random=random)
    if verdict.rests:
        await _rest(session, verdict.rests, now)
    if verdict.recovered:
        await _resume(session, verdict.recovered, now)


def _settled(claimed: Claimed, outcome: Outcome, now: datetime, random: float) -> dict[str, Any]:
    """Return the columns of a delivery whose attempt did not deliver."""
    attempts = claimed.attempts + 1
    wait = retry.delay(attempts, random)
    final = outcome.result is Result.REFUSED or (outcome.status in UNSURE and attempts >= retry.SEVEN_DAYS)
    if final:
        state = DeliveryState.REFUSED
    elif wait is None or claimed.created_at + retry.LIFETIME <= now:
        state = DeliveryState.GIVEN_UP
    else:
        state = DeliveryState.WAITING
    waiting = state is DeliveryState.WAITING
    return {
        "delivery": claimed.id,
        "new_state": state,
        "new_attempts": attempts,
        "new_next_at": now + max(wait or timedelta(0), retry.wished(outcome.retry_after)) if waiting else now,
        "new_last_status": outcome.status,
        "new_last_error": outcome.error,
        "new_done_at": None if waiting else now,
    }


def _sign(claimed: Claimed, outcome: Outcome) -> health.Sign:
    if outcome.result is Result.HOST_FAILED:
        error = outcome.error or f"answered {outcome.status}"
        return health.Sign(claimed.host, False, error, retry.wished(outcome.retry_after))
    return health.Sign(claimed.host, outcome.result is Result.DELIVERED)


async def _rest(session: AsyncSession, hosts: Collection[str], now: datetime) -> None:
    """Move what waits for these hosts to the end of their rest; give up what has waited for its whole life."""
    waiting = _waiting_for(session, hosts)
    rests_until = select(Instance.rests_until).where(Instance.domain == Delivery.host).scalar_subquery()
    early = waiting.join(Instance, Instance.domain == Delivery.host).where(Delivery.next_at < Instance.rests_until)
    await session.execute(
        update(Delivery).where(Delivery.id.in_(early)).values(next_at=rests_until), execution_options=IN_BULK
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(waiting.where(Delivery.created_at <= now - retry.LIFETIME)))
        .values(state=DeliveryState.GIVEN_UP, done_at=now),
        execution_options=IN_BULK,
    )


async def _resume(session: AsyncSession, hosts: Collection[str], now: datetime) -> None:
    """Have everything that waits for these hosts tried now, but for what may be under way this minute."""
    late = _waiting_for(session, hosts).where(Delivery.next_at > now + LEASE)
    await session.execute(update(Delivery).where(Delivery.id.in_(late)).values(next_at=now), execution_options=IN_BULK)


def _waiting_for(session: AsyncSession, hosts: Collection[str]) -> Any:
    # What another process is settling is left to it: to wait for its locks while it waits for ours would be a deadlock.
    return (
        select(Delivery.id)
        .where(among(session, Delivery.host, hosts), WAITING)
        .correlate(None)
        .with_for_update(skip_locked=True, of=Delivery)
    )
