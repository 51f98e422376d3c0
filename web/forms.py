"""Forms: the token that shows that a form is of our own page, and the number that makes it count once.

Browsers tell where a form came from (Fetch Metadata, or Origin), which other sites cannot forge; besides, each form
carries a token that is bound to the session, or to a cookie of those who are not signed in. A page gets the token and
the cookie only when it has a form: pages that everyone shares have none. See docs/decisions/0015.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from markupsafe import Markup

from web.cookies import read_cookie, set_cookie
from web.keys import SITE, VAULT
from web.visitor import SESSION_COOKIE, Visitor, visitor_of

FORM_COOKIE: Final = "__Host-samenspraak_form"
TOKEN_FIELD: Final = "csrf"  # noqa: S105 - the name of a field
NUMBER_FIELD: Final = "once"
WHOSE_FIELD: Final = "van"
PREVIEW_FIELD: Final = "voorbeeld"
"""Sent with a form of which its sender wants to see what it becomes: it has no effect then."""
IS_FORM: web.RequestKey[bool] = web.RequestKey("IS_FORM", bool)
"""Set when a form was read and its token is that of its sender."""
_A_DAY: Final = 24 * 3_600
_NEW_SECRET: web.RequestKey[str] = web.RequestKey("NEW_SECRET", str)
_OF_ANYONE: Final = "a"
"""What a token starts with that is bound to no session: so a form tells whether its page was that of somebody."""
_TAKES_ANY: Final = "takes_any"
_TAKES_AGAIN: Final = "takes_again"

FormHandler = Callable[[web.Request], Awaitable[web.Response]]


class FormReturned(web.HTTPForbidden):
    """A form of our own that cannot be taken as it is: its token is too old, or its sender is not signed in any more.

    The sender gets it back with what they typed (`web.pages.returned`). ``back`` is where who is not signed in goes
    when nothing was typed; None when a fresh token is all that it lacks.
    """

    def __init__(self, *, back: str | None) -> None:
        super().__init__(reason="This form has expired; load the page again")
        self.back = back


def without_token(handler: FormHandler) -> FormHandler:
    """Mark the handler of a form that anyone's browser or mail program may send without a token: it does no harm."""
    setattr(handler, _TAKES_ANY, True)
    return handler


def repeatable(handler: FormHandler) -> FormHandler:
    """Mark a handler that has no more effect the second time, so that its forms need not be remembered."""
    setattr(handler, _TAKES_AGAIN, True)
    return handler


def is_repeatable(request: web.Request) -> bool:
    """Whether the handler that was asked for has no more effect the second time."""
    return getattr(request.match_info.handler, _TAKES_AGAIN, False) is True


class FormFields:
    """The hidden fields of a form. Templates print it in each form; whether any did decides if a page may be shared."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.printed = False

    def __html__(self) -> str:
        self.printed = True
        field = Markup('<input type="hidden" name="{}" value="{}">')
        printed = field.format(TOKEN_FIELD, self._token()) + field.format(NUMBER_FIELD, secrets.token_urlsafe(16))
        return printed + field.format(WHOSE_FIELD, whose) if (whose := whose_form(self._request)) else printed

    def _token(self) -> str:
        request = self._request
        if (token := visitor_of(request).csrf) or visitor_of(request).signed_in is not None:
            return token
        if _NEW_SECRET not in request:
            request[_NEW_SECRET] = secrets.token_urlsafe(32)
        return anyones_token(request, request[_NEW_SECRET])


def whose_form(request: web.Request) -> str:
    """Return what the forms of the person who is signed in carry to tell whose they were; empty for nobody."""
    signed_in = visitor_of(request).signed_in
    return _digest(request, "whose form", str(signed_in.actor.id)) if signed_in is not None else ""


def keep_form_secret(request: web.Request, response: web.Response) -> None:
    """Have the browser keep what the tokens of this page are bound to, if that is new."""
    if _NEW_SECRET in request:
        set_cookie(request, response, FORM_COOKIE, request[_NEW_SECRET], max_age=_A_DAY)


def session_token(request: web.Request, secret: str) -> str:
    """Return the token that the forms of this session carry: bound to it, and stored nowhere."""
    return _digest(request, "csrf", secret)


def anyones_token(request: web.Request, secret: str) -> str:
    """Return the token of forms of somebody who is not signed in, bound to their cookie."""
    return _OF_ANYONE + _digest(request, "csrf of anyone", secret)


def sender_of(request: web.Request) -> str:
    """Return the secret that only the browser of a form has; empty when it has none."""
    signed_in = visitor_of(request).signed_in
    if signed_in is not None:
        return (read_cookie(request, SESSION_COOKIE) or "") if signed_in.session is not None else ""
    return read_cookie(request, FORM_COOKIE) or ""


def check_same_site(request: web.Request) -> None:
    """Refuse what another site made a browser send. Raises 403."""
    where = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if where not in {None, "same-origin", "none"} or (origin is not None and origin != request.app[SITE].base_url):
        raise web.HTTPForbidden(reason="This form came from another site")


async def check_token(request: web.Request, visitor: Visitor) -> None:
    """Refuse a form without the token of its sender. Raises `FormReturned`, or 403 where it may not be our form."""
    if request.match_info.http_exception is not None:
        return  # nobody handles it: that is what the sender is told
    if visitor.signed_in is None and getattr(request.match_info.handler, _TAKES_ANY, False):
        return
    given = (await request.post()).get(TOKEN_FIELD)
    expected = visitor.csrf.encode()
    if expected and isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), expected):
        return
    needs_sign_in = visitor.signed_in is None and not is_of_anyone(given)
    raise returned(request, back=_page_of(request) if needs_sign_in else None)


def returned(request: web.Request, *, back: str | None) -> web.HTTPForbidden:
    """Return the error that gives a form back, where the browser says that it is of our own page, and 403 elsewhere."""
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    ours = ours or request.headers.get("Origin") == request.app[SITE].base_url
    return FormReturned(back=back) if ours else web.HTTPForbidden(reason="This form may come from another site")


def _page_of(request: web.Request) -> str:
    """Return the page that the form stood on, as far as the browser tells."""
    base_url = request.app[SITE].base_url
    referer = request.headers.get("Referer", "")
    return referer.removeprefix(base_url) if referer.startswith(f"{base_url}/") else "/"


def is_of_anyone(token: object) -> bool:
    """Whether a token is of a page of somebody who was not signed in.

    >>> is_of_anyone("a0f3"), is_of_anyone("b0f3"), is_of_anyone(None)
    (False, False, False)
    """
    return isinstance(token, str) and token.startswith(_OF_ANYONE) and len(token) == _TOKEN_LENGTH + 1


_TOKEN_LENGTH: Final = 40


def _digest(request: web.Request, purpose: str, secret: str) -> str:
    key = request.app[VAULT].derive(purpose)
    return hmac.digest(key, secret.encode("utf-8", "surrogatepass"), "sha256").hex()[:_TOKEN_LENGTH]
