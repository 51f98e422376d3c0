"""Reminding those who speak for a host: of a promised date of feedback that comes or has passed, and of late steps.

Each is told once, in the transaction that notes that it was. An instance that was away for a day tells what it missed;
of what was due longer ago only the last reminder.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.instances.queries import ANSWERED_PHASES, present
from actors.issues.tables import Issue
from actors.knowledge.outcome_tables import FeedbackReminder, OutcomeStep
from actors.notifying import people_behind, tell
from actors.posts.tables import Post
from actors.site import Site
from outbox.timed import MOST_AT_ONCE

_host = aliased(Actor)
DUE: Final = "issue-due"
OWED: Final = "issue-owed"
LATE: Final = "outcome-late"

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_BEFORE: Final = (14, 3)
_DAY_AFTER: Final = -1
_OWED_FOR: Final = timedelta(days=30)
"""What was promised longer ago than this needs no reminder of the day after: it was given, or long known."""


async def feedback_due(session: AsyncSession, site: Site, now: datetime) -> int:
    """Remind of promises 14 and 3 days before their date, and on the day after."""
    today = now.astimezone(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    done = 0
    # The nearest first: of an issue that comes within reach of several at once, the last counts.
    for days in (_DAY_AFTER, *sorted(_BEFORE)):
        done += await _remind(session, days, today, now, limit=MOST_AT_ONCE - done)
    return done


async def steps_late(session: AsyncSession, site: Site, now: datetime) -> int:
    """Tell the people of a host that the date of a step has passed and it is not done."""
    query = (
        select(OutcomeStep, Post)
        .join(Post, Post.id == OutcomeStep.outcome_id)
        .where(
            OutcomeStep.done_at.is_(None),
            OutcomeStep.reminded_at.is_(None),
            OutcomeStep.due_at < now,
            Post.is_local.is_(True),
            Post.deleted_at.is_(None),
        )
        .order_by(OutcomeStep.due_at, OutcomeStep.id)
        .limit(MOST_AT_ONCE)
    )
    rows = (await session.execute(query)).all()
    for step, post in rows:
        step.reminded_at = now
        host = await session.get_one(Actor, post.author_id)
        people = await people_behind(session, host)
        by = post.space_id or host.id
        await tell(session, people, LATE, by=by, about=post.space_id, thing=step.id, now=now)
    return len(rows)


async def _remind(session: AsyncSession, days: int, today: datetime, now: datetime, *, limit: int) -> int:
    if days == _DAY_AFTER:
        when = (Issue.feedback_by < today, Issue.feedback_by >= today - _OWED_FOR)
        told = FeedbackReminder.days == _DAY_AFTER
    else:
        until = today + timedelta(days=days + 1)
        when = (Issue.feedback_by >= today, Issue.feedback_by < until)
        told = FeedbackReminder.days <= days
    reminded = exists().where(
        FeedbackReminder.issue_id == Issue.actor_id, FeedbackReminder.feedback_by == Issue.feedback_by, told
    )
    host = exists().where(_host.id == Issue.host_id, _host.is_local.is_(True))
    query = (
        select(Issue)
        .join(Actor, Actor.id == Issue.actor_id)
        .where(Actor.is_local.is_(True), present(), Issue.phase.not_in(ANSWERED_PHASES), *when, ~reminded, host)
        .order_by(Issue.feedback_by, Issue.actor_id)
        .limit(limit)
    )
    issues = list(await session.scalars(query))
    for issue in issues:
        session.add(FeedbackReminder(issue_id=issue.actor_id, feedback_by=issue.feedback_by, days=days, told_at=now))
        people = await people_behind(session, await session.get_one(Actor, issue.host_id))
        kind = OWED if days == _DAY_AFTER else DUE
        await tell(session, people, kind, by=issue.actor_id, about=issue.actor_id, now=now)
    await session.flush()
    return len(issues)
