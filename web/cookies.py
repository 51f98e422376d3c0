"""Cookies of signing in. Over https their names start with ``__Host-``: no other host, and no path, can set them.

The constants are the names over https; on a plain http address, as in a demo, the prefix is not allowed and is
left out.
"""

from typing import Final

from aiohttp import web

from web.keys import SITE

_PREFIX: Final = "__Host-"


def cookie_name(request: web.Request, name: str) -> str:
    """Return the name of a cookie at the address of this instance."""
    return name if _is_https(request) else name.removeprefix(_PREFIX)


def read_cookie(request: web.Request, name: str) -> str | None:
    """Return what the browser sent."""
    return request.cookies.get(cookie_name(request, name)) or None


def set_cookie(request: web.Request, response: web.Response, name: str, value: str, *, max_age: int) -> None:
    """Have the browser keep a value that scripts cannot read and other sites' forms do not send."""
    response.set_cookie(
        cookie_name(request, name), value, max_age=max_age, path="/", httponly=True, samesite="Lax",
        secure=_is_https(request),
    )  # fmt: skip


def drop_cookie(request: web.Request, response: web.Response, name: str) -> None:
    """Have the browser forget a value."""
    response.del_cookie(cookie_name(request, name), path="/", httponly=True, samesite="Lax", secure=_is_https(request))


def _is_https(request: web.Request) -> bool:
    return request.app[SITE].base_url.startswith("https:")
