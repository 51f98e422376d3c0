"""The durable queue of deliveries: put in and claimed; `outbox.settle` notes what became of it.

A delivery is claimed by moving its ``next_at`` ahead by a lease. So a claim is an ordinary row that
becomes due again by itself when the process that held it is gone, and remote input and output
happens outside any transaction. On PostgreSQL any number of processes claim at once (``FOR UPDATE
SKIP LOCKED``); on SQLite the write lane lets one in at a time.

To deliver at least once is promised, exactly once is the receiver's part: it knows an activity by
its id. A worker that is killed between an answer and its note of it delivers again.

Everything here is Core and in bulk, in the caller's transaction.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random as any_random
from typing import Any, Final

from sqlalchemy import and_, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among, not_among
from actors.database import now as present
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.instances import health
from actors.instances.policy import names_above, strictest
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy
from actors.site import Site
from actors.wakeups import DELIVERIES
from federation.documents import JsonObject, dump, origin_of
from federation.errors import DocumentError
from outbox.tables import Activity, Delivery

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
"""How long a claim holds: longer than an attempt, short enough to wait for after a crash."""
PER_HOST: Final = 8
"""The most deliveries of one host in one claim, so that no host fills the slots."""

_LOOK_AGAIN: Final = timedelta(seconds=3)
_CHUNK: Final = 1_000
_LONGEST_NAME: Final = 253
_LONGEST_INBOX: Final = 2_000
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
WAITING: Final = text("deliveries.state = 'waiting'")
"""Written out, because a parameter would keep the planner from the partial indexes."""
IN_BULK: Final[Mapping[str, Any]] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An activity of ours and the inboxes it goes to. ``activity_id`` is the one its ``id`` was minted from.

    ``spread`` is over how long the first tries are drawn out: for a message to everyone that is in no hurry.
    """

    activity_id: int
    actor_id: int
    document: JsonObject
    object_uri: str
    is_public: bool
    inboxes: Collection[str]
    spread: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is this process's to try until its lease ends. ``failing``: its host failed lately."""

    id: int
    activity_id: int
    inbox: str
    host: str
    attempts: int
    created_at: datetime
    failing: bool


async def queue_activity(
    session: AsyncSession,
    *,
    site: Site,
    actor_id: int,
    document: JsonObject,
    object_uri: str,
    is_public: bool,
    inboxes: Collection[str],
    activity_id: int,
) -> None:
    """Store an activity of ours and its deliveries; see `queue_activities`."""
    outgoing = Outgoing(activity_id, actor_id, document, object_uri, is_public, inboxes)
    await queue_activities(session, site, [outgoing])


async def queue_activities(
    session: AsyncSession, site: Site, outgoing: Sequence[Outgoing], *, now: datetime | None = None
) -> None:
    """Store activities of ours, and one delivery for each distinct inbox of another, willing server.

    Inboxes here, of suspended hosts, and what is no http(s) URL are left out. A host that rests is
    tried when its rest is over. The workers are woken by the caller's commit.
    """
    if not outgoing:
        return
    now = now or present()
    hosts = {inbox: host_of(inbox) for one in outgoing for inbox in one.inboxes if not site.is_local(inbox)}
    suspended, rests = await _policies(session, {host for host in hosts.values() if host})
    await session.execute(insert(Activity.__table__), [_activity_row(one, now) for one in outgoing])  # type: ignore[arg-type]
    rows = [
        {
            "id": new_id(),
            "activity_id": one.activity_id,
            "inbox": inbox,
            "host": host,
            "next_at": max(rests.get(host, now), now + one.spread * any_random()),
            "created_at": now,
        }
        for one in outgoing
        for inbox in dict.fromkeys(one.inboxes)
        if (host := hosts.get(inbox)) and host not in suspended and host != site.domain
    ]
    for start in range(0, len(rows), _CHUNK):
        await session.execute(insert(Delivery.__table__), rows[start : start + _CHUNK])  # type: ignore[arg-type]
    if rows:
        wake_after_commit(session, DELIVERIES)


