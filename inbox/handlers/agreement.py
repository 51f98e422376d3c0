"""What is done with an agreement, whichever verb brings it."""

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened
from actors.agreements.store import find_agreement, find_party, find_version, note_change
from actors.agreements.tables import Agreement
from actors.agreements.telling import tell_parties
from actors.database import wake_after_commit
from actors.serialize.agreement import status_uri
from actors.wakeups import CHANGED
from federation.documents import Activity, JsonObject, same_origin
from federation.documents.agreement import (
    LONGEST_REASON,
    AgreementDocument,
    StatusDocument,
    is_agreement,
    is_status_change,
    status_changes_of,
)
from federation.documents.readers import objects_of, text_of
from federation.proofs import canonical, without_proof
from inbox.agreeing import Taken, note_signatures, note_statuses, refuse, take_agreement, valid_signatures
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Needs, Outcome, Refused
from outbox.publish.agreements import AgreementRefused, check_may_say, has_signed, send_update


def shows_agreement(activity: Activity) -> bool:
    """Whether an activity embeds an agreement."""
    return activity.object is not None and is_agreement(activity.object)


async def offer_agreement(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Ask our people to sign what the sender proposes."""
    assert activity.object is not None  # noqa: S101 - `shows_agreement` was asked
    if AgreementDocument.read(activity.object).proposer != sender.uri:
        return Refused("offered by another than its proposer")
    taken = await take_agreement(batch, activity.object)
    return DONE if isinstance(taken, Taken) else taken


async def update_agreement(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take over what the proposer's server says of its agreement; pass it on when it is about an issue of ours."""
    assert activity.object is not None  # noqa: S101 - `shows_agreement` was asked
    if AgreementDocument.read(activity.object).proposer != sender.uri:
        return Refused("not the sender's to change")
    taken = await take_agreement(batch, activity.object)
    if not isinstance(taken, Taken):
        return taken
    await note_statuses(batch, taken, status_changes_of(activity.raw))
    if taken.issue.is_local and taken.agreement.is_listed:
        batch.pass_on(taken.issue, activity.raw, taken.agreement.uri)
    return DONE


async def passed_on(inner: Activity, author: Actor, group: Actor, batch: Batch) -> Outcome:
    """Take in an agreement that its issue passes on: proofs say whose it is, its own server what became of it."""
    document = inner.object
    assert document is not None  # noqa: S101 - `shows_agreement` was asked
    read = AgreementDocument.read(document)
    if read.issue != group.uri or read.proposer != author.uri:
        return Refused("an agreement of another issue, or by another")
    changes = status_changes_of(inner.raw)
    if changes and not same_origin(author.uri, group.uri):
        got = batch.obtained(status_uri(read.id))
        if isinstance(got, Needs):
            return got
        listed = objects_of(got.get("orderedItems"), 100) if isinstance(got, dict) else []
        changes = status_changes_of({"statusChanges": listed[-20:]})
    taken = await take_agreement(batch, document, announced=True)
    if not isinstance(taken, Taken):
        return taken
    await note_statuses(batch, taken, changes)
    return DONE


async def accept_agreement(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Keep the proof of a party that signs an agreement of ours, and send it on to the others."""
    assert activity.object is not None  # noqa: S101 - `shows_agreement` was asked
    document = AgreementDocument.read(activity.object)
    agreement = await _ours(batch, document.id)
    if agreement is None:
        return Ignored("signs no agreement of ours")
    if agreement.state is AgreementState.WITHDRAWN:
        return Ignored("signs what is withdrawn")
    version = await find_version(batch.session, agreement, document.version)
    if canonical(without_proof(activity.object)).decode() != version.document:
        return Refused("signs other words than were proposed")
    if await find_party(batch.session, version, sender.id) is None:
        return Refused("signed by who is no party")
    signatures = await valid_signatures(batch, activity.object, [sender])
    if not isinstance(signatures, dict):
        return signatures
    if sender.id not in signatures:
        return Refused("no proof of the sender that holds")
    await note_signatures(batch, agreement, version, signatures)
    await _changed(batch, agreement)
    return DONE


async def reject_agreement(activity: Activity, sender: Actor, batch: Batch) -> Outcome | None:
    """Note that a party declines an agreement of ours; None when this is about none."""
    agreement = await _ours(batch, activity.object_id or "")
    if agreement is None:
        return None
    number = (activity.object or {}).get("version", agreement.version)
    if type(number) is not int:
        return Refused("declines no version")
    reason = (text_of(activity.raw.get("content"), LONGEST_REASON) or "").strip()
    at = min(activity.published or batch.now, batch.now)
    happened = await refuse(batch, agreement, sender, version=number, reason=reason, at=at)
    if happened is None:
        return Ignored("declined by who is no party, or has answered")
    await tell_parties(batch.session, agreement, Happened.DECLINED, by=sender.id, thing=happened, now=batch.now)
    await _changed(batch, agreement)
    return DONE


def is_status(activity: Activity) -> bool:
    """Whether an activity adds to what happened to an agreement."""
    return activity.object is not None and is_status_change(activity.object)


async def add_status(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note what a party says became of an agreement of ours, and tell the others."""
    change = StatusDocument.read(_object(activity))
    agreement = await _ours(batch, (activity.target_id or "").removesuffix("/status"))
    if agreement is None:
        return Ignored("about no agreement of ours")
    if change.actor != sender.uri or change.status not in {Happened.DONE.value, Happened.REOPENED.value}:
        return Refused("not the sender's to say")
    what = Happened(change.status)
    try:
        check_may_say(agreement, sender.id, what, is_party=await has_signed(batch.session, agreement, sender.id))
    except AgreementRefused as error:
        return Ignored(str(error))
    happened = await note_change(
        batch.session, agreement, what, by=sender.id, at=min(change.published, batch.now), version=agreement.version,
        reason=change.reason,
    )  # fmt: skip
    await tell_parties(batch.session, agreement, what, by=sender.id, thing=happened, now=batch.now)
    await _changed(batch, agreement)
    return DONE


async def _ours(batch: Batch, uri: str) -> Agreement | None:
    if not batch.site.is_local(uri):
        return None
    await batch.flush()
    found = await find_agreement(batch.session, uri)
    return found if found is not None and found.is_local else None


async def _changed(batch: Batch, agreement: Agreement) -> None:
    await batch.session.flush()
    await send_update(batch.session, batch.site, agreement, now=batch.now)
    wake_after_commit(batch.session, CHANGED)


def _object(activity: Activity) -> JsonObject:
    return activity.object or {}
