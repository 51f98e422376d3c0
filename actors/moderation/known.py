"""The servers that we know, and what breaks when one is blocked or limited. A fixed number of queries each."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.among import among
from actors.instances.policy import under
from actors.instances.tables import Instance
from actors.kinds import ActorKind, FollowState, PostKind
from actors.moderation.kinds import ServerPolicy
from actors.posts.tables import Post
from actors.relations import Follow, Membership

_there = aliased(Actor)
_ours = aliased(Actor)


@dataclass(frozen=True)
class KnownServer:
    """A server that we know, and how many of its actors."""

    domain: str
    instance: Instance | None
    actors: int

    @property
    def policy(self) -> ServerPolicy:
        """What was decided about it."""
        return ServerPolicy(self.instance.policy) if self.instance is not None else ServerPolicy.OPEN


@dataclass(frozen=True)
class Breaks:
    """What stands between us and a server, with those below it: all of that ends with a block."""

    people: int = 0
    """Its people and other actors that we know."""
    followers_here: int = 0
    """How many here follow somebody there."""
    followed_there: int = 0
    """How many there are followed from here."""
    followers_there: int = 0
    """How many there follow somebody here."""
    followed_here: int = 0
    issues: int = 0
    """Issues there that somebody here follows."""
    products: int = 0
    """Knowledge products of it that we show."""
    members: int = 0
    """Memberships of its people in networks and closed issues here."""
    contributions: int = 0
    """What its people said in our issues and networks."""
    links: int = 0
    """How many instances of it are linked."""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing breaks."""
        return self == Breaks(people=self.people)


async def known_servers(
    session: AsyncSession,
    *,
    containing: str = "",
    policy: ServerPolicy | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[KnownServer]:
    """Return servers by name, those about which something was decided or of which we know somebody; three queries."""
    query = _names(policy)
    names = query.subquery()
    wanted = select(names.c.domain).order_by(names.c.domain).limit(limit)
    if containing:
        wanted = wanted.where(names.c.domain.contains(containing.lower(), autoescape=True))
    if after is not None:
        wanted = wanted.where(names.c.domain > after)
    domains = list(await session.scalars(wanted))
    rows = await session.scalars(select(Instance).where(among(session, Instance.domain, domains)))
    instances = {row.domain: row for row in rows}
    counted = await session.execute(
        select(Actor.domain, func.count())
        .where(among(session, Actor.domain, domains), Actor.is_local.is_(False), Actor.deleted_at.is_(None))
        .group_by(Actor.domain)
    )
    counts = dict(counted.all())
    return [KnownServer(domain, instances.get(domain), counts.get(domain, 0)) for domain in domains]


async def decided_servers(session: AsyncSession) -> list[Instance]:
    """Return the servers that are blocked or limited, by name."""
    query = select(Instance).where(Instance.policy != ServerPolicy.OPEN).order_by(Instance.domain)
    return list(await session.scalars(query))


async def breaks_with(session: AsyncSession, domain: str) -> Breaks:
    """Return what a block of this server, and those below it, would end; one query."""
    theirs = select(_there.id).where(
        under(_there.domain, domain), _there.is_local.is_(False), _there.deleted_at.is_(None)
    )
    our_spaces = select(_ours.id).where(_ours.is_local.is_(True))
    followed = and_(Follow.state == FollowState.ACCEPTED, Follow.followee_id.in_(theirs))
    following = and_(Follow.state == FollowState.ACCEPTED, Follow.follower_id.in_(theirs))
    said = and_(Post.author_id.in_(theirs), Post.deleted_at.is_(None))
    counts = [
        select(func.count()).select_from(theirs.subquery()),
        select(func.count(Follow.follower_id.distinct())).where(followed),
        select(func.count(Follow.followee_id.distinct())).where(followed),
        select(func.count(Follow.follower_id.distinct())).where(following),
        select(func.count(Follow.followee_id.distinct())).where(following),
        select(func.count(Follow.followee_id.distinct())).where(
            followed, Follow.followee_id.in_(theirs.where(_there.kind == ActorKind.ISSUE))
        ),
        select(func.count(Post.id)).where(said, Post.kind == PostKind.KNOWLEDGE),
        select(func.count(Membership.member_id)).where(
            Membership.member_id.in_(theirs), Membership.space_id.in_(our_spaces)
        ),
        select(func.count(Post.id)).where(said, Post.space_id.in_(our_spaces)),
        select(func.count(Instance.domain)).where(under(Instance.domain, domain), Instance.linked_at.is_not(None)),
    ]
    row = (await session.execute(select(*(count.scalar_subquery() for count in counts)))).one()
    return Breaks(*row)


async def policies_now(session: AsyncSession, domains: Collection[str]) -> dict[str, str]:
    """Return how these servers are treated, by name; those that are open are left out. One query."""
    rows = await session.execute(
        select(Instance.domain, Instance.policy).where(
            among(session, Instance.domain, domains), Instance.policy != ServerPolicy.OPEN
        )
    )
    return dict(rows.all())


def _names(policy: ServerPolicy | None) -> Select[str]:
    if policy in {ServerPolicy.LIMITED, ServerPolicy.SUSPENDED}:
        return select(Instance.domain).where(Instance.policy == policy)
    actors = select(Actor.domain).where(Actor.is_local.is_(False)).distinct()
    both = union(select(Instance.domain), actors).subquery()
    return select(both.c.domain)
