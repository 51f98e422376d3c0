"""What an issue or network passes on to those who follow it (FEP-1b12).

Two styles, because two kinds of software listen. Software that knows groups gets the activity
itself, wrapped: ``Announce{Create{Note}}``, for everything that is said, changed or withdrawn.
Software of Mastodon's kind would show each of those as a boost and drown its timelines; it gets a
bare ``Announce`` of first posts and outcomes only. Software that we know nothing of gets both.

Only what everyone may see is passed on. What is said among members goes to members, by name.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.kinds import FollowState
from actors.relations import Follow
from actors.site import Site
from federation.documents import JsonObject
from outbox import activities
from outbox.queue import Outgoing, host_of, queue_activities

SPEAKS_GROUPS: Final = frozenset({"samenspraak", "lemmy", "piefed", "mbin", "kbin", "nodebb", "discourse"})
"""Software (NodeInfo names) that unwraps a group's announcements."""
SPEAKS_BOOSTS: Final = frozenset(
    {
        "mastodon", "hometown", "glitchcafe", "gotosocial", "pleroma", "akkoma", "misskey", "sharkey", "firefish",
        "iceshrimp", "foundkey", "pixelfed", "takahe", "snac", "honk", "microblogpub", "wafrn", "bridgy-fed",
    }
)  # fmt: skip
"""Software that shows an announcement as a boost in its followers' timelines."""


@dataclass(frozen=True)
class Passing:
    """Something said in a space of ours. ``bare`` for a first post or an outcome."""

    space: Actor
    activity: JsonObject
    object_uri: str
    bare: bool


async def pass_on(session: AsyncSession, site: Site, passings: Sequence[Passing], *, now: datetime) -> None:
    """Queue the announcements of what was said, to the followers of where it was said.

    Three queries, however much was said in however many spaces.
    """
    if not passings:
        return
    inboxes = await _follower_inboxes(session, {passing.space.id for passing in passings})
    hosts = {host_of(inbox) for group in inboxes.values() for inbox in group}
    software = await _software(session, {host for host in hosts if host})
    outgoing: list[Outgoing] = []
    for passing in passings:
        to = inboxes[passing.space.id]
        groups = [inbox for inbox in to if software.get(host_of(inbox) or "", "") not in SPEAKS_BOOSTS]
        outgoing.append(_announcement(site, passing, passing.activity, groups, now))
        if passing.bare:
            boosts = [inbox for inbox in to if software.get(host_of(inbox) or "", "") not in SPEAKS_GROUPS]
            outgoing.append(_announcement(site, passing, passing.object_uri, boosts, now))
    await queue_activities(session, site, outgoing)


def _announcement(
    site: Site, passing: Passing, what: str | JsonObject, inboxes: Collection[str], now: datetime
) -> Outgoing:
    activity_id = new_id()
    document = activities.announce(
        uri=site.activity_uri(activity_id),
        actor=passing.space.uri,
        followers=passing.space.followers,
        object=what,
        now=now,
    )
    return Outgoing(
        activity_id=activity_id,
        actor_id=passing.space.id,
        document=document,
        object_uri=passing.object_uri,
        is_public=True,
        inboxes=inboxes,
    )


async def _follower_inboxes(session: AsyncSession, space_ids: Collection[int]) -> dict[int, set[str]]:
    rows = await session.execute(
        select(Follow.followee_id, Actor.shared_inbox, Actor.inbox)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(
            Follow.followee_id.in_(space_ids),
            Follow.state == FollowState.ACCEPTED,
            Actor.is_local.is_(False),
            Actor.deleted_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .distinct()
    )
    inboxes: dict[int, set[str]] = defaultdict(set)
    for space_id, shared, own in rows:
        inboxes[space_id].add(shared or own)
    return inboxes


async def _software(session: AsyncSession, hosts: Collection[str]) -> dict[str, str]:
    if not hosts:
        return {}
    rows = await session.execute(select(Instance.domain, Instance.software).where(Instance.domain.in_(hosts)))
    return {row.domain: row.software for row in rows}
