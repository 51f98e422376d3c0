"""What pages and servers ask about agreements. Each function takes a fixed number of queries."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Standing
from actors.agreements.tables import (
    Agreement,
    AgreementChange,
    AgreementParty,
    AgreementReminder,
    AgreementVersion,
)
from actors.among import among
from federation.documents import JsonObject
from federation.proofs import with_proofs

_issue = aliased(Actor)
_proposer = aliased(Actor)


@dataclass(frozen=True)
class PartyRow:
    """A party with the actor that it is."""

    party: AgreementParty
    actor: Actor


@dataclass(frozen=True)
class VersionDetail:
    """One version with its parties, in their order."""

    version: AgreementVersion
    parties: list[PartyRow] = field(default_factory=list)

    @property
    def document(self) -> JsonObject:
        """What was signed."""
        document: JsonObject = json.loads(self.version.document)
        return document

    @property
    def signed_document(self) -> JsonObject:
        """What was signed, with the proofs of all who signed it."""
        return with_proofs(self.document, [json.loads(row.party.proof) for row in self.parties if row.party.proof])

    @property
    def is_signed(self) -> bool:
        """Whether all signed who can."""
        standings = {row.party.standing for row in self.parties}
        return Standing.SIGNED in standings and standings <= {Standing.SIGNED, Standing.TOLD}


@dataclass(frozen=True)
class AgreementDetail:
    """An agreement with its versions, the newest first, and what happened, the oldest first."""

    agreement: Agreement
    issue: Actor
    proposer: Actor
    versions: list[VersionDetail]
    changes: list[tuple[AgreementChange, Actor]]

    @property
    def newest(self) -> VersionDetail:
        """The version that counts, or waits for signatures."""
        return self.versions[0]

    @property
    def in_force(self) -> VersionDetail | None:
        """The newest version that all who can have signed."""
        return next((one for one in self.versions if one.is_signed), None)


@dataclass(frozen=True)
class AgreementCard:
    """An agreement as it stands in a list."""

    agreement: Agreement
    parties: list[PartyRow] = field(default_factory=list)


def is_overdue(agreement: Agreement, now: datetime) -> bool:
    """Whether its date has passed while it is open."""
    return agreement.state is AgreementState.OPEN and agreement.due_at < now


async def agreement_detail(session: AsyncSession, agreement_id: int) -> AgreementDetail | None:
    """Return all about an agreement, unless its proposer or issue is suspended or gone; four queries."""
    query = (
        select(Agreement, _issue, _proposer)
        .join(_issue, _issue.id == Agreement.issue_id)
        .join(_proposer, _proposer.id == Agreement.proposer_id)
        .where(Agreement.id == agreement_id, _shown())
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    agreement, issue, proposer = row
    of_it = select(AgreementVersion).where(AgreementVersion.agreement_id == agreement.id)
    versions = list(await session.scalars(of_it.order_by(AgreementVersion.version.desc())))
    parties = await _parties(session, [version.id for version in versions])
    happened = (
        select(AgreementChange, Actor)
        .join(Actor, Actor.id == AgreementChange.actor_id)
        .where(AgreementChange.agreement_id == agreement.id)
        .order_by(AgreementChange.at, AgreementChange.id)
    )
    changes = [(change, actor) for change, actor in await session.execute(happened)]
    details = [VersionDetail(version, parties[version.id]) for version in versions]
    return AgreementDetail(agreement, issue, proposer, details, changes)


async def agreements_of(
    session: AsyncSession, issue_id: int, *, mine: Collection[int] = (), limit: int = 50
) -> list[AgreementCard]:
    """Return the agreements on an issue, newest first: those listed, and those to which ``mine`` are a party.

    Two queries. What is withdrawn is left out.
    """
    my_part = exists().where(
        AgreementVersion.agreement_id == Agreement.id,
        AgreementParty.version_id == AgreementVersion.id,
        among(session, AgreementParty.actor_id, mine),
    )
    query = (
        select(Agreement, AgreementVersion.id)
        .join(
            AgreementVersion,
            and_(AgreementVersion.agreement_id == Agreement.id, AgreementVersion.version == Agreement.version),
        )
        .join(_proposer, _proposer.id == Agreement.proposer_id)
        .join(_issue, _issue.id == Agreement.issue_id)
        .where(
            Agreement.issue_id == issue_id,
            Agreement.state != AgreementState.WITHDRAWN,
            or_(Agreement.is_listed.is_(True), my_part) if mine else Agreement.is_listed.is_(True),
            _shown(),
        )
        .order_by(Agreement.id.desc())
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    parties = await _parties(session, [version_id for _, version_id in rows])
    return [AgreementCard(agreement, parties[version_id]) for agreement, version_id in rows]


async def agreement_of_event(session: AsyncSession, thing_id: int) -> int | None:
    """Return to which agreement something that happened, or a reminder, belongs; one or two queries."""
    for table in (AgreementChange, AgreementReminder):
        found = await session.scalar(select(table.agreement_id).where(table.id == thing_id))
        if found is not None:
            return found
    return None


async def _parties(session: AsyncSession, version_ids: Collection[int]) -> dict[int, list[PartyRow]]:
    found: dict[int, list[PartyRow]] = defaultdict(list)
    if version_ids:
        query = (
            select(AgreementParty, Actor)
            .join(Actor, Actor.id == AgreementParty.actor_id)
            .where(among(session, AgreementParty.version_id, version_ids))
            .order_by(AgreementParty.version_id, AgreementParty.place)
        )
        for party, actor in await session.execute(query):
            found[party.version_id].append(PartyRow(party, actor))
    return found


def _shown() -> ColumnElement[bool]:
    return and_(
        *(
            condition
            for actor in (_issue, _proposer)
            for condition in (actor.deleted_at.is_(None), actor.suspended_at.is_(None))
        )
    )
