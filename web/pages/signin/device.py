"""Browsers that signed in before: a signed cookie says for which people, and the server keeps nothing of it.

A known browser has tries of its own, so that nobody who tries somebody's password from elsewhere keeps them out,
and the person hears of it by e-mail when a browser is new.
"""

import hmac
import secrets
from typing import Final

from aiohttp import web

from web.cookies import read_cookie, set_cookie
from web.keys import VAULT

DEVICE_COOKIE: Final = "__Host-samenspraak_device"
_KEPT_SECONDS: Final = 400 * 24 * 3_600
_MOST_PEOPLE: Final = 5
_ID_LENGTH: Final = 22
_LONGEST: Final = 500


def known_device(request: web.Request, actor_id: int) -> str | None:
    """Return the id of this browser, when this person signed in with it before."""
    device, marks = _read(request)
    mark = _mark(request, device, actor_id)
    return device if any(hmac.compare_digest(mark, given) for given in marks) else None


def remember_device(request: web.Request, response: web.Response, actor_id: int) -> None:
    """Have the browser know from now on that this person signed in with it."""
    device, marks = _read(request)
    mark = _mark(request, device, actor_id)
    kept = [mark, *(given for given in marks if given != mark)][:_MOST_PEOPLE]
    set_cookie(request, response, DEVICE_COOKIE, ".".join([device, *kept]), max_age=_KEPT_SECONDS)


def _read(request: web.Request) -> tuple[str, list[str]]:
    given = read_cookie(request, DEVICE_COOKIE) or ""
    device, *marks = given.split(".") if len(given) <= _LONGEST and given.isascii() else [""]
    if len(device) != _ID_LENGTH or not all(mark.isalnum() for mark in marks):
        return secrets.token_urlsafe(16), []
    return device, marks[:_MOST_PEOPLE]


def _mark(request: web.Request, device: str, actor_id: int) -> str:
    return hmac.digest(request.app[VAULT].derive("device"), f"{device} {actor_id}".encode(), "sha256").hex()[:40]
