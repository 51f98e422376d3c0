"""Taking part in an issue, ours or another instance's."""

from aiohttp import web

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.local import local_actor
from actors.posts.tables import Post
from web.bodies import with_files
from web.keys import DATABASE
from web.pages.asked import path_id, person_of, see_other
from web.pages.errors import render_error
from web.pages.issues.page import show_issue
from web.pages.paths import actor_path, with_notice
from web.pages.posting import publish_saying, read_saying, status_of


@with_files
async def contribute(request: web.Request) -> web.Response:
    """Take a contribution to an issue of ours."""
    async with request.app[DATABASE].reading() as session:
        space = await local_actor(session, request.match_info["handle"])
    return await _contribute(request, space)


@with_files
async def contribute_elsewhere(request: web.Request) -> web.Response:
    """Take a contribution to another instance's issue."""
    async with request.app[DATABASE].reading() as session:
        space = await session.get(Actor, path_id(request))
    return await _contribute(request, space)


async def _contribute(request: web.Request, space: Actor | None) -> web.Response:
    if space is None or space.kind is not ActorKind.ISSUE or space.deleted_at or space.suspended_at:
        return await render_error(request, 404)
    person_of(request, back=actor_path(space))
    posted = await publish_saying(request, await read_saying(request), space)
    if isinstance(posted, Post):
        return see_other(with_notice(actor_path(space), "geplaatst", f"inbreng-{posted.id}"))
    async with request.app[DATABASE].reading() as session:
        return await show_issue(request, session, space, saying=posted, status=status_of(posted))
