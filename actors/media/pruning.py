"""Letting go of files that nothing refers to any more: of what was withdrawn, replaced, or never published.

A file is stored before the transaction that refers to it, so a young one is never touched; and one that
is stored again while it is being cleared is put back (`actors.media.store`).
"""

import asyncio
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.database import Database
from actors.media.store import DocumentStore, digests_on
from actors.media.tables import ActorPicture, Attachment

GRACE: Final = 86_400.0
"""How long, in seconds, a file may lie without anything that refers to it."""


async def prune_files(database: Database, store: DocumentStore, *, grace: float = GRACE) -> int:
    """Remove the files that nothing refers to, a shelf at a time; return how many files went."""
    older_than = time.time() - grace
    removed = 0
    for shelf in await asyncio.to_thread(_shelves, store):
        found = await asyncio.to_thread(digests_on, shelf, older_than=older_than)
        keep: Collection[str] = ()
        if found:
            async with database.reading() as session:
                keep = await _referred_to(session, found)
        removed += await asyncio.to_thread(store.clear, shelf, keep, older_than=older_than)
    return removed


def _shelves(store: DocumentStore) -> list[Path]:
    return list(store.shelves())


async def _referred_to(session: AsyncSession, digests: Collection[str]) -> set[str]:
    attached = select(Attachment.digest).where(among(session, Attachment.digest, digests))
    of_actors = (
        select(ActorPicture.digest)
        .join(Actor, Actor.id == ActorPicture.actor_id)
        .where(among(session, ActorPicture.digest, digests), Actor.deleted_at.is_(None))
    )
    return {digest for query in (attached, of_actors) for digest in await session.scalars(query) if digest is not None}
