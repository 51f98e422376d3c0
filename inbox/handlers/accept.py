"""Accept and Reject: somebody answers what one of ours asked (ActivityPub, sections 7.6 and 7.7).

What is answered says who handles it: an agreement, the offer of a role, or else a follow.
"""

from sqlalchemy import select

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.kinds import FollowState
from actors.relations import Follow
from actors.wakeups import CHANGED
from federation.documents import Activity, iri_of
from inbox.batch import Batch
from inbox.handlers.agreement import accept_agreement, reject_agreement, shows_agreement
from inbox.handlers.role import answer_role
from inbox.outcomes import DONE, Ignored, Outcome


async def accept(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note that what we asked is accepted; that a follow is, only who is followed can say."""
    if shows_agreement(activity):
        return await accept_agreement(activity, sender, batch)
    answered = await answer_role(activity, sender, batch, accepted=True)
    if answered is not None:
        return answered
    return await _answered(activity, sender, batch, FollowState.ACCEPTED)


async def reject(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note that what we asked is refused, or a follow ended by who was followed."""
    declined = await reject_agreement(activity, sender, batch)
    if declined is None:
        declined = await answer_role(activity, sender, batch, accepted=False)
    if declined is not None:
        return declined
    return await _answered(activity, sender, batch, FollowState.REJECTED)


async def _answered(activity: Activity, sender: Actor, batch: Batch, state: FollowState) -> Outcome:
    found = await _find(activity, sender, batch)
    if found is None:
        return Ignored("answers no follow of ours")
    found.state = state
    await batch.session.flush()
    wake_after_commit(batch.session, CHANGED)
    return DONE


async def _find(activity: Activity, sender: Actor, batch: Batch) -> Follow | None:
    ours = (
        select(Follow)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.followee_id == sender.id, Actor.is_local.is_(True))
    )
    if activity.object_id is not None:
        found = (await batch.session.scalars(ours.where(Follow.uri == activity.object_id).limit(1))).one_or_none()
        if found is not None:
            return found
    # Some software answers with a Follow of its own making; who asked whom still says which it is.
    asked = activity.object or {}
    follower = batch.local_actor(iri_of(asked.get("actor")) or "")
    if follower is None or asked.get("type") != "Follow" or iri_of(asked.get("object")) != sender.uri:
        return None
    return (await batch.session.scalars(ours.where(Follow.follower_id == follower.id))).one_or_none()
