"""Undo: a follow, like, announcement, block or offer is taken back (ActivityPub, section 7.9).

Only its own actor takes an activity back. One that did not come yet is remembered as undone, so
that its late arrival has no effect (promise P4).
"""

from sqlalchemy import delete
from sqlalchemy.engine import CursorResult

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.posts.tables import Reaction
from actors.relations import Block, Follow
from actors.wakeups import CHANGED
from federation.documents import Activity, id_of, iri_of, same_origin, types_of
from inbox.batch import Batch
from inbox.handlers.role import undo_offer
from inbox.outcomes import DONE, Ignored, Outcome, Refused

_UNDOABLE = frozenset({"Follow", "Like", "Announce", "Block", "EmojiReact", "Offer"})


async def undo(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take back what the sender did."""
    inner = activity.object or {}
    if inner and id_of(inner.get("actor")) not in {None, sender.uri}:
        return Refused("what another actor did")
    if inner and _UNDOABLE.isdisjoint(types_of(inner)):
        return Ignored("an activity that is not taken back here")
    uri = activity.object_id
    if uri is None:
        return await _undo_follow_of(iri_of(inner.get("object")), sender, batch)
    if not same_origin(uri, sender.uri):
        return Refused("an activity of another server")
    taken_back = await undo_offer(activity, sender, batch)
    if taken_back is not None:
        return taken_back
    undone = 0
    for statement in (
        delete(Follow).where(Follow.uri == uri, Follow.follower_id == sender.id),
        delete(Reaction).where(Reaction.uri == uri, Reaction.actor_id == sender.id),
        delete(Block).where(Block.uri == uri, Block.actor_id == sender.id),
    ):
        undone += await _count(batch, statement)
    if not undone:
        batch.remember_undone(uri, sender)
    wake_after_commit(batch.session, CHANGED)
    return DONE


async def _undo_follow_of(followee_uri: str | None, sender: Actor, batch: Batch) -> Outcome:
    # Without an id there is nothing to remember, and only one thing that it can mean.
    followee = batch.local_actor(followee_uri or "")
    if followee is None:
        return Ignored("names no activity")
    await batch.flush()
    await _count(batch, delete(Follow).where(Follow.follower_id == sender.id, Follow.followee_id == followee.id))
    wake_after_commit(batch.session, CHANGED)
    return DONE


async def _count(batch: Batch, statement: object) -> int:
    result = await batch.session.execute(statement)  # type: ignore[call-overload]
    assert isinstance(result, CursorResult)  # noqa: S101 - what a DELETE returns
    return result.rowcount