async def claim(
    session: AsyncSession,
    *,
    now: datetime,
    limit: int,
    busy_hosts: Collection[str] = (),
    lease: timedelta = LEASE,
) -> list[Claimed]:
    """Claim up to ``limit`` due deliveries, oldest first, none of ``busy_hosts``, few of any host.

    Of a host that failed lately one is taken; of one that rests none, and its deliveries are moved
    to the end of the rest. Where the breaker had tripped, the host is held for this one attempt.
    """
    query = (
        select(Delivery.id, Delivery.activity_id, Delivery.inbox, Delivery.host, Delivery.attempts, Delivery.created_at)
        .where(_due(session, now, busy_hosts))
        .order_by(Delivery.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(query)).all()
    if not rows:
        return []
    troubles = await health.troubles(session, {row.host for row in rows})
    claimed: list[Claimed] = []
    resting: dict[str, list[int]] = {}
    taken: dict[str, int] = {}
    for row in rows:
        trouble = troubles.get(row.host)
        if trouble is not None and trouble.rests(now):
            resting.setdefault(row.host, []).append(row.id)
            continue
        taken[row.host] = taken.get(row.host, 0) + 1
        if taken[row.host] <= (PER_HOST if trouble is None else 1):
            claimed.append(Claimed(*row, failing=trouble is not None))
    for host, ids in resting.items():
        until = troubles[host].rests_until or now
        # A rest no longer than a lease may be another process's single attempt, which soon tells more.
        await release(session, ids, until if until > now + lease else min(until, now + _LOOK_AGAIN))
    tripped = {host for host in taken if host in troubles and troubles[host].failures >= health.MOST_FAILURES}
    if tripped:
        await health.hold(session, tripped, now + lease)
    if claimed:
        await release(session, [one.id for one in claimed], now + lease)
    return claimed


async def release(session: AsyncSession, ids: Collection[int], at: datetime) -> None:
    """Have deliveries tried at ``at``, not counting an attempt."""
    await session.execute(
        update(Delivery).where(among(session, Delivery.id, ids), WAITING).values(next_at=at),
        execution_options=IN_BULK,
    )


async def seconds_until_due(session: AsyncSession, *, now: datetime, busy_hosts: Collection[str] = ()) -> float | None:
    """Return when the next delivery is due, 0 if one is already, None if none waits."""
    query = select(func.min(Delivery.next_at)).where(WAITING, _free(session, busy_hosts))
    first = (await session.execute(query)).scalar_one()
    return None if first is None else max(0.0, (first - now).total_seconds())


def host_of(inbox: str) -> str | None:
    """Return the host of an inbox, with its port unless that is the scheme's own.

    None for what is no http(s) URL, or longer than a name or an index entry can be: one follower's
    odd inbox must not keep a post from all the others.
    """
    if len(inbox.encode("utf-8", "replace")) > _LONGEST_INBOX:
        return None
    try:
        scheme, host, port = origin_of(inbox)
    except DocumentError:
        return None
    if len(host) > _LONGEST_NAME:
        return None
    return host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _activity_row(one: Outgoing, now: datetime) -> dict[str, Any]:
    return {
        "id": one.activity_id,
        "uri": one.document["id"],
        "actor_id": one.actor_id,
        "type": one.document["type"],
        "object_uri": one.object_uri,
        "document": dump(one.document).decode(),
        "is_public": one.is_public,
        "created_at": now,
    }


async def _policies(session: AsyncSession, hosts: Collection[str]) -> tuple[set[str], dict[str, datetime]]:
    if not hosts:
        return set(), {}
    names = {name for host in hosts for name in names_above(host)}
    rows = await session.execute(
        select(Instance.domain, Instance.policy, Instance.rests_until).where(
            among(session, Instance.domain, names),
            (Instance.policy == ServerPolicy.SUSPENDED) | Instance.rests_until.is_not(None),
        )
    )
    decided: dict[str, str] = {}
    rests: dict[str, datetime] = {}
    for domain, policy, rests_until in rows:
        decided[domain] = policy
        if rests_until is not None:
            rests[domain] = rests_until
    return {host for host in hosts if strictest(host, decided) is ServerPolicy.SUSPENDED}, rests


def _free(session: AsyncSession, busy_hosts: Collection[str]) -> Any:
    return not_among(session, Delivery.host, busy_hosts) if busy_hosts else True


def _due(session: AsyncSession, now: datetime, busy_hosts: Collection[str]) -> Any:
    return and_(WAITING, Delivery.next_at <= now, _free(session, busy_hosts))
