"""Who plays in the tests of actors and of all that builds on them: people, organisations, issues, what they say."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, Phase, PostKind
from actors.local import create_actor
from actors.posts.tables import Mention, Post
from actors.relations import Block, Follow, Membership
from actors.site import APPLICATION_HANDLE, Site
from federation.audience import Visibility
from federation.documents import JsonObject
from federation.keys import public_pem
from tests.support.keys import key_pair, key_ring

SITE = Site("https://tilburg.example")
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def here(
    session: AsyncSession, handle: str, kind: ActorKind = ActorKind.PERSON, *, site: Site = SITE, **more: Any
) -> Actor:
    """Add an actor of our own, with keys."""
    more.setdefault("name", handle.capitalize())
    return await create_actor(session, site, key_ring(), key_pair(), kind=kind, handle=handle, now=MOMENT, **more)


async def the_instance(session: AsyncSession, site: Site = SITE) -> Actor:
    """Add the server's own actor and the organisation, as `samenspraak init` does; return the organisation."""
    await here(session, APPLICATION_HANDLE, ActorKind.APPLICATION, site=site)
    return await here(session, "tilburg", ActorKind.ORGANISATION, site=site, name="Gemeente Tilburg")


async def issue_here(session: AsyncSession, host: Actor, handle: str = "jeugd", **more: Any) -> Actor:
    """Add an issue of our own, without telling anyone."""
    actor = await here(session, handle, ActorKind.ISSUE, name="Jeugd in de wijk")
    values: dict[str, Any] = {"question": "Wat is er nodig?", "phase": Phase.AGENDA, "published_at": MOMENT, **more}
    session.add(Issue(actor_id=actor.id, host_id=host.id, **values))
    await session.flush()
    return actor


async def elsewhere(
    session: AsyncSession, handle: str, domain: str = "utrecht.example", kind: ActorKind = ActorKind.PERSON,
    *, shared: bool = True, **more: Any,
) -> Actor:  # fmt: skip
    """Add an actor of another server, which shares one inbox among its actors unless told otherwise."""
    uri = f"https://{domain}/users/{handle}"
    values: dict[str, Any] = {
        "id": new_id(), "uri": uri, "kind": kind, "handle": handle, "domain": domain, "name": handle.capitalize(),
        "url": f"https://{domain}/@{handle}", "inbox": f"{uri}/inbox",
        "shared_inbox": f"https://{domain}/inbox" if shared else None, "followers": f"{uri}/followers",
        "created_at": MOMENT, "updated_at": MOMENT, "fetched_at": MOMENT,
    } | more  # fmt: skip
    actor = Actor(**values)
    session.add(actor)
    await session.flush()
    return actor


async def runs(session: AsyncSession, domain: str, software: str, **more: Any) -> None:
    """Make known what software a server runs."""
    session.add(Instance(domain=domain, software=software, created_at=MOMENT, **more))
    await session.flush()


async def said(session: AsyncSession, author: Actor, visibility: Visibility = Visibility.PUBLIC, **more: Any) -> Post:
    """Add a post, without telling anyone; ``names`` are whom it mentions."""
    names = more.pop("names", ())
    post_id = new_id()
    kind = more.get("kind", PostKind.CONTRIBUTION)
    uri = SITE.post_uri(kind, post_id) if author.is_local else f"https://{author.domain}/notes/{post_id}"
    values: dict[str, Any] = {
        "id": post_id, "uri": uri, "author_id": author.id, "kind": kind, "type": "Note", "content": "<p>Hallo</p>",
        "url": uri, "visibility": visibility, "thread_id": post_id, "is_local": author.is_local,
        "published_at": MOMENT,
    } | more  # fmt: skip
    post = Post(**values)
    session.add(post)
    await session.flush()
    session.add_all(Mention(post_id=post.id, actor_id=actor.id) for actor in names)
    await session.flush()
    return post


async def follows(
    session: AsyncSession, follower: Actor, followee: Actor, state: FollowState = FollowState.ACCEPTED
) -> Follow:
    """Have one actor follow another."""
    follow = Follow(
        id=new_id(), follower_id=follower.id, followee_id=followee.id, uri=f"{follower.uri}#follows-{followee.id}",
        state=state, created_at=MOMENT,
    )  # fmt: skip
    session.add(follow)
    await session.flush()
    return follow


async def belongs(session: AsyncSession, member: Actor, space: Actor) -> None:
    """Make an actor a member of a space."""
    session.add(Membership(space_id=space.id, member_id=member.id, created_at=MOMENT))
    await session.flush()


async def blocks(session: AsyncSession, actor: Actor, blocked: Actor) -> None:
    """Have one actor block another."""
    session.add(Block(actor_id=actor.id, blocked_id=blocked.id, created_at=MOMENT))
    await session.flush()


def actor_document(uri: str, type_: str = "Person", **more: Any) -> JsonObject:
    """Return what a server tells of an actor of its own."""
    host = "/".join(uri.split("/")[:3])
    return {
        "@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": type_,
        "preferredUsername": uri.rsplit("/", 1)[-1], "name": "Bram", "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox", "followers": f"{uri}/followers", "endpoints": {"sharedInbox": f"{host}/inbox"},
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": public_pem(key_pair()[0])},
    } | more  # fmt: skip
