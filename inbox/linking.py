"""Linking with another instance, and ending a link: the row, and the follow by which we hear of what it publishes."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import Database, wake_after_commit
from actors.instances.tables import Instance
from actors.local import application_actor
from actors.site import Site
from actors.wakeups import CHANGED
from inbox.backfill import Backfill
from outbox.publish.relations import follow, unfollow


async def link_instance(
    database: Database, site: Site, backfill: Backfill, address: str, *, by: int | None, now: datetime
) -> Instance:
    """Link with the instance at a URL, host or account, and follow its organisation.

    What it has published is still to be taken in (`Backfill.collect`). Raises ``FederationError`` where it cannot be
    reached, is no instance of an organisation, or is one that we block.
    """
    instance = await backfill.link(address)
    async with database.writing() as session:
        organisation = await session.get_one(Actor, instance.actor_id)
        await follow(session, site, await application_actor(session), organisation, now=now)
        note_act(session, by, "link-added", object_uri=organisation.uri, object_name=instance.domain, now=now)
    return instance


async def unlink_instance(session: AsyncSession, site: Site, domain: str, *, by: int | None, now: datetime) -> bool:
    """End the link with an instance: we hear of it only what people here follow. False when there was none."""
    instance = await session.get(Instance, domain)
    if instance is None or instance.linked_at is None:
        return False
    instance.linked_at = None
    organisation = await session.get(Actor, instance.actor_id) if instance.actor_id is not None else None
    if organisation is not None:
        await unfollow(session, site, await application_actor(session), organisation, now=now)
    note_act(session, by, "link-removed", object_uri=f"https://{domain}/", object_name=domain, now=now)
    wake_after_commit(session, CHANGED)
    return True
