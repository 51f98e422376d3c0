"""Create: somebody said something, or an organisation put an issue on the agenda (ActivityPub, section 7.2)."""

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.remote import kind_of
from federation.documents import Activity, ActorDocument, JsonObject, same_origin, types_of
from federation.vocabulary import ACTOR_TYPES
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Outcome, Refused
from inbox.posting import take_post
from inbox.reading import is_post
from inbox.role_replies import answer_by_message


async def create(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Store what was said where it concerns anyone here; the object is the sender's own, embedded in what it signed."""
    if activity.object is None:
        return Ignored("names an object without showing it")
    if is_post(activity.object):
        document = batch.reading.post(activity.object)
        outcome = take_post(batch, document, sender, activity=activity.raw)
        if outcome is DONE:
            await answer_by_message(batch, document, sender)
        return outcome
    if ACTOR_TYPES.isdisjoint(types_of(activity.object)):
        return Ignored("an object of a kind that is not kept")
    return await _create_issue(batch, activity.object, sender)


async def _create_issue(batch: Batch, object_: JsonObject, sender: Actor) -> Outcome:
    document = ActorDocument.read(object_)
    if kind_of(document) is not ActorKind.ISSUE:
        return Ignored("an actor that is no issue")
    if document.host != sender.uri or not same_origin(document.id, sender.uri):
        return Refused("an issue that another organisation hosts")
    if document.id in batch.known.actors:
        return DONE
    if (document.id, sender.uri) in batch.known.tombstones:
        return Ignored("deleted before it came")
    if sender.id not in batch.known.followed:
        return Ignored("not for anyone here")
    await batch.store_actor(document, host_id=sender.id)
    return DONE
