"""Signing in by way of a provider: going there, and coming back as somebody known, new, or refused.

See `web.oidc` for what is believed of it, and docs/decisions/0014 for who somebody is then.
"""

import base64
import hmac
import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web
from cryptography.fernet import Fernet

from actors.database import now
from actors.people.accounts import digest
from actors.people.identities import (
    IdentityTaken,
    end_provider_sessions,
    find_identity,
    give_roles,
    link_identity,
    note_provider_session,
)
from actors.people.identity_tables import Identity
from actors.people.kinds import Assurance, Method
from actors.people.proofs import Proved
from actors.people.tables import Account
from web.cookies import cookie_name, drop_cookie
from web.forms import repeatable, without_token
from web.keys import DATABASE, PROVIDERS, SITE, VAULT
from web.oidc.claims import Told
from web.oidc.cookies import BEGUN_COOKIE, TOLD_COOKIE, open_cookie, seal_cookie
from web.oidc.provider import Begun, Provider, ProviderError
from web.oidc.settings import NewPeople
from web.pages.account.fresh import fresh_person_of
from web.pages.asked import see_other
from web.pages.paths import local_path, sign_in_path
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import tell
from web.render import language_of
from web.visitor import SESSION_COOKIE, visitor_of

log = logging.getLogger(__name__)

LINKS_PAGE: Final = "/mijn/beveiliging/elders"
_LONGEST_CODE: Final = 4_000


def provider_of(request: web.Request) -> Provider:
    """Return the provider that the path names. Raises 404."""
    provider = request.app[PROVIDERS].get(request.match_info["provider"])
    if provider is None:
        raise web.HTTPNotFound
    return provider


async def start(request: web.Request) -> web.Response:
    """Send the browser to the provider."""
    provider, back = provider_of(request), local_path(request.query.get("terug"))
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return see_other(sign_in_path(back))  # nobody is signed in because another site had their browser go here
    begun = Begun.new()
    try:
        address = await begin(request, provider, begun)
    except ProviderError as error:
        return _trouble(request, provider, error)
    response = web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})
    remember(request, response, provider, begun, back=back)
    return response


async def begin(request: web.Request, provider: Provider, begun: Begun) -> str:
    """Return where the browser goes for a sign-in. Raises `ProviderError`."""
    language = language_of(request).code
    return await provider.begin(begun, redirect_uri=_return_address(request, provider), language=language)


def remember(
    request: web.Request, response: web.Response, provider: Provider, begun: Begun, *, back: str, link_for: int = 0
) -> None:
    """Have the browser know that it began this; ``link_for`` is the account that is to be linked."""
    kept = {"provider": provider.settings.key, **asdict(begun), "back": back, "link_for": link_for}
    seal_cookie(request, response, BEGUN_COOKIE, kept)


async def come_back(request: web.Request) -> web.Response:
    """Take in who comes back from a provider."""
    provider, language = provider_of(request), language_of(request)
    kept = open_cookie(request, BEGUN_COOKIE)
    state = request.query.get("state", "")
    if (
        kept is None
        or kept["provider"] != provider.settings.key
        or not hmac.compare_digest(state.encode("utf-8", "replace"), str(kept["state"]).encode())
    ):
        return _again(request, provider)
    if "error" in request.query:
        log.info("%s refused a sign-in: %s", provider.settings.issuer, request.query["error"][:100])
        response = tell(
            request,
            language.gettext("You are not signed in"),
            language.gettext("You stopped, or %(name)s did not let you in. Try again, or choose another way.")
            % {"name": provider.settings.label},
            kind="warning",
            status=403,
            action=(sign_in_path(str(kept["back"])), language.gettext("To the sign-in page")),
        )
    else:
        response = await _finish(request, provider, kept)
    drop_cookie(request, response, BEGUN_COOKIE)
    return response


async def _finish(request: web.Request, provider: Provider, kept: Mapping[str, Any]) -> web.Response:
    begun = Begun(str(kept["state"]), str(kept["nonce"]), str(kept["verifier"]))
    try:
        told, id_token = await provider.finish(
            begun,
            code=request.query.get("code", "")[:_LONGEST_CODE],
            issuer=request.query.get("iss"),
            redirect_uri=_return_address(request, provider),
        )
    except ProviderError as error:
        return _trouble(request, provider, error)
    if kept["link_for"]:
        return await _link(request, provider, told, int(kept["link_for"]))
    return await _enter(request, provider, told, id_token, back=str(kept["back"]))


async def _enter(request: web.Request, provider: Provider, told: Told, id_token: str, *, back: str) -> web.Response:
    moment = now()
    async with request.app[DATABASE].writing() as session:
        identity = await find_identity(session, told.issuer, told.subject)
        account = await session.get(Account, identity.account_id) if identity is not None else None
        if identity is not None:
            identity.used_at, identity.label = moment, told.label or identity.label
            await give_roles(session, identity, provider.settings.roles_of(told.groups), now=moment)
    if identity is None or account is None:
        return _unknown(request, provider, told, back=back)
    return await sign_in_as(request, identity, account, told, id_token, back=back)


