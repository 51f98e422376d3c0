"""Telling the people here who are, or speak for, a party of an agreement what happened to it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import Happened, Reminding
from actors.agreements.tables import Agreement, AgreementParty, AgreementVersion
from actors.notifying import people_behind, tell

DUE = {Reminding.WEEK: "agreement-week", Reminding.DAY: "agreement-tomorrow", Reminding.OVERDUE: "agreement-overdue"}
"""The kinds of notifications that remind."""


async def tell_parties(
    session: AsyncSession,
    agreement: Agreement,
    what: Happened | Reminding,
    *,
    by: int,
    thing: int | None,
    but: Collection[int] = (),
    now: datetime,
) -> None:
    """Tell them once of this ``thing``; nothing when it is None, as what happened before is. ``by`` did it.

    ``but`` are people who need not hear of it, such as who did it for an organisation.
    """
    if thing is None:
        return
    kind = DUE[what] if isinstance(what, Reminding) else f"agreement-{what.value}"
    people: set[int] = set()
    for actor in await parties_here(session, agreement):
        if actor.id != by:
            people |= await people_behind(session, actor)
    await tell(session, people - set(but), kind, by=by, about=agreement.issue_id, thing=thing, now=now)


async def parties_here(session: AsyncSession, agreement: Agreement) -> list[Actor]:
    """Return the actors of ours that are a party to the newest version, or proposed it; one query."""
    party = (
        select(AgreementParty.actor_id)
        .join(AgreementVersion, AgreementVersion.id == AgreementParty.version_id)
        .where(AgreementVersion.agreement_id == agreement.id, AgreementVersion.version == agreement.version)
    )
    query = select(Actor).where(
        or_(Actor.id.in_(party), Actor.id == agreement.proposer_id),
        Actor.is_local.is_(True),
        Actor.deleted_at.is_(None),
    )
    return list(await session.scalars(query.order_by(Actor.id)))
