"""A new password for who forgot it, by a link that was sent by e-mail or printed by the operator.

As with links to sign in, the answer is the same for every address. Choosing a new password ends every session and
token; a second factor stays, unless the operator made the link for somebody who lost that too.
"""

from collections.abc import Mapping

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.people.accounts import EmailError, account_with_email, check_email
from actors.people.factors import remove_factors
from actors.people.kinds import AccountState, LinkPurpose
from actors.people.links import LIFETIMES, WITH_FACTORS, create_link, drop_links, find_link, use_link
from actors.people.sessions import end_access
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE
from web.pages.asked import see_other, text_in
from web.pages.signin.checking import hashed, new_password_fault
from web.pages.signin.letters import tell_change, url, write_to_person
from web.pages.signin.showing import link_is_over, show, tell
from web.pages.signin.tries import allow_mail
from web.render import language_of


async def ask_form(request: web.Request) -> web.Response:
    """Answer with the form that asks for a link; without mail, with whom to ask."""
    return _ask_form(request)


async def ask(request: web.Request) -> web.Response:
    """Send a link to an address that has an account, and tell everyone the same."""
    if not request.app[CAN_MAIL]:
        raise web.HTTPNotFound
    typed, language = text_in(await request.post(), "email")[:300], language_of(request)
    try:
        address = check_email(typed)
    except EmailError:
        told = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
        return _ask_form(request, email=typed, errors={"email": told}, status=422)
    if not allow_mail(request):
        told = language.gettext("Too many tries. Wait five minutes, or choose another way to sign in.")
        return _ask_form(request, email=typed, errors={"email": told}, status=429)
    moment = now()
    async with request.app[DATABASE].writing() as session:
        account = await account_with_email(session, address)
        actor_id = account.actor_id if account is not None else None
        secret = await create_link(session, LinkPurpose.RESET, email=address, actor_id=actor_id, now=moment)
        if account is not None and secret is not None and account.state is not AccountState.DISABLED:
            await write_to_person(
                request, session, "reset_password", account, now=moment,
                until=moment + LIFETIMES[LinkPurpose.RESET], url=url(request, f"/wachtwoord/{secret}"),
            )  # fmt: skip
    return tell(
        request,
        language.gettext("Look in your e-mail"),
        language.gettext(
            "Is there an account with this address? Then we have sent a link to choose a new password. "
            "It works once, for one hour."
        ),
        kind="ok",
    )


async def form(request: web.Request) -> web.Response:
    """Answer with the form for the new password."""
    async with request.app[DATABASE].reading() as session:
        found = await find_link(session, LinkPurpose.RESET, request.match_info["secret"], now=now())
    if found is None or found.actor_id is None:
        return link_is_over(request)
    return _form(request)


async def choose(request: web.Request) -> web.Response:
    """Take the new password, once."""
    given, moment, language = await request.post(), now(), language_of(request)
    password = given.get("password")
    password = password if isinstance(password, str) else ""
    secret = request.match_info["secret"]
    async with request.app[DATABASE].reading() as session:
        found = await find_link(session, LinkPurpose.RESET, secret, now=moment)
        account = await session.get(Account, found.actor_id) if found is not None and found.actor_id else None
    if found is None or account is None:
        return link_is_over(request)
    if fault := new_password_fault(language, password, (account.email,)):
        return _form(request, errors={"password": fault}, status=422)
    password_hash = await hashed(password)
    async with request.app[DATABASE].writing() as session:
        used = await use_link(session, LinkPurpose.RESET, secret, now=moment)
        if used is None:
            return link_is_over(request)
        account = await session.get_one(Account, account.actor_id)
        account.password_hash = password_hash
        if account.email.lower() == used.email.lower() and not used.facts.get(WITH_FACTORS):
            account.email_confirmed_at = account.email_confirmed_at or moment
        if used.facts.get(WITH_FACTORS):
            await remove_factors(session, account)
        await end_access(session, account.actor_id, now=moment)
        await drop_links(session, account.actor_id)
        note_act(session, account.actor_id, "password-reset", now=moment)
        await tell_change(request, session, account, "password", now=moment)
    return see_other("/inloggen?bericht=wachtwoord")


def _ask_form(
    request: web.Request, *, email: str = "", errors: Mapping[str, str] | None = None, status: int = 200
) -> web.Response:
    return show(
        request, "signin/forgotten.html", status=status, errors=errors or {}, email=email,
        can_mail=request.app[CAN_MAIL],
    )  # fmt: skip


def _form(request: web.Request, *, errors: Mapping[str, str] | None = None, status: int = 200) -> web.Response:
    return show(request, "signin/new_password.html", status=status, errors=errors or {}, action=request.path)
