"""Coming in by an invitation: making an account, or taking its roles with the account that somebody has.

What the invitation gives stands in it alone; nothing that a form says adds to it.
"""

from collections.abc import Mapping

from aiohttp import web

from actors.database import now
from actors.keys import make_pair
from actors.local import HandleError, check_handle
from actors.people.accounts import EmailError, check_email
from actors.people.invitations import Invited, accept_invitation, find_invitation, note_accepted, use_invitation
from actors.people.kinds import Method
from actors.people.proofs import Proved
from actors.people.register import create_person
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE, KEYS, SITE
from web.pages.asked import browser_of, see_other
from web.pages.paths import sign_in_path
from web.pages.signin.checking import Typed, faults_in, handle_is_free, handle_taken, hashed
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.confirming import ask_to_confirm
from web.pages.signin.showing import link_is_over, show
from web.pages.signin.tries import allow_mail
from web.pages.words import ROLES
from web.render import language_of
from web.visitor import visitor_of


class _Over(Exception):
    """The invitation was used up or ended meanwhile; nothing is stored."""


async def form(request: web.Request) -> web.Response:
    """Answer with who invites to what, and the form that accepts."""
    invited = await _find(request)
    if invited is None:
        return link_is_over(request)
    return _form(request, invited, Typed(email=invited.invitation.email or ""))


async def accept(request: web.Request) -> web.Response:
    """Make the account of somebody who is invited, and sign them in."""
    invited = await _find(request)
    if invited is None:
        return link_is_over(request)
    if visitor_of(request).signed_in is not None:
        return await _take_roles(request, invited)
    typed, language, moment = Typed.read(await request.post()), language_of(request), now()
    errors = faults_in(request, typed, may_lack_password=request.app[CAN_MAIL], asks_reason=False)
    if "handle" not in errors:
        async with request.app[DATABASE].reading() as session:
            if not await handle_is_free(session, typed.handle):
                errors["handle"] = handle_taken(language)
    if not errors and not allow_mail(request):
        errors["email"] = language.gettext("Too many tries. Wait five minutes and try again.")
    if errors:
        return _form(request, invited, typed, errors, status=422)
    password_hash, pair = await hashed(typed.password), await make_pair()
    invitation, address = invited.invitation, check_email(typed.email)
    # The link came to this address by mail, so it is theirs.
    confirmed = request.app[CAN_MAIL] and address.lower() == (invitation.email or "").lower()
    try:
        async with request.app[DATABASE].writing() as session:
            if not await use_invitation(session, invitation, now=moment):
                raise _Over
            account, actor = await create_person(
                session, request.app[SITE], request.app[KEYS], pair, handle=check_handle(typed.handle),
                name=typed.name, email=address, password_hash=password_hash, language=language.code,
                roles=invitation.roles, confirmed=confirmed, now=moment,
            )  # fmt: skip
            note_accepted(session, invitation, actor, now=moment)
            if not confirmed:
                await ask_to_confirm(request, session, account, address, now=moment)
    except _Over:
        return link_is_over(request)
    except HandleError:
        return _form(request, invited, typed, {"handle": handle_taken(language)}, status=422)
    except EmailError:
        told = language.gettext("This address cannot be used. Do you have an account already? Then sign in.")
        return _form(request, invited, typed, {"email": told}, status=422)
    back = "/?bericht=welkom" if typed.password else "/mijn/beveiliging?bericht=zonder-wachtwoord"
    return await complete_sign_in(request, account, proved=Proved(Method.LINK), back=back)


async def _take_roles(request: web.Request, invited: Invited) -> web.Response:
    (signed_in, _), moment = browser_of(request), now()
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        if not await accept_invitation(session, invited.invitation, account, signed_in.actor, now=moment):
            return link_is_over(request)
    return see_other("/?bericht=uitnodiging")


async def _find(request: web.Request) -> Invited | None:
    async with request.app[DATABASE].reading() as session:
        return await find_invitation(session, request.match_info["secret"], now=now())


def _form(
    request: web.Request,
    invited: Invited,
    typed: Typed,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    language = language_of(request)
    inviter = invited.inviter
    return show(
        request,
        "signin/invitation.html",
        status=status,
        typed=typed.shown,
        errors=errors or {},
        action=request.path,
        inviter=(inviter.name or inviter.handle) if inviter is not None else "",
        message=invited.invitation.message,
        roles=[language.word(ROLES[role]) for role in sorted(invited.invitation.roles)],
        until=language.date_of(invited.invitation.expires_at),
        can_mail=request.app[CAN_MAIL],
        sign_in=sign_in_path(request.path),
    )
