"""Roles on an issue: offering and applying, answering, taking back, leaving.

The issue's own instance decides. It hears each answer, and tells those who follow the issue who holds which role
(`Add` and `Remove`, of the issue itself). That somebody was asked, or asks, goes to the two sides and nobody else.
The effect here is that of `outbox.publish.role_effects`, whoever it came from; this also tells the other side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.ids import new_id
from actors.issues.hosts import is_host
from actors.kinds import ActorKind, IssueRole
from actors.notifying import people_behind, tell
from actors.relations import blocked_by
from actors.roles.kinds import RoleState
from actors.roles.store import (
    MOST_APPLICATIONS,
    MOST_OPEN_OFFERS,
    add_role,
    count_applications,
    count_offers,
    hold_issue,
    open_role,
)
from actors.roles.tables import RoleOnIssue
from actors.sanitize import is_storable
from actors.serialize.role import roles_uri, write_public_role, write_role
from actors.site import Site
from federation.documents.role import LONGEST_EXPECTATION, LONGEST_PERSPECTIVE
from outbox.publish.role_effects import (
    Sides,
    note_answer,
    note_decision,
    note_hidden,
    note_leave,
    note_withdrawal,
    sides_of,
    tell_hosts,
)
from outbox.publish.role_notes import knows_offers, tell_of_offer
from outbox.publish.say import say
from outbox.recipients import inboxes_of

HOLDERS: Final = frozenset({ActorKind.PERSON, ActorKind.ORGANISATION})
"""Who can have a role on an issue."""


class RoleRefused(ValueError):
    """A role, or an act on one, that cannot be; ``field`` names the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Wanted:
    """What is offered or asked for. ``words`` are what is expected, or what an applicant brings."""

    role: IssueRole
    words: str = ""
    perspective: str | None = None
    is_perspective_shown: bool = False


async def offer_role(
    session: AsyncSession, site: Site, *, issue: Actor, host: Actor, by: Actor, subject: Actor, wanted: Wanted,
    now: datetime,
) -> RoleOnIssue:  # fmt: skip
    """Offer a role on an issue in the name of an organisation of ours that hosts it; ``by`` is the person who does it.

    Raises `RoleRefused`.
    """
    _check_words(wanted, empty=False)
    if not host.is_local or not await is_host(session, issue.id, host.id):
        raise RoleRefused("issue", "only who hosts an issue offers roles on it")
    await _check_subject(session, issue, subject, wanted.role, asker=host)
    if await count_offers(session, issue.id) >= MOST_OPEN_OFFERS:
        raise RoleRefused("many", f"{MOST_OPEN_OFFERS} offers wait for an answer")
    role = await _ask(session, site, issue, subject, host, wanted, now=now)
    _log(session, "issue-role-offered", role, issue, by, host, now=now)
    await tell(
        session, await people_behind(session, subject), "role-offered", by=host.id, about=issue.id, thing=role.id,
        now=now,
    )  # fmt: skip
    if not await knows_offers(session, subject):
        await tell_of_offer(session, site, role, issue, host, subject, now=now)
    return role


async def apply_for_role(
    session: AsyncSession, site: Site, *, issue: Actor, subject: Actor, by: Actor, wanted: Wanted, now: datetime
) -> RoleOnIssue:
    """Have an actor of ours ask for a role on an issue, ours or another instance's. Raises `RoleRefused`."""
    _check_words(wanted, empty=True)
    await _check_subject(session, issue, subject, wanted.role, asker=subject)
    if await count_applications(session, subject, now=now) >= MOST_APPLICATIONS:
        raise RoleRefused("many", f"at most {MOST_APPLICATIONS} a day")
    role = await _ask(session, site, issue, subject, subject, wanted, now=now, is_application=True)
    _log(session, "issue-role-asked", role, issue, by, subject, now=now)
    await tell_hosts(session, await sides_of(session, role), "role-asked", by=subject.id, now=now)
    return role


async def answer_offer(
    session: AsyncSession, site: Site, role: RoleOnIssue, *, by: Actor, accepted: bool, is_perspective_shown: bool,
    now: datetime,
) -> None:  # fmt: skip
    """Have the actor of ours to whom a role was offered accept or decline it. Raises `RoleRefused`."""
    sides = await sides_of(session, role)
    _check_state(role, RoleState.OFFERED)
    if not sides.actor.is_local:
        raise RoleRefused("state", "answered where they live")
    _log(session, "issue-role-answered", role, sides.issue, by, sides.actor, now=now)
    await note_answer(session, site, sides, accepted=accepted, is_perspective_shown=is_perspective_shown, now=now)
    others = [actor for actor in (sides.offered_by, sides.issue) if actor is not None and not actor.is_local]
    more: dict[str, object] = {"perspectiveShown": True} if accepted and is_perspective_shown else {}
    await _say_to(
        session, site, sides.actor, "Accept" if accepted else "Reject", sides.offer, others, now=now, **more
    )  # fmt: skip


