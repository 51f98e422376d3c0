"""What the pages of moderation ask, each in a fixed number of queries.

A report is kept from whom it is about, also when that is a moderator: its reporter must not fear them. So whoever
asks for reports says who they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.issues.tables import PhaseChange
from actors.moderation.kinds import ReportState
from actors.moderation.reports import posts_of
from actors.moderation.tables import Decision, EndedFollow, Report, ReportedPost
from actors.people.tables import Account
from actors.posts.tables import Post

_reporter = aliased(Actor)
_assigned = aliased(Actor)
_by = aliased(Actor)


class Which(StrEnum):
    """Which reports are asked for."""

    OPEN = "open"
    MINE = "mine"
    HANDLED = "handled"


@dataclass(frozen=True)
class ReportRow:
    """A report as it stands in a list."""

    report: Report
    about: Actor
    reporter: Actor | None
    assigned: Actor | None
    posts: int = 0


@dataclass(frozen=True)
class ReportDetail:
    """A report with what a moderator needs to decide."""

    row: ReportRow
    posts: list[Post]
    account: Account | None
    """Of whom it is about, when that is somebody with an account here."""
    handled_by: Actor | None
    decision: Decision | None
    """What the report objects to."""
    earlier: list[Report] = field(default_factory=list)
    """Other reports about the same actor, newest first."""
    decisions: list[tuple[Decision, Actor | None]] = field(default_factory=list)
    """What was decided about it before, newest first, and by whom."""


def is_about(person_id: int) -> ColumnElement[bool]:
    """Whether a report is about this person, what they said, or an issue that they published or moved on."""
    theirs = select(PhaseChange.id).where(PhaseChange.issue_id == Report.about_id, PhaseChange.by_id == person_id)
    return or_(Report.about_id == person_id, theirs.exists())


async def report_for(session: AsyncSession, report_id: int, *, me: int) -> Report | None:
    """Return a report that this moderator may handle; one query."""
    return (await session.scalars(select(Report).where(Report.id == report_id, ~is_about(me)))).one_or_none()


async def list_reports(
    session: AsyncSession, which: Which, *, me: int, before: int | None = None, limit: int = 30
) -> list[ReportRow]:
    """Return reports: open ones oldest first, as they are to be handled, handled ones newest first; one query.

    ``before`` is the last id of the page before, in whichever order.
    """
    query = _rows().where(~is_about(me)).limit(limit)
    if which is Which.HANDLED:
        query = query.where(Report.state == ReportState.HANDLED).order_by(Report.id.desc())
        query = query.where(Report.id < before) if before is not None else query
    else:
        query = query.where(Report.state == ReportState.OPEN).order_by(Report.id)
        query = query.where(Report.id > before) if before is not None else query
        query = query.where(Report.assigned_id == me) if which is Which.MINE else query
    return [ReportRow(*row) for row in await session.execute(query)]


async def count_reports(session: AsyncSession, *, me: int) -> dict[Which, int]:
    """Return how many reports are open, and how many of those a moderator took up; one query."""
    row = await session.execute(
        select(func.count(), func.count(Report.id).filter(Report.assigned_id == me)).where(
            Report.state == ReportState.OPEN, ~is_about(me)
        )
    )
    total, mine = row.one()
    return {Which.OPEN: total, Which.MINE: mine}


async def report_detail(session: AsyncSession, report_id: int, *, me: int, most: int = 20) -> ReportDetail | None:
    """Return a report with its context; at most seven queries."""
    found = (await session.execute(_rows().where(Report.id == report_id, ~is_about(me)))).first()
    if found is None:
        return None
    row = ReportRow(*found)
    report, about = row.report, row.about
    earlier = select(Report).where(Report.about_id == about.id, Report.id != report.id).order_by(Report.id.desc())
    return ReportDetail(
        row,
        await posts_of(session, [report.id]),
        await session.get(Account, about.id) if about.is_local else None,
        await session.get(Actor, report.handled_by) if report.handled_by is not None else None,
        await session.get(Decision, report.decision_id) if report.decision_id is not None else None,
        list(await session.scalars(earlier.limit(most))),
        await decisions_about(session, about.id, limit=most),
    )


async def decisions_about(
    session: AsyncSession, actor_id: int, *, limit: int = 20
) -> list[tuple[Decision, Actor | None]]:
    """Return what was decided about an actor, newest first, and by whom; one query."""
    query = (
        select(Decision, _by)
        .outerjoin(_by, _by.id == Decision.by_id)
        .where(Decision.about_id == actor_id)
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return [(decision, by) for decision, by in await session.execute(query)]


async def reports_by(session: AsyncSession, reporter_id: int, *, limit: int = 50) -> list[tuple[Report, Actor]]:
    """Return what somebody reported, newest first, and whom; one query."""
    query = (
        select(Report, Actor)
        .join(Actor, Actor.id == Report.about_id)
        .where(Report.reporter_id == reporter_id)
        .order_by(Report.id.desc())
        .limit(limit)
    )
    return [(report, about) for report, about in await session.execute(query)]


async def objected_to(session: AsyncSession, decision_ids: Sequence[int]) -> dict[int, Report]:
    """Return the objections to these decisions, by decision; one query."""
    query = select(Report).where(Report.decision_id.in_(decision_ids))
    return {report.decision_id: report for report in await session.scalars(query) if report.decision_id is not None}


async def ended_follows(session: AsyncSession, local_id: int, *, limit: int = 200) -> list[tuple[EndedFollow, Actor]]:
    """Return the follows that somebody here lost because servers were blocked, newest first; one query."""
    query = (
        select(EndedFollow, Actor)
        .join(Actor, Actor.id == EndedFollow.remote_id)
        .where(EndedFollow.local_id == local_id)
        .order_by(EndedFollow.id.desc())
        .limit(limit)
    )
    return [(ended, actor) for ended, actor in await session.execute(query)]


def _rows() -> Select[Report, Actor, Actor | None, Actor | None, int]:
    posts = select(func.count()).where(ReportedPost.report_id == Report.id).correlate(Report).scalar_subquery()
    return (
        select(Report, Actor, _reporter, _assigned, posts)
        .join(Actor, Actor.id == Report.about_id)
        .outerjoin(_reporter, _reporter.id == Report.reporter_id)
        .outerjoin(_assigned, _assigned.id == Report.assigned_id)
    )
