"""What becomes of roles on an issue, whoever said so: a page here, a link in a message, or another server.

The issue's own instance tells those who follow the issue; people here are told wherever they are a side.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.issues.hosts import hosts_of
from actors.notifying import people_behind, tell
from actors.roles.kinds import RoleState
from actors.roles.store import decide, end
from actors.roles.tables import RoleOnIssue
from actors.serialize.role import roles_uri, write_offer, write_public_role
from actors.site import Site
from actors.wakeups import CHANGED
from outbox.publish.say import say
from outbox.recipients import follower_inboxes, inboxes_of


@dataclass(frozen=True)
class Sides:
    """A role with those whom it concerns."""

    role: RoleOnIssue
    issue: Actor
    actor: Actor
    offered_by: Actor | None

    @property
    def offer(self) -> dict[str, object]:
        """The Offer that asked for it."""
        return write_offer(self.role, self.issue, self.actor, self.offered_by or self.issue)


async def sides_of(session: AsyncSession, role: RoleOnIssue) -> Sides:
    """Return a role with those whom it concerns."""
    offered_by = await session.get(Actor, role.offered_by_id) if role.offered_by_id is not None else None
    issue = await session.get_one(Actor, role.issue_id)
    return Sides(role, issue, await session.get_one(Actor, role.actor_id), offered_by)


async def note_answer(
    session: AsyncSession, site: Site, sides: Sides, *, accepted: bool, is_perspective_shown: bool, now: datetime
) -> None:
    """Note that an offer is accepted or declined, tell who offered it, and for an issue of ours everyone."""
    role = sides.role
    role.is_perspective_shown = accepted and is_perspective_shown and role.perspective is not None
    await decide(session, role, RoleState.HELD if accepted else RoleState.DECLINED, by=role.actor_id, at=now)
    await tell_hosts(session, sides, "role-answered", by=role.actor_id, now=now)
    if accepted:
        await _tell_followers(session, site, sides, "Add", now=now)


async def note_decision(
    session: AsyncSession, site: Site, sides: Sides, host: Actor, *, accepted: bool, now: datetime
) -> None:
    """Note that an application is granted or refused, tell who asked, and for an issue of ours everyone."""
    state = RoleState.HELD if accepted else RoleState.REFUSED
    await decide(session, sides.role, state, by=host.id, at=now)
    await tell(
        session, await people_behind(session, sides.actor), "role-answered", by=host.id, about=sides.issue.id,
        thing=sides.role.id, now=now,
    )  # fmt: skip
    if accepted:
        await _tell_followers(session, site, sides, "Add", now=now)


async def note_withdrawal(session: AsyncSession, site: Site, sides: Sides, *, by: Actor, now: datetime) -> None:
    """Note that an offer or application is taken back, or a role ended by a host, and tell the other side."""
    role, was_held = sides.role, sides.role.state is RoleState.HELD
    await end(session, role, RoleState.WITHDRAWN, by=by.id, at=now)
    if by.id == role.actor_id:
        await tell_hosts(session, sides, "role-ended", by=by.id, now=now)
    else:
        await tell(
            session, await people_behind(session, sides.actor), "role-ended", by=by.id, about=sides.issue.id,
            thing=role.id, now=now,
        )  # fmt: skip
    if was_held:
        await _tell_followers(session, site, sides, "Remove", now=now)


async def note_hidden(session: AsyncSession, site: Site, sides: Sides, *, now: datetime) -> None:
    """Forget the perspective of a role whose holder wants it read no longer; whoever comes later cannot show it."""
    role, was_shown = sides.role, sides.role.is_perspective_shown
    role.perspective, role.is_perspective_shown = None, False
    await session.flush()
    wake_after_commit(session, CHANGED)
    if was_shown and role.state is RoleState.HELD:
        await _tell_followers(session, site, sides, "Add", now=now)


async def note_leave(session: AsyncSession, site: Site, sides: Sides, *, now: datetime) -> None:
    """Note that who held a role left it, tell the hosts here, and for an issue of ours everyone."""
    was_held = sides.role.state is RoleState.HELD
    await end(session, sides.role, RoleState.LEFT, by=sides.role.actor_id, at=now)
    if was_held:
        await tell_hosts(session, sides, "role-ended", by=sides.role.actor_id, now=now)
        await _tell_followers(session, site, sides, "Remove", now=now)


async def tell_hosts(session: AsyncSession, sides: Sides, kind: str, *, by: int, now: datetime) -> None:
    """Tell those here who speak for who offered a role, or else for the hosts of an issue of ours."""
    offerer = sides.offered_by
    if sides.role.is_application or offerer is None or not offerer.is_local:
        hosts = await hosts_of(session, sides.issue.id) if sides.issue.is_local else []
    else:
        hosts = [offerer]
    people: set[int] = set()
    for host in hosts:
        people |= await people_behind(session, host)
    await tell(session, people, kind, by=by, about=sides.issue.id, thing=sides.role.id, now=now)


async def _tell_followers(session: AsyncSession, site: Site, sides: Sides, verb: str, *, now: datetime) -> None:
    """Have an issue of ours tell who follows it that a role is held, or no longer; not for its outbox to keep."""
    issue = sides.issue
    if not issue.is_local:
        return
    hosts = await hosts_of(session, issue.id)
    concerned = {actor.id for actor in (sides.actor, sides.offered_by, *hosts) if actor is not None}
    inboxes = await follower_inboxes(session, [issue.id, *(host.id for host in hosts if host.is_local)])
    await say(
        session, site, issue, verb, write_public_role(sides.role, issue, sides.actor),
        to=[issue.followers or issue.uri], cc=[sides.actor.uri],
        inboxes=inboxes | await inboxes_of(session, concerned), now=now, target=roles_uri(issue),
    )  # fmt: skip
