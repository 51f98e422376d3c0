"""Reading what is sent to us: bounded in bytes, in time, and over all requests together.

A body that never ends, or hundreds that stop just before their end, must not fill the memory of the
server. So its size is known and reserved before it is read, and reading has a time limit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from actors.group_commit import Overloaded
from federation.errors import TooLarge

LARGEST_FORM: Final = 256 * 1_024
LARGEST_UPLOAD: Final = 64 * 1_048_576
_ALL_TOGETHER: Final = 192 * 1_048_576
_SECONDS: Final = 10.0
_UPLOAD_SECONDS: Final = 600.0
_TAKES_FILES: Final = "takes_files"
_IS_BY_SERVER: Final = "is_by_server"

FormHandler = Callable[[web.Request], Awaitable[web.Response]]


def with_files(handler: FormHandler) -> FormHandler:
    """Mark a handler of a form that files are sent with, so that it may be larger and take longer to come."""
    setattr(handler, _TAKES_FILES, True)
    return handler


def takes_files(request: web.Request) -> bool:
    """Whether the form that was sent goes to a handler that takes files."""
    return getattr(request.match_info.handler, _TAKES_FILES, False) is True


def has_hung_up(request: web.Request) -> bool:
    """Whether whoever asked is gone: the connection is closed, or about to be."""
    return request.transport is None or request.transport.is_closing()


def by_server(handler: FormHandler) -> FormHandler:
    """Mark a handler that servers post to: it reads no form, and a signature proves who sent the body."""
    setattr(handler, _IS_BY_SERVER, True)
    return handler


def is_by_server(request: web.Request) -> bool:
    """Whether what was posted goes to a handler that servers post to, whatever its address looks like."""
    return getattr(request.match_info.handler, _IS_BY_SERVER, False) is True


class ByteBudget:
    """How many bytes of unfinished bodies the process holds at most."""

    def __init__(self, most: int = _ALL_TOGETHER) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def reserve(self, size: int) -> Iterator[None]:
        """Hold ``size`` bytes for as long as the block runs. Raises `Overloaded` when there is no room."""
        if self._held + size > self._most:
            raise Overloaded
        self._held += size
        try:
            yield
        finally:
            self._held -= size


async def read_activity(request: web.Request, budget: ByteBudget, largest: int) -> bytes:
    """Return the body of an arrival. Raises `TooLarge`, `Overloaded`, or 408 for one that does not come."""
    if request.content_length is not None and request.content_length > largest:
        raise TooLarge("more than an activity may hold")
    body = bytearray()
    with budget.reserve(largest if request.content_length is None else request.content_length):
        try:
            async with asyncio.timeout(_SECONDS):
                while len(body) <= largest and (more := await request.content.read(largest + 1 - len(body))):
                    body += more
        except TimeoutError:
            raise web.HTTPRequestTimeout(reason="The request did not come in time") from None
        except (HttpProcessingError, web.PayloadAccessError, ValueError):
            raise web.HTTPBadRequest(reason="The body of the request cannot be read") from None
    if len(body) > largest:
        raise TooLarge("more than an activity may hold")
    return bytes(body)


async def read_form(request: web.Request, budget: ByteBudget, *, may_upload: bool) -> None:
    """Read the form that was sent, so that handlers find it ready in ``request.post()``.

    Raises 411, 413, 408 or 400 for one that has no size, is too large, does not come, or is no form.
    """
    if not request.can_read_body:
        return
    size = request.content_length
    if size is None:
        raise web.HTTPLengthRequired(reason="A form needs a Content-Length")
    largest = LARGEST_UPLOAD if may_upload else LARGEST_FORM
    if size > largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=size)
    with budget.reserve(size):
        try:
            async with asyncio.timeout(_UPLOAD_SECONDS if may_upload else _SECONDS):
                await request.post()
        except web.HTTPException:
            raise
        except TimeoutError:
            raise web.HTTPRequestTimeout(reason="The form did not come in time") from None
        except Exception:  # noqa: BLE001 - whatever a parser makes of a broken form, it is the sender's
            raise web.HTTPBadRequest(reason="The form cannot be read") from None


async def expect(request: web.Request) -> None:
    """Answer an ``Expect`` header (RFC 9110, section 10.1.1); what is expected is never repeated."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
