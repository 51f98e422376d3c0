"""What others say of agreements: taken in as far as proofs and owners vouch for it.

An agreement comes with the proof of who proposed it, so it is believed whoever passes it on. What happened to it
(declined, done, withdrawn) nobody signs: that is for its proposer's server to say, and never of our own people, who
say it here. Proofs that are here already stay, whatever a later copy leaves out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from actors.actor import Actor
from actors.agreements.allowed import may_propose
from actors.agreements.kinds import TOLD_OF, Happened
from actors.agreements.proving import Signature, keys_named, signatures_of
from actors.agreements.store import (
    find_agreement,
    find_party,
    find_version,
    note_change,
    note_refusal,
    note_signature,
    store_version,
)
from actors.agreements.tables import Agreement, AgreementVersion
from actors.agreements.telling import tell_parties
from actors.database import wake_after_commit
from actors.issues.tables import Issue
from actors.kinds import ActorKind
from actors.wakeups import CHANGED
from federation.documents import ActorDocument, JsonObject, same_origin
from federation.documents.agreement import AgreementDocument, StatusDocument
from federation.errors import DocumentError
from federation.proofs import Proof, proofs_of
from inbox.batch import Batch
from inbox.outcomes import Ignored, Needs, Outcome, Refused

_MOST_OF_ONE: Final = 500
"""Agreements that are kept of one proposer elsewhere."""
_AHEAD: Final = timedelta(hours=1)


@dataclass
class Taken:
    """An agreement that is here now, in the version that came."""

    agreement: Agreement
    version: AgreementVersion
    issue: Actor


async def take_agreement(batch: Batch, embedded: JsonObject, *, announced: bool = False) -> Taken | Outcome:
    """Store an agreement that others propose, with the proofs that hold. ``announced``: its own issue passes it on."""
    document = AgreementDocument.read(embedded)
    if batch.site.is_local(document.id):
        return Ignored("an agreement of ours, come back")
    named = [document.proposer, document.issue, *(task.actor for task in document.tasks)]
    missing = tuple(uri for uri in dict.fromkeys(named) if uri not in batch.known.actors)
    if missing:
        return Needs(actors=missing)
    proposer, issue = batch.known.actors[document.proposer], batch.known.actors[document.issue]
    if not batch.is_heard(proposer) or not batch.is_heard(issue) or issue.kind is not ActorKind.ISSUE:
        return Refused("an agreement by who is not heard, or on what is no issue")
    await batch.flush()
    parties = {task.actor: batch.known.actors[task.actor] for task in document.tasks}
    signatures = await valid_signatures(batch, embedded, list(parties.values()))
    if not isinstance(signatures, dict):
        return signatures
    if proposer.id not in signatures:
        return Refused("an agreement that its proposer did not sign")
    known = await find_agreement(batch.session, document.id)
    if known is None and (refusal := await _refusal(batch, proposer, issue, parties.values(), announced)) is not None:
        return refusal
    is_hosted = await batch.session.scalar(select(Issue.host_id).where(Issue.actor_id == issue.id)) == proposer.id
    agreement, version, happened = await store_version(
        batch.session, document, agreement=known, issue=issue, proposer=proposer, parties=parties,
        is_listed=issue.is_local or announced or is_hosted, now=batch.now,
    )  # fmt: skip
    await note_signatures(batch, agreement, version, signatures)
    if version.version == agreement.version:
        what = Happened.PROPOSED if version.version == 1 else Happened.AMENDED
        await tell_parties(batch.session, agreement, what, by=proposer.id, thing=happened, now=batch.now)
    wake_after_commit(batch.session, CHANGED)
    return Taken(agreement, version, issue)


async def valid_signatures(
    batch: Batch, document: JsonObject, parties: Sequence[Actor]
) -> dict[int, Signature] | Outcome:
    """Return which parties' proofs hold; keys that are not here are asked for at their actors, once."""
    proofs = proofs_of(document)
    keys = await keys_named(batch.session, [proof.method for proof in proofs])
    owners = [_owner(proof, parties) for proof in proofs if proof.method not in keys]
    wanted = {actor.uri for actor in owners if actor is not None and not actor.is_local}
    if wanted:
        unasked = tuple(uri for uri in sorted(wanted) if uri not in batch.fetched)
        if unasked:
            return Needs(objects=unasked)
        for uri in sorted(wanted):
            got = batch.obtained(uri)
            if isinstance(got, Needs):
                return got
            if isinstance(got, dict) and got.get("id") == uri:
                await batch.store_actor(ActorDocument.read(got))
        keys = await keys_named(batch.session, [proof.method for proof in proofs])
    ids = {actor.id for actor in parties}
    found = signatures_of(document, proofs, keys, now=batch.now)
    return {actor_id: signature for actor_id, signature in found.items() if actor_id in ids}


