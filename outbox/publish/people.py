"""What an actor here changes about itself, told to those who follow it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.serialize.actor import actor_detail, write_actor
from actors.site import Site
from actors.wakeups import CHANGED
from federation.vocabulary import PUBLIC
from outbox.publish.say import say
from outbox.recipients import follower_inboxes


async def decide_on_followers(
    session: AsyncSession, site: Site, person: Actor, *, each_time: bool, now: datetime
) -> None:
    """Have a person decide on each follower, or accept them all from now on; who waits goes on waiting."""
    if person.manually_approves is each_time:
        return
    person.manually_approves = each_time
    await tell_of_change(session, site, person, now=now)


async def tell_of_change(session: AsyncSession, site: Site, actor: Actor, *, now: datetime) -> None:
    """Tell those who follow a local actor how it is now."""
    actor.updated_at = now
    await session.flush()
    document = write_actor(site, await actor_detail(session, actor))
    cc = [actor.followers] if actor.followers else []
    inboxes = await follower_inboxes(session, [actor.id])
    await say(session, site, actor, "Update", document, to=[PUBLIC], cc=cc, inboxes=inboxes, now=now)
    wake_after_commit(session, CHANGED)
