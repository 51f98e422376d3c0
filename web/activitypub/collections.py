"""GET of an actor's collections, each a head that counts and pages of at most forty.

Who follows whom is told as a number only: that someone follows or belongs can reveal origin or
religion (GDPR article 9), so no list of people is ever served.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from actors.actor import Actor
from actors.instances.queries import present
from actors.issues.tables import Issue
from actors.kinds import ActorKind, PostKind
from actors.posts.store import is_space
from actors.posts.tables import Featured, Post
from actors.relations import count_followers, count_following
from actors.serialize.collection import PAGE_SIZE, write_collection, write_page
from actors.visibility import ANYONE, is_open, listed_to, visible_to
from outbox.served import served
from outbox.tables import Activity
from web.activitypub.answers import document
from web.activitypub.documents import actor_at, number, post_at, viewer_of
from web.keys import DATABASE, SITE


@dataclass(frozen=True)
class Listing:
    """What a collection lists: a query of (id, item), newest first by ``column``, the id."""

    column: InstrumentedAttribute[int]
    query: Select[int, str]
    parsed: bool = False
    """Whether the items are stored documents rather than ids."""


async def outbox(request: web.Request) -> web.Response:
    """Answer with what an actor has said publicly (ActivityPub section 5.1)."""
    return await _collection(request, _outbox)


async def featured(request: web.Request) -> web.Response:
    """Answer with what an actor shows at the top of its page."""
    return await _collection(request, _featured)


async def context(request: web.Request) -> web.Response:
    """Answer with the conversation of an issue or network, which it owns (FEP-7888, FEP-f228)."""
    return await _collection(request, _context)


async def issues(request: web.Request) -> web.Response:
    """Answer with the issues that an organisation hosts."""
    return await _collection(request, _issues)


async def knowledge(request: web.Request) -> web.Response:
    """Answer with the knowledge products and outcomes published here."""
    return await _collection(request, _knowledge)


async def followers(request: web.Request) -> web.Response:
    """Answer with how many follow an actor, never with who."""
    return await _count(request, count_followers)


async def following(request: web.Request) -> web.Response:
    """Answer with how many an actor follows, never with whom."""
    return await _count(request, count_following)


async def replies(request: web.Request) -> web.Response:
    """Answer with the answers to a post (ActivityStreams vocabulary, replies)."""
    async with request.app[DATABASE].reading() as session:
        parent = await post_at(request, session)
    shared = is_open(parent.visibility)
    viewer = ANYONE if shared else await viewer_of(request)
    async with request.app[DATABASE].reading() as session:
        if await session.scalar(select(Post.id).where(Post.id == parent.id, visible_to(viewer))) is None:
            raise web.HTTPNotFound
        listing = Listing(Post.id, select(Post.id, Post.uri).where(Post.reply_to_id == parent.id, visible_to(ANYONE)))
        return await _answer(request, session, f"{parent.uri}/replies", listing, shared=shared)


def _outbox(actor: Actor) -> Listing:
    query = select(Activity.id, Activity.document).where(Activity.actor_id == actor.id, served())
    return Listing(Activity.id, query, parsed=True)


def _featured(actor: Actor) -> Listing:
    query = select(Post.id, Post.uri).join(Featured, Featured.post_id == Post.id)
    return Listing(Post.id, query.where(Featured.actor_id == actor.id, visible_to(ANYONE)))


def _context(actor: Actor) -> Listing:
    if not is_space(actor):
        raise web.HTTPNotFound
    said = select(Post.id, Post.uri).where(Post.space_id == actor.id, Post.kind != PostKind.ANSWER)
    return Listing(Post.id, said.where(visible_to(ANYONE)))


def _issues(actor: Actor) -> Listing:
    query = select(Actor.id, Actor.uri).join(Issue, Issue.actor_id == Actor.id)
    return Listing(
        Actor.id,
        query.where(
            Issue.host_id == actor.id,
            Actor.kind == ActorKind.ISSUE,
            Actor.is_local.is_(True),
            present(),
        ),
    )


def _knowledge(_actor: Actor) -> Listing:
    return Listing(
        Post.id,
        select(Post.id, Post.uri).where(
            Post.kind.in_([PostKind.KNOWLEDGE, PostKind.OUTCOME]), Post.is_local.is_(True), listed_to(ANYONE)
        ),
    )


async def _collection(request: web.Request, listing_of: Callable[[Actor], Listing]) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        actor = await _present_actor(request, session)
        uri = f"{request.app[SITE].base_url}{request.path}"
        return await _answer(request, session, uri, listing_of(actor))


async def _answer(
    request: web.Request, session: AsyncSession, uri: str, listing: Listing, *, shared: bool = True
) -> web.Response:
    if "page" not in request.query:
        total = await session.scalar(select(func.count()).select_from(listing.query.order_by(None).subquery()))
        return document(write_collection(uri, total or 0), shared=shared)
    after = number(request.query["after"]) if "after" in request.query else None
    query = listing.query
    if after is not None:
        query = query.where(listing.column < after)
    rows = (await session.execute(query.order_by(listing.column.desc()).limit(PAGE_SIZE + 1))).all()
    shown = rows[:PAGE_SIZE]
    items = [json.loads(item) if listing.parsed else item for _, item in shown]
    next_after = shown[-1][0] if len(rows) > PAGE_SIZE else None
    return document(write_page(uri, items, after=after, next_after=next_after), shared=shared)


async def _count(request: web.Request, count: Callable[[AsyncSession, int], Awaitable[int]]) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        actor = await _present_actor(request, session)
        uri = f"{request.app[SITE].base_url}{request.path}"
        return document(write_collection(uri, await count(session, actor.id), paged=False))


async def _present_actor(request: web.Request, session: AsyncSession) -> Actor:
    actor = await actor_at(request, session)
    if actor.deleted_at is not None:
        raise web.HTTPGone
    if actor.suspended_at is not None:
        raise web.HTTPNotFound
    return actor
