"""Writing agreements: versions, who signed them, what happened. Each twice is once, in whatever order it comes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened, Standing
from actors.agreements.proving import Signature
from actors.agreements.reminding import pass_over
from actors.agreements.tables import Agreement, AgreementChange, AgreementParty, AgreementVersion
from actors.ids import new_id
from actors.upsert import insert_or_ignore
from federation.documents import dump
from federation.documents.agreement import AgreementDocument
from federation.errors import DocumentError, OriginError
from federation.proofs import canonical, without_proof

_MOST_CHANGES: Final = 500


async def find_agreement(session: AsyncSession, uri: str) -> Agreement | None:
    """Return an agreement, held so that nobody else changes it meanwhile."""
    query = select(Agreement).where(Agreement.uri == uri).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def find_version(session: AsyncSession, agreement: Agreement, number: int | None = None) -> AgreementVersion:
    """Return a version of an agreement, the newest unless told which. Raises ``DocumentError`` when it is not here."""
    query = select(AgreementVersion).where(
        AgreementVersion.agreement_id == agreement.id,
        AgreementVersion.version == (agreement.version if number is None else number),
    )
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise DocumentError("a version that is not here")
    return found


async def find_party(session: AsyncSession, version: AgreementVersion, actor_id: int) -> AgreementParty | None:
    """Return what an actor is to a version of an agreement."""
    query = select(AgreementParty).where(
        AgreementParty.version_id == version.id, AgreementParty.actor_id == actor_id
    )  # fmt: skip
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def store_version(
    session: AsyncSession,
    document: AgreementDocument,
    *,
    agreement: Agreement | None,
    issue: Actor,
    proposer: Actor,
    parties: Mapping[str, Actor],
    is_listed: bool,
    agreement_id: int | None = None,
    now: datetime,
) -> tuple[Agreement, AgreementVersion, int | None]:
    """Store a version of an agreement; return both, and the id of what happened when it was not here yet.

    A version is what was signed under its number for good: other bytes raise ``DocumentError``. Another proposer or
    issue than before raises ``OriginError``. An older version than the newest is kept as history.
    """
    signed = canonical(without_proof(document.raw)).decode()
    if agreement is None:
        agreement = Agreement(
            id=agreement_id or new_id(), uri=document.id, issue_id=issue.id, proposer_id=proposer.id,
            is_local=proposer.is_local, is_listed=is_listed, version=document.version, name=document.name,
            due_at=document.due, state=AgreementState.OPEN, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(agreement)
        await session.flush()
    elif (agreement.proposer_id, agreement.issue_id) != (proposer.id, issue.id):
        raise OriginError("an agreement does not change hands, nor its issue")
    query = select(AgreementVersion).where(
        AgreementVersion.agreement_id == agreement.id, AgreementVersion.version == document.version
    )
    known = (await session.scalars(query)).one_or_none()
    if known is not None:
        if known.document != signed:
            raise DocumentError("other words than were signed under this number")
        return agreement, known, None
    version = AgreementVersion(
        id=new_id(), agreement_id=agreement.id, version=document.version, document=signed, name=document.name,
        content=document.content, due_at=document.due, created_at=min(document.published or now, now),
    )  # fmt: skip
    session.add(version)
    await session.flush()
    session.add_all(
        AgreementParty(
            id=new_id(), version_id=version.id, actor_id=parties[task.actor].id, place=place, does=task.does,
            standing=Standing.ASKED,
        )
        for place, task in enumerate(document.tasks)
    )  # fmt: skip
    if document.version >= agreement.version:
        agreement.version, agreement.name, agreement.due_at = document.version, document.name, document.due
        agreement.updated_at = now
        await session.flush()
        await pass_over(session, agreement, now=now)
    await session.flush()
    what = Happened.PROPOSED if document.version == 1 else Happened.AMENDED
    happened = await note_change(
        session, agreement, what, by=proposer.id, at=version.created_at, version=version.version
    )
    return agreement, version, happened


async def note_signature(
    session: AsyncSession,
    agreement: Agreement,
    version: AgreementVersion,
    party: AgreementParty,
    signature: Signature,
    *,
    now: datetime,
) -> int | None:
    """Keep a proof that holds; return the id of what happened, or None when this party had signed already."""
    if party.standing is Standing.SIGNED:
        return None
    party.standing = Standing.SIGNED
    party.proof = dump(signature.proof.document).decode()
    party.key = signature.key
    party.answered_at = min(signature.proof.created, now)
    if party.actor_id != agreement.proposer_id:
        agreement.is_listed = True
    await session.flush()
    return await note_change(
        session, agreement, Happened.SIGNED, by=party.actor_id, at=party.answered_at, version=version.version
    )


async def note_refusal(
    session: AsyncSession, agreement: Agreement, version: AgreementVersion, party: AgreementParty, *, reason: str,
    at: datetime,
) -> int | None:  # fmt: skip
    """Note that a party declines a version; None when it did before, or signed: a signature stands."""
    if party.standing in {Standing.SIGNED, Standing.DECLINED}:
        return None
    party.standing, party.answered_at = Standing.DECLINED, at
    await session.flush()
    return await note_change(
        session, agreement, Happened.DECLINED, by=party.actor_id, at=at, version=version.version, reason=reason
    )


async def note_change(
    session: AsyncSession, agreement: Agreement, what: Happened, *, by: int, at: datetime, version: int,
    reason: str = "",
) -> int | None:  # fmt: skip
    """Note what happened, once, and how the agreement stands by all that is known; return its id if it is new."""
    at = at.replace(microsecond=0)
    same = (
        AgreementChange.agreement_id == agreement.id, AgreementChange.actor_id == by, AgreementChange.what == what,
    )  # fmt: skip
    if await session.scalar(select(AgreementChange.id).where(*same, AgreementChange.at == at)) is not None:
        return None
    count = select(func.count()).where(AgreementChange.agreement_id == agreement.id)
    if ((await session.scalar(count)) or 0) >= _MOST_CHANGES:
        return None
    row = {
        "id": new_id(), "agreement_id": agreement.id, "version": version, "actor_id": by, "what": what,
        "reason": reason, "at": at,
    }  # fmt: skip
    await insert_or_ignore(session, AgreementChange, [row])
    agreement.state = await _state(session, agreement)
    agreement.updated_at = max(agreement.updated_at, at)
    return int(str(row["id"]))


async def _state(session: AsyncSession, agreement: Agreement) -> AgreementState:
    """How it stands: withdrawn for good, else as whoever spoke last said."""
    query = select(AgreementChange.what).where(
        AgreementChange.agreement_id == agreement.id,
        AgreementChange.what.in_([Happened.DONE, Happened.REOPENED, Happened.WITHDRAWN]),
    )
    said = list(await session.scalars(query.order_by(AgreementChange.at, AgreementChange.what)))
    if Happened.WITHDRAWN in said:
        return AgreementState.WITHDRAWN
    return AgreementState.DONE if said and said[-1] is Happened.DONE else AgreementState.OPEN
