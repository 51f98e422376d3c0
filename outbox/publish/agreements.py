"""Agreements: proposing and changing them, signing, declining, and saying what became of them.

The server of who proposes keeps an agreement: it asks the parties (`Offer`), hears who signs (`Accept`, with the
proof), and sends the whole with all proofs to every party and to the issue (`Update`). Elsewhere a copy is kept that
its own proofs vouch for.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.allowed import PARTY_KINDS, may_propose
from actors.agreements.kinds import AgreementState, Happened, Standing
from actors.agreements.proving import Signature
from actors.agreements.queries import AgreementDetail, agreement_detail
from actors.agreements.store import (
    find_agreement,
    find_party,
    find_version,
    note_change,
    note_refusal,
    note_signature,
    store_version,
)
from actors.agreements.tables import Agreement, AgreementParty, AgreementVersion
from actors.agreements.telling import tell_parties
from actors.audit import note_act
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.keys import KeyRing
from actors.kinds import ActorKind
from actors.sanitize import is_storable
from actors.serialize.agreement import AgreementDraft, status_uri, write_agreement, write_changes
from actors.serialize.moments import stamp
from actors.site import Site
from actors.wakeups import CHANGED
from federation.documents.agreement import (
    AGREEMENT_TYPES,
    LONGEST_CONTENT,
    LONGEST_DOES,
    LONGEST_NAME,
    LONGEST_REASON,
    MOST_PARTIES,
    MOST_VERSIONS,
    STATUS_CHANGE_TYPES,
    AgreementDocument,
)
from federation.keys import multikey
from federation.proofs import sign as make_proof
from federation.proofs import with_proofs
from federation.vocabulary import PUBLIC
from outbox.announce import SPEAKS_BOOSTS, Passing, pass_on
from outbox.publish.agreement_notes import tell_elsewhere
from outbox.publish.say import say
from outbox.recipients import inboxes_of

SAID_BY_PARTIES: Final = frozenset({Happened.DONE, Happened.REOPENED})


class AgreementRefused(ValueError):
    """An agreement, or an act on one, that cannot be; ``field`` names the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


async def propose(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    *,
    issue: Actor,
    proposer: Actor,
    by: Actor,
    draft: AgreementDraft,
    now: datetime,
) -> Agreement:
    """Propose an agreement on an issue, signed by who proposes it; ``by`` is the person who does it.

    Raises `AgreementRefused`.
    """
    if issue.kind is not ActorKind.ISSUE or not await may_propose(session, issue, proposer):
        raise AgreementRefused("issue", "only the host and who takes part may propose an agreement")
    _check(draft, proposer)
    agreement_id, now = new_id(), now.replace(microsecond=0)
    uri = site.agreement_uri(agreement_id)
    document = write_agreement(uri, draft, proposer=proposer, issue=issue, version=1, now=now)
    agreement, version, happened = await store_version(
        session, AgreementDocument.read(document), agreement=None, agreement_id=agreement_id, issue=issue,
        proposer=proposer, parties={actor.uri: actor for actor, _ in draft.parties}, is_listed=True, now=now,
    )  # fmt: skip
    await _offer(session, site, keys, agreement, version, proposer, by, draft, happened, now=now)
    return agreement


async def amend(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    agreement: Agreement,
    *,
    by: Actor,
    draft: AgreementDraft,
    based_on: int,
    now: datetime,
) -> Agreement:
    """Propose the next version of an agreement of ours; everyone is asked to sign that.

    ``based_on`` is the version that was changed. Raises `AgreementRefused`.
    """
    held = await _held(session, agreement)
    proposer = await session.get_one(Actor, held.proposer_id)
    issue = await session.get_one(Actor, held.issue_id)
    if not held.is_local or held.state is AgreementState.WITHDRAWN:
        raise AgreementRefused("name", "this agreement cannot be changed here")
    if held.version != based_on or held.version >= MOST_VERSIONS:
        raise AgreementRefused("name", "somebody changed this agreement meanwhile")
    _check(draft, proposer)
    now = now.replace(microsecond=0)
    document = write_agreement(
        held.uri, draft, proposer=proposer, issue=issue, version=held.version + 1, now=now
    )  # fmt: skip
    _, version, happened = await store_version(
        session, AgreementDocument.read(document), agreement=held, issue=issue, proposer=proposer,
        parties={actor.uri: actor for actor, _ in draft.parties}, is_listed=True, now=now,
    )  # fmt: skip
    await _offer(session, site, keys, held, version, proposer, by, draft, happened, now=now)
    return held


