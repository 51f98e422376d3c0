"""POST to an inbox: bounded, checked and stored, then 202 (ActivityPub section 7; promise P1)."""

from aiohttp import web

from actors.database import now
from federation.errors import FederationError
from web.bodies import by_server, read_activity
from web.keys import BUDGET, LIMITS, RECEIVER
from web.limits import REFUSED_ARRIVALS

LARGEST_ARRIVAL = 1_048_576


@by_server
async def inbox(request: web.Request) -> web.Response:
    """Take an activity, for one actor or for all: whom it concerns stands in it, not in the address."""
    limits = request.app[LIMITS]
    key = f"arrivals {limits.address_of(request)}"
    if not limits.allows(key, REFUSED_ARRIVALS):
        raise web.HTTPTooManyRequests(reason="Too many refused requests from this address")
    body = await read_activity(request, request.app[BUDGET], LARGEST_ARRIVAL)
    try:
        await request.app[RECEIVER].receive(request.method, request.raw_path, request.headers, body, now=now())
    except FederationError as error:
        if error.http_status < 500:
            limits.count(key, REFUSED_ARRIVALS)
        raise
    return web.Response(status=202, text="")
