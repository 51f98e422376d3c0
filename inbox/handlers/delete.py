"""Delete: a post is withdrawn, an issue or actor is gone (ActivityPub, section 7.4).

What is deleted before it came is remembered, so that its late Create has no effect (promise P4).
"""

from typing import Final

from sqlalchemy import delete, or_, select, update

from actors.actor import Actor, ActorKey
from actors.database import wake_after_commit
from actors.posts.store import bury_posts
from actors.posts.tables import Post, Reaction
from actors.relations import Follow, Membership
from actors.visibility import is_open
from actors.wakeups import CHANGED
from federation.documents import Activity, JsonObject, same_origin
from inbox.batch import Batch, KnownPost
from inbox.outcomes import DONE, UNFINISHED, Ignored, Outcome, Refused
from outbox.withdrawal import take_back

_POSTS_AT_ONCE: Final = 500


async def delete_(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Make a tombstone of what the sender owns."""
    uri = activity.object_id
    if uri is None:
        return Ignored("names no object")
    if (post := batch.known.posts.get(uri)) is not None:
        if post.author_id != sender.id or post.is_local:
            return Refused("not the sender's to delete")
        return withdraw(batch, post, activity.raw)
    if (actor := batch.known.actors.get(uri)) is not None:
        hosts_it = batch.known.hosts.get(actor.id) == sender.id and same_origin(actor.uri, sender.uri)
        if actor.is_local or not (actor.id == sender.id or hosts_it):
            return Refused("not the sender's to delete")
        return await _remove_actor(batch, actor)
    if not same_origin(uri, sender.uri):
        return Refused("an object of another server")
    batch.remember_deleted(uri, sender)
    return DONE


def withdraw(batch: Batch, post: KnownPost, activity: JsonObject | None = None) -> Outcome:
    """Have a post buried, and its withdrawal passed on where it was said in a space of ours."""
    if post.deleted_at is not None:
        return DONE
    batch.bury(post)
    space = batch.space_of(post)
    if activity is not None and space is not None and space.is_local and is_open(post.visibility):
        batch.pass_on(space, activity, post.uri)
    return DONE


async def _remove_actor(batch: Batch, actor: Actor) -> Outcome:
    await batch.flush()
    session = batch.session
    query = select(Post.id, Post.uri).where(Post.author_id == actor.id, Post.deleted_at.is_(None))
    posts = (await session.execute(query.limit(_POSTS_AT_ONCE))).all()
    await bury_posts(session, [post.id for post in posts], now=batch.now)
    await take_back(session, [post.uri for post in posts])
    for _, uri in posts:
        if uri in batch.known.posts:
            batch.known.posts[uri].deleted_at = batch.now
    if actor.deleted_at is None:
        await session.execute(delete(Follow).where(or_(Follow.follower_id == actor.id, Follow.followee_id == actor.id)))
        await session.execute(delete(Membership).where(Membership.member_id == actor.id))
        await session.execute(delete(Reaction).where(Reaction.actor_id == actor.id))
        await session.execute(delete(ActorKey).where(ActorKey.actor_id == actor.id))
        await session.execute(
            update(Actor)
            .where(Actor.id == actor.id)
            .values(deleted_at=batch.now, name="", summary="", icon_url=None)
            .execution_options(synchronize_session=False)
        )
        actor.deleted_at = batch.now
        batch.known.followed.discard(actor.id)
    wake_after_commit(session, CHANGED)
    return UNFINISHED if len(posts) == _POSTS_AT_ONCE else DONE
