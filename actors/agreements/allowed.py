"""Who may propose an agreement on an issue: who hosts it, who holds a role in it, and who takes part in it."""

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState
from actors.posts.tables import Post
from actors.relations import Follow
from actors.roles.kinds import RoleState
from actors.roles.tables import RoleOnIssue

PARTY_KINDS = frozenset({ActorKind.PERSON, ActorKind.ORGANISATION})
"""Who of ours can agree to something: nobody signs for a network or an issue."""


async def may_propose(session: AsyncSession, issue: Actor, actor: Actor) -> bool:
    """Whether an actor hosts an issue, holds a role in it, said something in it, or follows it; one query."""
    hosts = exists().where(Issue.actor_id == issue.id, Issue.host_id == actor.id)
    holds = exists().where(
        RoleOnIssue.issue_id == issue.id, RoleOnIssue.actor_id == actor.id, RoleOnIssue.state == RoleState.HELD
    )
    spoke = exists().where(Post.space_id == issue.id, Post.author_id == actor.id, Post.deleted_at.is_(None))
    follows = exists().where(
        Follow.follower_id == actor.id, Follow.followee_id == issue.id, Follow.state == FollowState.ACCEPTED
    )
    return bool(await session.scalar(select(or_(hosts, holds, spoke, follows))))
