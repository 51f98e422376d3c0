"""Answering a post that was not said in an issue."""

from aiohttp import web

from actors.posts.queries import visible_post
from actors.posts.tables import Post
from web.bodies import with_files
from web.keys import DATABASE
from web.pages.asked import path_id, person_of, see_other
from web.pages.errors import render_error
from web.pages.paths import post_path, with_notice
from web.pages.posting import publish_saying, read_saying, status_of
from web.pages.posts.page import show_post
from web.visitor import visitor_of


@with_files
async def answer(request: web.Request) -> web.Response:
    """Take an answer to a post."""
    async with request.app[DATABASE].reading() as session:
        answered = await visible_post(session, visitor_of(request).viewer, path_id(request))
    if answered is None:
        return await render_error(request, 404)
    person_of(request, back=post_path(answered))
    posted = await publish_saying(request, await read_saying(request, answers=answered.id), None)
    if isinstance(posted, Post):
        return see_other(with_notice(post_path(answered), "geplaatst", f"inbreng-{posted.id}"))
    return await show_post(request, answered.kind, answered.id, saying=posted, status=status_of(posted))
