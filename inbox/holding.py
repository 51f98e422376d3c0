"""Taking over who holds a role on an issue elsewhere, as the issue itself tells it."""

from datetime import datetime

from actors.actor import Actor
from actors.kinds import IssueRole
from actors.notifying import people_behind, tell
from actors.roles.kinds import OPEN, RoleState
from actors.roles.store import MOST_HELD, add_role, count_roles, decide, end, hold_issue, open_role, role_named
from actors.roles.tables import RoleOnIssue
from actors.sanitize import clean_line, is_storable
from federation.documents.role import LONGEST_PERSPECTIVE, RoleDocument
from inbox.batch import Batch
from inbox.outcomes import DONE, Ignored, Needs, Outcome, Refused
from outbox.publish.role_effects import sides_of, tell_hosts
from outbox.publish.roles import HOLDERS


async def hold(batch: Batch, document: RoleDocument, issue: Actor) -> Outcome:
    """Note that somebody holds a role; of our own people only when they said so here."""
    if batch.is_undone(document.id, issue):
        return Ignored("over before it came")
    subject = batch.known.actors.get(document.subject)
    if subject is None:
        return Needs(actors=(document.subject,))
    if subject.kind not in HOLDERS or not batch.is_heard(subject):
        return Refused("a role of who cannot have it, or is not heard")
    await batch.flush()
    await hold_issue(batch.session, issue.id)
    row = await role_named(batch.session, issue.id, document.id)
    if row is not None and (row.actor_id != subject.id or row.role != document.role):
        return Refused("a role that another has")
    if subject.is_local:
        if row is None or row.state not in {RoleState.APPLIED, RoleState.HELD}:
            return Ignored("one of ours who did not say so")
    elif row is None:
        if await count_roles(batch.session, issue.id) >= MOST_HELD:
            return Ignored("too many roles of one issue")
        await supersede(batch, issue, subject, document)
        row = await add_asked(batch, document, issue, subject, offer_uri=None, by=None, is_application=False)
    elif row.state not in OPEN:
        return Ignored("over already")
    else:
        # What its holder hid stays hidden, whatever comes late.
        was_shown = row.is_perspective_shown if row.state is RoleState.HELD else row.perspective is not None
        row.is_perspective_shown = was_shown and document.is_perspective_shown
        if row.state is RoleState.HELD and not row.is_perspective_shown:
            row.perspective = None
    if row.state is not RoleState.HELD:
        at = min(document.started or batch.now, batch.now)
        await decide(batch.session, row, RoleState.HELD, by=None, at=at)
        people = await people_behind(batch.session, subject)
        await tell(
            batch.session, people, "role-answered", by=issue.id, about=issue.id, thing=row.id, now=batch.now
        )  # fmt: skip
        await tell_hosts(
            batch.session, await sides_of(batch.session, row), "role-answered", by=subject.id, now=batch.now
        )  # fmt: skip
    return DONE


async def supersede(batch: Batch, issue: Actor, subject: Actor, document: RoleDocument) -> None:
    """Close what is open of this role: its issue says something newer, and the end of the former is on its way."""
    known = await open_role(batch.session, issue.id, subject.id, IssueRole(document.role))
    if known is not None:
        await end(batch.session, known, RoleState.WITHDRAWN, by=issue.id, at=batch.now)


async def add_asked(
    batch: Batch, document: RoleDocument, issue: Actor, subject: Actor, *, offer_uri: str | None, by: Actor | None,
    is_application: bool,
) -> RoleOnIssue:  # fmt: skip
    """Add what is offered, asked for or held, in the words of who tells of it."""
    return await add_role(
        batch.session, issue_id=issue.id, actor_id=subject.id, role=IssueRole(document.role), uri=document.id,
        offer_uri=offer_uri, offered_by_id=by.id if by is not None else None, is_application=is_application,
        perspective=_perspective_of(document), expectation=_words_of(document), at=_at(document.published, batch),
        # In an offer it is the host's word for it: who is asked has not said that it may be shown.
        is_perspective_shown=document.is_perspective_shown and (is_application or by is None),
    )  # fmt: skip


def _perspective_of(document: RoleDocument) -> str | None:
    return clean_line(document.perspective or "", LONGEST_PERSPECTIVE) or None


def _words_of(document: RoleDocument) -> str:
    words = document.expectation.strip()
    return words if is_storable(words) else ""


def _at(moment: datetime | None, batch: Batch) -> datetime:
    return min(moment or batch.now, batch.now)
