"""Founding a network: a group of people with a space of its own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.keys import KeyRing
from actors.kinds import ActorKind
from actors.local import create_actor
from actors.networks.tables import Network
from actors.sanitize import clean_line
from actors.serialize.actor import actor_detail, write_actor
from actors.site import Site
from actors.wakeups import CHANGED
from federation.keys import PrivateKey
from federation.vocabulary import PUBLIC
from outbox.publish.say import say
from outbox.recipients import follower_inboxes


async def found_network(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    pair: tuple[PrivateKey, PrivateKey],
    *,
    host: Actor,
    handle: str,
    name: str,
    summary: str,
    now: datetime,
) -> Actor:
    """Found an open network, hosted by an organisation of ours, and tell those who follow its host.

    ``pair`` are keys made beforehand by `actors.keys.make_pair`. Raises `actors.local.HandleError`.
    """
    actor = await create_actor(
        session,
        site,
        keys,
        pair,
        kind=ActorKind.NETWORK,
        handle=handle,
        name=clean_line(name, 150),
        summary=summary,
        now=now,
    )
    session.add(Network(actor_id=actor.id, host_id=host.id, is_closed=False))
    await session.flush()
    document = write_actor(site, await actor_detail(session, actor))
    inboxes = await follower_inboxes(session, [host.id])
    cc = [host.followers] if host.followers else []
    await say(session, site, host, "Create", document, to=[PUBLIC], cc=cc, inboxes=inboxes, now=now)
    wake_after_commit(session, CHANGED)
    return actor
