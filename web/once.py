"""Each form has one effect, however often its button is pressed.

The second copy of a form gets the answer of the first, also when both come at the same time, at two processes. What
is alike in both is their sender, the number that was printed in the form, the address, and all that was filled in:
whoever goes back and changes a word sends another form. An answer that refuses the form has no effect, so a corrected
or repeated one is taken.
"""

import asyncio
import base64
import hashlib
import json
import logging
from http.cookies import SimpleCookie
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.fernet import Fernet
from sqlalchemy.exc import SQLAlchemyError

from actors.database import now
from actors.forms import answer_of, claim_form, note_answer, release_form
from web.forms import IS_FORM, NUMBER_FIELD, is_repeatable, sender_of
from web.keys import DATABASE, VAULT

log = logging.getLogger(__name__)

_SHORTEST_NUMBER: Final = 16
_LONGEST_NUMBER: Final = 64
_LARGEST_BODY: Final = 256 * 1_024
_LOOKED_EVERY: Final = 0.1
_MOST_LOOKS: Final = 100


@web.middleware
async def answer_once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handle a form that has a number once, and give its answer to every copy of it."""
    number = (await request.post()).get(NUMBER_FIELD) if request.get(IS_FORM) else None
    sender = sender_of(request)
    if (
        not isinstance(number, str)
        or not _SHORTEST_NUMBER <= len(number) <= _LONGEST_NUMBER
        or not sender
        or is_repeatable(request)
    ):
        return await handler(request)
    key = await _fingerprint(request, sender)
    seal = Fernet(base64.urlsafe_b64encode(request.app[VAULT].derive(f"answer {sender} {number}")))
    database = request.app[DATABASE]
    for _ in range(_MOST_LOOKS):
        async with database.reading() as session:
            answer = await answer_of(session, key, now=now())
        if answer is not None:
            return _response(json.loads(seal.decrypt(answer)))
        async with database.writing() as session:
            is_ours = await claim_form(session, key, now=now())
        if is_ours:
            return await _handle(request, handler, key, seal)
        await asyncio.sleep(_LOOKED_EVERY)
    raise web.HTTPServiceUnavailable(reason="This form is still being handled")


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
    return seal.encrypt(json.dumps(kept).encode())


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
        return whole.digest()

    return await asyncio.to_thread(digest)


def _add(whole: "hashlib._Hash", part: bytes) -> None:
    whole.update(len(part).to_bytes(8, "big"))
    whole.update(part)
