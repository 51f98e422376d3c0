"""The unit of work of a worker's transaction: what it knows, and what it will write.

A batch asks for all that its activities name in a fixed number of queries, however many they are.
Handlers then read and change what is in memory, so that of a Create and a Delete in one batch the
second sees the first; rows are collected and written in bulk by `flush`. A handler of a rare verb
may `flush` first and use the session as anyone would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Base, wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, PostKind
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.notifications import Notification
from actors.posts.store import adopt_orphans, bury_posts
from actors.posts.tables import Meeting, Mention, PollOption, Post, PostTheme, Reaction, Tombstone
from actors.relations import Revoked
from actors.remote import store_actor
from actors.signals.store import Heard, keep_signals
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.visibility import Viewer, is_open, visible_to
from actors.wakeups import CHANGED
from federation.audience import Visibility
from federation.documents import ActorDocument, JsonObject
from federation.errors import FederationError, Gone, UnexpectedStatus, Unreachable
from inbox.outcomes import Ignored, Needs, Outcome
from inbox.policy import Policy
from inbox.reading import Reading
from outbox.announce import Passing, pass_on
from outbox.queue import Outgoing, queue_activities
from outbox.withdrawal import take_back

# Parents before what points at them.
_TABLES: Final[tuple[type[Base], ...]] = (
    Post, Mention, PostTheme, Attachment, PollOption, Meeting, KnowledgeProduct, KnowledgeIssue, Answer,
    OutcomeRecord, OutcomeVersion, OutcomeStep,
)  # fmt: skip


@dataclass(slots=True)
class KnownPost:
    """What handling asks of a post, stored or about to be."""

    id: int
    uri: str
    author_id: int
    kind: PostKind
    visibility: Visibility
    space_id: int | None
    thread_id: int
    is_local: bool
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownSignal:
    """A signal that a private post belongs to."""

    id: int
    organisation_id: int
    from_id: int


@dataclass
class Known:
    """The rows that a batch was given. Keys are URIs where it says so, else ids."""

    actors: dict[str, Actor] = field(default_factory=dict)
    actors_by_id: dict[int, Actor] = field(default_factory=dict)
    posts: dict[str, KnownPost] = field(default_factory=dict)
    tombstones: set[tuple[str, str]] = field(default_factory=set)
    """URIs of a deleted object and of the actor who deleted it."""
    revoked: set[tuple[str, str]] = field(default_factory=set)
    """URIs of an undone activity and of the actor who undid it."""
    followed: set[int] = field(default_factory=set)
    """Whom somebody here follows."""
    blocks: set[tuple[int, int]] = field(default_factory=set)
    """Who blocks whom, of local actors that are named and speakers of this batch."""
    closed: set[int] = field(default_factory=set)
    """Networks for members only."""
    members: set[tuple[int, int]] = field(default_factory=set)
    """Space and member, of the closed networks and speakers of this batch."""
    hosts: dict[int, int | None] = field(default_factory=dict)
    """Issue to the organisation that answers for it, and alone may change or end it."""
    co_hosts: dict[int, set[int]] = field(default_factory=dict)
    """Issue to the organisations that host it beside that one (`inbox.hosting`)."""
    signals: dict[int, KnownSignal] = field(default_factory=dict)
    """Private post to the signal that it belongs to."""


class Batch:
    """One transaction's worth of handling. ``fetched`` holds what was fetched for it, or why that failed."""

    def __init__(
        self,
        session: AsyncSession,
        site: Site,
        known: Known,
        reading: Reading,
        *,
        policy: Policy,
        now: datetime,
        fetched: Mapping[str, JsonObject | FederationError | None] | None = None,
    ) -> None:
        self.session = session
        self.site = site
        self.known = known
        self.reading = reading
        self.policy = policy
        self.now = now
        self.fetched = fetched or {}
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self._ignorable: dict[type[Base], list[dict[str, Any]]] = {}
        self._arrived: dict[str, KnownPost] = {}
        self._buried: dict[int, str] = {}
        self._passings: list[Passing] = []
        self._outgoing: list[Outgoing] = []
        self._heard: list[Heard] = []

    # ---------------------------------------------------------------- asking
    def actor(self, uri: str) -> Actor | None:
        """Return an actor that is known and there."""
        actor = self.known.actors.get(uri)
        return actor if actor is not None and actor.deleted_at is None else None

    def local_actor(self, uri: str) -> Actor | None:
        """Return one of our actors."""
        actor = self.actor(uri)
        return actor if actor is not None and actor.is_local else None

    async def store_actor(self, document: ActorDocument, *, host_id: int | None = None) -> None:
        """Store what an actor says of itself, or its host of it; ``host_id`` is that host.

        Raises ``OriginError`` for what is not its own to say; then nothing of it stays.
        """
        await self.flush()
        async with self.session.begin_nested():
            actor = await store_actor(self.session, document, now=self.now)
        self.known.actors[actor.uri] = self.known.actors_by_id[actor.id] = actor
        if host_id is not None:
            self.known.hosts[actor.id] = host_id

    def space_of(self, post: KnownPost) -> Actor | None:
        """Return the space in which a post was said."""
        return self.known.actors_by_id.get(post.space_id) if post.space_id is not None else None

    async def may_see(self, actor: Actor, post: KnownPost) -> bool:
        """Whether an actor may see a post, by the one judge (`actors.visibility`)."""
        if is_open(post.visibility):
            return post.deleted_at is None
        await self.flush()
        return bool(await self.session.scalar(select(exists().where(Post.id == post.id, visible_to(Viewer(actor.id))))))

    def is_heard(self, actor: Actor) -> bool:
        """Whether an actor is listened to: there, and neither it nor its server suspended."""
        return actor.deleted_at is None and actor.suspended_at is None and not self.policy.refuses(actor.domain)

    def blocks(self, blocker: Actor, other: Actor) -> bool:
        """Whether a local actor wants nothing of a speaker of this batch."""
        return (blocker.id, other.id) in self.known.blocks

    def obtained(self, uri: str) -> JsonObject | Outcome:
        """Return the document that was fetched at a URI, or what to answer because it is not there."""
        found = self.fetched.get(uri)
        if isinstance(found, Gone):
            return Ignored(f"{uri} is not there")
        if isinstance(found, UnexpectedStatus | Unreachable) or found is None:
            return Needs(objects=(uri,))
        if isinstance(found, FederationError):
            return Ignored(f"{uri} cannot be used: {found.reason}")
        return found

    def is_gone(self, uri: str) -> bool:
        """Whether an object's own server said that it is not there any more."""
        found = self.fetched.get(uri)
        return isinstance(found, Gone) or (isinstance(found, dict) and found.get("type") == "Tombstone")

    # ------------------------------------------------------------ collecting
    def add_post(self, post: KnownPost, row: dict[str, Any]) -> None:
        """Have a post written; from now on it is known."""
        self.known.posts[post.uri] = self._arrived[post.uri] = post
        self.add(Post, row)

    def add(self, table: type[Base], *rows: dict[str, Any]) -> None:
        """Have rows written that nothing can conflict with. Rows of one table have the same columns."""
        if rows:
            self._rows.setdefault(table, []).extend(rows)

    def add_once(self, table: type[Base], row: dict[str, Any]) -> None:
        """Have a row written unless it is there already."""
        self._ignorable.setdefault(table, []).append(row)

    def notify(self, recipient: Actor, kind: str, by: Actor, post: KnownPost | None = None) -> None:
        """Have somebody here told of something, unless they want nothing of who did it."""
        if recipient.kind is not ActorKind.PERSON or not recipient.is_local or self.blocks(recipient, by):
            return
        limited = by.limited_at is not None or self.policy.limits(by.domain)
        if limited and by.id not in self.known.followed:
            return
        self.add_once(
            Notification,
            {
                "id": new_id(),
                "recipient_id": recipient.id,
                "kind": kind,
                "from_id": by.id,
                "post_id": post.id if post is not None else None,
                "created_at": self.now,
            },
        )

    def react(self, kind: str, actor: Actor, post: KnownPost, uri: str) -> None:
        """Have it noted that an actor likes a post or passes it on."""
        self.add_once(
            Reaction,
            {
                "id": new_id(),
                "kind": kind,
                "actor_id": actor.id,
                "post_id": post.id,
                "uri": uri,
                "created_at": self.now,
            },
        )

    def bury(self, post: KnownPost) -> None:
        """Have a post made a tombstone, and all that carried it taken back."""
        post.deleted_at = self.now
        self._buried[post.id] = post.uri
        self._passings = [passing for passing in self._passings if passing.object_uri != post.uri]

    def remember_deleted(self, uri: str, by: Actor) -> None:
        """Remember that an object was deleted before it came (promise P4)."""
        self.known.tombstones.add((uri, by.uri))
        self.add_once(Tombstone, {"uri": uri, "actor_uri": by.uri, "created_at": self.now})

    def remember_undone(self, uri: str, by: Actor) -> None:
        """Remember that an activity was undone before it came (promise P4)."""
        self.known.revoked.add((uri, by.uri))
        self.add_once(Revoked, {"uri": uri, "actor_uri": by.uri, "created_at": self.now})

    def is_undone(self, uri: str, by: Actor) -> bool:
        """Whether its own actor undid this activity before it came."""
        return (uri, by.uri) in self.known.revoked

    def pass_on(self, space: Actor, activity: JsonObject, object_uri: str, *, bare: bool = False) -> None:
        """Have a space of ours pass on what was said in it."""
        self._passings.append(Passing(space, activity, object_uri, bare))

    def hear_signal(self, heard: Heard) -> None:
        """Have a private post be part of a signal."""
        self.known.signals[heard.post_id] = KnownSignal(heard.signal_id, heard.organisation_id, heard.from_id)
        self._heard.append(heard)

    def send(self, outgoing: Outgoing) -> None:
        """Have an activity of ours sent."""
        self._outgoing.append(outgoing)

    # --------------------------------------------------------------- writing
    async def flush(self) -> None:
        """Write what was collected. May be called again when more has been."""
        rows, self._rows = self._rows, {}
        for table in _TABLES:
            if table in rows:
                await self.session.execute(insert(table.__table__), rows.pop(table))  # type: ignore[arg-type]
        if rows:
            raise LookupError(f"no order is known for {sorted(table.__name__ for table in rows)}")
        arrived, self._arrived = self._arrived, {}
        if arrived:
            places = {uri: (post.id, post.thread_id, post.space_id) for uri, post in arrived.items()}
            await adopt_orphans(self.session, places)
            wake_after_commit(self.session, CHANGED)
        heard, self._heard = self._heard, []
        await keep_signals(self.session, heard, now=self.now)
        ignorable, self._ignorable = self._ignorable, {}
        for table, once in ignorable.items():
            await insert_or_ignore(self.session, table, once)
        if ignorable:
            wake_after_commit(self.session, CHANGED)
        buried, self._buried = self._buried, {}
        await bury_posts(self.session, list(buried), now=self.now)
        await take_back(self.session, buried.values())
        passings, self._passings = self._passings, []
        await pass_on(self.session, self.site, passings, now=self.now)
        outgoing, self._outgoing = self._outgoing, []
        await queue_activities(self.session, self.site, outgoing, now=self.now)
