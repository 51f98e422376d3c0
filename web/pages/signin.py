"""Signing in and out, and choosing the language of the interface."""

import asyncio

from aiohttp import web

from actors.database import now
from actors.people.accounts import find_account, matches, set_language
from actors.people.kinds import AccountState
from actors.people.sessions import SESSION_LONGEST, close_session, open_session
from web.keys import DATABASE, LANGUAGES, LIMITS, SITE
from web.limits import SIGN_IN
from web.pages.asked import notice_of, see_other, text_in
from web.pages.errors import render_error
from web.pages.paths import local_path
from web.render import language_of, render
from web.visitor import LANGUAGE_COOKIE, SESSION_COOKIE, visitor_of

_A_YEAR = 365 * 24 * 3_600
_LONGEST_PASSWORD = 1_000


async def form(request: web.Request) -> web.Response:
    """Answer with the form to sign in; who is signed in goes on at once."""
    back = local_path(request.query.get("terug"))
    if visitor_of(request).signed_in is not None:
        return see_other(back)
    return _form(request, back=back)


async def sign_in(request: web.Request) -> web.Response:
    """Open a session for who knows the password, and go back to where they were."""
    given = await request.post()
    back = local_path(text_in(given, "terug"))
    name, password = text_in(given, "name")[:254], given.get("password")
    limits, language = request.app[LIMITS], language_of(request)
    keys = (f"sign-in account {name.lstrip('@').lower()}", f"sign-in address {limits.address_of(request)}")
    if not all(limits.allows(key, SIGN_IN) for key in keys):
        return await render_error(request, 429)
    if not name or not isinstance(password, str) or not password:
        told = language.gettext("Fill in your name and your password.")
        return _form(request, back=back, name=name, error=told, status=422)
    async with request.app[DATABASE].reading() as session:
        found = await find_account(session, name)
    password_hash = found[0].password_hash if found is not None else None
    right = await asyncio.to_thread(matches, password[:_LONGEST_PASSWORD], password_hash)
    if not right or found is None or found[0].state is not AccountState.ACTIVE:
        for key in keys:
            limits.count(key, SIGN_IN)
        # One answer for both: whether an account exists is not for everyone to know.
        told = language.gettext("This name and password do not belong together. Try again.")
        return _form(request, back=back, name=name, error=told, status=422)
    limits.forget(keys[0])
    async with request.app[DATABASE].writing() as session:
        secret = await open_session(session, found[0], now=now())
    response = see_other(back)
    _set_cookie(request, response, SESSION_COOKIE, secret, max_age=int(SESSION_LONGEST.total_seconds()))
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End the session, on the server and in the browser."""
    if secret := request.cookies.get(SESSION_COOKIE):
        async with request.app[DATABASE].writing() as session:
            await close_session(session, secret)
    response = see_other("/?bericht=uitgelogd")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


async def choose_language(request: web.Request) -> web.Response:
    """Remember the language that was chosen: in a cookie, and with the account of who is signed in."""
    given = await request.post()
    code = text_in(given, "language")
    response = see_other(local_path(text_in(given, "terug")))
    if code in request.app[LANGUAGES]:
        signed_in = visitor_of(request).signed_in
        if signed_in is not None:
            async with request.app[DATABASE].writing() as session:
                await set_language(session, signed_in.actor.id, code)
        _set_cookie(request, response, LANGUAGE_COOKIE, code, max_age=_A_YEAR)
    return response


def _form(request: web.Request, *, back: str, name: str = "", error: str = "", status: int = 200) -> web.Response:
    return render(
        request,
        "signin.html",
        status=status,
        back=back,
        name=name,
        error=error,
        notice=notice_of(request, language_of(request)),
    )


def _set_cookie(request: web.Request, response: web.Response, name: str, value: str, *, max_age: int) -> None:
    secure = request.app[SITE].base_url.startswith("https:")
    response.set_cookie(name, value, max_age=max_age, path="/", httponly=True, samesite="Lax", secure=secure)
