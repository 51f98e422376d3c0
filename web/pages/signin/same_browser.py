"""Whether who confirms a registration is who registered: a signed cookie says for which link, and nothing is stored.

Whoever registers may type an address that is not theirs. The password that they chose counts only when the link in
the mail is opened in the browser that it was typed in; in any other it is chosen anew.
"""

import hmac
import secrets
from typing import Final

from aiohttp import web

from actors.people.kinds import LinkPurpose
from actors.people.links import LIFETIMES
from web.cookies import read_cookie, set_cookie
from web.keys import VAULT

REGISTERED_COOKIE: Final = "__Host-samenspraak_registered"
_LENGTH: Final = 40


def remember_registration(request: web.Request, response: web.Response, secret: str | None) -> None:
    """Have the browser know for which link it registered; who was sent none (``secret`` None) gets a cookie too."""
    mark = _mark(request, secret if secret is not None else secrets.token_urlsafe(32))
    lifetime = LIFETIMES[LinkPurpose.REGISTER]
    set_cookie(request, response, REGISTERED_COOKIE, mark, max_age=int(lifetime.total_seconds()))


def registered_here(request: web.Request, secret: str) -> bool:
    """Whether the registration of this link was typed in this browser."""
    given = (read_cookie(request, REGISTERED_COOKIE) or "").encode("utf-8", "replace")
    return hmac.compare_digest(given, _mark(request, secret).encode())


def _mark(request: web.Request, secret: str) -> str:
    key = request.app[VAULT].derive("registration")
    return hmac.digest(key, secret.encode("utf-8", "surrogatepass"), "sha256").hex()[:_LENGTH]
