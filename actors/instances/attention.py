"""What asks for attention on an instance, counted in one query."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.instances.queries import owes_since
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.moderation.kinds import ReportState
from actors.moderation.queries import is_about
from actors.moderation.tables import Report
from actors.people.kinds import AccountState
from actors.people.tables import Account, Invitation


@dataclass(frozen=True)
class Attention:
    """How much of each there is."""

    reports: int
    """Reports that are open, without those about oneself."""
    waiting: int
    """People who wait for an answer to their registration."""
    failing: int
    """Servers that cannot be reached now."""
    links: int
    """Linked instances whose last delivery failed."""
    overdue: int
    """Issues of ours that are past the promised date."""
    people: int
    invitations: int
    issues: int
    linked: int


async def count_attention(session: AsyncSession, *, me: int, today: datetime, now: datetime) -> Attention:
    """Return what asks for the attention of this person; ``today`` is the start of the day in the Netherlands."""
    linked = Instance.linked_at.is_not(None)
    here = select(func.count()).select_from(Issue).join(Actor, Actor.id == Issue.actor_id).where(Actor.is_local)
    overdue = here.where(owes_since(today), Actor.deleted_at.is_(None))
    counts = (
        select(func.count()).where(Report.state == ReportState.OPEN, ~is_about(me)),
        select(func.count()).where(Account.state == AccountState.WAITING),
        select(func.count()).where(Instance.rests_until > now),
        select(func.count()).where(linked, Instance.failures > 0),
        overdue,
        select(func.count()).where(Account.state == AccountState.ACTIVE),
        select(func.count()).select_from(Invitation),
        here,
        select(func.count()).where(linked),
    )
    row = await session.execute(select(*(count.scalar_subquery() for count in counts)))
    return Attention(*row.one())
