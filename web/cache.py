"""Answers that everyone may share, kept ready as bytes until something changes.

An actor's document or a public page is asked for far more often than it changes. Whatever commits
a change that pages or documents show rings `actors.wakeups.CHANGED`, in this process or another,
and the cache is emptied; the lifetime of a second bounds what a missed bell could cost. Only
answers to visitors of whom nothing is known are kept (see `web.middleware`).

They are compressed as well, once for all who share them. Other answers never are: their length would
tell of the secrets in them to whoever can have a word of their own stand beside those (BREACH).
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import brotli
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, CIMultiDictProxy

from web.negotiation import accepted_encoding

_MOST_BYTES: Final = 16 * 1_048_576
_LARGEST_ENTRY: Final = 1_048_576
_OVERHEAD: Final = 1_500
"""What an entry holds besides its key and body: headers, objects."""
_SECONDS: Final = 1.0
_LEAST_COMPRESSED: Final = 1_000
_CODINGS: Final[Mapping[str, bytes]] = {"identity": b"..", "gzip": b".", "br": b""}
"""How an answer can be sent; of what somebody wishes as much, the one that is mostly smallest."""
_QUALITY: Final = 5
"""Of brotli and gzip: a page takes a millisecond."""

SHARED: Final = web.ResponseKey("SHARED", bool)
"""Set on a response that may be given to everyone who asks in the same way."""
_IS_UNSHARED: Final = "is_unshared"


def unshared(handler: Handler) -> Handler:
    """Mark a handler whose answers are never kept, and that nobody waits for to share one."""
    setattr(handler, _IS_UNSHARED, True)
    return handler


def may_be_shared(request: web.Request) -> bool:
    """Whether the handler that was asked for may have its answers kept."""
    return not getattr(request.match_info.handler, _IS_UNSHARED, False)


@dataclass(frozen=True)
class Kept:
    """An answer as it was given: status 200, its body and headers; ``coded`` are its bodies by content coding."""

    body: bytes
    headers: CIMultiDictProxy[str]
    etag: str
    until: float
    coded: dict[str, bytes] = field(default_factory=dict)

    def response(self, request: web.Request) -> web.Response:
        """Return the answer, or 304 when the asker has it already."""
        known = (tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(","))
        if any(tag in {self.etag, "*"} for tag in known):
            return web.Response(status=304, headers={"ETag": f"W/{self.etag}", "Vary": self.headers["Vary"]})
        coding = accepted_encoding(request.headers.get("Accept-Encoding"), _CODINGS)
        body = self._in(coding)
        if body is None:
            return web.Response(body=self.body, headers=self.headers)
        headers = CIMultiDict(self.headers)
        headers["Content-Encoding"] = coding
        return web.Response(body=body, headers=headers)

    def _in(self, coding: str) -> bytes | None:
        """Return the body in a coding; None where it gains too little to be kept beside the body."""
        if coding == "identity" or len(self.body) < _LEAST_COMPRESSED:
            return None
        if coding not in self.coded:
            self.coded[coding] = _compress(self.body, coding)
        return self.coded[coding] or None


@dataclass
class ResponseCache:
    """Keeps answers by how they were asked for, within a budget of memory."""

    clock: Callable[[], float] = time.monotonic
    seconds: float = _SECONDS
    _entries: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _flights: dict[str, tuple[int, asyncio.Future[Kept | None]]] = field(default_factory=dict)
    _bytes: int = 0
    _generation: int = 0

    @property
    def generation(self) -> int:
        """Counts the clearings: an answer begun before one must not be kept after it."""
        return self._generation

    def get(self, key: str) -> Kept | None:
        """Return what is kept under the key and is not too old."""
        kept = self._entries.get(key)
        if kept is None or kept.until < self.clock():
            return None
        return kept

    def put(self, key: str, body: bytes, headers: Mapping[str, str], generation: int) -> Kept:
        """Keep an answer, unless something changed since ``generation``, and return it with its ETag."""
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        more = CIMultiDict(headers)
        # Weak: in each coding the same answer has other bytes.
        more["ETag"] = f"W/{etag}"
        more["Vary"] = ", ".join(filter(None, (more.get("Vary"), "Accept-Encoding")))
        kept = Kept(body, CIMultiDictProxy(more), etag, self.clock() + self.seconds)
        if generation == self._generation and len(body) <= _LARGEST_ENTRY:
            self._drop(key)
            self._entries[key] = kept
            self._bytes += _cost(key, kept)
            while self._bytes > _MOST_BYTES:
                self._drop(next(iter(self._entries)))
        return kept

    async def in_flight(self, key: str) -> Kept | None:
        """Return the answer that is being made for another asker, once it is there.

        None when none is, when it was begun before the last change, or when it turned out not to be shared.
        """
        generation, flight = self._flights.get(key, (-1, None))
        if flight is None or generation != self._generation:
            return None
        return await asyncio.shield(flight)

    def take_off(self, key: str) -> Callable[[Kept | None], None]:
        """Note that an answer is being made, so that others wait for it; call what is returned when it is there."""
        flight: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._flights[key] = (self._generation, flight)

        def land(kept: Kept | None) -> None:
            if self._flights.get(key, (0, None))[1] is flight:
                del self._flights[key]
            flight.set_result(kept)

        return land

    def clear(self) -> None:
        """Forget everything: something has changed."""
        self._entries.clear()
        self._bytes = 0
        self._generation += 1

    def _drop(self, key: str) -> None:
        old = self._entries.pop(key, None)
        if old is not None:
            self._bytes -= _cost(key, old)


def _cost(key: str, kept: Kept) -> int:
    # The key is the asker's: long questions with short answers must not fill what answers were to fill.
    # The body counts twice: it may be kept in two codings besides, each no more than half of it.
    return len(key) + 2 * len(kept.body) + _OVERHEAD


def _compress(body: bytes, coding: str) -> bytes:
    """Return the body in a coding, or nothing when that is more than half of it."""
    coded: bytes = brotli.compress(body, quality=_QUALITY) if coding == "br" else gzip.compress(body, _QUALITY, mtime=0)
    return coded if len(coded) <= len(body) / 2 else b""
