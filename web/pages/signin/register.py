"""Registering without an invitation: open, by approval of an administrator, or not at all.

With mail, nothing is made before the address is confirmed: what was typed waits in the link. So nobody can fill
the site with accounts on addresses of others, and the answer to an address that is in use is the same. Whoever
confirms sees what was asked for, and chooses the password unless they typed it in this browser themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.keys import make_pair
from actors.local import HandleError, check_handle
from actors.people.accounts import EmailError, account_with_email, check_email
from actors.people.kinds import AccountState, LinkPurpose, Method
from actors.people.links import LIFETIMES, create_link, find_link, use_link
from actors.people.proofs import Proved
from actors.people.register import create_person
from actors.people.tables import Account, MailLink
from web.keys import CAN_MAIL, DATABASE, KEYS, SITE
from web.pages.asked import see_other, text_in
from web.pages.paths import local_path
from web.pages.signin.checking import (
    Typed,
    faults_in,
    handle_fault,
    handle_is_free,
    handle_taken,
    hashed,
    new_password_fault,
)
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.letters import tell_administrators, tell_change, url, write_to_address, write_to_person
from web.pages.signin.same_browser import registered_here, remember_registration
from web.pages.signin.showing import link_is_over, show, tell
from web.pages.signin.tries import allow_mail
from web.registration import RegistrationMode, registration_mode
from web.render import language_of
from web.visitor import visitor_of


@dataclass(frozen=True)
class _Asked:
    """What waits for somebody to confirm that an address is theirs: the address, and for whom it is."""

    email: str
    name: str
    handle: str
    password: bool = False
    """Whether who confirms chooses the password."""


async def form(request: web.Request) -> web.Response:
    """Answer with the form to register; says who to ask where registration is closed."""
    if visitor_of(request).signed_in is not None:
        return see_other("/")
    return _form(request, Typed())


async def register(request: web.Request) -> web.Response:
    """Take a registration: send the link that confirms it, or make the account where there is no mail."""
    mode, language, moment = registration_mode(request), language_of(request), now()
    if mode is RegistrationMode.CLOSED:
        raise web.HTTPForbidden
    typed = Typed.read(await request.post())
    by_mail = request.app[CAN_MAIL]
    errors = faults_in(request, typed, may_lack_password=by_mail, asks_reason=mode is RegistrationMode.APPROVAL)
    if "handle" not in errors:
        async with request.app[DATABASE].reading() as session:
            if not await handle_is_free(session, typed.handle):
                errors["handle"] = handle_taken(language)
    if not errors and not allow_mail(request):
        errors["email"] = language.gettext("Too many tries. Wait five minutes and try again.")
    if errors:
        return _form(request, typed, errors, status=422)
    facts = {
        "name": typed.name, "handle": check_handle(typed.handle), "reason": typed.reason,
        "password_hash": await hashed(typed.password), "language": language.code,
    }  # fmt: skip
    address = check_email(typed.email)
    if not by_mail:
        return await _make(request, facts, address, confirmed=False)
    async with request.app[DATABASE].writing() as session:
        known = await account_with_email(session, address)
        secret = await create_link(session, LinkPurpose.REGISTER, email=address, actor_id=None, now=moment, facts=facts)
        if secret is not None:
            until = moment + LIFETIMES[LinkPurpose.REGISTER]
            if known is None:
                await write_to_address(
                    request, session, "confirm_address", address, now=moment, until=until,
                    url=url(request, f"/bevestigen/{secret}"), is_new=True,
                )  # fmt: skip
            else:
                await write_to_person(
                    request, session, "address_known", known, now=moment, url=url(request, "/inloggen")
                )
    response = tell(
        request,
        language.gettext("Look in your e-mail"),
        language.gettext("We have sent you a link. Open it to confirm your e-mail address. It works for two days."),
        kind="ok",
    )
    remember_registration(request, response, secret)
    return response


async def open_link(request: web.Request) -> web.Response:
    """Answer with the button that confirms an address, of a new account or of one that is there."""
    async with request.app[DATABASE].reading() as session:
        found = None
        for purpose in (LinkPurpose.REGISTER, LinkPurpose.CONFIRM):
            found = found or await find_link(session, purpose, request.match_info["secret"], now=now())
        if found is None:
            return link_is_over(request)
        if found.purpose is LinkPurpose.CONFIRM:
            actor = await session.get_one(Actor, found.actor_id)
            return _confirm_form(request, _Asked(found.email, actor.name, actor.handle), {})
        asked = _asked(request, found)
        taken = not await handle_is_free(session, asked.handle)
    return _confirm_form(request, asked, {"handle": handle_taken(language_of(request))} if taken else {})


async def confirm(request: web.Request) -> web.Response:
    """Confirm an address, once: makes the account of who registered, or changes the address of who asked for it."""
    secret, moment, language = request.match_info["secret"], now(), language_of(request)
    async with request.app[DATABASE].reading() as session:
        waiting = await find_link(session, LinkPurpose.REGISTER, secret, now=moment)
    if waiting is not None:
        return await _confirm_registration(request, _asked(request, waiting), waiting)
    async with request.app[DATABASE].writing() as session:
        used = await use_link(session, LinkPurpose.CONFIRM, secret, now=moment)
        account = await session.get(Account, used.actor_id) if used is not None and used.actor_id else None
        if used is None or account is None or not await _may_have(session, account, used.email):
            return link_is_over(request)
        if account.email != used.email:
            note_act(session, account.actor_id, "email-changed", now=moment)
            await tell_change(request, session, account, "email", now=moment, to=account.email)
        account.email, account.email_confirmed_at = used.email, moment
    return tell(
        request,
        language.gettext("Your e-mail address is confirmed"),
        language.gettext("From now on we send our mail to this address."),
        kind="ok",
        action=("/", language.gettext("To the front page")),
    )


async def _confirm_registration(request: web.Request, asked: _Asked, waiting: MailLink) -> web.Response:
    given, language = await request.post(), language_of(request)
    facts, errors = dict(waiting.facts), dict[str, str]()
    if chosen := text_in(given, "handle").lstrip("@")[:120]:
        asked = replace(asked, handle=chosen)
    try:
        facts["handle"] = check_handle(asked.handle)
    except HandleError:
        errors["handle"] = handle_fault(language, asked.handle)
    if asked.password:
        typed = given.get("password")
        password = typed if isinstance(typed, str) else ""
        if fault := new_password_fault(language, password, (asked.name, asked.handle, asked.email)):
            errors["password"] = fault
        else:
            facts["password_hash"] = await hashed(password)
    if errors:
        return _confirm_form(request, asked, errors, status=422)
    return await _make(request, facts, asked.email, confirmed=True, asked=asked)


def _asked(request: web.Request, waiting: MailLink) -> _Asked:
    """Return what waits with the link of a registration; whoever typed the password elsewhere may be somebody else."""
    facts, is_same = waiting.facts, registered_here(request, request.match_info["secret"])
    has_password = facts["password_hash"] is not None
    return _Asked(waiting.email, str(facts["name"]), str(facts["handle"]), has_password and not is_same)


async def _make(
    request: web.Request,
    facts: Mapping[str, str | None],
    address: str,
    *,
    confirmed: bool,
    asked: _Asked | None = None,
) -> web.Response:
    """Make the account, and sign in or wait for an administrator; ``asked`` is what a link confirms that is used up."""
    mode, moment, language = registration_mode(request), now(), language_of(request)
    if mode is RegistrationMode.CLOSED:
        raise web.HTTPForbidden
    state = AccountState.WAITING if mode is RegistrationMode.APPROVAL else AccountState.ACTIVE
    pair = await make_pair()
    typed = Typed(str(facts["name"]), str(facts["handle"]), address, "", str(facts["reason"]))
    account: Account | None = None
    try:
        async with request.app[DATABASE].writing() as session:
            if asked is not None:
                secret = request.match_info["secret"]
                if await use_link(session, LinkPurpose.REGISTER, secret, now=moment) is None:
                    return link_is_over(request)
            account, actor = await create_person(
                session, request.app[SITE], request.app[KEYS], pair, handle=typed.handle, name=typed.name,
                email=address, password_hash=facts["password_hash"], language=facts["language"], state=state,
                reason=typed.reason, confirmed=confirmed, now=moment,
            )  # fmt: skip
            note_act(session, actor.id, "registered", now=moment, object_uri=actor.uri, object_name=actor.account)
            if state is AccountState.WAITING:
                await tell_administrators(request, session, actor, now=moment)
    except HandleError:
        errors = {"handle": handle_taken(language)}
        if asked is not None:
            return _confirm_form(request, asked, errors, status=422)
        return _form(request, typed, errors, status=422)
    except EmailError:
        if asked is not None:
            return link_is_over(request)
        if state is AccountState.ACTIVE:
            told = language.gettext("This address cannot be used. Do you have an account already? Then sign in.")
            return _form(request, typed, {"email": told}, status=422)
    if account is None or state is AccountState.WAITING:
        return tell(
            request,
            language.gettext("Your registration waits for an answer"),
            language.gettext("An administrator looks at it. You can sign in once they have said yes."),
            kind="ok",
        )
    return await complete_sign_in(request, account, proved=Proved(Method.LINK), back="/?bericht=welkom")


async def _may_have(session: AsyncSession, account: Account, email: str) -> bool:
    other = await account_with_email(session, email)
    return other is None or other.actor_id == account.actor_id


def _form(
    request: web.Request, typed: Typed, errors: Mapping[str, str] | None = None, *, status: int = 200
) -> web.Response:
    return show(
        request,
        "signin/register.html",
        status=status,
        typed=typed.shown,
        errors=errors or {},
        mode=registration_mode(request),
        can_mail=request.app[CAN_MAIL],
        back=local_path(request.query.get("terug")),
    )


def _confirm_form(request: web.Request, asked: _Asked, errors: Mapping[str, str], *, status: int = 200) -> web.Response:
    return show(request, "signin/confirm.html", status=status, errors=errors, asked=asked, action=request.path)
