"""What pages ask of other instances: which are linked with ours, how they do, who gets a copy of what is said.

Whoever may write to us may not therefore stand in our lists: what other servers publish is shown
unasked (in lists, on front pages) only when an operator linked their instance, or when somebody
here follows the one who published it, and never while the instance is limited or suspended.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, Phase, PostKind
from actors.posts.tables import Post, is_a
from actors.relations import Follow
from actors.visibility import ANYONE, listed_to

OPEN_POLICY = "open"
ANSWERED_PHASES = (Phase.FEEDBACK, Phase.CLOSED)
"""Phases in which nothing is owed any more."""
_OWING_PHASES = tuple(phase for phase in Phase if phase not in ANSWERED_PHASES)


_reader = aliased(Actor)


@dataclass(frozen=True)
class LinkedInstance:
    """An instance whose issues and knowledge we show, and what we know of it."""

    instance: Instance
    organisation: Actor | None
    issues: int = 0
    overdue: int = 0
    """How many of its issues are past the date on which feedback was promised."""
    products: int = 0

    @property
    def name(self) -> str:
        """What people call it."""
        if self.organisation is not None and self.organisation.name:
            return self.organisation.name
        return self.instance.name or self.instance.domain


@dataclass(frozen=True)
class Copies:
    """Which servers get a copy of what is said: linked ones by name, all of them as a number.

    Only linked instances are named. A server may be one person's own, and that somebody follows
    an issue is not for others to know.
    """

    servers: int = 0
    named: tuple[str, ...] = ()

    @property
    def others(self) -> int:
        """How many servers are counted without being named."""
        return self.servers - len(self.named)


@cache
def shown_unasked() -> ColumnElement[bool]:
    """Return the condition on `Actor` under which what it publishes may stand in our lists."""
    linked = exists().where(
        Instance.domain == Actor.domain, Instance.linked_at.is_not(None), Instance.policy == OPEN_POLICY
    )
    followed_here = exists().where(
        Follow.followee_id == Actor.id,
        Follow.state == FollowState.ACCEPTED,
        Follow.follower_id == _reader.id,
        _reader.is_local.is_(True),
    )
    kept_away = exists().where(Instance.domain == Actor.domain, Instance.policy != OPEN_POLICY)
    unlimited = Actor.limited_at.is_(None)
    return and_(present(), unlimited, or_(Actor.is_local.is_(True), linked, and_(followed_here, ~kept_away)))


def present() -> ColumnElement[bool]:
    """Return the condition that an actor is neither deleted nor suspended."""
    return and_(Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))


def owes_since(moment: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition on `Issue` that feedback was promised before then and has not been given."""
    return and_(Issue.phase.in_(_OWING_PHASES), Issue.feedback_by < moment)


async def linked_instances(session: AsyncSession, *, today: datetime) -> list[LinkedInstance]:
    """Return the linked instances with their counts, by name; four queries. ``today`` is when this day began."""
    rows = (await session.execute(_LINKED)).all()
    issues = dict((await session.execute(_ISSUES_BY_DOMAIN)).all())
    overdue = dict((await session.execute(_OVERDUE_BY_DOMAIN, {"today": today})).all())
    products = dict((await session.execute(_PRODUCTS_BY_DOMAIN)).all())
    counts = (issues, overdue, products)
    found = [
        LinkedInstance(instance, organisation, *(count.get(instance.domain, 0) for count in counts))
        for instance, organisation in rows
    ]
    return sorted(found, key=lambda linked: linked.name.lower())


async def linked_names(session: AsyncSession) -> dict[str, str]:
    """Return the names of linked instances that may be shown, by domain, in the order of their names."""
    rows = await session.execute(_LINKED_NAMES)
    names = {domain: actor_name or name or domain for domain, name, actor_name in rows}
    return dict(sorted(names.items(), key=lambda item: item[1].lower()))


_LINKED = (
    select(Instance, Actor)
    .outerjoin(Actor, and_(Actor.id == Instance.actor_id, Actor.deleted_at.is_(None)))
    .where(Instance.linked_at.is_not(None))
)
_linked = and_(Actor.domain.in_(select(Instance.domain).where(Instance.linked_at.is_not(None))), present())
_by_domain = select(Actor.domain, func.count()).where(_linked).group_by(Actor.domain)
_ISSUES_BY_DOMAIN = _by_domain.where(Actor.kind == ActorKind.ISSUE)
_OVERDUE_BY_DOMAIN = _by_domain.join(Issue, Issue.actor_id == Actor.id).where(owes_since(bindparam("today")))
# Counted by author first: there are few products, and very many posts of all who are on those servers.
_by_author = (
    select(Post.author_id, func.count().label("products"))
    .where(is_a(PostKind.KNOWLEDGE), listed_to(ANYONE))
    .group_by(Post.author_id)
    .subquery()
)
_PRODUCTS_BY_DOMAIN = (
    select(Actor.domain, func.sum(_by_author.c.products))
    .join(_by_author, _by_author.c.author_id == Actor.id)
    .where(_linked)
    .group_by(Actor.domain)
)
_LINKED_NAMES = (
    select(Instance.domain, Instance.name, Actor.name)
    .outerjoin(Actor, Actor.id == Instance.actor_id)
    .where(Instance.linked_at.is_not(None), Instance.policy == OPEN_POLICY)
)


async def copies_for(
    session: AsyncSession, followed: Collection[int], *, also: Collection[str] = (), linked: dict[str, str]
) -> Copies:
    """Return which other servers get a copy of what is sent to the followers of ``followed``.

    ``also`` are domains that get one anyway; ``linked`` as `linked_names` gives it. One query.
    """
    domains = set(also)
    if followed:
        domains |= set(
            await session.scalars(
                select(Actor.domain)
                .join(Follow, Follow.follower_id == Actor.id)
                .where(
                    Follow.followee_id.in_(list(followed)),
                    Follow.state == FollowState.ACCEPTED,
                    Actor.is_local.is_(False),
                    present(),
                )
                .distinct()
            )
        )
    return Copies(len(domains), tuple(name for domain, name in linked.items() if domain in domains))
