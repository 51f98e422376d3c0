"""The last step that all use-cases share: an activity gets its id, is built, stored and queued."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.site import Site
from federation.documents import JsonObject, id_of
from federation.vocabulary import is_public
from outbox import activities
from outbox.queue import Outgoing, queue_activities


async def say(
    session: AsyncSession,
    site: Site,
    actor: Actor,
    activity_type: str,
    thing: str | JsonObject | list[str],
    *,
    to: Sequence[str],
    cc: Sequence[str] = (),
    inboxes: Collection[str],
    now: datetime,
    **more: object,
) -> JsonObject:
    """Build, store and queue an activity of one of our actors, and return its document.

    ``thing`` is what it is about, or a list of such by their ids. ``now`` is the moment that the
    activity speaks of; it is delivered as from the present one.
    """
    activity_id = new_id()
    document = activities.build(
        activity_type,
        uri=site.activity_uri(activity_id),
        actor=actor.uri,
        object=thing,
        to=to,
        cc=cc,
        now=now,
        **more,
    )
    outgoing = Outgoing(
        activity_id=activity_id,
        actor_id=actor.id,
        document=document,
        object_uri=id_of(thing[0] if isinstance(thing, list) else thing) or "",
        is_public=any(map(is_public, [*to, *cc])),
        inboxes=inboxes,
    )
    await queue_activities(session, site, [outgoing])
    return document
