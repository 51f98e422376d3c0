"""Who will hear of an outcome: each contributor, on which server, and whether that server can be reached."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.instances.policy import names_above, strictest
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy
from actors.posts.tables import Post
from actors.site import Site

_FAILING: Final = 3
"""After so many failures in a row a server is named as one that may not hear."""


class Reach(StrEnum):
    """Whether a server hears what we send it."""

    HERE = "here"
    HEARS = "hears"
    AWAY = "away"
    """It does not answer now; we keep trying."""
    BLOCKED = "blocked"
    """We send it nothing."""


@dataclass(frozen=True)
class ServerHearing:
    """A server, and the contributors who live there, by name."""

    domain: str
    reach: Reach
    people: list[Actor]


async def who_hears(
    session: AsyncSession, site: Site, contributions: Collection[str], *, now: datetime
) -> list[ServerHearing]:
    """Return who is told when these contributions are answered: our own first, then by server; two queries."""
    authors = select(Post.author_id).where(among(session, Post.uri, contributions)).distinct()
    query = select(Actor).where(Actor.id.in_(authors), Actor.deleted_at.is_(None))
    people: dict[tuple[str, bool], list[Actor]] = defaultdict(list)
    for actor in await session.scalars(query.order_by(Actor.account_key, Actor.id)):
        people[actor.domain, actor.suspended_at is not None].append(actor)
    reach = await _reach(session, {domain for domain, _ in people} - {site.domain}, now)
    reach[site.domain] = Reach.HERE
    hearing = [
        ServerHearing(domain, Reach.BLOCKED if is_suspended else reach[domain], actors)
        for (domain, is_suspended), actors in people.items()
    ]
    return sorted(hearing, key=lambda one: (one.reach is not Reach.HERE, one.domain))


async def _reach(session: AsyncSession, domains: Collection[str], now: datetime) -> dict[str, Reach]:
    names = {name for domain in domains for name in names_above(domain)}
    policies: dict[str, str] = {}
    away: set[str] = set()
    if names:
        rows = await session.execute(
            select(Instance.domain, Instance.policy, Instance.rests_until, Instance.failures).where(
                among(session, Instance.domain, names),
                or_(
                    Instance.policy == ServerPolicy.SUSPENDED,
                    Instance.rests_until > now,
                    Instance.failures >= _FAILING,
                ),
            )
        )
        for domain, policy, rests_until, failures in rows:
            policies[domain] = policy
            if failures >= _FAILING or (rests_until is not None and rests_until > now):
                away.add(domain)
    return {
        domain: Reach.BLOCKED
        if strictest(domain, policies) is ServerPolicy.SUSPENDED
        else (Reach.AWAY if domain in away else Reach.HEARS)
        for domain in domains
    }
