"""Blocking and limiting whole servers, and lifting that again.

The decision is one row. What follows from it for the actors of the server that we know, and of servers below it
(``www.bad.example``), is marked on their rows, so that no query that shows something has to know of servers:
`settle` marks a bounded number in each transaction until nothing is left to do, and the instance stays
``policy_unsettled`` until then. A mark says whether it comes from the server, so that lifting a block gives back
exactly what the block took. Actors that become known later are marked as they are stored.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.audit import note_act
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.instances.policy import strictest, under
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from actors.moderation.kinds import ServerPolicy
from actors.moderation.tables import EndedFollow
from actors.notifications import Notification
from actors.relations import Follow
from actors.upsert import insert_or_ignore, insert_or_update
from actors.wakeups import CHANGED, POLICIES

AT_ONCE: Final = 1_000
SERVER_BLOCKED: Final = "server-blocked"
"""The kind of notification of who lost follows because a server was blocked."""
_IN_BULK: Final = {"synchronize_session": False}
LONGEST_REASON: Final = 1_000
_ACTS: Final = {
    ServerPolicy.OPEN: "server-opened",
    ServerPolicy.LIMITED: "server-limited",
    ServerPolicy.SUSPENDED: "server-blocked",
}
_DOMAIN: Final = re.compile(r"(?=.{1,253}(?::|\Z))[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?(?::[0-9]{1,5})?\Z")


class ServerRefused(ValueError):
    """Something is no server about which anything can be decided: no name, or ours; ``args[0]`` says which."""


def domain_in(text: str, own: str) -> str:
    """Return the domain that somebody means with a name or an address. Raises `ServerRefused`.

    >>> domain_in("https://Bad.example/about", "tilburg.example")
    'bad.example'
    """
    host = text.strip().lower().rpartition("://")[2].partition("/")[0].rpartition("@")[2].strip(".")
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise ServerRefused("no name") from None
    if "." not in name.partition(":")[0] and not name.startswith("localhost"):
        raise ServerRefused("no name")
    if ".." in name or not _DOMAIN.match(name):
        raise ServerRefused("no name")
    if own == name or own.endswith(f".{name}") or own.partition(":")[0] == name:
        raise ServerRefused("ours")
    return name


async def set_policy(
    session: AsyncSession, domain: str, policy: ServerPolicy, reason: str, *, by: int | None, now: datetime
) -> None:
    """Decide how a server is treated; `settle` does what follows from it. A blocked server is no longer linked."""
    row = {
        "domain": domain,
        "policy": policy.value,
        "policy_reason": reason[:LONGEST_REASON],
        "policy_at": now,
        "policy_unsettled": True,
        "created_at": now,
    }
    await insert_or_update(session, Instance, row, on=["domain"], update=[name for name in row if name != "created_at"])
    if policy is ServerPolicy.SUSPENDED:
        await session.execute(
            update(Instance).where(under(Instance.domain, domain)).values(linked_at=None), execution_options=_IN_BULK
        )
    note_act(session, by, _ACTS[policy], object_uri=domain, object_name=domain, reason=reason, now=now)
    for channel in (CHANGED, POLICIES):
        wake_after_commit(session, channel)


async def settle(session: AsyncSession, domain: str, *, now: datetime, most: int = AT_ONCE) -> bool:
    """Mark actors of a server as was decided, ``most`` at once; return whether that is all."""
    query = select(Actor.domain).where(under(Actor.domain, domain), Actor.is_local.is_(False)).distinct()
    hosts = list(await session.scalars(query))
    rows = await session.execute(
        select(Instance.domain, Instance.policy).where(Instance.policy != ServerPolicy.OPEN.value)
    )
    decided = dict(rows.all())
    by_policy: dict[ServerPolicy, list[str]] = {policy: [] for policy in ServerPolicy}
    for host in hosts:
        by_policy[strictest(host, decided)].append(host)
    suspended, limited = by_policy[ServerPolicy.SUSPENDED], by_policy[ServerPolicy.LIMITED]
    left = most
    newly = await _marked(session, suspended, Actor.suspended_at.is_(None), left, _suspended(now))
    await _end_follows(session, domain, newly, now)
    left -= len(newly)
    others = [*limited, *by_policy[ServerPolicy.OPEN]]
    left -= len(await _marked(session, others, Actor.suspended_with_server.is_(True), left, _suspended(None)))
    left -= len(await _marked(session, limited, Actor.limited_at.is_(None), left, _limited(now)))
    others = [*suspended, *by_policy[ServerPolicy.OPEN]]
    left -= len(await _marked(session, others, Actor.limited_with_server.is_(True), left, _limited(None)))
    if left < most:
        wake_after_commit(session, CHANGED)
    if left <= 0:
        return False
    await session.execute(
        update(Instance).where(Instance.domain == domain).values(policy_unsettled=None), execution_options=_IN_BULK
    )
    return True


async def unsettled(session: AsyncSession, *, limit: int = 20) -> list[str]:
    """Return servers whose actors are not all marked yet."""
    return list(await session.scalars(select(Instance.domain).where(Instance.policy_unsettled.is_(True)).limit(limit)))


def marks_of(policy: ServerPolicy, now: datetime) -> dict[str, Any]:
    """Return the columns of an actor of a server, as it becomes known."""
    return _suspended(now if policy is ServerPolicy.SUSPENDED else None) | _limited(
        now if policy is ServerPolicy.LIMITED else None
    )


def _suspended(now: datetime | None) -> dict[str, Any]:
    return {"suspended_at": now, "suspended_with_server": True if now is not None else None}


def _limited(now: datetime | None) -> dict[str, Any]:
    return {"limited_at": now, "limited_with_server": True if now is not None else None}


async def _marked(
    session: AsyncSession, hosts: Collection[str], condition: ColumnElement[bool], most: int, values: dict[str, Any]
) -> list[int]:
    """Mark actors of these hosts that fit the condition, and return which."""
    if not hosts or most <= 0:
        return []
    query = select(Actor.id).where(among(session, Actor.domain, hosts), Actor.is_local.is_(False), condition)
    ids = list(await session.scalars(query.limit(most)))
    if ids:
        await session.execute(
            update(Actor).where(among(session, Actor.id, ids)).values(**values), execution_options=_IN_BULK
        )
    return ids


async def _end_follows(session: AsyncSession, domain: str, ids: Collection[int], now: datetime) -> None:
    """End the follows between people here and these actors; those here find them listed and are told."""
    if not ids:
        return
    there = or_(among(session, Follow.follower_id, ids), among(session, Follow.followee_id, ids))
    rows = await session.execute(delete(Follow).where(there).returning(Follow.follower_id, Follow.followee_id))
    gone = set(ids)
    ended: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "domain": domain,
            "local_id": followee if follower in gone else follower,
            "remote_id": follower if follower in gone else followee,
            "was_followed": followee in gone,
            "ended_at": now,
        }
        for follower, followee in rows
    ]
    if not ended:
        return
    await session.execute(insert(EndedFollow), ended)
    await _tell(session, {row["local_id"] for row in ended}, now)


async def _tell(session: AsyncSession, local: Collection[int], now: datetime) -> None:
    organisation = await session.scalar(
        select(func.min(Actor.id)).where(Actor.kind == ActorKind.ORGANISATION, Actor.is_local.is_(True))
    )
    people = await session.scalars(
        select(Actor.id).where(
            among(session, Actor.id, local),
            Actor.kind == ActorKind.PERSON,
            Actor.id.not_in(
                select(Notification.recipient_id).where(
                    Notification.kind == SERVER_BLOCKED, Notification.read_at.is_(None)
                )
            ),
        )
    )
    rows = [
        {"id": new_id(), "recipient_id": person, "kind": SERVER_BLOCKED, "from_id": organisation, "created_at": now}
        for person in people
    ]
    if organisation is not None:
        await insert_or_ignore(session, Notification, rows)
