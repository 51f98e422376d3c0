"""One address in several forms: ActivityStreams or a page (ActivityPub section 3.2), compressed or not."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from aiohttp import web

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ACTIVITY_TYPES: Final = ("application/activity+json", "application/ld+json", "application/json")
_LONGEST_HEADER: Final = 4_096
# Less than anything that is asked for.
_LEAST: Final = 0.0005


@lru_cache(maxsize=1_024)
def wants_activity(accept: str) -> bool:
    """Whether an ``Accept`` header asks for ActivityStreams rather than for a page.

    The type with the highest quality wins, the first of equals. A server that says nothing, or
    anything at all (``*/*``), gets a page: browsers must, and servers know to ask.
    """
    best, wants = 0.0, False
    for media_type, quality in _wishes(accept):
        if quality > best:
            best, wants = quality, media_type in _ACTIVITY_TYPES
    return wants


def accepted_encoding(header: str | None, bodies: Mapping[str, bytes]) -> str:
    """Return which of the content codings to answer with: the one that is most wished for, and smallest of equals.

    What a header does not name it refuses, but for ``identity`` (RFC 9110, section 12.5.3).

    >>> accepted_encoding("gzip;q=0.5, br, *;q=0", {"identity": b"long", "gzip": b"lo", "br": b"l"})
    'br'
    """
    wishes = dict(_wishes(header or ""))
    anything = wishes.get("*")

    def wish(coding: str) -> float:
        if coding in wishes:
            return wishes[coding]
        if anything is not None:
            return anything
        return _LEAST if coding == "identity" else 0.0

    offered = [coding for coding in bodies if wish(coding) > 0]
    if not offered:
        return "identity"
    return max(offered, key=lambda coding: (wish(coding), -len(bodies[coding])))


def _wishes(header: str) -> list[tuple[str, float]]:
    """Return what a header names, in its order, with the quality of each; 0 for one that cannot be read."""
    wishes = []
    for part in header[:_LONGEST_HEADER].split(","):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if name:
            wishes.append((name, quality))
    return wishes


def negotiated(document: Handler, page: Handler) -> Handler:
    """Return a handler that answers with the document or the page, as the asker prefers."""

    async def handle(request: web.Request) -> web.StreamResponse:
        chosen = document if wants_activity(request.headers.get("Accept", "")) else page
        return await chosen(request)

    return handle
