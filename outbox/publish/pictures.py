"""The picture of an actor here: a person's, or the logo of the organisation, told to those who follow it."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.media.attaching import LONGEST_DESCRIPTION, Described
from actors.media.tables import ActorPicture
from actors.sanitize import clean_line
from actors.site import Site
from actors.upsert import insert_or_update
from outbox.publish.people import tell_of_change

_CHANGED = ("digest", "file_name", "media_type", "width", "height", "name")


async def change_picture(session: AsyncSession, site: Site, actor: Actor, picture: Described, *, now: datetime) -> None:
    """Give a local actor another picture, with what is to be seen in it."""
    stored, name = picture
    row = {
        "actor_id": actor.id,
        "digest": stored.digest,
        "file_name": stored.file_name,
        "media_type": stored.media_type,
        "width": stored.width,
        "height": stored.height,
        "name": clean_line(name, LONGEST_DESCRIPTION),
    }
    await insert_or_update(session, ActorPicture, row, on=["actor_id"], update=_CHANGED)
    actor.icon_url = site.document_url(stored.digest, stored.file_name)
    await tell_of_change(session, site, actor, now=now)


async def remove_picture(session: AsyncSession, site: Site, actor: Actor, *, now: datetime) -> None:
    """Take the picture of a local actor away; nothing happens when it has none."""
    if actor.icon_url is None:
        return
    await session.execute(delete(ActorPicture).where(ActorPicture.actor_id == actor.id))
    actor.icon_url = None
    await tell_of_change(session, site, actor, now=now)
