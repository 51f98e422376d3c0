"""Asking for all that a batch names: a fixed number of queries, each with one array as its parameter."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.among import among
from actors.issues.hosts import co_hosts_of
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState
from actors.networks.tables import Network
from actors.posts.tables import Post, Tombstone
from actors.relations import Block, Follow, Membership, Revoked
from actors.signals.tables import Signal, SignalPost
from actors.visibility import is_private
from inbox.batch import Known, KnownPost, KnownSignal
from inbox.names import Names

# A lock is taken as its row is read, so in the order of the array; the cast makes its "void" a value.
_LOCK = text(
    """
    SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
    FROM unnest(:keys, :shared) AS wanted(key, shared)
    """
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)), bindparam("shared", type_=ARRAY(Boolean)))


async def preload(session: AsyncSession, names: Names) -> Known:
    """Return what is known of all that is named, once nobody else is changing it."""
    await _hold_still(session, names)
    known = Known()
    await _load_actors(session, known, uris=names.actors)
    await _load_posts(session, known, names.objects)
    await _load_missing_actors(session, known)
    for tombstone in await _rows(session, Tombstone.uri, Tombstone.actor_uri, names.objects):
        known.tombstones.add((tombstone[0], tombstone[1]))
    for revoked in await _rows(session, Revoked.uri, Revoked.actor_uri, names.activities):
        known.revoked.add((revoked[0], revoked[1]))
    speakers = {actor.id for uri in names.speakers if (actor := known.actors.get(uri)) is not None}
    await _load_relations(session, known, speakers)
    await _load_spaces(session, known)
    await _load_signals(session, known)
    if names.asks_for_hosts:
        await _load_hosts(session, known)
    return known


async def load_actors(session: AsyncSession, known: Known, ids: Iterable[int]) -> None:
    """Add actors by their ids to what is known."""
    await _load_actors(session, known, ids=set(ids) - known.actors_by_id.keys())


async def _hold_still(session: AsyncSession, names: Names) -> None:
    if session.get_bind().dialect.name == "sqlite":
        return  # the write lane lets one in at a time
    locks = names.locks()
    if locks:
        keys, shared = [key for key, _ in locks], [is_shared for _, is_shared in locks]
        await session.execute(_LOCK, {"keys": keys, "shared": shared})


async def _load_actors(
    session: AsyncSession, known: Known, *, uris: Collection[str] = (), ids: Collection[int] = ()
) -> None:
    if not uris and not ids:
        return
    condition = among(session, Actor.uri, uris) if uris else among(session, Actor.id, ids)
    for actor in await session.scalars(select(Actor).where(condition)):
        known.actors[actor.uri] = known.actors_by_id[actor.id] = actor


async def _load_posts(session: AsyncSession, known: Known, uris: Collection[str]) -> None:
    if not uris:
        return
    query = select(
        Post.id,
        Post.uri,
        Post.author_id,
        Post.kind,
        Post.visibility,
        Post.space_id,
        Post.thread_id,
        Post.is_local,
        Post.updated_at,
        Post.deleted_at,
    ).where(among(session, Post.uri, uris))
    for row in await session.execute(query):
        known.posts[row.uri] = KnownPost(**row._mapping)


async def _load_missing_actors(session: AsyncSession, known: Known) -> None:
    wanted = {post.author_id for post in known.posts.values()}
    wanted.update(post.space_id for post in known.posts.values() if post.space_id is not None)
    await load_actors(session, known, wanted)


async def _rows(session: AsyncSession, key: Any, value: Any, uris: Collection[str]) -> list[tuple[str, str]]:
    if not uris:
        return []
    return [(row[0], row[1]) for row in await session.execute(select(key, value).where(among(session, key, uris)))]


async def _load_relations(session: AsyncSession, known: Known, speakers: set[int]) -> None:
    remote = [id_ for id_ in speakers if not known.actors_by_id[id_].is_local]
    if not remote:
        return
    follower = aliased(Actor)
    followed = (
        select(Follow.followee_id)
        .join(follower, follower.id == Follow.follower_id)
        .where(
            among(session, Follow.followee_id, remote),
            Follow.state == FollowState.ACCEPTED,
            follower.is_local.is_(True),
        )
        .distinct()
    )
    known.followed.update(await session.scalars(followed))
    local = [actor.id for actor in known.actors_by_id.values() if actor.is_local]
    if local:
        blocks = select(Block.actor_id, Block.blocked_id).where(
            among(session, Block.actor_id, local), among(session, Block.blocked_id, remote)
        )
        known.blocks.update((row[0], row[1]) for row in await session.execute(blocks))


async def _load_spaces(session: AsyncSession, known: Known) -> None:
    networks = [actor.id for actor in known.actors_by_id.values() if actor.kind is ActorKind.NETWORK]
    if networks:
        closed = select(Network.actor_id).where(among(session, Network.actor_id, networks), Network.is_closed.is_(True))
        known.closed.update(await session.scalars(closed))
    if known.closed:
        members = select(Membership.space_id, Membership.member_id).where(
            among(session, Membership.space_id, known.closed),
            among(session, Membership.member_id, known.actors_by_id),
        )
        known.members.update((row[0], row[1]) for row in await session.execute(members))


async def _load_signals(session: AsyncSession, known: Known) -> None:
    private = [post.id for post in known.posts.values() if is_private(post.visibility)]
    if private:
        query = (
            select(SignalPost.post_id, Signal.id, Signal.organisation_id, Signal.from_id)
            .join(Signal, Signal.id == SignalPost.signal_id)
            .where(among(session, SignalPost.post_id, private))
        )
        for post_id, *signal in await session.execute(query):
            known.signals[post_id] = KnownSignal(*signal)


async def _load_hosts(session: AsyncSession, known: Known) -> None:
    issues = [actor.id for actor in known.actors_by_id.values() if actor.kind is ActorKind.ISSUE]
    if issues:
        hosts = select(Issue.actor_id, Issue.host_id).where(among(session, Issue.actor_id, issues))
        known.hosts.update((row[0], row[1]) for row in await session.execute(hosts))
        known.co_hosts.update(await co_hosts_of(session, issues))
