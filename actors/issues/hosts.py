"""Who hosts an issue: the organisation that answers for it, and those that hold the role of host. The one answer to it.

The first alone may change what the issue says, move it and end it: its instance keeps the issue.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.instances.queries import present
from actors.issues.tables import Issue
from actors.kinds import ActorKind, IssueRole
from actors.roles.kinds import RoleState
from actors.roles.tables import RoleOnIssue

_HELD_AS_HOST = (RoleOnIssue.role == IssueRole.HOST, RoleOnIssue.state == RoleState.HELD)


async def hosts_of(session: AsyncSession, issue_id: int) -> list[Actor]:
    """Return who hosts an issue, the organisation that answers for it first; one query."""
    is_first = exists().where(Issue.actor_id == issue_id, Issue.host_id == Actor.id)
    query = select(Actor).where(_hosts(issue_id), present()).order_by(is_first.desc(), Actor.id)
    return list(await session.scalars(query))


async def is_host(session: AsyncSession, issue_id: int, actor_id: int) -> bool:
    """Whether an actor hosts an issue; one query."""
    query = select(Actor.id).where(Actor.id == actor_id, _hosts(issue_id), present())
    return await session.scalar(query) is not None


async def our_host(session: AsyncSession, issue_id: int) -> Actor | None:
    """Return the organisation of ours that hosts an issue, ours or another instance's; one query."""
    query = select(Actor).where(_hosts(issue_id), present(), Actor.is_local.is_(True)).order_by(Actor.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def co_hosts_of(session: AsyncSession, issue_ids: Collection[int]) -> dict[int, set[int]]:
    """Return by issue which organisations hold the role of host; one query."""
    query = (
        select(RoleOnIssue.issue_id, RoleOnIssue.actor_id)
        .join(Actor, Actor.id == RoleOnIssue.actor_id)
        .where(
            among(session, RoleOnIssue.issue_id, issue_ids), *_HELD_AS_HOST,
            Actor.kind == ActorKind.ORGANISATION, present(),
        )
    )  # fmt: skip
    found: dict[int, set[int]] = defaultdict(set)
    for issue_id, actor_id in await session.execute(query):
        found[issue_id].add(actor_id)
    return found


def _hosts(issue_id: int) -> ColumnElement[bool]:
    answers = select(Issue.host_id).where(Issue.actor_id == issue_id, Issue.host_id.is_not(None))
    holds = select(RoleOnIssue.actor_id).where(RoleOnIssue.issue_id == issue_id, *_HELD_AS_HOST)
    return or_(Actor.id.in_(answers), Actor.id.in_(holds) & (Actor.kind == ActorKind.ORGANISATION))