async def sign_in_as(
    request: web.Request, identity: Identity, account: Account, told: Told, id_token: str, *, back: str
) -> web.Response:
    """Sign in somebody whom a provider told of, and remember by which provider."""
    proved = Proved(Method.ELSEWHERE, Assurance.TWO if told.two_factors else Assurance.ONE)
    response = await complete_sign_in(request, account, proved=proved, back=back)
    cookie = response.cookies.get(cookie_name(request, SESSION_COOKIE))
    if cookie is not None:
        async with request.app[DATABASE].writing() as session:
            sealed = token_seal(request).encrypt(id_token.encode()) if id_token else b""
            note_provider_session(session, digest(cookie.value), identity.id, sid=told.sid, id_token=sealed)
    return response


def token_seal(request: web.Request) -> Fernet:
    """Return what ID tokens are sealed with in the database: they say who somebody is."""
    return Fernet(base64.urlsafe_b64encode(request.app[VAULT].derive("ID tokens")))


def _unknown(request: web.Request, provider: Provider, told: Told, *, back: str) -> web.Response:
    language, ours = language_of(request), provider.settings
    if visitor_of(request).signed_in is not None:
        return tell(
            request,
            language.gettext("This is not linked with your account"),
            language.gettext("You can link it on the page about security, after you have shown that it is you."),
            kind="warning",
            status=403,
            action=(LINKS_PAGE, language.gettext("To the page about security")),
        )
    if ours.new_people is NewPeople.OFF:
        return tell(
            request,
            language.gettext("You have no account here yet"),
            language.gettext(
                "Do you have one? Sign in as you are used to, and link it under security. "
                "Else ask the administrator for an invitation."
            ),
            kind="warning",
            status=403,
            action=(sign_in_path(back), language.gettext("To the sign-in page")),
        )
    response = see_other(f"{ours.path}/nieuw")
    kept = {**asdict(told), "groups": sorted(told.groups & set(ours.roles)), "provider": ours.key, "back": back}
    seal_cookie(request, response, TOLD_COOKIE, kept)
    return response


async def _link(request: web.Request, provider: Provider, told: Told, account_id: int) -> web.Response:
    signed_in, _ = fresh_person_of(request, back=LINKS_PAGE)
    language, moment = language_of(request), now()
    if signed_in.actor.id != account_id:
        return _again(request, provider)
    try:
        async with request.app[DATABASE].writing() as session:
            identity = await link_identity(
                session, account_id, issuer=told.issuer, subject=told.subject, label=told.label, now=moment
            )
            await give_roles(session, identity, provider.settings.roles_of(told.groups), now=moment)
            account = await session.get_one(Account, account_id)
            await tell_change(request, session, account, "identity-linked", now=moment)
    except IdentityTaken:
        return tell(
            request,
            language.gettext("This belongs to another account"),
            language.gettext("Somebody here signs in with it already. Sign out there, and choose another one."),
            kind="error",
            status=409,
            action=(LINKS_PAGE, language.gettext("Go back")),
        )
    return see_other(f"{LINKS_PAGE}?bericht=gekoppeld")


@repeatable
@without_token
async def signed_out_there(request: web.Request) -> web.Response:
    """End the sessions that a provider says are over: it asks so itself, with a token (back-channel logout)."""
    provider = provider_of(request)
    token = (await request.post()).get("logout_token")
    headers = {"Cache-Control": "no-store"}
    try:
        subject, sid = await provider.signed_out(token if isinstance(token, str) else "")
    except ProviderError as error:
        log.info("a logout of %s was refused: %s", provider.settings.issuer, error)
        return web.json_response({"error": "invalid_request"}, status=400, headers=headers)
    async with request.app[DATABASE].writing() as session:
        await end_provider_sessions(session, provider.settings.issuer, subject=subject, sid=sid)
    return web.Response(status=200, headers=headers)


async def signed_out(request: web.Request) -> web.Response:
    """Take in who comes back from signing out at a provider."""
    provider_of(request)
    return see_other("/?bericht=uitgelogd")


def _return_address(request: web.Request, provider: Provider) -> str:
    return f"{request.app[SITE].base_url}{provider.settings.path}/terug"


def _again(request: web.Request, provider: Provider) -> web.Response:
    language = language_of(request)
    return tell(
        request,
        language.gettext("That did not work"),
        language.gettext("This sign-in was not begun in this browser, or too long ago. Begin again."),
        kind="warning",
        status=400,
        action=("/inloggen", language.gettext("To the sign-in page")),
    )


def _trouble(request: web.Request, provider: Provider, error: ProviderError) -> web.Response:
    log.warning("signing in by way of %s failed: %s", provider.settings.issuer, error)
    language = language_of(request)
    return tell(
        request,
        language.gettext("That did not work"),
        language.gettext("%(name)s does not answer as it should. Try again in a while, or choose another way.")
        % {"name": provider.settings.label},
        kind="error",
        status=502,
        action=("/inloggen", language.gettext("To the sign-in page")),
    )
