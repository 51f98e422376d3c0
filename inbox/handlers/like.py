"""Like: somebody approves of a post (ActivityPub, section 7.10)."""

from actors.actor import Actor
from federation.documents import Activity
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Outcome


async def like(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note who likes what, and tell its author."""
    post = batch.known.posts.get(activity.object_id or "")
    if post is None or post.deleted_at is not None:
        return Ignored("a post that is not here")
    if batch.is_undone(activity.id, sender):
        return Ignored("undone before it came")
    author = batch.known.actors_by_id[post.author_id]
    if batch.blocks(author, sender) or not await batch.may_see(sender, post):
        return Ignored("a post that the sender does not see")
    batch.react("like", sender, post, activity.id)
    batch.notify(author, "like", sender, post)
    return DONE
