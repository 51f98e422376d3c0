"""Following an issue, a person or an organisation from its page, and no longer following it."""

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.kinds import FollowState
from outbox.publish.relations import FollowRefused, follow, unfollow
from web.keys import DATABASE, SITE
from web.pages.asked import id_in, person_of, see_other, text_in
from web.pages.errors import render_error
from web.pages.paths import actor_path, with_notice


async def follow_actor(request: web.Request) -> web.Response:
    """Follow the actor that the form names, or stop following it."""
    form = await request.post()
    wanted = id_in(text_in(form, "actor"))
    stop = bool(text_in(form, "stop"))
    async with request.app[DATABASE].reading() as session:
        found = await session.get(Actor, wanted) if wanted is not None else None
    if found is None or found.deleted_at is not None or found.suspended_at is not None:
        return await render_error(request, 404)
    me = person_of(request, back=actor_path(found)).actor
    site, moment = request.app[SITE], now()
    try:
        async with request.app[DATABASE].writing() as session:
            follower = await session.get_one(Actor, me.id)
            followee = await session.get_one(Actor, found.id)
            if stop:
                await unfollow(session, site, follower, followee, now=moment)
                notice = "ontvolgd"
            else:
                made = await follow(session, site, follower, followee, now=moment)
                notice = "gevolgd" if made.state is FollowState.ACCEPTED else "gevraagd"
    except FollowRefused:
        return await render_error(request, 403)
    return see_other(with_notice(actor_path(found), notice))
