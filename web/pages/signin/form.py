"""The sign-in page: a password on it, and the ways to every other way."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from actors.people.accounts import find_account, matches
from actors.people.kinds import Method
from actors.people.proofs import Proved
from web.keys import CAN_MAIL, DATABASE, PROVIDERS
from web.pages.asked import notice_of, see_other, text_in
from web.pages.paths import local_path
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.tries import PasswordTries
from web.registration import registration_mode
from web.render import language_of, render
from web.visitor import visitor_of

LONGEST_PASSWORD = 1_000


async def form(request: web.Request) -> web.Response:
    """Answer with the form to sign in; who is signed in goes on at once."""
    back = local_path(request.query.get("terug"))
    if visitor_of(request).signed_in is not None:
        return see_other(back)
    return sign_in_form(request, back=back)


async def sign_in(request: web.Request) -> web.Response:
    """Open a session for who knows the password, and go back to where they were."""
    given = await request.post()
    back = local_path(text_in(given, "terug"))
    name, password = text_in(given, "name")[:254], given.get("password")
    language = language_of(request)
    errors: dict[str, str] = {}
    if not name:
        errors["name"] = language.gettext("Fill in your name or your e-mail address.")
    if not isinstance(password, str) or not password:
        errors["password"] = language.gettext("Fill in your password.")
    if errors or not isinstance(password, str):
        return sign_in_form(request, back=back, name=name, errors=errors, status=422)
    async with request.app[DATABASE].reading() as session:
        found = await find_account(session, name)
    account = found[0] if found is not None else None
    tries = PasswordTries(request, name, account.actor_id if account is not None else None)
    if not tries.take():
        told = language.gettext("Too many tries. Wait five minutes, or choose another way to sign in.")
        return sign_in_form(request, back=back, name=name, errors={"password": told}, status=429)
    password_hash = account.password_hash if account is not None else None
    right = await asyncio.to_thread(matches, password[:LONGEST_PASSWORD], password_hash)
    if not right or account is None or not tries.may_succeed:
        # One answer for all: whether an account exists, or has tries left, is not for everyone to know.
        told = language.gettext("This name and password do not belong together. Try again.")
        return sign_in_form(request, back=back, name=name, errors={"password": told}, status=422)
    tries.succeed()
    return await complete_sign_in(request, account, proved=Proved(Method.PASSWORD), back=back)


def sign_in_form(
    request: web.Request, *, back: str, name: str = "", errors: Mapping[str, str] | None = None, status: int = 200
) -> web.Response:
    """Return the sign-in page."""
    return render(
        request,
        "signin/form.html",
        status=status,
        back=back,
        name=name,
        errors=errors or {},
        can_mail=request.app[CAN_MAIL],
        registration=registration_mode(request),
        providers=[provider.settings for provider in request.app[PROVIDERS].values()],
        notice=notice_of(request, language_of(request)),
    )
