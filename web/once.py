"""Each form has one effect, however often its button is pressed.

The second copy of a form gets the answer of the first, also when both come at the same time, at two processes. What
is alike in both is their sender, the number that was printed in the form, the address, and all that was filled in:
whoever goes back and changes a word sends another form. An answer that refuses the form has no effect, so a corrected
or repeated one is taken.

What is kept is bounded: nothing of forms without effect, an answer of a few pages at most, and so many answers for a
sender, an address and altogether. Who sends more than that is answered all the same; their copies count anew.
"""

import asyncio
import base64
import hashlib
import json
import logging
import zlib
from http.cookies import SimpleCookie
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.fernet import Fernet
from sqlalchemy.exc import SQLAlchemyError

from actors.database import now
from actors.forms import SENDER_BYTES, answer_of, claim_form, note_answer, release_form
from web.forms import IS_FORM, NUMBER_FIELD, PREVIEW_FIELD, is_repeatable, sender_of
from web.keys import DATABASE, LIMITS, VAULT
from web.limits import Allowance

log = logging.getLogger(__name__)

_SHORTEST_NUMBER: Final = 16
_LONGEST_NUMBER: Final = 64
_LARGEST_BODY: Final = 256 * 1_024
LARGEST_ANSWER: Final = 32 * 1_024
"""Compressed; a page is some 5 kB then."""
SENT_FORMS: Final = Allowance(300, 60.0)
"""Forms from one address of which the answer is kept."""
_LOOKED_EVERY: Final = 0.1
_MOST_LOOKS: Final = 100


@web.middleware
async def answer_once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handle a form that has a number once, and give its answer to every copy of it."""
    number = await _number(request)
    sender = sender_of(request)
    if not number or not sender:
        return await handler(request)
    key = await _fingerprint(request, sender)
    seal = Fernet(base64.urlsafe_b64encode(request.app[VAULT].derive(f"answer {sender} {number}")))
    database = request.app[DATABASE]
    for _ in range(_MOST_LOOKS):
        async with database.reading() as session:
            answer = await answer_of(session, key, now=now())
        if answer is not None:
            return _response(json.loads(zlib.decompress(seal.decrypt(answer))))
        async with database.writing() as session:
            is_ours = await claim_form(session, key, now=now())
        if is_ours:
            return await _handle(request, handler, key, seal)
        await asyncio.sleep(_LOOKED_EVERY)
    raise web.HTTPServiceUnavailable(reason="This form is still being handled")


async def _number(request: web.Request) -> str:
    """Return the number of a form that is to count once; empty for one that has none, no effect, or too many before it.

    Copies of a form count as one try each: no more is kept for an address than it has tries.
    """
    if not request.get(IS_FORM) or is_repeatable(request) or request.match_info.http_exception is not None:
        return ""
    form = await request.post()
    number = form.get(NUMBER_FIELD)
    if not isinstance(number, str) or not _SHORTEST_NUMBER <= len(number) <= _LONGEST_NUMBER or form.get(PREVIEW_FIELD):
        return ""
    limits = request.app[LIMITS]
    address = f"sent forms {limits.address_of(request)}"
    if not limits.allows(address, SENT_FORMS):
        return ""
    limits.count(address, SENT_FORMS)
    return number


async def _handle(request: web.Request, handler: Handler, key: bytes, seal: Fernet) -> web.StreamResponse:
    answer: bytes | None = None
    try:
        response = await handler(request)
        answer = _sealed(response, seal)
    except web.HTTPException as error:
        if error.status < 400:
            answer = _sealed(error, seal)
        raise
    finally:
        # The form has had its effect or not by now; that this is not noted must not change the answer.
        try:
            async with request.app[DATABASE].writing() as session:
                await (release_form(session, key) if answer is None else note_answer(session, key, answer))
        except (SQLAlchemyError, OSError) as error:
            log.warning("the answer to a form could not be kept: %s", error)
    return response


def _sealed(response: web.StreamResponse, seal: Fernet) -> bytes | None:
    body = getattr(response, "body", None) or b""
    if response.status >= 400 or not isinstance(body, bytes) or len(body) > _LARGEST_BODY:
        return None
    kept = {
        "status": response.status,
        "headers": [[name, value] for name, value in response.headers.items() if name != "Set-Cookie"],
        "cookies": [morsel.OutputString() for morsel in response.cookies.values()],
        "body": base64.b64encode(body).decode(),
    }
    packed = zlib.compress(json.dumps(kept).encode())
    return seal.encrypt(packed) if len(packed) <= LARGEST_ANSWER else None


def _response(kept: dict[str, Any]) -> web.Response:
    response = web.Response(status=kept["status"], body=base64.b64decode(kept["body"]) or None)
    for name, value in kept["headers"]:
        if name.lower() not in {"content-length", "date", "server"}:
            response.headers[name] = value
    for cookie in kept["cookies"]:
        read = SimpleCookie(cookie)
        for name, morsel in read.items():
            response.cookies[name] = morsel.value
            response.cookies[name].update(morsel)
    return response


async def _fingerprint(request: web.Request, sender: str) -> bytes:
    given = await request.post()

    def digest() -> bytes:
        whole = hashlib.sha256()
        for text in (sender, request.path_qs):
            _add(whole, text.encode("utf-8", "surrogatepass"))
        for name, value in given.items():
            _add(whole, name.encode("utf-8", "surrogatepass"))
            if isinstance(value, web.FileField):
                _add(whole, value.filename.encode("utf-8", "surrogatepass"))
                while chunk := value.file.read(1_048_576):
                    whole.update(chunk)
                value.file.seek(0)
            else:
                _add(whole, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value))
        return (
            hashlib.sha256(sender.encode("utf-8", "surrogatepass")).digest()[:SENDER_BYTES]
            + whole.digest()[SENDER_BYTES:]
        )

    return await asyncio.to_thread(digest)


def _add(whole: "hashlib._Hash", part: bytes) -> None:
    whole.update(len(part).to_bytes(8, "big"))
    whole.update(part)
