"""Reading the audit log: filtered, a page at a time, with the names of who did it and for whom.

Entries are found by their ids, which tell the time, so a period needs no index of its own.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.ids import id_at


@dataclass(frozen=True)
class Noted:
    """An entry of the log, who did it, and under whose name when that was another."""

    entry: AuditEntry
    by: Actor | None
    under: Actor | None


@dataclass(frozen=True)
class TrailFilter:
    """Which entries: all, unless told otherwise. ``since`` counts, ``until`` does not."""

    act: str = ""
    person: Actor | None = None
    """Somebody who did it, or to whom it was done."""
    since: datetime | None = None
    until: datetime | None = None


async def read_trail(
    session: AsyncSession, wanted: TrailFilter, *, before: int | None = None, limit: int
) -> list[Noted]:
    """Return entries, newest first, from ``before`` an id."""
    by, under = aliased(Actor), aliased(Actor)
    query = (
        select(AuditEntry, by, under)
        .outerjoin(by, by.id == AuditEntry.actor_id)
        .outerjoin(under, under.id == AuditEntry.for_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if wanted.act:
        query = query.where(AuditEntry.act == wanted.act)
    if wanted.person is not None:
        concerned = or_(AuditEntry.actor_id == wanted.person.id, AuditEntry.object_uri == wanted.person.uri)
        query = query.where(concerned)
    if wanted.since is not None:
        query = query.where(AuditEntry.id >= id_at(wanted.since))
    if wanted.until is not None:
        query = query.where(AuditEntry.id < id_at(wanted.until))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [Noted(*row) for row in await session.execute(query)]


async def whole_trail(
    session: AsyncSession, wanted: TrailFilter, *, most: int, chunk: int = 1_000
) -> AsyncIterator[Noted]:
    """Yield all entries, newest first, at most so many."""
    before: int | None = None
    while most > 0:
        found = await read_trail(session, wanted, before=before, limit=min(chunk, most))
        for noted in found:
            yield noted
        if len(found) < min(chunk, most):
            return
        most -= len(found)
        before = found[-1].entry.id
