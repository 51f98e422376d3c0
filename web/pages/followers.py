"""Who may follow: accepting and rejecting those who ask, and whether one wants to be asked."""

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.kinds import FollowState
from actors.relations import Follow
from outbox.publish.people import decide_on_followers
from outbox.publish.relations import answer_follow
from web.keys import DATABASE, SITE
from web.pages.asked import path_id, person_of, see_other, text_in
from web.pages.errors import render_error

_BACK = "/meldingen"


async def answer(request: web.Request) -> web.Response:
    """Accept or reject the one who asks to follow the person who is signed in."""
    me = person_of(request, back=_BACK).actor
    accept = text_in(await request.post(), "answer") == "accept"
    async with request.app[DATABASE].writing() as session:
        asked = await session.get(Follow, path_id(request))
        # Somebody else's request, or one that was answered already, is not there for this person.
        if asked is None or asked.followee_id != me.id or asked.state is not FollowState.PENDING:
            asked = None
        else:
            follower = await session.get_one(Actor, asked.follower_id)
            followee = await session.get_one(Actor, me.id)
            await answer_follow(session, request.app[SITE], asked, follower, followee, accept=accept, now=now())
    if asked is None:
        return await render_error(request, 404)
    return see_other(f"{_BACK}?bericht={'toegelaten' if accept else 'geweigerd'}")


async def decide(request: web.Request) -> web.Response:
    """Remember whether the person who is signed in decides on each follower."""
    me = person_of(request, back=_BACK).actor
    each_time = text_in(await request.post(), "each_time") == "1"
    async with request.app[DATABASE].writing() as session:
        person = await session.get_one(Actor, me.id)
        await decide_on_followers(session, request.app[SITE], person, each_time=each_time, now=now())
    return see_other(f"{_BACK}?bericht=bewaard")
