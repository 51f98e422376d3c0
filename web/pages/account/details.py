"""My details: the address that mail goes to, and the language in which I read."""

from collections.abc import Mapping

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.people.accounts import EmailError, account_with_email, check_email, set_language
from actors.people.tables import Account
from web.cookies import set_cookie
from web.keys import CAN_MAIL, DATABASE, LANGUAGES
from web.language import N_
from web.pages.account.fresh import fresh_person_of
from web.pages.asked import browser_of, see_other, text_in
from web.pages.signin.confirming import ask_to_confirm
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show
from web.pages.signin.tries import allow_mail
from web.pages.words import ROLES
from web.render import language_of
from web.visitor import LANGUAGE_COOKIE

HERE = "/mijn/gegevens"
_A_YEAR = 365 * 24 * 3_600
_NOTICES: Mapping[str, str] = {
    "bevestig": N_("We have sent a link to the new address. Open it to confirm that it is yours."),
    "adres": N_("Your new e-mail address is kept."),
    "taal": N_("Your language is kept."),
}


async def overview(request: web.Request) -> web.Response:
    """Answer with what is kept of me besides my profile."""
    signed_in, _ = browser_of(request)
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, signed_in.actor.id)
    language = language_of(request)
    told = _NOTICES.get(request.query.get("bericht", ""))
    return show(
        request,
        "account/details.html",
        errors={},
        email=account.email,
        confirmed=account.email_confirmed_at is not None,
        can_mail=request.app[CAN_MAIL],
        chosen_language=account.language or language.code,
        offered=[(one.code, one.name) for one in request.app[LANGUAGES].offered],
        roles=[language.word(ROLES[role]) for role in sorted(account.roles)],
        since=language.date_of(account.created_at),
        notice=language.gettext(told) if told else "",
    )


async def choose_language(request: web.Request) -> web.Response:
    """Keep the language in which I read pages and mail."""
    signed_in, _ = browser_of(request)
    code = text_in(await request.post(), "language")
    if code not in request.app[LANGUAGES]:
        raise web.HTTPBadRequest
    async with request.app[DATABASE].writing() as session:
        await set_language(session, signed_in.actor.id, code)
    response = see_other(f"{HERE}?bericht=taal")
    set_cookie(request, response, LANGUAGE_COOKIE, code, max_age=_A_YEAR)
    return response


async def confirm_again(request: web.Request) -> web.Response:
    """Send the link that confirms my address once more."""
    signed_in, _ = browser_of(request)
    if allow_mail(request):
        async with request.app[DATABASE].writing() as session:
            account = await session.get_one(Account, signed_in.actor.id)
            await ask_to_confirm(request, session, account, account.email, now=now())
    return see_other(f"{HERE}?bericht=bevestig")


async def email_form(request: web.Request) -> web.Response:
    """Answer with the form for another address."""
    fresh_person_of(request)
    return _email_form(request)


async def change_email(request: web.Request) -> web.Response:
    """Ask the new address to confirm that it is mine, and tell the old one; without mail it counts at once."""
    signed_in, _ = fresh_person_of(request, back=f"{HERE}/adres")
    typed, language, moment = text_in(await request.post(), "email")[:300], language_of(request), now()
    try:
        address = check_email(typed)
    except EmailError:
        told = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
        return _email_form(request, typed, {"email": told}, status=422)
    if not allow_mail(request):
        told = language.gettext("Too many tries. Wait five minutes and try again.")
        return _email_form(request, typed, {"email": told}, status=429)
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        if request.app[CAN_MAIL]:
            await tell_change(request, session, account, "email-asked", now=moment)
            await ask_to_confirm(request, session, account, address, now=moment)
            return see_other(f"{HERE}?bericht=bevestig")
        other = await account_with_email(session, address)
        if other is not None and other.actor_id != account.actor_id:
            told = language.gettext("This address cannot be used. Choose another one.")
            return _email_form(request, typed, {"email": told}, status=422)
        account.email, account.email_confirmed_at = address, None
        note_act(session, account.actor_id, "email-changed", now=moment)
    return see_other(f"{HERE}?bericht=adres")


def _email_form(
    request: web.Request, email: str = "", errors: Mapping[str, str] | None = None, *, status: int = 200
) -> web.Response:
    return show(
        request, "account/email.html", status=status, errors=errors or {}, email=email,
        can_mail=request.app[CAN_MAIL],
    )  # fmt: skip
