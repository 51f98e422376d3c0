"""Proving once more who you are, before what matters most: a session that was left open is not enough for that."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from actors.database import now
from actors.people.accounts import SignedIn, matches
from actors.people.factors import check_totp, read_factors
from actors.people.kinds import Assurance, StepPurpose
from actors.people.passkeys import PasskeyError, check_passkey, sign_in_options
from actors.people.sessions import renew_session
from actors.people.steps import open_step, take_step
from actors.people.tables import Account
from web.cookies import read_cookie
from web.keys import DATABASE, SITE, VAULT
from web.pages.asked import browser_of, see_other, text_in
from web.pages.paths import local_path
from web.pages.signin.completing import STEP_COOKIE, set_session, set_step
from web.pages.signin.form import LONGEST_PASSWORD
from web.pages.signin.showing import show
from web.pages.signin.tries import Tries
from web.render import language_of


async def form(request: web.Request) -> web.Response:
    """Answer with the ways in which this person can prove who they are."""
    return await _form(request, browser_of(request)[0], local_path(request.query.get("terug")))


async def prove(request: web.Request) -> web.Response:
    """Check the proof, give the session a new secret, and go back to where the person was."""
    (signed_in, held), given, moment = browser_of(request), await request.post(), now()
    back, language = local_path(text_in(given, "terug")), language_of(request)
    tries = Tries(request, signed_in.actor.id)
    if not tries.take():
        told = language.gettext("Too many tries. Wait five minutes, or choose another way to sign in.")
        return await _form(request, signed_in, back, {"password": told}, status=429)
    field, assurance = await _proof(request, signed_in, given)
    if assurance is None:
        told = {
            "password": language.gettext("This is not your password. Try again."),
            "code": language.gettext(
                "This code is not right, or was used before. Wait for the next one and try again."
            ),
            "credential": language.gettext("Your passkey was not recognised. Try again, or choose another way."),
        }[field]
        return await _form(request, signed_in, back, {field: told}, status=422)
    tries.succeed()
    async with request.app[DATABASE].writing() as session:
        more = Assurance.TWO if Assurance.TWO in {assurance, held.assurance} else Assurance.ONE
        secret = await renew_session(session, held, now=moment, assurance=more)
    response = see_other(back)
    if secret is not None:
        set_session(request, response, secret, signed_in.actor.id)
    return response


async def passkey_options(request: web.Request) -> web.Response:
    """Answer with what the browser proves a passkey of this person with, as JSON."""
    signed_in, _ = browser_of(request)
    async with request.app[DATABASE].writing() as session:
        factors = await read_factors(session, signed_in.actor.id)
        options, challenge = sign_in_options(request.app[SITE], factors.passkeys)
        secret = await open_step(
            session, StepPurpose.PASSKEY_SIGN_IN, actor_id=signed_in.actor.id, now=now(), challenge=challenge
        )
    response = web.Response(text=options, content_type="application/json", headers={"Cache-Control": "no-store"})
    set_step(request, response, secret)
    return response


async def _proof(
    request: web.Request, signed_in: SignedIn, given: Mapping[str, object]
) -> tuple[str, Assurance | None]:
    """Return which field was filled in, and what it proves; None when it proves nothing."""
    actor_id, moment = signed_in.actor.id, now()
    if credential := text_in(given, "credential"):
        async with request.app[DATABASE].writing() as session:
            step = await take_step(session, StepPurpose.PASSKEY_SIGN_IN, read_cookie(request, STEP_COOKIE), now=moment)
            if step is None or step.challenge is None or step.actor_id != actor_id:
                return "credential", None
            try:
                proof = await check_passkey(
                    session, request.app[SITE], answer=credential, challenge=step.challenge, actor_id=actor_id,
                    now=moment,
                )  # fmt: skip
            except PasskeyError:
                return "credential", None
        return "credential", Assurance.TWO if proof.user_verified else Assurance.ONE
    if code := text_in(given, "code"):
        async with request.app[DATABASE].writing() as session:
            right = await check_totp(session, request.app[VAULT], actor_id, code[:20], now=moment)
        return "code", Assurance.ONE if right else None
    password = given.get("password")
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, actor_id)
    typed = password[:LONGEST_PASSWORD] if isinstance(password, str) else ""
    right = await asyncio.to_thread(matches, typed, account.password_hash)
    return "password", Assurance.ONE if right else None


async def _form(
    request: web.Request,
    signed_in: SignedIn,
    back: str,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        factors = await read_factors(session, signed_in.actor.id)
    return show(
        request,
        "signin/again.html",
        status=status,
        errors=errors or {},
        back=back,
        has_password=account.password_hash is not None,
        has_totp=factors.totp_since is not None,
        has_passkeys=bool(factors.passkeys),
    )
