"""Add and Remove: an actor shows a post at the top of its page, or no longer (ActivityPub, sections 7.8 and 7.9).

Others change here an actor's own `featured`, what parties say of an agreement (`agreement`), and who holds which role
on an issue of theirs (`role`); who belongs to a space of ours is for the space alone to say.
"""

from sqlalchemy import delete

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.posts.tables import Featured
from actors.visibility import is_open
from actors.wakeups import CHANGED
from federation.documents import Activity
from inbox.batch import Batch, KnownPost
from inbox.handlers.agreement import add_status, is_status
from inbox.handlers.role import add_held, remove_held, shows_role
from inbox.outcomes import DONE, Ignored, Outcome, Refused


async def add(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Show a post of the sender's, or said in it, at the top of its page; or note what became of an agreement."""
    if is_status(activity):
        return await add_status(activity, sender, batch)
    if shows_role(activity):
        return await add_held(activity, sender, batch)
    post = _post_of(activity, sender, batch)
    if not isinstance(post, KnownPost):
        return post
    if post.deleted_at is not None or not is_open(post.visibility):
        return Ignored("a post that is not for everyone")
    batch.add_once(Featured, {"actor_id": sender.id, "post_id": post.id, "created_at": batch.now})
    return DONE


async def remove(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Show it there no longer; or note that a role is over."""
    if shows_role(activity):
        return await remove_held(activity, sender, batch)
    post = _post_of(activity, sender, batch)
    if not isinstance(post, KnownPost):
        return post
    await batch.flush()
    await batch.session.execute(delete(Featured).where(Featured.actor_id == sender.id, Featured.post_id == post.id))
    wake_after_commit(batch.session, CHANGED)
    return DONE


def _post_of(activity: Activity, sender: Actor, batch: Batch) -> KnownPost | Ignored | Refused:
    if activity.target_id is None or activity.target_id != sender.featured:
        return Refused("a collection that is not the sender's own featured one")
    post = batch.known.posts.get(activity.object_id or "")
    if post is None:
        return Ignored("a post that is not here")
    if sender.id not in {post.author_id, post.space_id}:
        return Refused("a post that is not the sender's")
    return post
