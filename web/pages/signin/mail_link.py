"""Signing in with a link by e-mail.

The answer is the same whether or not the address has an account, and so is the work. Opening the link changes
nothing: programs that check mail open links too. A button on its page signs in, on whatever device it is pressed.
"""

from aiohttp import web

from actors.database import now
from actors.people.accounts import EmailError, account_with_email, check_email
from actors.people.kinds import AccountState, LinkPurpose, Method
from actors.people.links import LIFETIMES, create_link, find_link, use_link
from actors.people.proofs import Proved
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE
from web.pages.asked import text_in
from web.pages.paths import local_path
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.letters import url, write_to_person
from web.pages.signin.showing import link_is_over, show, tell
from web.pages.signin.tries import allow_mail
from web.render import language_of


async def ask_form(request: web.Request) -> web.Response:
    """Answer with the form that asks for a link."""
    _check_mail(request)
    return _form(request, back=local_path(request.query.get("terug")))


async def ask(request: web.Request) -> web.Response:
    """Send a link to an address that has an account, and tell everyone the same."""
    _check_mail(request)
    given = await request.post()
    back, typed, language = local_path(text_in(given, "terug")), text_in(given, "email")[:300], language_of(request)
    try:
        address = check_email(typed)
    except EmailError:
        told = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
        return _form(request, back=back, email=typed, errors={"email": told}, status=422)
    if not allow_mail(request):
        told = language.gettext("Too many tries. Wait five minutes, or choose another way to sign in.")
        return _form(request, back=back, email=typed, errors={"email": told}, status=429)
    moment = now()
    async with request.app[DATABASE].writing() as session:
        account = await account_with_email(session, address)
        purpose = LinkPurpose.SIGN_IN
        actor_id = account.actor_id if account is not None else None
        secret = await create_link(session, purpose, email=address, actor_id=actor_id, now=moment, facts={"back": back})
        if account is not None and secret is not None and account.state is not AccountState.DISABLED:
            await write_to_person(
                request, session, "sign_in_link", account, now=moment, until=moment + LIFETIMES[purpose],
                url=url(request, f"/inloggen/link/{secret}"), minutes=15,
            )  # fmt: skip
    return tell(
        request,
        language.gettext("Look in your e-mail"),
        language.gettext(
            "Is there an account with this address? Then we have sent a link to sign in with. "
            "It works once, for 15 minutes."
        ),
        kind="ok",
    )


async def open_link(request: web.Request) -> web.Response:
    """Answer with the button that signs in."""
    async with request.app[DATABASE].reading() as session:
        found = await find_link(session, LinkPurpose.SIGN_IN, request.match_info["secret"], now=now())
    if found is None or found.actor_id is None:
        return link_is_over(request)
    return show(request, "signin/link.html", errors={}, action=request.path)


async def follow_link(request: web.Request) -> web.Response:
    """Sign in with a link, once."""
    moment = now()
    async with request.app[DATABASE].writing() as session:
        used = await use_link(session, LinkPurpose.SIGN_IN, request.match_info["secret"], now=moment)
        account = await session.get(Account, used.actor_id) if used is not None and used.actor_id else None
        if account is None or used is None or account.email.lower() != used.email.lower():
            return link_is_over(request)
        account.email_confirmed_at = account.email_confirmed_at or moment
    back = used.facts.get("back", "/")
    return await complete_sign_in(request, account, proved=Proved(Method.LINK), back=str(back))


def _form(
    request: web.Request, *, back: str, email: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> web.Response:
    return show(request, "signin/mail_link.html", status=status, back=back, email=email, errors=errors or {})


def _check_mail(request: web.Request) -> None:
    if not request.app[CAN_MAIL]:
        raise web.HTTPNotFound
