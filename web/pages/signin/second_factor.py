"""The second step of signing in: a code of an authenticator app, a passkey, or a recovery code.

It comes after a first proof, or when somebody who is signed in with one proof asks for what takes two. Five wrong
codes end the step, and the first proof is asked again. A passkey that came first does not come second as well,
unless its device asks who holds it (`actors.people.proofs`).
"""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.audit import note_act
from actors.database import now
from actors.people.factors import Factors, check_totp, read_factors, use_recovery_code
from actors.people.kinds import Assurance, StepPurpose
from actors.people.passkeys import PasskeyError, check_passkey, sign_in_options
from actors.people.proofs import Proved, is_second, must_ask_owner
from actors.people.steps import count_try, find_step, open_step, set_challenge, take_step
from actors.people.tables import Account, Session, SignInStep
from web.cookies import read_cookie
from web.keys import DATABASE, SITE, VAULT
from web.language import Language
from web.limits import Allowance
from web.pages.asked import see_other, text_in
from web.pages.paths import local_path, sign_in_path
from web.pages.signin.completing import STEP_COOKIE, may_sign_in, open_for, refuse, set_session, set_step
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show
from web.pages.signin.tries import Tries
from web.render import language_of
from web.visitor import visitor_of

_BY_STRANGERS = Allowance(20, 3_600.0)
"""Wrong codes at one account by browsers that are new to it: whoever gets here knows the password."""


async def form(request: web.Request) -> web.Response:
    """Answer with the form for the second factor; leads who has none to where they set one up."""
    async with request.app[DATABASE].reading() as session:
        step = await find_step(session, StepPurpose.SECOND_FACTOR, _secret(request), now=now())
        factors = await read_factors(session, step.actor_id) if step is not None and step.actor_id else None
    if factors is None:
        return await _step_up(request)
    return _form(request, factors, as_codes="herstelcode" in request.query)


async def prove(request: web.Request) -> web.Response:
    """Check the second factor, and sign in."""
    given, moment, language = await request.post(), now(), language_of(request)
    as_codes = "recovery" in given
    async with request.app[DATABASE].writing() as session:
        step = await find_step(session, StepPurpose.SECOND_FACTOR, _secret(request), now=moment)
        account = await session.get(Account, step.actor_id) if step is not None else None
        if step is None or account is None:
            return see_other(sign_in_path("/"))
        if not await may_sign_in(session, account):
            return refuse(request, account)
        tries = Tries(request, account.actor_id, what="second factor", strangers=_BY_STRANGERS)
        factors = await read_factors(session, account.actor_id)
        if not tries.take():
            told = language.gettext("Too many tries. Wait five minutes, or choose another way to sign in.")
            return _form(request, factors, as_codes=as_codes, errors={_field(given): told}, status=429)
        fault = await _fault(request, session, step, account, given)
        if fault:
            if not await count_try(session, step):
                return see_other(sign_in_path(step.back))
            return _form(request, factors, as_codes=as_codes, errors={_field(given): fault}, status=422)
        tries.succeed()
        if await take_step(session, StepPurpose.SECOND_FACTOR, _secret(request), now=moment) is None:
            return see_other(sign_in_path(step.back))
        secret = await open_for(request, session, account, proved=_first(step), assurance=Assurance.TWO, now=moment)
    response = see_other(local_path(step.back))
    set_session(request, response, secret, account.actor_id)
    return response


async def passkey_options(request: web.Request) -> web.Response:
    """Answer with what the browser proves a passkey of this person with, as JSON."""
    async with request.app[DATABASE].writing() as session:
        step = await find_step(session, StepPurpose.SECOND_FACTOR, _secret(request), now=now())
        if step is None or step.actor_id is None:
            raise web.HTTPNotFound
        factors = await read_factors(session, step.actor_id)
        asks_owner = must_ask_owner(step.method)
        options, challenge = sign_in_options(request.app[SITE], factors.passkeys, asks_owner=asks_owner)
        await set_challenge(session, step, challenge)
    return web.Response(text=options, content_type="application/json", headers={"Cache-Control": "no-store"})


async def _step_up(request: web.Request) -> web.Response:
    signed_in = visitor_of(request).signed_in
    back = local_path(request.query.get("terug"))
    if signed_in is None or signed_in.session is None:
        return see_other(sign_in_path(back))
    if signed_in.has_two_factors:
        return see_other(back)
    async with request.app[DATABASE].writing() as session:
        factors = await read_factors(session, signed_in.actor.id)
        if not factors.second:
            return see_other("/mijn/beveiliging?bericht=tweede-factor")
        secret = await open_step(
            session, StepPurpose.SECOND_FACTOR, actor_id=signed_in.actor.id, now=now(), back=back,
            proved=_first(signed_in.session),
        )  # fmt: skip
    response = _form(request, factors, as_codes=False)
    set_step(request, response, secret)
    return response


async def _fault(
    request: web.Request, session: AsyncSession, step: SignInStep, account: Account, given: Mapping[str, object]
) -> str:
    """Return what is wrong with the proof; empty when it holds."""
    language, moment = language_of(request), now()
    if "credential" in given and text_in(given, "credential"):
        challenge = step.challenge
        if challenge is None:
            return _passkey_fault(language)
        await set_challenge(session, step, None)
        try:
            proof = await check_passkey(
                session, request.app[SITE], answer=text_in(given, "credential"), challenge=challenge,
                actor_id=account.actor_id, now=moment,
            )  # fmt: skip
        except PasskeyError:
            return _passkey_fault(language)
        return "" if is_second(step.method, proof) else _same_kind(language)
    if "recovery" in given:
        if not await use_recovery_code(session, account.actor_id, text_in(given, "recovery")[:100]):
            return language.gettext("This is not one of your recovery codes, or you have used it before.")
        note_act(session, account.actor_id, "recovery-code-used", now=moment)
        await tell_change(request, session, account, "code-used", now=moment)
        return ""
    if not await check_totp(session, request.app[VAULT], account.actor_id, text_in(given, "code")[:20], now=moment):
        return language.gettext("This code is not right, or was used before. Wait for the next one and try again.")
    return ""


def _passkey_fault(language: Language) -> str:
    return language.gettext("Your passkey was not recognised. Try again, or choose another way.")


def _same_kind(language: Language) -> str:
    return language.gettext(
        "A passkey was your first step already. Use one that asks for your PIN, finger or face, or choose another way. "
        "You can also sign in with your password first, and use this passkey after it."
    )


def _first(came: SignInStep | Session) -> Proved | None:
    """Return the proof that came before a step, or with which a session was opened; None when it is not known."""
    return Proved(came.method, passkey_id=came.passkey_id) if came.method is not None else None


def _form(
    request: web.Request,
    factors: Factors,
    *,
    as_codes: bool,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    return show(
        request,
        "signin/second_factor.html",
        status=status,
        errors=errors or {},
        has_totp=factors.totp_since is not None,
        has_passkeys=bool(factors.passkeys),
        has_codes=factors.recovery_codes > 0,
        as_codes=as_codes and factors.recovery_codes > 0,
    )


def _field(given: Mapping[str, object]) -> str:
    if "recovery" in given:
        return "recovery"
    return "credential" if given.get("credential") else "code"


def _secret(request: web.Request) -> str | None:
    return read_cookie(request, STEP_COOKIE)
