"""One address, two forms: ActivityStreams for servers, a page for people (ActivityPub section 3.2)."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Final, TypeAlias

from aiohttp import web

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ACTIVITY_TYPES: Final = ("application/activity+json", "application/ld+json", "application/json")


@lru_cache(maxsize=1_024)
def wants_activity(accept: str) -> bool:
    """Whether an ``Accept`` header asks for ActivityStreams rather than for a page.

    The type with the highest quality wins, the first of equals. A server that says nothing, or
    anything at all (``*/*``), gets a page: browsers must, and servers know to ask.
    """
    best, wants = 0.0, False
    for part in accept.split(","):
        media_type, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if quality > best:
            best, wants = quality, media_type in _ACTIVITY_TYPES
    return wants


def negotiated(document: Handler, page: Handler) -> Handler:
    """Return a handler that answers with the document or the page, as the asker prefers."""

    async def handle(request: web.Request) -> web.StreamResponse:
        chosen = document if wants_activity(request.headers.get("Accept", "")) else page
        return await chosen(request)

    return handle
