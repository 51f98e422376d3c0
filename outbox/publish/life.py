"""Moving an issue through its phases, and moving the date on which feedback was promised: dated, with who and why.

Instances that know issues hear of both as ``Update{Group}``. Other software ignores that; its people hear of a step
forward from a short post of the host in the issue, once for each phase (docs/decisions/0023). People here get a
notification.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.instances.queries import ANSWERED_PHASES
from actors.issues.life import (
    LONGEST_REASON,
    PHASE_CHANGED,
    PROMISE_MOVED,
    followers_here,
    is_forward,
    needs_reason,
    note_promise,
)
from actors.issues.store import enter_phase
from actors.issues.tables import Issue, PhaseChange, Promise
from actors.kinds import Phase
from actors.notifying import tell
from actors.posts.store import Draft
from actors.posts.tables import Post
from actors.sanitize import clean_line, is_storable
from actors.site import Site
from actors.wakeups import CHANGED
from outbox.publish.contributions import publish_contribution
from outbox.publish.issues import IssueRefused, tell_of_issue

_STEPS: Final[Mapping[str, Mapping[Phase, str]]] = {
    "nl": {
        Phase.AGENDA: "Dit vraagstuk staat nu op de agenda: {title}. We zoeken mensen die willen meepraten.",
        Phase.CONVERSATION: "Dit vraagstuk is nu in gesprek: {title}. Praat mee.",
        Phase.FEEDBACK: "Bij dit vraagstuk is nu teruggekoppeld: {title}.",
        Phase.CLOSED: "Dit vraagstuk is afgerond: {title}. Je kunt alles blijven lezen.",
    },
    "en": {
        Phase.AGENDA: "This issue is on the agenda now: {title}. We are looking for people who want to take part.",
        Phase.CONVERSATION: "This issue is in conversation now: {title}. Take part.",
        Phase.FEEDBACK: "Feedback has been given on this issue: {title}.",
        Phase.CLOSED: "This issue is closed: {title}. You can still read everything.",
    },
}
"""What people in other software read, in the language of the issue."""


async def move_issue(
    session: AsyncSession,
    site: Site,
    actor: Actor,
    phase: Phase,
    *,
    by: Actor,
    reason: str = "",
    in_timelines: bool = True,
    now: datetime,
) -> PhaseChange | None:
    """Move a local issue to another phase and tell those who follow it or its host; None when it is there already.

    Going back, and closing, takes a reason: raises `IssueRefused` without. ``in_timelines`` has the host say so in
    the issue, where it is a step forward that was not told before.
    """
    issue = await session.get_one(Issue, actor.id, with_for_update=True, populate_existing=True)
    if issue.phase is phase:
        return None
    old, reason = issue.phase, _reason(reason, is_needed=needs_reason(issue.phase, phase))
    change = await enter_phase(session, issue, phase, by=by, at=now, reason=reason)
    assert change is not None  # noqa: S101 - it was in another phase
    actor.updated_at = now
    await session.flush()
    host = await session.get(Actor, issue.host_id) if issue.host_id else None
    if host is not None:
        await tell_of_issue(session, site, host, actor, "Update", now=now)
        if in_timelines and is_forward(old, phase) and not await _was_told(session, issue, phase):
            draft = Draft(_step_text(actor, issue, reason), space=actor, language=issue.language)
            change.post_id = (await publish_contribution(session, site, host, draft, now=now)).id
    await _tell_here(session, issue, PHASE_CHANGED, change, by=by, now=now)
    return change


async def move_promise(
    session: AsyncSession, site: Site, actor: Actor, day: datetime, *, by: Actor, reason: str = "", now: datetime
) -> Promise | None:
    """Promise feedback on a local issue by a day, or move the day that was promised; None when it is that day already.

    Moving takes a reason, which stays to be read with the day before. Raises `IssueRefused` without one, and when
    feedback was given or the issue is closed.
    """
    issue = await session.get_one(Issue, actor.id, with_for_update=True, populate_existing=True)
    if issue.feedback_by == day:
        return None
    if issue.phase in ANSWERED_PHASES:
        raise IssueRefused("feedback_by", "nothing is promised any more: feedback was given, or the issue is closed")
    reason = _reason(reason, is_needed=issue.feedback_by is not None)
    promise = note_promise(session, issue, day, by=by, reason=reason, at=now)
    actor.updated_at = now
    await session.flush()
    host = await session.get(Actor, issue.host_id) if issue.host_id else None
    if host is not None:
        await tell_of_issue(session, site, host, actor, "Update", now=now)
    await _tell_here(session, issue, PROMISE_MOVED, promise, by=by, now=now)
    return promise


async def _tell_here(
    session: AsyncSession, issue: Issue, kind: str, change: PhaseChange | Promise, *, by: Actor, now: datetime
) -> None:
    told = await followers_here(session, issue.actor_id) - {by.id}
    await tell(
        session, told, kind, by=issue.host_id or issue.actor_id, about=issue.actor_id, thing=change.id, now=now
    )  # fmt: skip
    wake_after_commit(session, CHANGED)


async def _was_told(session: AsyncSession, issue: Issue, phase: Phase) -> bool:
    query = (
        select(PhaseChange.id)
        .join(Post, Post.id == PhaseChange.post_id)
        .where(PhaseChange.issue_id == issue.actor_id, PhaseChange.phase == phase)
    )
    return await session.scalar(query.limit(1)) is not None


def _step_text(actor: Actor, issue: Issue, reason: str) -> str:
    steps = _STEPS.get(issue.language.partition("-")[0], _STEPS["nl"])
    told = steps[issue.phase].format(title=actor.name)
    return "\n\n".join([told, *([reason] if reason else []), actor.url])


def _reason(given: str, *, is_needed: bool) -> str:
    if len(given) > LONGEST_REASON or not is_storable(given):
        raise IssueRefused("reason", f"a reason is at most {LONGEST_REASON} characters")
    reason = clean_line(given, LONGEST_REASON)
    if is_needed and not reason:
        raise IssueRefused("reason", "this takes a reason")
    return reason