async def answer_application(
    session: AsyncSession, site: Site, role: RoleOnIssue, *, host: Actor, by: Actor, accepted: bool, now: datetime
) -> None:
    """Grant or refuse what somebody asked of an issue of ours. Raises `RoleRefused`."""
    sides = await sides_of(session, role)
    _check_state(role, RoleState.APPLIED)
    if not sides.issue.is_local or not host.is_local or not await is_host(session, sides.issue.id, host.id):
        raise RoleRefused("state", "only who hosts an issue grants roles on it")
    _log(session, "issue-role-granted" if accepted else "issue-role-refused", role, sides.issue, by, host, now=now)
    await note_decision(session, site, sides, host, accepted=accepted, now=now)
    if not sides.actor.is_local:
        await _say_to(
            session, site, host, "Accept" if accepted else "Reject", sides.offer, [sides.actor], now=now
        )  # fmt: skip


async def withdraw_role(
    session: AsyncSession, site: Site, role: RoleOnIssue, *, side: Actor, by: Actor, now: datetime
) -> None:
    """Take back what an actor of ours offered or asked for, or end a role on an issue of ours. Raises `RoleRefused`."""
    sides = await sides_of(session, role)
    offered_it = side.is_local and side.id == role.offered_by_id
    hosts_it = side.is_local and sides.issue.is_local and await is_host(session, sides.issue.id, side.id)
    if not (offered_it and not (role.is_application and role.state is RoleState.HELD)) and not hosts_it:
        raise RoleRefused("state", "not yours to take back")
    if role.state not in {RoleState.OFFERED, RoleState.HELD} and not (offered_it and role.state is RoleState.APPLIED):
        raise RoleRefused("state", "this is over")
    _log(session, "issue-role-withdrawn", role, sides.issue, by, side, now=now)
    was_held = role.state is RoleState.HELD
    await note_withdrawal(session, site, sides, by=side, now=now)
    others = [actor for actor in (sides.actor, sides.offered_by, sides.issue) if actor is not None]
    if offered_it:
        await _say_to(session, site, side, "Undo", sides.offer, others, now=now)
    elif not was_held:
        await _say_change(session, site, sides, "Remove", others, now=now)


async def leave_role(session: AsyncSession, site: Site, role: RoleOnIssue, *, by: Actor, now: datetime) -> None:
    """Have an actor of ours leave a role that it holds. Raises `RoleRefused`."""
    sides = await sides_of(session, role)
    _check_state(role, RoleState.HELD)
    if not sides.actor.is_local:
        raise RoleRefused("state", "left where they live")
    _log(session, "issue-role-left", role, sides.issue, by, sides.actor, now=now)
    await note_leave(session, site, sides, now=now)
    others = [actor for actor in (sides.issue, sides.offered_by) if actor is not None]
    document = write_role(role, sides.issue, sides.actor)
    await _say_to(session, site, sides.actor, "Leave", document, others, now=now)


async def hide_perspective(session: AsyncSession, site: Site, role: RoleOnIssue, *, by: Actor, now: datetime) -> None:
    """Have an actor of ours hide its perspective from others; only a new role shows one again. Raises `RoleRefused`."""
    sides = await sides_of(session, role)
    _check_state(role, RoleState.HELD)
    if not sides.actor.is_local or not role.is_perspective_shown:
        raise RoleRefused("state", "nothing is shown")
    _log(session, "issue-role-answered", role, sides.issue, by, sides.actor, now=now)
    await note_hidden(session, site, sides, now=now)
    others = [actor for actor in (sides.offered_by, sides.issue) if actor is not None and actor.id != sides.actor.id]
    document = write_public_role(role, sides.issue, sides.actor)
    await _say_to(session, site, sides.actor, "Update", document, others, now=now)


async def answer_for_them(
    session: AsyncSession, site: Site, sides: Sides, *, accepted: bool, is_perspective_shown: bool, now: datetime
) -> None:
    """Take the answer of somebody whose software knows no roles: given here, by the link or in a message.

    Of an issue elsewhere that we host too, its own instance hears it of us: they cannot tell it.
    """
    await note_answer(session, site, sides, accepted=accepted, is_perspective_shown=is_perspective_shown, now=now)
    if sides.offered_by is None or sides.issue.is_local:
        return
    if accepted:
        await _say_for_them(session, site, sides, "Add", now=now)
    else:
        await _say_to(session, site, sides.offered_by, "Undo", sides.offer, [sides.issue], now=now)


async def leave_for_them(session: AsyncSession, site: Site, sides: Sides, *, now: datetime) -> None:
    """Have somebody whose software knows no roles leave one: said here, by the link."""
    await note_leave(session, site, sides, now=now)
    if not sides.issue.is_local:
        await _say_for_them(session, site, sides, "Remove", now=now)


