"""An instance as the inbox sees it: our own actors, the way in, and the worker, by a false clock."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from actors.actor import Actor
from actors.database import Base, Database
from actors.ids import new_id
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, Phase, PostKind
from actors.notifications import Notification
from actors.posts.tables import Mention, Post, Reaction
from actors.relations import Follow
from actors.remote import store_actor
from actors.resolve import Resolver
from actors.site import Site
from actors.wakeups import Wakeups
from federation.addresses import AddressPolicy
from federation.audience import Visibility
from federation.client import Client
from federation.documents import ActorDocument, JsonObject, dump
from inbox.authenticate import Authenticator
from inbox.receive import Receipt, Receiver
from inbox.tables import Arrival, ArrivalState
from inbox.worker import ArrivalWorker
from outbox.tables import Activity, Delivery
from tests.inbox.peers import Remote, World
from tests.support.clock import FalseClock
from tests.support.keys import key_pair, key_ring

SITE = Site("https://tilburg.example")
INBOX = "https://tilburg.example/inbox"
_numbers = itertools.count(1)


@dataclass
class Stage:
    """An instance of ours and the world around it."""

    database: Database
    world: World
    clock: FalseClock
    client: Client
    resolver: Resolver
    authenticator: Authenticator
    receiver: Receiver
    worker: ArrivalWorker
    local: dict[str, Actor] = field(default_factory=dict)

    @property
    def fatima(self) -> Actor:
        return self.local["fatima"]

    @property
    def issue(self) -> Actor:
        return self.local["veilig-online"]

    # --------------------------------------------------------------- sending
    async def send(self, sender: Remote, activity: JsonObject) -> Receipt:
        """Have a remote actor sign and send an activity."""
        return await self.send_bytes(sender, dump(activity))

    async def send_bytes(self, sender: Remote, body: bytes) -> Receipt:
        headers = sender.signed(body, INBOX, self.clock())
        return await self.receiver.receive("POST", "/inbox", headers, body, now=self.clock())

    async def handle(self) -> None:
        """Handle all that waits, with what it fetches."""
        while await self.worker.turn():
            await self.worker.settle_fetches()
        await self.worker.settle_fetches()

    async def hear(self, sender: Remote, *activities: JsonObject) -> tuple[ArrivalState, str]:
        """Send and handle; return what became of the last, and why."""
        for activity in activities:
            await self.send(sender, activity)
            await self.handle()
        return (await self.fates())[-1]

    # -------------------------------------------------------------- arranging
    async def add_local(self, handle: str, kind: ActorKind = ActorKind.PERSON, **more: Any) -> Actor:
        """Add an actor of ours."""
        uri = SITE.actor_uri(kind, handle)
        actor = Actor(
            id=new_id(),
            uri=uri,
            kind=kind,
            is_local=True,
            handle=handle,
            domain=SITE.domain,
            name=handle,
            url=uri,
            inbox=f"{uri}/inbox",
            shared_inbox=SITE.shared_inbox,
            followers=f"{uri}/followers",
            featured=f"{uri}/featured",
            created_at=self.clock(),
            updated_at=self.clock(),
            **more,
        )
        async with self.database.writing() as session:
            session.add(actor)
            await session.flush()
            key_ring().add(session, actor, key_pair())
        self.local[handle] = actor
        return actor

    async def meet(self, remote: Remote) -> Actor:
        """Have a remote actor known here."""
        async with self.database.writing() as session:
            return await store_actor(session, ActorDocument.read(remote.document()), now=self.clock())

    async def follow(self, followee: Remote, *, state: FollowState = FollowState.ACCEPTED, uri: str = "") -> Actor:
        """Have fatima follow a remote actor."""
        actor = await self.meet(followee)
        await self.add_follow(self.fatima, actor, state=state, uri=uri)
        return actor

    async def add_follow(
        self, follower: Actor, followee: Actor, *, state: FollowState = FollowState.ACCEPTED, uri: str = ""
    ) -> None:
        row = Follow(
            id=new_id(),
            follower_id=follower.id,
            followee_id=followee.id,
            uri=uri or f"https://tilburg.example/activities/{next(_numbers)}",
            state=state,
            created_at=self.clock(),
        )
        async with self.database.writing() as session:
            session.add(row)

    async def say(self, author: Actor, content: str = "<p>Van ons</p>", **more: Any) -> Post:
        """Add a post of one of ours."""
        post_id = new_id()
        uri = SITE.post_uri(PostKind.CONTRIBUTION, post_id)
        row: dict[str, Any] = {
            "id": post_id,
            "uri": uri,
            "author_id": author.id,
            "kind": PostKind.CONTRIBUTION,
            "type": "Note",
            "content": content,
            "visibility": Visibility.PUBLIC,
            "thread_id": post_id,
            "is_local": True,
            "published_at": self.clock(),
        }
        post = Post(**(row | more))
        async with self.database.writing() as session:
            session.add(post)
        return post

    # ---------------------------------------------------------------- looking
    async def rows(self, table: type[Base], *conditions: Any) -> list[Any]:
        """Return the rows of a table, in the order of their primary key."""
        async with self.database.reading() as session:
            query = select(table).where(*conditions).order_by(*table.__table__.primary_key.columns)
            return list(await session.scalars(query))

    async def fates(self) -> list[tuple[ArrivalState, str]]:
        """Return what became of each arrival, in order."""
        return [(one.state, one.reason) for one in await self.rows(Arrival)]

    async def post(self, uri: str) -> Post | None:
        found = await self.rows(Post, Post.uri == uri)
        return found[0] if found else None

    async def actor(self, uri: str) -> Actor | None:
        found = await self.rows(Actor, Actor.uri == uri)
        return found[0] if found else None

    async def notified(self) -> list[tuple[str, int]]:
        """Return what people here were told: kind and recipient."""
        return [(row.kind, row.recipient_id) for row in await self.rows(Notification)]

    async def said(self) -> list[JsonObject]:
        """Return the activities that we queued, in order."""
        return [json.loads(row.document) for row in await self.rows(Activity)]

    async def deliveries(self) -> set[str]:
        return {row.inbox for row in await self.rows(Delivery)}

    async def state(self) -> dict[str, Any]:
        """Return all that can be seen of posts, reactions and follows, free of ids that differ from run to run."""
        uris = {actor.id: actor.uri for actor in await self.rows(Actor)}
        posts = {post.id: post for post in await self.rows(Post)}
        return {
            "posts": sorted(
                (post.uri, post.content, uris[post.author_id], uris.get(post.space_id), post.deleted_at is not None)
                for post in posts.values()
            ),
            "mentions": sorted((posts[row.post_id].uri, uris[row.actor_id]) for row in await self.rows(Mention)),
            "reactions": sorted(
                (row.kind, posts[row.post_id].uri, uris[row.actor_id]) for row in await self.rows(Reaction)
            ),
            "follows": sorted(
                (uris[row.follower_id], uris[row.followee_id], row.state.value) for row in await self.rows(Follow)
            ),
        }


@asynccontextmanager
async def open_stage(
    database: Database, world: World, clock: FalseClock, *, key_seconds: float = 60.0
) -> AsyncIterator[Stage]:
    """Yield an instance with an application actor, an organisation, fatima, and an issue."""
    async with Client(AddressPolicy(), user_agent="Test", hosts=world.hosts(), now=clock) as client:
        resolver = Resolver(database, SITE, client, key_ring())
        authenticator = Authenticator(database, SITE, resolver, key_seconds=key_seconds, clock=clock.monotonic)
        receiver = Receiver(database, SITE, authenticator, seconds=60.0, clock=clock.monotonic)
        worker = ArrivalWorker(database, SITE, resolver, Wakeups(database), clock=clock)
        stage = Stage(database, world, clock, client, resolver, authenticator, receiver, worker)
        await stage.add_local("instantie", ActorKind.APPLICATION)
        organisation = await stage.add_local("gemeente", ActorKind.ORGANISATION)
        await stage.add_local("fatima")
        issue = await stage.add_local("veilig-online", ActorKind.ISSUE)
        async with database.writing() as session:
            session.add(
                Issue(
                    actor_id=issue.id,
                    host_id=organisation.id,
                    question="Hoe blijft iedereen veilig?",
                    phase=Phase.CONVERSATION,
                    perspectives_needed=[],
                    published_at=clock(),
                )
            )
        yield stage
        await receiver.close()
