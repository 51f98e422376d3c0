"""How I sign in: password, authenticator app, passkeys and recovery codes, on one page."""

from collections.abc import Mapping

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.people.factors import RECOVERY_CODES, make_recovery_codes, read_factors
from actors.people.links import drop_links
from actors.people.sessions import end_access
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE, PROVIDERS, REQUIRE_MFA
from web.language import N_
from web.pages.account.fresh import fresh_person_of
from web.pages.asked import browser_of, see_other
from web.pages.signin.checking import hashed, new_password_fault
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show
from web.render import language_of

HERE = "/mijn/beveiliging"
_NOTICES: Mapping[str, str] = {
    "tweede-factor": N_("You administer this site. Set up a second factor first: an authenticator app or a passkey."),
    "zonder-wachtwoord": N_(
        "Welcome! Your account has no password. Add a passkey now, or sign in by e-mail each time."
    ),
    "wachtwoord": N_("Your new password is kept. You are signed out everywhere else, and in apps too."),
    "app-weg": N_("The authenticator app does not count any more."),
    "passkey": N_("The passkey is kept."),
    "passkey-weg": N_("The passkey does not work any more."),
}


async def overview(request: web.Request) -> web.Response:
    """Answer with how I sign in."""
    signed_in, _ = browser_of(request)
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        factors = await read_factors(session, account.actor_id)
    language = language_of(request)
    told = _NOTICES.get(request.query.get("bericht", ""))
    return show(
        request,
        "account/security.html",
        errors={},
        has_password=account.password_hash is not None,
        totp_since=language.date_of(factors.totp_since) if factors.totp_since else "",
        passkeys=[
            (key.id, key.name, language.date_of(key.created_at), language.date_of(key.last_used_at or key.created_at))
            for key in factors.passkeys
        ],
        recovery_codes=factors.recovery_codes,
        has_second=factors.second,
        must_have_second=request.app[REQUIRE_MFA] and account.administers,
        can_mail=request.app[CAN_MAIL],
        has_providers=bool(request.app[PROVIDERS]),
        notice=language.gettext(told) if told else "",
    )


async def password_form(request: web.Request) -> web.Response:
    """Answer with the form for a new password."""
    fresh_person_of(request)
    return _password_form(request)


async def change_password(request: web.Request) -> web.Response:
    """Keep a new password, and end whatever else is open."""
    signed_in, held = fresh_person_of(request, back=f"{HERE}/wachtwoord")
    given, moment = await request.post(), now()
    password = given.get("password")
    password = password if isinstance(password, str) else ""
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, signed_in.actor.id)
    about = (signed_in.actor.name, signed_in.actor.handle, account.email)
    if fault := new_password_fault(language_of(request), password, about):
        return _password_form(request, {"password": fault}, status=422)
    password_hash = await hashed(password)
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        account.password_hash = password_hash
        await end_access(session, account.actor_id, now=moment, but=held.digest)
        await drop_links(session, account.actor_id)
        note_act(session, account.actor_id, "password-changed", now=moment)
        await tell_change(request, session, account, "password", now=moment)
    return see_other(f"{HERE}?bericht=wachtwoord")


async def new_codes(request: web.Request) -> web.Response:
    """Make recovery codes and show them, this once; those of before work no more."""
    signed_in, _ = fresh_person_of(request, back=HERE)
    moment = now()
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        codes = await make_recovery_codes(session, account.actor_id, now=moment)
        note_act(session, account.actor_id, "recovery-codes-made", now=moment)
        await tell_change(request, session, account, "codes", now=moment)
    return show_codes(request, codes)


def show_codes(request: web.Request, codes: list[str]) -> web.Response:
    """Return the page with recovery codes, to print or copy."""
    return show(request, "account/codes.html", errors={}, codes=codes, count=RECOVERY_CODES)


def _password_form(request: web.Request, errors: Mapping[str, str] | None = None, *, status: int = 200) -> web.Response:
    return show(request, "account/password.html", status=status, errors=errors or {})