async def note_signatures(
    batch: Batch, agreement: Agreement, version: AgreementVersion, signatures: dict[int, Signature]
) -> None:
    """Keep the proofs of parties, and tell the parties here of each that is new."""
    for actor_id, signature in sorted(signatures.items()):
        party = await find_party(batch.session, version, actor_id)
        if party is None:
            continue
        happened = await note_signature(batch.session, agreement, version, party, signature, now=batch.now)
        if actor_id != agreement.proposer_id:
            await tell_parties(batch.session, agreement, Happened.SIGNED, by=actor_id, thing=happened, now=batch.now)


async def note_statuses(batch: Batch, taken: Taken, changes: Sequence[StatusDocument]) -> None:
    """Note what the proposer's server says that happened; of our own people only they say so, here."""
    agreement = taken.agreement
    for change in changes:
        actor = batch.known.actors.get(change.actor)
        if actor is None or actor.is_local or change.published > batch.now + _AHEAD:
            continue
        if change.status not in {what.value for what in TOLD_OF}:
            continue
        what = Happened(change.status)
        if not await _is_of(batch, agreement, actor):
            continue
        at = min(change.published, batch.now)
        if what is Happened.DECLINED:
            happened = await refuse(batch, agreement, actor, version=change.version, reason=change.reason, at=at)
        elif what is Happened.WITHDRAWN and actor.id != agreement.proposer_id:
            continue
        else:
            happened = await note_change(
                batch.session, agreement, what, by=actor.id, at=at, version=change.version, reason=change.reason
            )  # fmt: skip
        await tell_parties(batch.session, agreement, what, by=actor.id, thing=happened, now=batch.now)


async def refuse(
    batch: Batch, agreement: Agreement, actor: Actor, *, version: int, reason: str, at: datetime
) -> int | None:
    """Note that a party declines a version that is here."""
    try:
        row = await find_version(batch.session, agreement, version)
    except DocumentError:
        return None
    party = await find_party(batch.session, row, actor.id)
    if party is None:
        return None
    return await note_refusal(batch.session, agreement, row, party, reason=reason, at=at)


async def _is_of(batch: Batch, agreement: Agreement, actor: Actor) -> bool:
    """Whether an actor proposed an agreement, or is a party to its newest version."""
    if actor.id == agreement.proposer_id:
        return True
    version = await find_version(batch.session, agreement)
    return await find_party(batch.session, version, actor.id) is not None


async def _refusal(
    batch: Batch, proposer: Actor, issue: Actor, parties: Iterable[Actor], announced: bool
) -> Outcome | None:  # fmt: skip
    """Why an agreement that is not here yet is not taken in."""
    if issue.is_local and not await may_propose(batch.session, issue, proposer):
        return Refused("proposed by who takes no part in the issue")
    if not (announced or issue.is_local or any(actor.is_local for actor in parties)):
        return Ignored("not for anyone here")
    count = select(func.count()).where(Agreement.proposer_id == proposer.id, Agreement.is_local.is_(False))
    if ((await batch.session.scalar(count)) or 0) >= _MOST_OF_ONE:
        return Ignored("too many agreements of one proposer")
    return None


def _owner(proof: Proof, parties: Sequence[Actor]) -> Actor | None:
    """Return which party may have the key of a proof: the one whose IRI it begins with, else one of its server."""
    bare = proof.method.partition("#")[0]
    exact = next((actor for actor in parties if actor.uri == bare), None)
    return exact or next((actor for actor in parties if same_origin(actor.uri, proof.method)), None)
