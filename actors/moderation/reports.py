"""Filing reports, telling the moderators of them, and taking them up."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.ids import new_id
from actors.issues.tables import PhaseChange
from actors.kinds import Role
from actors.local import own_organisation
from actors.moderation.kinds import Category, ReportState
from actors.moderation.tables import Decision, Report, ReportedPost
from actors.notifying import people_with, tell
from actors.posts.tables import Post
from actors.sanitize import is_storable
from actors.upsert import insert_or_ignore

LONGEST_COMMENT: Final = 3_000
MOST_POSTS: Final = 50
MOST_OPEN_OF_PERSON: Final = 50
MOST_OPEN_OF_SERVER: Final = 200
REPORTED: Final = "moderation-report"
OBJECTED: Final = "moderation-object"
"""The kinds of notification that tell a moderator of a new report, and of an objection to a decision."""


class ReportRefused(ValueError):
    """A report that cannot be filed; ``field`` names the part that is wrong, and is ``many`` for one too many."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


async def file_report(
    session: AsyncSession,
    reporter: Actor,
    about: Actor,
    posts: Sequence[Post],
    *,
    category: Category,
    comment: str,
    now: datetime,
) -> Report:
    """File a report; one that its reporter filed already and nobody has handled is added to.

    That the reporter may see the posts is the caller's to know. Raises `ReportRefused`.
    """
    if len(comment) > LONGEST_COMMENT:
        raise ReportRefused("comment", f"a comment is at most {LONGEST_COMMENT} characters")
    if not is_storable(comment):
        raise ReportRefused("comment", "the comment holds characters that cannot be stored")
    if reporter.id == about.id and category is not Category.OBJECTION:
        raise ReportRefused("about", "nobody reports themselves")
    report = await _open_one(session, reporter, about, category)
    if report is None:
        await _check_room(session, reporter)
        report = Report(
            id=new_id(), reporter_id=reporter.id, about_id=about.id, category=category, comment=comment,
            state=ReportState.OPEN, note="", created_at=now,
        )  # fmt: skip
        session.add(report)
        await session.flush()
        await _tell_moderators(session, report, now)
    elif comment and comment not in report.comment:
        report.comment = f"{report.comment}\n\n{comment}".strip()[:LONGEST_COMMENT]
    rows = [{"report_id": report.id, "post_id": post.id} for post in posts[:MOST_POSTS]]
    await insert_or_ignore(session, ReportedPost, rows)
    return report


async def file_objection(
    session: AsyncSession, author: Actor, decision: Decision, comment: str, *, now: datetime
) -> Report:
    """Have a decision looked at again, for whom it is about. Raises `ReportRefused`, also for a second time."""
    if not comment.strip():
        raise ReportRefused("comment", "an objection says why")
    filed = select(Report.id).where(Report.decision_id == decision.id, Report.category == Category.OBJECTION)
    if await session.scalar(filed.limit(1)) is not None:
        raise ReportRefused("many", "there is an objection to this already")
    report = await file_report(session, author, author, [], category=Category.OBJECTION, comment=comment, now=now)
    report.decision_id = decision.id
    return report


def assign_report(session: AsyncSession, report: Report, moderator: Actor, *, mine: bool, now: datetime) -> None:
    """Have a moderator take a report up, or let go of it."""
    report.assigned_id = moderator.id if mine else None
    note_act(
        session, moderator.id, "report-taken" if mine else "report-released", object_uri=report_name(report), now=now
    )


def report_name(report: Report) -> str:
    """Return what the audit log calls a report."""
    return f"report {report.id}"


async def _tell_moderators(session: AsyncSession, report: Report, now: datetime) -> None:
    """Tell those who may handle a report that it is there; neither who reported nor whom it is about is one of them."""
    moderators = await people_with(session, Role.MODERATOR)
    changed = select(PhaseChange.by_id).where(PhaseChange.issue_id == report.about_id)
    moderators -= {report.reporter_id, report.about_id, *await session.scalars(changed)}
    if not moderators:
        return
    kind = OBJECTED if report.category is Category.OBJECTION else REPORTED
    await tell(session, moderators, kind, by=(await own_organisation(session)).id, thing=report.id, now=now)


async def _open_one(session: AsyncSession, reporter: Actor, about: Actor, category: Category) -> Report | None:
    if category is Category.OBJECTION:
        return None
    query = select(Report).where(
        Report.reporter_id == reporter.id,
        Report.about_id == about.id,
        Report.category == category,
        Report.state == ReportState.OPEN,
    )
    return (await session.scalars(query.order_by(Report.id).limit(1))).first()


async def _check_room(session: AsyncSession, reporter: Actor) -> None:
    """Raise `ReportRefused` where somebody, or a whole server, has filed more than anyone can look at."""
    waiting = select(func.count()).select_from(Report).where(Report.state == ReportState.OPEN)
    if reporter.is_local:
        count, most = await session.scalar(waiting.where(Report.reporter_id == reporter.id)), MOST_OPEN_OF_PERSON
    else:
        of_server = waiting.join(Actor, Actor.id == Report.reporter_id).where(Actor.domain == reporter.domain)
        count, most = await session.scalar(of_server), MOST_OPEN_OF_SERVER
    if (count or 0) >= most:
        raise ReportRefused("many", f"{most} reports of this reporter wait already")


async def posts_of(session: AsyncSession, ids: Collection[int]) -> list[Post]:
    """Return the posts that reports are about, for moderators: reporting something shows it to them, and to them alone.

    Whoever calls this has checked that the one who looks handles reports, and notes that they did.
    """
    if not ids:
        return []
    query = select(Post).join(ReportedPost, ReportedPost.post_id == Post.id).where(ReportedPost.report_id.in_(ids))
    return list(await session.scalars(query.order_by(Post.id).distinct()))
