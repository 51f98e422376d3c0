"""Writing roles on issues: one open row for each actor and role, and no step that its state does not allow."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.issues.tables import Issue
from actors.kinds import IssueRole
from actors.people.accounts import digest
from actors.roles.kinds import OPEN, RoleState
from actors.roles.tables import EarlyAnswer, RoleOnIssue
from actors.upsert import insert_or_ignore
from actors.wakeups import CHANGED

MOST_OPEN_OFFERS: Final = 200
"""Offers on one issue that wait for an answer."""
MOST_ASKED: Final = 100
"""Offers from elsewhere that wait for the answer of one actor here."""
MOST_APPLICATIONS: Final = 20
"""Applications a day, of one server elsewhere or one actor here."""
MOST_HELD: Final = 1_000
"""Roles that are kept of one issue elsewhere."""
MOST_EARLY: Final = 20
"""Answers of one actor that wait for what they answer."""
LINK_LASTS: Final = timedelta(days=30)
_A_DAY: Final = timedelta(days=1)
_EARLY_LASTS: Final = timedelta(days=30)


async def hold_issue(session: AsyncSession, issue_id: int) -> Issue | None:
    """Hold an issue, so that what is counted of its roles stays so until the commit."""
    return await session.get(Issue, issue_id, with_for_update=True)


async def find_role(session: AsyncSession, role_id: int) -> RoleOnIssue | None:
    """Return a role, held so that nobody else changes it meanwhile."""
    return await session.get(RoleOnIssue, role_id, with_for_update=True, populate_existing=True)


async def role_of_offer(session: AsyncSession, offer_uri: str) -> RoleOnIssue | None:
    """Return the role that an Offer asked for, held so that nobody else changes it meanwhile."""
    return await _first(session, RoleOnIssue.offer_uri == offer_uri)


async def role_named(session: AsyncSession, issue_id: int, uri: str) -> RoleOnIssue | None:
    """Return a role on an issue by its id, held so that nobody else changes it meanwhile."""
    return await _first(session, RoleOnIssue.issue_id == issue_id, RoleOnIssue.uri == uri)


async def role_left(session: AsyncSession, uri: str, actor_id: int) -> RoleOnIssue | None:
    """Return the role with this id of this actor, held so that nobody else changes it meanwhile."""
    return await _first(session, RoleOnIssue.uri == uri, RoleOnIssue.actor_id == actor_id)


async def role_of_note(session: AsyncSession, post_id: int) -> RoleOnIssue | None:
    """Return the role of which a message told, held so that nobody else changes it meanwhile."""
    return await _first(session, RoleOnIssue.note_id == post_id)


async def role_of_link(
    session: AsyncSession, secret: str, *, now: datetime, to_change: bool = False
) -> RoleOnIssue | None:  # fmt: skip
    """Return the role that a link opens: until it lapses, and as long as the role is held.

    ``to_change`` holds it so that nobody else changes it meanwhile.
    """
    role = await _first(session, RoleOnIssue.link_digest == digest(secret), hold=to_change)
    if role is None or (role.state is not RoleState.HELD and (role.link_until is None or role.link_until <= now)):
        return None
    return role


async def open_role(session: AsyncSession, issue_id: int, actor_id: int, role: IssueRole) -> RoleOnIssue | None:
    """Return what is offered to, asked for or held by an actor on an issue, of one role."""
    return await _first(
        session,
        RoleOnIssue.issue_id == issue_id,
        RoleOnIssue.actor_id == actor_id,
        RoleOnIssue.role == role,
        RoleOnIssue.state.in_(OPEN),
    )


async def add_role(
    session: AsyncSession,
    *,
    issue_id: int,
    actor_id: int,
    role: IssueRole,
    uri: str,
    offer_uri: str | None,
    offered_by_id: int | None,
    is_application: bool = False,
    state: RoleState | None = None,
    perspective: str | None = None,
    is_perspective_shown: bool = False,
    expectation: str = "",
    at: datetime,
    role_id: int | None = None,
) -> RoleOnIssue:
    """Add what is offered, or asked for; ``state`` when it is something else already."""
    row = RoleOnIssue(
        id=role_id or new_id(), uri=uri, offer_uri=offer_uri, issue_id=issue_id, actor_id=actor_id, role=role,
        perspective=perspective, is_perspective_shown=is_perspective_shown, expectation=expectation,
        state=state or (RoleState.APPLIED if is_application else RoleState.OFFERED), is_application=is_application,
        offered_at=at, offered_by_id=offered_by_id,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    wake_after_commit(session, CHANGED)
    return row


async def decide(
    session: AsyncSession, role: RoleOnIssue, state: RoleState, *, by: int | None, at: datetime
) -> None:  # fmt: skip
    """Note the answer to what was offered or asked for."""
    role.state, role.decided_at, role.decided_by_id = state, at, by
    await session.flush()
    wake_after_commit(session, CHANGED)


async def end(session: AsyncSession, role: RoleOnIssue, state: RoleState, *, by: int | None, at: datetime) -> None:
    """Note that a role, or the question about it, is over."""
    role.state, role.ended_at, role.ended_by_id = state, at, by
    await session.flush()
    wake_after_commit(session, CHANGED)


async def count_offers(session: AsyncSession, issue_id: int) -> int:
    """Return how many offers on an issue wait for an answer."""
    return await _count(session, RoleOnIssue.issue_id == issue_id, RoleOnIssue.state == RoleState.OFFERED)


async def count_asked(session: AsyncSession, actor_id: int) -> int:
    """Return how many offers wait for the answer of an actor."""
    return await _count(session, RoleOnIssue.actor_id == actor_id, RoleOnIssue.state == RoleState.OFFERED)


async def count_applications(session: AsyncSession, applicant: Actor, *, now: datetime) -> int:
    """Return for how many roles this actor applied in a day; of another server, all who are there."""
    mine = RoleOnIssue.actor_id == applicant.id if applicant.is_local else Actor.domain == applicant.domain
    query = (
        select(func.count())
        .select_from(RoleOnIssue)
        .join(Actor, Actor.id == RoleOnIssue.actor_id)
        .where(mine, RoleOnIssue.is_application.is_(True), RoleOnIssue.offered_at > now - _A_DAY)
    )
    return await session.scalar(query) or 0


async def count_roles(session: AsyncSession, issue_id: int) -> int:
    """Return how many roles are known of an issue, also those that are over."""
    return await _count(session, RoleOnIssue.issue_id == issue_id)


async def remember_answer(
    session: AsyncSession, offer_uri: str, actor: Actor, *, accepted: bool, is_perspective_shown: bool, now: datetime
) -> None:
    """Remember an answer to an offer that has not come yet; the first counts, and of each actor a few."""
    await session.execute(delete(EarlyAnswer).where(EarlyAnswer.created_at < now - _EARLY_LASTS))
    of_actor = select(func.count()).select_from(EarlyAnswer).where(EarlyAnswer.actor_id == actor.id)
    if (await session.scalar(of_actor) or 0) >= MOST_EARLY:
        return
    row = {
        "offer_uri": offer_uri, "actor_id": actor.id, "is_accepted": accepted,
        "is_perspective_shown": is_perspective_shown, "created_at": now,
    }  # fmt: skip
    await insert_or_ignore(session, EarlyAnswer, [row])


async def take_early_answer(session: AsyncSession, offer_uri: str, actor_id: int) -> EarlyAnswer | None:
    """Return the answer that came before its offer, and forget it."""
    found = await session.get(EarlyAnswer, (offer_uri, actor_id))
    if found is not None:
        await session.delete(found)
        await session.flush()
    return found


async def _first(
    session: AsyncSession, *conditions: ColumnElement[bool], hold: bool = True
) -> RoleOnIssue | None:  # fmt: skip
    query = select(RoleOnIssue).where(*conditions).order_by(RoleOnIssue.id.desc()).limit(1)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def _count(session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(RoleOnIssue).where(*conditions)
    return await session.scalar(query) or 0
