"""Withdrawing what one said oneself, or for the organisation."""

from aiohttp import web

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.posts.queries import visible_post
from actors.visibility import Viewer
from outbox.publish.contributions import withdraw_post
from web.keys import DATABASE, SITE
from web.pages.acting import own_names
from web.pages.asked import path_id, person_of, see_other
from web.pages.errors import render_error
from web.pages.paths import actor_path, with_notice


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw a post of who asks, or of the organisation for which they speak, and go to where it was said."""
    post_id = path_id(request)
    me = person_of(request, back=f"/inbreng/{post_id}").actor
    names = {actor.id for actor in own_names(request)}
    async with request.app[DATABASE].writing() as session:
        post = await visible_post(session, Viewer(me.id), post_id)
        if post is None or post.author_id not in names:
            return await render_error(request, 404)
        author = await session.get_one(Actor, post.author_id)
        space = await session.get(Actor, post.space_id) if post.space_id is not None else None
        await withdraw_post(session, request.app[SITE], author, post, now=now())
        if author.id != me.id:
            note_act(
                session, me.id, "post-withdrawn", now=now(), for_id=author.id,
                object_uri=post.uri, object_name=author.account,
            )  # fmt: skip
    return see_other(with_notice(actor_path(space or author), "ingetrokken"))
