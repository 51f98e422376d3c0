"""What a browser keeps while somebody signs in elsewhere: sealed, so that only we can read and make it."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from web.cookies import read_cookie, set_cookie
from web.keys import VAULT

BEGUN_COOKIE: Final = "__Host-samenspraak_begun"
"""A sign-in that was begun."""
TOLD_COOKIE: Final = "__Host-samenspraak_told"
"""Somebody whom a provider told of and who makes an account."""
_LONGEST: Final = 3_800
SECONDS: Final = 900


def seal_cookie(request: web.Request, response: web.Response, name: str, value: Mapping[str, Any]) -> None:
    """Have the browser keep a value for a quarter of an hour. Raises `ValueError` for one that is too large."""
    sealed = _seal(request, name).encrypt(json.dumps(dict(value)).encode()).decode()
    if len(sealed) > _LONGEST:
        raise ValueError(f"{len(sealed)} characters in a cookie")
    set_cookie(request, response, name, sealed, max_age=SECONDS)


def open_cookie(request: web.Request, name: str) -> dict[str, Any] | None:
    """Return what the browser kept; None for what is not ours or too old."""
    try:
        plain = _seal(request, name).decrypt((read_cookie(request, name) or "").encode("utf-8", "replace"), ttl=SECONDS)
    except InvalidToken:
        return None
    value: dict[str, Any] = json.loads(plain)
    return value


def _seal(request: web.Request, name: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(request.app[VAULT].derive(f"cookie {name}")))