async def _ask(
    session: AsyncSession, site: Site, issue: Actor, subject: Actor, asker: Actor, wanted: Wanted, *, now: datetime,
    is_application: bool = False,
) -> RoleOnIssue:  # fmt: skip
    role_id = new_id()
    role = await add_role(
        session, role_id=role_id, uri=site.role_uri(role_id), offer_uri=None, issue_id=issue.id, actor_id=subject.id,
        role=wanted.role, offered_by_id=asker.id, is_application=is_application, expectation=wanted.words.strip(),
        perspective=wanted.perspective or None, is_perspective_shown=is_application and wanted.is_perspective_shown,
        at=now.replace(microsecond=0),
    )  # fmt: skip
    document = write_role(role, issue, subject)
    target = issue if is_application else subject
    others = [actor for actor in (subject, issue) if not actor.is_local and actor.id != asker.id]
    said = await say(
        session, site, asker, "Offer", document, to=[target.uri], cc=[actor.uri for actor in others if actor != target],
        inboxes=await inboxes_of(session, {actor.id for actor in others}), now=now, target=target.uri,
    )  # fmt: skip
    role.offer_uri = said["id"]
    await session.flush()
    return role


async def _say_to(
    session: AsyncSession, site: Site, sender: Actor, verb: str, document: dict[str, object], others: Iterable[Actor],
    *, now: datetime, **more: object,
) -> None:  # fmt: skip
    to = {actor.id: actor for actor in others if not actor.is_local}
    if to:
        await say(
            session, site, sender, verb, document, to=[actor.uri for actor in to.values()], cc=(),
            inboxes=await inboxes_of(session, to.keys()), now=now, **more,
        )  # fmt: skip


async def _say_for_them(session: AsyncSession, site: Site, sides: Sides, verb: str, *, now: datetime) -> None:
    if sides.offered_by is not None and sides.offered_by.is_local:
        document = write_public_role(sides.role, sides.issue, sides.actor)
        await _say_to(
            session, site, sides.offered_by, verb, document, [sides.issue], now=now, target=roles_uri(sides.issue)
        )  # fmt: skip


async def _say_change(
    session: AsyncSession, site: Site, sides: Sides, verb: str, others: Iterable[Actor], *, now: datetime
) -> None:
    document = write_public_role(sides.role, sides.issue, sides.actor)
    await _say_to(session, site, sides.issue, verb, document, others, now=now, target=roles_uri(sides.issue))


def _check_words(wanted: Wanted, *, empty: bool) -> None:
    words, perspective = wanted.words.strip(), wanted.perspective or ""
    if not words and not empty:
        raise RoleRefused("words", "what is expected is not said")
    if len(words) > LONGEST_EXPECTATION or not is_storable(words):
        raise RoleRefused("words", f"longer than {LONGEST_EXPECTATION} characters, or cannot be stored")
    if len(perspective) > LONGEST_PERSPECTIVE or not is_storable(perspective):
        raise RoleRefused("perspective", f"longer than {LONGEST_PERSPECTIVE} characters, or cannot be stored")


async def _check_subject(
    session: AsyncSession, issue: Actor, subject: Actor, role: IssueRole, *, asker: Actor
) -> None:  # fmt: skip
    await hold_issue(session, issue.id)
    if issue.kind is not ActorKind.ISSUE or issue.deleted_at is not None or issue.suspended_at is not None:
        raise RoleRefused("issue", "this issue is gone")
    if subject.kind not in HOLDERS or subject.deleted_at is not None or subject.suspended_at is not None:
        raise RoleRefused("subject", "this actor cannot have a role")
    if role is IssueRole.HOST and subject.kind is not ActorKind.ORGANISATION:
        raise RoleRefused("role", "only an organisation hosts an issue")
    if role is IssueRole.HOST and await is_host(session, issue.id, subject.id):
        raise RoleRefused("already", "it hosts this issue already")
    if await open_role(session, issue.id, subject.id, role) is not None:
        raise RoleRefused("already", "it has this role, or was asked, already")
    if asker.id != subject.id and await blocked_by(session, asker.id, [subject.id]):
        raise RoleRefused("subject", "this actor wants nothing of you")


def _check_state(role: RoleOnIssue, state: RoleState) -> None:
    if role.state is not state:
        raise RoleRefused("state", "this was answered, or taken back")


def _log(
    session: AsyncSession, act: str, role: RoleOnIssue, issue: Actor, by: Actor, side: Actor, *, now: datetime
) -> None:
    """Note what somebody does in the name of an organisation; what people do for themselves is not logged."""
    if by.id != side.id:
        note_act(session, by.id, act, now=now, for_id=side.id, object_uri=role.uri, object_name=issue.name)
