"""Removing an account of ours for good: its posts become tombstones, and everyone who followed it is told.

One delivery goes to each shared inbox, spread over an hour, however much the account said (promise P10).
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import Database, wake_after_commit
from actors.ids import new_id
from actors.people.invitations import revoke_unbacked
from actors.people.kinds import AccountState
from actors.people.tables import Account
from actors.posts.store import bury_posts
from actors.posts.tables import Post, Reaction
from actors.relations import Follow, Membership
from actors.site import Site
from actors.wakeups import CHANGED
from federation.vocabulary import PUBLIC
from outbox import activities
from outbox.publish.moderation import REVERSIBLE_FOR
from outbox.queue import Outgoing, queue_activities
from outbox.recipients import follower_inboxes
from outbox.withdrawal import take_back

_POSTS_AT_ONCE: Final = 500
_MOST_TURNS: Final = 1_000
_SPREAD: Final = timedelta(hours=1)


async def remove_suspended(database: Database, site: Site, *, now: datetime) -> int:
    """Remove the accounts that have been suspended for longer than that can be reversed; return how many."""
    query = (
        select(Actor.id)
        .join(Account, Account.actor_id == Actor.id)
        .where(
            Actor.is_local.is_(True),
            Actor.deleted_at.is_(None),
            Actor.suspended_at < now - REVERSIBLE_FOR,
            Account.state != AccountState.WAITING,
        )
    )
    async with database.reading() as session:
        ids = list(await session.scalars(query.limit(20)))
    for actor_id in ids:
        for _ in range(_MOST_TURNS):
            async with database.writing() as session:
                actor = await session.get_one(Actor, actor_id)
                if actor.suspended_at is None or await remove_person(session, site, actor, now=now):
                    break
    return len(ids)


async def remove_person(session: AsyncSession, site: Site, actor: Actor, *, now: datetime) -> bool:
    """Remove a person of ours, some posts at a time; return whether that is all. The last step tells other servers."""
    rows = await session.execute(
        select(Post.id, Post.uri).where(Post.author_id == actor.id, Post.deleted_at.is_(None)).limit(_POSTS_AT_ONCE)
    )
    posts = rows.all()
    await bury_posts(session, [post.id for post in posts], now=now)
    await take_back(session, [post.uri for post in posts])
    if len(posts) == _POSTS_AT_ONCE:
        return False
    inboxes = await follower_inboxes(session, [actor.id])
    await session.execute(delete(Follow).where(or_(Follow.follower_id == actor.id, Follow.followee_id == actor.id)))
    await session.execute(delete(Membership).where(Membership.member_id == actor.id))
    await session.execute(delete(Reaction).where(Reaction.actor_id == actor.id))
    await session.execute(delete(Account).where(Account.actor_id == actor.id))
    await revoke_unbacked(session, actor.id, by=None, now=now)
    note_act(session, None, "account-removed", object_uri=actor.uri, object_name=actor.account, now=now)
    actor.deleted_at, actor.name, actor.summary, actor.icon_url = now, "", "", None
    activity_id = new_id()
    document = activities.build(
        "Delete", uri=site.activity_uri(activity_id), actor=actor.uri, object=actor.uri, to=[PUBLIC], now=now
    )
    outgoing = Outgoing(activity_id, actor.id, document, actor.uri, is_public=False, inboxes=inboxes, spread=_SPREAD)
    await queue_activities(session, site, [outgoing])
    wake_after_commit(session, CHANGED)
    return True
