"""What pages and servers ask about roles on issues. Each function takes one query, but for what it says."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.among import among
from actors.instances.queries import shown_unasked
from actors.issues.tables import Issue
from actors.kinds import IssueRole
from actors.roles.kinds import PUBLIC_STATES, RoleState
from actors.roles.tables import RoleOnIssue
from actors.visibility import role_visible_to

MOST_SHOWN: Final = 200
_holder = aliased(Actor)
_offerer = aliased(Actor)
# Whose issue it is carries the plain name: `shown_unasked` judges that.
_issue = Actor
_ORDER = case({role.value: place for place, role in enumerate(IssueRole)}, value=RoleOnIssue.role)


@dataclass(frozen=True)
class RoleRow:
    """A role with the issue, who holds it or would, and who offered it or applied."""

    role: RoleOnIssue
    issue: Actor
    actor: Actor
    offered_by: Actor | None


async def roles_on(session: AsyncSession, issue_id: int, *, limit: int = MOST_SHOWN) -> list[RoleRow]:
    """Return who holds which role on an issue, in the order of the roles."""
    query = _rows().where(RoleOnIssue.issue_id == issue_id, RoleOnIssue.state == RoleState.HELD, _there(_holder))
    return _read(await session.execute(query.order_by(_ORDER, RoleOnIssue.decided_at, RoleOnIssue.id).limit(limit)))


async def public_roles(
    session: AsyncSession, issue_id: int, *, after: int | None = None, limit: int
) -> list[RoleRow]:  # fmt: skip
    """Return the roles that are held on an issue, newest first, those before the id ``after``."""
    query = _rows().where(RoleOnIssue.issue_id == issue_id, RoleOnIssue.state == RoleState.HELD, _there(_holder))
    if after is not None:
        query = query.where(RoleOnIssue.id < after)
    return _read(await session.execute(query.order_by(RoleOnIssue.id.desc()).limit(limit)))


async def roles_done_by(session: AsyncSession, actor_id: int, *, limit: int = 50) -> list[RoleRow]:
    """Return what an actor is, and was in good order, on issues that may stand in our lists; held first."""
    query = _rows().where(
        RoleOnIssue.actor_id == actor_id, RoleOnIssue.state.in_(PUBLIC_STATES), _there(_holder), shown_unasked()
    )
    held_first = case((RoleOnIssue.state == RoleState.HELD, 0), else_=1)
    return _read(await session.execute(query.order_by(held_first, RoleOnIssue.id.desc()).limit(limit)))


async def roles_of(session: AsyncSession, sides: Collection[int], *, limit: int = MOST_SHOWN) -> list[RoleRow]:
    """Return all that was offered to, asked by or held by these actors, newest first."""
    query = _rows().where(among(session, RoleOnIssue.actor_id, sides), _there(_issue))
    return _read(await session.execute(query.order_by(RoleOnIssue.id.desc()).limit(limit)))


async def asked_of(session: AsyncSession, host_id: int, *, limit: int = MOST_SHOWN) -> list[RoleRow]:
    """Return who asks for a role on an issue of ours that this organisation answers for, first come first."""
    query = (
        _rows()
        .join(Issue, Issue.actor_id == RoleOnIssue.issue_id)
        .where(
            Issue.host_id == host_id, RoleOnIssue.state == RoleState.APPLIED, _issue.is_local.is_(True),
            _there(_holder), _there(_issue),
        )
    )  # fmt: skip
    return _read(await session.execute(query.order_by(RoleOnIssue.id).limit(limit)))


async def offered_by(session: AsyncSession, host_id: int, *, limit: int = MOST_SHOWN) -> list[RoleRow]:
    """Return what this organisation offered and waits for an answer, or is held since, newest first."""
    query = _rows().where(
        RoleOnIssue.offered_by_id == host_id,
        RoleOnIssue.state.in_((RoleState.OFFERED, RoleState.HELD, RoleState.DECLINED)),
        _there(_issue),
    )
    return _read(await session.execute(query.order_by(RoleOnIssue.id.desc()).limit(limit)))


async def role_detail(session: AsyncSession, role_id: int, sides: Collection[int]) -> RoleRow | None:
    """Return a role that these actors may see; ``sides`` are those for whom the viewer speaks."""
    query = _rows().where(RoleOnIssue.id == role_id, role_visible_to(sides), _there(_issue), _there(_holder))
    return next(iter(_read(await session.execute(query))), None)


async def perspectives_of_roles(session: AsyncSession, issue_ids: Collection[int]) -> dict[int, set[str]]:
    """Return by issue from which perspectives its roles are held, as far as their holders let that be shown."""
    query = (
        select(RoleOnIssue.issue_id, RoleOnIssue.perspective)
        .join(_holder, _holder.id == RoleOnIssue.actor_id)
        .where(
            among(session, RoleOnIssue.issue_id, issue_ids),
            RoleOnIssue.state == RoleState.HELD,
            RoleOnIssue.is_perspective_shown.is_(True),
            RoleOnIssue.perspective.is_not(None),
            _there(_holder),
        )
        .distinct()
    )
    found: dict[int, set[str]] = defaultdict(set)
    for issue_id, perspective in await session.execute(query):
        found[issue_id].add(perspective or "")
    return found


def _rows() -> Select[RoleOnIssue, Actor, Actor, Actor | None]:
    return (
        select(RoleOnIssue, _issue, _holder, _offerer)
        .join(_issue, _issue.id == RoleOnIssue.issue_id)
        .join(_holder, _holder.id == RoleOnIssue.actor_id)
        .outerjoin(_offerer, _offerer.id == RoleOnIssue.offered_by_id)
    )


def _read(rows: Iterable[Row[RoleOnIssue, Actor, Actor, Actor | None]]) -> list[RoleRow]:
    return [RoleRow(*row) for row in rows]


def _there(actor: type[Actor]) -> ColumnElement[bool]:
    return and_(actor.deleted_at.is_(None), actor.suspended_at.is_(None))