async def sign(
    session: AsyncSession, site: Site, keys: KeyRing, agreement: Agreement, actor: Actor, *, by: Actor,
    version: int, now: datetime,
) -> None:  # fmt: skip
    """Have an actor of ours sign the version of an agreement that it read. Raises `AgreementRefused`."""
    held, row, party = await _answering(session, agreement, actor, version)
    if party.standing is Standing.SIGNED:
        return
    now = now.replace(microsecond=0)
    happened = await _sign(session, keys, held, row, party, actor, now=now)
    _note_for(session, held, Happened.SIGNED, actor, by, now=now)
    await tell_parties(session, held, Happened.SIGNED, by=actor.id, thing=happened, but=[by.id], now=now)
    await session.flush()
    if held.is_local:
        await send_update(session, site, held, now=now)
    else:
        proposer = await session.get_one(Actor, held.proposer_id)
        answer = with_proofs(json.loads(row.document), [json.loads(party.proof or "")])
        await say(
            session, site, actor, "Accept", answer, to=[proposer.uri], inboxes=await inboxes_of(session, [proposer.id]),
            now=now,
        )  # fmt: skip
    wake_after_commit(session, CHANGED)


async def decline(
    session: AsyncSession, site: Site, agreement: Agreement, actor: Actor, *, by: Actor, version: int, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Have an actor of ours decline a version of an agreement. Raises `AgreementRefused`, also when it signed."""
    held, row, party = await _answering(session, agreement, actor, version)
    if party.standing is Standing.SIGNED:
        raise AgreementRefused("reason", "what is signed is not declined any more")
    reason, now = _words(reason, "reason", LONGEST_REASON, empty=True), now.replace(microsecond=0)
    happened = await note_refusal(session, held, row, party, reason=reason, at=now)
    _note_for(session, held, Happened.DECLINED, actor, by, now=now)
    await tell_parties(session, held, Happened.DECLINED, by=actor.id, thing=happened, but=[by.id], now=now)
    await session.flush()
    if held.is_local:
        await send_update(session, site, held, now=now)
    else:
        proposer = await session.get_one(Actor, held.proposer_id)
        await say(
            session, site, actor, "Reject", {"id": held.uri, "type": AGREEMENT_TYPES, "version": row.version},
            to=[proposer.uri], inboxes=await inboxes_of(session, [proposer.id]), now=now, content=reason,
        )  # fmt: skip
    wake_after_commit(session, CHANGED)


async def say_what_became(
    session: AsyncSession, site: Site, agreement: Agreement, actor: Actor, what: Happened, *, by: Actor, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Have an actor of ours say that an agreement is done, or not done after all, or withdraw its own.

    A party says so once it has signed some version. Raises `AgreementRefused`.
    """
    held = await _held(session, agreement)
    check_may_say(held, actor.id, what, is_party=await has_signed(session, held, actor.id))
    reason, now = _words(reason, "reason", LONGEST_REASON, empty=True), now.replace(microsecond=0)
    happened = await note_change(session, held, what, by=actor.id, at=now, version=held.version, reason=reason)
    _note_for(session, held, what, actor, by, now=now)
    await tell_parties(session, held, what, by=actor.id, thing=happened, but=[by.id], now=now)
    await session.flush()
    if held.is_local:
        await send_update(session, site, held, now=now)
    else:
        proposer = await session.get_one(Actor, held.proposer_id)
        change = {
            "type": STATUS_CHANGE_TYPES, "actor": actor.uri, "status": what.value, "version": held.version,
            "published": stamp(now), "reason": reason,
        }  # fmt: skip
        await say(
            session, site, actor, "Add", change, to=[proposer.uri], inboxes=await inboxes_of(session, [proposer.id]),
            now=now, target=status_uri(held.uri),
        )  # fmt: skip
    wake_after_commit(session, CHANGED)


def check_may_say(agreement: Agreement, actor_id: int, what: Happened, *, is_party: bool) -> None:
    """Raise `AgreementRefused` unless this actor may say this of an agreement as it stands."""
    if what is Happened.WITHDRAWN:
        if actor_id != agreement.proposer_id or agreement.state is AgreementState.WITHDRAWN:
            raise AgreementRefused("reason", "only who proposed an agreement withdraws it")
        return
    wanted = {Happened.DONE: AgreementState.OPEN, Happened.REOPENED: AgreementState.DONE}.get(what)
    if not is_party or agreement.state is not wanted:
        raise AgreementRefused("reason", "this cannot be said of this agreement now")


async def has_signed(session: AsyncSession, agreement: Agreement, actor_id: int) -> bool:
    """Whether an actor signed some version of an agreement; one query."""
    query = (
        select(AgreementParty.id)
        .join(AgreementVersion, AgreementVersion.id == AgreementParty.version_id)
        .where(
            AgreementVersion.agreement_id == agreement.id,
            AgreementParty.actor_id == actor_id,
            AgreementParty.standing == Standing.SIGNED,
        )
    )
    return await session.scalar(query.limit(1)) is not None


async def send_update(session: AsyncSession, site: Site, agreement: Agreement, *, now: datetime) -> None:
    """Send an agreement of ours with all proofs, and what happened, to all parties elsewhere and through the issue."""
    detail = await agreement_detail(session, agreement.id)
    if detail is None:
        return
    newest = detail.newest
    others = [row.actor for row in newest.parties if row.party.standing is not Standing.TOLD]
    reached = {actor.id for actor in (*others, detail.issue)}
    document = await say(
        session, site, detail.proposer, "Update", newest.signed_document,
        to=[PUBLIC], cc=[row.actor.uri for row in newest.parties if row.actor.id != detail.proposer.id],
        inboxes=await inboxes_of(session, reached), now=now, audience=detail.issue.uri,
        statusChanges=write_changes(detail.changes),
    )  # fmt: skip
    if detail.issue.is_local:
        await pass_on(session, site, [Passing(detail.issue, document, agreement.uri, bare=False)], now=now)


def draft_of(detail: AgreementDetail) -> AgreementDraft:
    """Return what an agreement says now, to be changed."""
    version = detail.newest.version
    parties = [(row.actor, row.party.does) for row in detail.newest.parties]
    return AgreementDraft(version.name, version.content, version.due_at, parties)


async def _offer(
    session: AsyncSession, site: Site, keys: KeyRing, agreement: Agreement, version: AgreementVersion,
    proposer: Actor, by: Actor, draft: AgreementDraft, happened: int | None, *, now: datetime,
) -> None:  # fmt: skip
    """Sign a version for who proposes it, and ask the others."""
    others = [actor for actor, _ in draft.parties if actor.id != proposer.id]
    unable = await _unable(session, others)
    for actor in others:
        if actor.id in unable:
            told = await find_party(session, version, actor.id)
            assert told is not None  # noqa: S101 - it was stored with the version
            told.standing = Standing.TOLD
    own = await find_party(session, version, proposer.id)
    assert own is not None  # noqa: S101 - `_check` asks for it
    await _sign(session, keys, agreement, version, own, proposer, now=now)
    what = Happened.PROPOSED if version.version == 1 else Happened.AMENDED
    _note_for(session, agreement, what, proposer, by, now=now)
    await tell_parties(session, agreement, what, by=proposer.id, thing=happened, but=[by.id], now=now)
    await session.flush()
    asked = [actor for actor in others if actor.id not in unable]
    if any(not actor.is_local for actor in asked):
        signed = with_proofs(json.loads(version.document), [json.loads(own.proof or "")])
        await say(
            session, site, proposer, "Offer", signed, to=[actor.uri for actor in asked],
            inboxes=await inboxes_of(session, [actor.id for actor in asked]), now=now,
        )  # fmt: skip
    await tell_elsewhere(
        session, site, proposer, [actor for actor in others if actor.id in unable], agreement, what, now=now
    )
    wake_after_commit(session, CHANGED)


async def _sign(
    session: AsyncSession, keys: KeyRing, agreement: Agreement, version: AgreementVersion, party: AgreementParty,
    actor: Actor, *, now: datetime,
) -> int | None:  # fmt: skip
    key = await keys.proving_key(session, actor.id)
    signature = Signature(make_proof(json.loads(version.document), key, now=now), multikey(key.private))
    return await note_signature(session, agreement, version, party, signature, now=now)


async def _held(session: AsyncSession, agreement: Agreement) -> Agreement:
    held = await find_agreement(session, agreement.uri)
    assert held is not None  # noqa: S101 - agreements are never deleted
    return held


async def _answering(
    session: AsyncSession, agreement: Agreement, actor: Actor, number: int
) -> tuple[Agreement, AgreementVersion, AgreementParty]:
    held = await _held(session, agreement)
    if held.state is AgreementState.WITHDRAWN:
        raise AgreementRefused("version", "this agreement is withdrawn")
    if held.version != number:
        raise AgreementRefused("version", "there is a newer version")
    version = await find_version(session, held)
    party = await find_party(session, version, actor.id)
    if party is None or not actor.is_local:
        raise AgreementRefused("version", "only a party answers")
    return held, version, party


async def _unable(session: AsyncSession, actors: Collection[Actor]) -> set[int]:
    """Return whose software is known to know no agreements; one query."""
    domains = {actor.domain for actor in actors if not actor.is_local}
    if not domains:
        return set()
    query = select(Instance.domain).where(Instance.domain.in_(domains), Instance.software.in_(SPEAKS_BOOSTS))
    found = set(await session.scalars(query))
    return {actor.id for actor in actors if not actor.is_local and actor.domain in found}


_NOTED: Final[Mapping[Happened, str]] = {
    Happened.PROPOSED: "agreement-proposed",
    Happened.AMENDED: "agreement-amended",
    Happened.SIGNED: "agreement-signed",
    Happened.DECLINED: "agreement-declined",
    Happened.DONE: "agreement-done",
    Happened.REOPENED: "agreement-reopened",
    Happened.WITHDRAWN: "agreement-withdrawn",
}


def _note_for(
    session: AsyncSession, agreement: Agreement, what: Happened, actor: Actor, by: Actor, *, now: datetime
) -> None:
    if by.id != actor.id:
        note_act(
            session, by.id, _NOTED[what], now=now, for_id=actor.id,
            object_uri=agreement.uri, object_name=agreement.name,
        )  # fmt: skip


def _check(draft: AgreementDraft, proposer: Actor) -> None:
    _words(draft.name, "name", LONGEST_NAME)
    _words(draft.content, "content", LONGEST_CONTENT, empty=True)
    ids = [actor.id for actor, _ in draft.parties]
    if not 2 <= len(ids) <= MOST_PARTIES or len(set(ids)) != len(ids) or proposer.id not in ids:
        raise AgreementRefused("parties", f"an agreement has 2 to {MOST_PARTIES} different parties")
    for actor, does in draft.parties:
        if actor.deleted_at is not None or actor.suspended_at is not None:
            raise AgreementRefused("parties", "this actor is gone")
        if actor.kind not in PARTY_KINDS and (actor.is_local or actor.kind is ActorKind.ISSUE):
            raise AgreementRefused("parties", "nobody signs for this actor")
        _words(does, "does", LONGEST_DOES)


def _words(text: str, field: str, longest: int, *, empty: bool = False) -> str:
    text = text.strip()
    if not text and not empty:
        raise AgreementRefused(field, f"the {field} is empty")
    if len(text) > longest or not is_storable(text):
        raise AgreementRefused(field, f"the {field} is longer than {longest} characters, or cannot be stored")
    return text
