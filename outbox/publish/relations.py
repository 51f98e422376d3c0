"""Following and no longer following, whether who is followed lives here or elsewhere."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, FollowState
from actors.notifications import Notification
from actors.relations import Follow, blocked_by, follow_between
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.wakeups import CHANGED
from federation.documents import JsonObject
from outbox import activities
from outbox.publish.say import say


class FollowRefused(ValueError):
    """An actor that cannot be followed: oneself, one that blocks, one that is gone."""


async def follow(session: AsyncSession, site: Site, follower: Actor, followee: Actor, *, now: datetime) -> Follow:
    """Have a local actor follow another. Asked once more, it asks once more where no answer came.

    Who lives here accepts at once, unless they chose to decide each time; who lives elsewhere is
    sent a Follow (ActivityPub section 7.5). Raises `FollowRefused`.
    """
    if follower.id == followee.id:
        raise FollowRefused("nobody follows themselves")
    if followee.deleted_at is not None or followee.suspended_at is not None:
        raise FollowRefused("this actor is gone")
    if await blocked_by(session, follower.id, [followee.id]):
        raise FollowRefused("this actor does not want to be followed by you")
    existing = await follow_between(session, follower.id, followee.id)
    if existing is not None and existing.state is FollowState.ACCEPTED:
        return existing
    wanted = existing or Follow(
        id=new_id(), follower_id=follower.id, followee_id=followee.id, uri="", state=FollowState.PENDING, created_at=now
    )
    session.add(wanted)
    wanted.state = FollowState.PENDING
    if followee.is_local:
        await _follow_here(session, site, wanted, follower, followee, now)
    else:
        said = await say(
            session, site, follower, "Follow", followee.uri, to=[followee.uri], inboxes=[followee.inbox], now=now
        )
        wanted.uri = said["id"]
    wake_after_commit(session, CHANGED)
    return wanted


async def unfollow(session: AsyncSession, site: Site, follower: Actor, followee: Actor, *, now: datetime) -> bool:
    """End a follow by a local actor; False when there was none."""
    existing = await follow_between(session, follower.id, followee.id)
    if existing is None:
        return False
    await session.delete(existing)
    if not followee.is_local:
        undone = _follow_document(existing, follower, followee)
        await say(session, site, follower, "Undo", undone, to=[followee.uri], inboxes=[followee.inbox], now=now)
    wake_after_commit(session, CHANGED)
    return True


async def answer_follow(
    session: AsyncSession, site: Site, wanted: Follow, follower: Actor, followee: Actor, *, accept: bool, now: datetime
) -> None:
    """Have a local actor accept or reject a follow that waits for it."""
    wanted.state = FollowState.ACCEPTED if accept else FollowState.REJECTED
    if not follower.is_local:
        verb = "Accept" if accept else "Reject"
        document = _follow_document(wanted, follower, followee)
        await say(session, site, followee, verb, document, to=[follower.uri], inboxes=[follower.inbox], now=now)
    wake_after_commit(session, CHANGED)


def accepts_by_itself(followee: Actor, follower: Actor) -> bool:
    """Whether a local actor accepts a follower unasked.

    All do, but for persons: those who chose to decide each time, and everyone when the follower is limited.
    """
    return followee.kind is not ActorKind.PERSON or not (followee.manually_approves or follower.limited_at is not None)


async def _follow_here(
    session: AsyncSession, site: Site, wanted: Follow, follower: Actor, followee: Actor, now: datetime
) -> None:
    wanted.uri = site.activity_uri(wanted.id)
    if accepts_by_itself(followee, follower):
        wanted.state = FollowState.ACCEPTED
    if followee.kind is ActorKind.PERSON:
        kind = "follow" if wanted.state is FollowState.ACCEPTED else "follow_request"
        row = {"id": new_id(), "recipient_id": followee.id, "kind": kind, "from_id": follower.id, "created_at": now}
        await insert_or_ignore(session, Notification, [row])


def _follow_document(wanted: Follow, follower: Actor, followee: Actor) -> JsonObject:
    return activities.build("Follow", uri=wanted.uri, actor=follower.uri, object=followee.uri, to=[followee.uri])
