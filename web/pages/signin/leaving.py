"""Signing out, and the language of the interface."""

from dataclasses import replace

from aiohttp import web
from cryptography.fernet import InvalidToken

from actors.people.accounts import digest, set_language
from actors.people.identities import provider_session
from actors.people.sessions import close_session
from web.cookies import drop_cookie, read_cookie, set_cookie
from web.forms import repeatable, without_token
from web.keys import DATABASE, LANGUAGES, PROVIDERS, SITE
from web.oidc.provider import ProviderError
from web.pages.asked import see_other, text_in
from web.pages.paths import local_path
from web.pages.signin.elsewhere import token_seal
from web.pages.signin.showing import tell
from web.render import language_of
from web.visitor import LANGUAGE_COOKIE, SESSION_COOKIE, VISITOR, visitor_of

_A_YEAR = 365 * 24 * 3_600


@repeatable
async def sign_out(request: web.Request) -> web.Response:
    """End the session, on the server and in the browser; tell who signed in elsewhere that they still are there."""
    opened_by: tuple[str, bytes] | None = None
    if secret := read_cookie(request, SESSION_COOKIE):
        async with request.app[DATABASE].writing() as session:
            opened_by = await provider_session(session, digest(secret))
            await close_session(session, secret)
    # The page that tells so is for somebody who is not signed in any more: without their name, menu and live count.
    request[VISITOR] = replace(visitor_of(request), signed_in=None)
    response = await _signed_in_elsewhere(request, *opened_by) if opened_by is not None else None
    response = response or see_other("/?bericht=uitgelogd")
    drop_cookie(request, response, SESSION_COOKIE)
    return response


async def _signed_in_elsewhere(request: web.Request, issuer: str, sealed: bytes) -> web.Response | None:
    """Return the page that leads to signing out at a provider too; None where that is impossible."""
    provider = next((one for one in request.app[PROVIDERS].values() if one.settings.issuer == issuer), None)
    if provider is None:
        return None
    back = f"{request.app[SITE].base_url}{provider.settings.path}/uitgelogd"
    try:
        id_token = token_seal(request).decrypt(sealed).decode() if sealed else ""
        address = await provider.sign_out_address(id_token, back=back)
    except (ProviderError, InvalidToken):
        return None
    if address is None:
        return None
    language, name = language_of(request), {"name": provider.settings.label}
    return tell(
        request,
        language.gettext("You are signed out here"),
        language.gettext("You may still be signed in at %(name)s. Do others use this device? Sign out there.") % name,
        kind="ok",
        action=(address, language.gettext("Sign out at %(name)s") % name),
    )


@repeatable
@without_token
async def choose_language(request: web.Request) -> web.Response:
    """Remember the language that was chosen: in a cookie, and with the account of who is signed in."""
    given = await request.post()
    code = text_in(given, "language")
    response = see_other(local_path(text_in(given, "terug")))
    if code in request.app[LANGUAGES]:
        signed_in = visitor_of(request).signed_in
        if signed_in is not None and signed_in.session is not None:
            async with request.app[DATABASE].writing() as session:
                await set_language(session, signed_in.actor.id, code)
        set_cookie(request, response, LANGUAGE_COOKIE, code, max_age=_A_YEAR)
    return response
