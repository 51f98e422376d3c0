"""Signing out, and the language of the interface."""

from aiohttp import web

from actors.people.accounts import set_language
from actors.people.sessions import close_session
from web.cookies import drop_cookie, read_cookie, set_cookie
from web.forms import repeatable, without_token
from web.keys import DATABASE, LANGUAGES
from web.pages.asked import see_other, text_in
from web.pages.paths import local_path
from web.visitor import LANGUAGE_COOKIE, SESSION_COOKIE, visitor_of

_A_YEAR = 365 * 24 * 3_600


@repeatable
async def sign_out(request: web.Request) -> web.Response:
    """End the session, on the server and in the browser."""
    if secret := read_cookie(request, SESSION_COOKIE):
        async with request.app[DATABASE].writing() as session:
            await close_session(session, secret)
    response = see_other("/?bericht=uitgelogd")
    drop_cookie(request, response, SESSION_COOKIE)
    return response


@repeatable
@without_token
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
        set_cookie(request, response, LANGUAGE_COOKIE, code, max_age=_A_YEAR)
    return response
