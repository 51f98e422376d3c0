"""Block: somebody elsewhere wants nothing of one of ours (ActivityPub, section 7.9)."""

from sqlalchemy import delete, or_

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.relations import Block, Follow
from actors.wakeups import CHANGED
from federation.documents import Activity
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Outcome


async def block(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note the block and end the follows between the two."""
    blocked = batch.local_actor(activity.object_id or "")
    if blocked is None:
        return Ignored("not an actor of ours")
    if batch.is_undone(activity.id, sender):
        return Ignored("undone before it came")
    batch.add_once(
        Block, {"actor_id": sender.id, "blocked_id": blocked.id, "uri": activity.id, "created_at": batch.now}
    )
    await batch.flush()
    between = or_(
        (Follow.follower_id == sender.id) & (Follow.followee_id == blocked.id),
        (Follow.follower_id == blocked.id) & (Follow.followee_id == sender.id),
    )
    await batch.session.execute(delete(Follow).where(between))
    wake_after_commit(batch.session, CHANGED)
    return DONE
