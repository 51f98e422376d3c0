"""Writing issues: our own when they are published, another instance's as it describes them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.issues.life import (
    PHASE_CHANGED,
    PROMISE_MOVED,
    take_phases,
    take_promises,
    tell_of_change_elsewhere,
)
from actors.issues.tables import Issue, IssueTheme, PhaseChange
from actors.kinds import Phase
from actors.sanitize import clean_line
from actors.upsert import insert_or_ignore
from federation.documents import ActorDocument, same_origin

_PHASES = frozenset(phase.value for phase in Phase)
_LONGEST_THEME = 60


async def set_themes(session: AsyncSession, issue_id: int, themes: Iterable[str]) -> None:
    """Make these the themes of an issue."""
    wanted = sorted(set(themes))
    await session.execute(delete(IssueTheme).where(IssueTheme.issue_id == issue_id, IssueTheme.theme.not_in(wanted)))
    await insert_or_ignore(session, IssueTheme, [{"issue_id": issue_id, "theme": theme} for theme in wanted])


async def themes_of(session: AsyncSession, issue_id: int) -> list[str]:
    """Return the themes of an issue."""
    return list(await session.scalars(select(IssueTheme.theme).where(IssueTheme.issue_id == issue_id)))


async def enter_phase(
    session: AsyncSession, issue: Issue, phase: Phase, *, by: Actor | None, at: datetime, reason: str = ""
) -> PhaseChange | None:
    """Move an issue to a phase, dated, with who did it and why; None when it is there already.

    Of an issue elsewhere (``by`` is None) only the last time that it entered each phase is kept: how
    often it says that it moves is not ours to bound.
    """
    if issue.phase is phase and await session.scalar(
        select(PhaseChange.id).where(PhaseChange.issue_id == issue.actor_id).limit(1)
    ):
        return None
    issue.phase = phase
    if by is None:
        await session.execute(
            delete(PhaseChange).where(PhaseChange.issue_id == issue.actor_id, PhaseChange.phase == phase)
        )
    change = PhaseChange(
        id=new_id(), issue_id=issue.actor_id, phase=phase, by_id=by.id if by is not None else None, at=at, reason=reason
    )
    session.add(change)
    return change


async def store_remote_issue(session: AsyncSession, actor: Actor, document: ActorDocument, *, now: datetime) -> Issue:
    """Insert or renew what another instance says of its issue; who follows it here hears when it moved.

    A host of another origin is not believed: an issue cannot name an organisation that knows
    nothing of it (FEP-fe34).
    """
    host_id = None
    if document.host and same_origin(document.host, actor.uri):
        host_id = await session.scalar(select(Actor.id).where(Actor.uri == document.host, Actor.deleted_at.is_(None)))
    phase = Phase(document.phase) if document.phase in _PHASES else Phase.CONVERSATION
    issue = await session.get(Issue, actor.id)
    was_known, previous = issue is not None, issue.feedback_by if issue is not None else None
    moment = document.published or actor.created_at
    if issue is None:
        issue = Issue(actor_id=actor.id, phase=phase, published_at=moment, question="", why="")
        session.add(issue)
    issue.host_id = host_id or issue.host_id
    issue.question = clean_line(document.question or "", 2_000) or actor.name
    issue.why = clean_line(document.why or "", 5_000)
    issue.place = document.place
    issue.perspectives_needed = list(document.perspectives_needed)
    issue.feedback_by = document.feedback_by
    issue.perspectives_present = list(document.perspectives_present) or None
    await session.flush()
    if document.phase_changes:
        issue.phase = phase
        moved = await take_phases(session, issue, actor, document, now=now)
    else:
        moved = await enter_phase(session, issue, phase, by=None, at=actor.updated_at)
    promised = await take_promises(session, issue, document, previous=previous, now=now)
    await set_themes(session, actor.id, [theme for theme in document.themes if len(theme) <= _LONGEST_THEME])
    if was_known and moved is not None:
        await tell_of_change_elsewhere(session, issue, PHASE_CHANGED, moved, now=now)
    if was_known and promised is not None:
        await tell_of_change_elsewhere(session, issue, PROMISE_MOVED, promised, now=now)
    return issue
