"""GET of an actor, a post or an activity, as ActivityStreams."""

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import PostKind
from actors.local import application_actor, local_actor
from actors.people.register import is_waiting
from actors.posts.detail import details
from actors.posts.tables import Post
from actors.serialize.actor import actor_detail, write_actor, write_actor_tombstone
from actors.serialize.post import write_post, write_tombstone
from actors.site import ACTOR_PATHS, POST_PATHS
from actors.visibility import ANYONE, Viewer, may_see
from federation.errors import FederationError
from outbox.served import served
from outbox.tables import Activity
from web.activitypub.answers import document
from web.keys import AUTHENTICATOR, DATABASE, LIMITS, SITE
from web.limits import REFUSED_FETCHES
from web.visitor import visitor_of


async def actor(request: web.Request) -> web.Response:
    """Answer with a local actor, or the tombstone of one (410)."""
    async with request.app[DATABASE].reading() as session:
        found = await actor_at(request, session)
        if found.deleted_at is not None:
            return document(write_actor_tombstone(found), status=410)
        return document(write_actor(request.app[SITE], await actor_detail(session, found)))


async def application(request: web.Request) -> web.Response:
    """Answer with the server's own actor."""
    async with request.app[DATABASE].reading() as session:
        found = await application_actor(session)
        return document(write_actor(request.app[SITE], await actor_detail(session, found)))


async def post(request: web.Request) -> web.Response:
    """Answer with a local post, its tombstone (410), or 404 to those who may not see it."""
    async with request.app[DATABASE].reading() as session:
        found = await post_at(request, session)
        if found.deleted_at is not None:
            return document(write_tombstone(found), status=410)
        if await may_see(session, ANYONE, found):
            (detail,) = await details(session, [found])
            return document(write_post(request.app[SITE], detail))
    # Who asks may have to be asked of another server, and no connection waits for that.
    viewer = await viewer_of(request)
    async with request.app[DATABASE].reading() as session:
        if not await may_see(session, viewer, found):
            raise web.HTTPNotFound
        (detail,) = await details(session, [found])
        return document(write_post(request.app[SITE], detail), shared=False)


async def activity(request: web.Request) -> web.Response:
    """Answer with an activity of ours that everyone may see."""
    async with request.app[DATABASE].reading() as session:
        query = select(Activity.document).where(Activity.id == number(request.match_info["id"]), served())
        found = await session.scalar(query)
    if found is None:
        raise web.HTTPNotFound
    return document(found.encode())


async def actor_at(request: web.Request, session: AsyncSession) -> Actor:
    """Return the local actor that the request's path names. Raises 404."""
    kind = ACTOR_PATHS.get(request.path.split("/", 2)[1])
    if kind is None:
        return await application_actor(session)
    found = await local_actor(session, request.match_info["handle"])
    if found is None or found.kind is not kind or await is_waiting(session, found):
        raise web.HTTPNotFound
    return found


async def post_at(request: web.Request, session: AsyncSession) -> Post:
    """Return the local post that the request's path names, withdrawn or not. Raises 404."""
    kind: PostKind | None = POST_PATHS.get(request.path.split("/", 2)[1])
    query = select(Post).where(Post.id == number(request.match_info["id"]), Post.kind == kind, Post.is_local.is_(True))
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise web.HTTPNotFound
    return found


async def viewer_of(request: web.Request) -> Viewer:
    """Return who asks: a person signed in here, else the actor that signed the request, else anyone.

    That may take a fetch of the signer's key: never call this while holding a session, or a few
    requests signed by slow servers would hold every connection to the database.
    """
    viewer = visitor_of(request).viewer
    if viewer.actor_id is not None or "Signature" not in request.headers:
        return viewer
    limits = request.app[LIMITS]
    key = f"signed fetches {limits.address_of(request)}"
    if not limits.allows(key, REFUSED_FETCHES):
        return ANYONE
    try:
        return await request.app[AUTHENTICATOR].viewer(request.method, request.raw_path, request.headers)
    except FederationError:
        # A signature that does not hold proves nothing; what is public is still public.
        limits.count(key, REFUSED_FETCHES)
        return ANYONE


def number(text: str) -> int:
    """Return an id from a path. Raises 404 for what cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) >= 2**63:
        raise web.HTTPNotFound
    return int(text)
