"""Follow: somebody wants to hear from an actor of ours (ActivityPub, section 7.5).

All but persons who decide each time, and networks for members only, accept by themselves. Asked
again, they answer again: the first Accept may have been lost on the way.
"""

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, FollowState
from actors.relations import Follow, follow_between
from actors.wakeups import CHANGED
from federation.documents import Activity
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Outcome
from outbox import activities
from outbox.publish.relations import accepts_by_itself
from outbox.queue import Outgoing


async def follow(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note the follow and answer it, unless it was undone before it came."""
    followee = batch.local_actor(activity.object_id) if activity.object_id is not None else None
    if followee is None:
        return Ignored("not an actor of ours")
    if batch.is_undone(activity.id, sender):
        return Ignored("undone before it came")
    if batch.blocks(followee, sender):
        _answer(batch, "Reject", activity, sender, followee)
        return Ignored("blocked by whom it wants to follow")
    existing = await follow_between(batch.session, sender.id, followee.id)
    state = FollowState.ACCEPTED if _accepts(batch, followee, sender) else FollowState.PENDING
    if existing is None:
        existing = Follow(
            id=new_id(),
            follower_id=sender.id,
            followee_id=followee.id,
            uri=activity.id,
            state=FollowState.REJECTED,
            created_at=batch.now,
        )
        batch.session.add(existing)
    if existing.state is FollowState.REJECTED:
        batch.notify(followee, "follow" if state is FollowState.ACCEPTED else "follow_request", sender)
    if existing.state is not FollowState.ACCEPTED:
        existing.state = state
    existing.uri = activity.id
    await batch.session.flush()
    wake_after_commit(batch.session, CHANGED)
    if existing.state is FollowState.ACCEPTED:
        _answer(batch, "Accept", activity, sender, followee)
    return DONE


def _accepts(batch: Batch, followee: Actor, follower: Actor) -> bool:
    if followee.kind is ActorKind.NETWORK and followee.id in batch.known.closed:
        return False
    return accepts_by_itself(followee, follower)


def _answer(batch: Batch, verb: str, activity: Activity, follower: Actor, followee: Actor) -> None:
    activity_id = new_id()
    # Only what a follow is: the rest of what the sender wrote is not ours to repeat.
    asked = {"id": activity.id, "type": "Follow", "actor": follower.uri, "object": followee.uri}
    document = activities.build(
        verb,
        uri=batch.site.activity_uri(activity_id),
        actor=followee.uri,
        object=asked,
        to=[follower.uri],
        now=batch.now,
    )
    batch.send(
        Outgoing(
            activity_id=activity_id,
            actor_id=followee.id,
            document=document,
            object_uri=activity.id,
            is_public=False,
            inboxes=[follower.inbox],
        )
    )
