"""When the parties of an agreement are reminded of its date, and that they were."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Reminding, Standing
from actors.agreements.tables import Agreement, AgreementParty, AgreementReminder, AgreementVersion
from actors.ids import new_id
from actors.upsert import insert_or_ignore

BEFORE: Final[Mapping[Reminding, timedelta]] = {
    Reminding.WEEK: timedelta(days=7, hours=16),
    Reminding.DAY: timedelta(days=1, hours=16),
    Reminding.OVERDUE: -timedelta(hours=8),
}
"""How long before the date: that is the end of a day, and these are in the morning."""


async def pass_over(session: AsyncSession, agreement: Agreement, *, now: datetime) -> None:
    """Note the reminders whose moment is past when the date is set: nobody is told of those."""
    rows = [_row(agreement, kind) for kind, before in BEFORE.items() if agreement.due_at - before <= now]
    await insert_or_ignore(session, AgreementReminder, rows)


async def note_reminder(session: AsyncSession, agreement: Agreement, kind: Reminding) -> int:
    """Note that the parties are reminded, of this and all that came before; return its id."""
    order = list(Reminding)
    rows = [_row(agreement, each) for each in order[: order.index(kind) + 1]]
    await insert_or_ignore(session, AgreementReminder, rows)
    reminder: int = rows[-1]["id"]
    return reminder


async def agreements_due(session: AsyncSession, kind: Reminding, *, now: datetime, limit: int) -> Sequence[Agreement]:
    """Return open agreements with a party here that must be reminded of now, held; one query."""
    told = exists().where(
        AgreementReminder.agreement_id == Agreement.id,
        AgreementReminder.due_at == Agreement.due_at,
        AgreementReminder.kind == kind,
    )
    here = exists().where(
        AgreementVersion.agreement_id == Agreement.id,
        AgreementVersion.version == Agreement.version,
        AgreementParty.version_id == AgreementVersion.id,
        AgreementParty.actor_id == Actor.id,
        Actor.is_local.is_(True),
    )
    query = (
        select(Agreement)
        .where(Agreement.state == AgreementState.OPEN, Agreement.due_at <= now + BEFORE[kind], ~told, here)
        .order_by(Agreement.due_at, Agreement.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def parties_of(session: AsyncSession, agreement: Agreement) -> list[tuple[Actor, Standing]]:
    """Return the parties of the newest version in their order; one query."""
    query = (
        select(Actor, AgreementParty.standing)
        .join(AgreementParty, AgreementParty.actor_id == Actor.id)
        .join(AgreementVersion, AgreementVersion.id == AgreementParty.version_id)
        .where(
            AgreementVersion.agreement_id == agreement.id,
            AgreementVersion.version == agreement.version,
            Actor.deleted_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(AgreementParty.place)
    )
    return [(actor, standing) for actor, standing in await session.execute(query)]


def _row(agreement: Agreement, kind: Reminding) -> dict[str, Any]:
    return {"id": new_id(), "agreement_id": agreement.id, "kind": kind, "due_at": agreement.due_at}
