"""What administrators decide about a person: each a form on the page of that person.

Every decision is one transaction that also notes it, and tells the person; a double click finds it done.
"""

from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import now
from actors.kinds import Role
from actors.people.governing import (
    DecisionRefused,
    Refusal,
    change_roles,
    disable_person,
    hold_person,
    reset_factors,
    sign_out_everywhere,
)
from actors.people.kinds import AccountState
from actors.people.register import approve_account, decline_account
from actors.people.standing import enable_account
from actors.people.tables import Account
from web.keys import DATABASE
from web.language import Language
from web.pages.admin.people import person_page
from web.pages.admin.words import LONGEST_REASON, REFUSALS
from web.pages.asked import path_id, person_with, see_other, text_in
from web.pages.signin.checking import is_plain
from web.pages.signin.letters import tell_accepted, tell_declined
from web.render import language_of


class _Decide(Protocol):
    """A decision that takes a reason."""

    async def __call__(self, session: AsyncSession, actor_id: int, *, by: int, reason: str, now: datetime) -> None:
        """Carry it out. Raises `DecisionRefused`."""


async def set_roles(request: web.Request) -> web.Response:
    """Give a person the roles that are ticked, and no others."""
    me, actor_id = person_with(request, Role.ADMINISTRATOR), path_id(request)
    form = await request.post()
    ticked = form.getall("roles", [])
    roles = frozenset(role for role in Role if role.value in ticked)
    reason, fault = _reason(form.get("reason"), language_of(request))
    if fault:
        return await person_page(request, actor_id, {"reason": fault})
    try:
        async with request.app[DATABASE].writing() as session:
            changed = await change_roles(session, actor_id, roles, by=me.actor.id, reason=reason, now=now())
    except DecisionRefused as error:
        return await _refused(request, actor_id, error, "roles")
    return _done(actor_id, "rollen" if changed else "rollen-gelijk")


async def answer_registration(request: web.Request) -> web.Response:
    """Let in somebody who waits, or turn them down with a reason."""
    me, actor_id, moment = person_with(request, Role.ADMINISTRATOR), path_id(request), now()
    form = await request.post()
    accepts = text_in(form, "answer") == "accept"
    reason, fault = _reason(form.get("decline_reason"), language_of(request), required=not accepts)
    if fault:
        return await person_page(request, actor_id, {"decline_reason": fault})
    try:
        async with request.app[DATABASE].writing() as session:
            account, actor = await hold_person(session, actor_id, by=me.actor.id)
            _check(account, AccountState.WAITING)
            if accepts:
                approve_account(session, account, actor, by=me.actor.id, now=moment)
                await tell_accepted(request, session, account, now=moment)
            else:
                await tell_declined(request, session, account, reason=reason, now=moment)
                await decline_account(session, account, actor, by=me.actor.id, reason=reason, now=moment)
    except DecisionRefused as error:
        return await _refused(request, actor_id, error, "decline_reason")
    return _done(actor_id, "toegelaten") if accepts else see_other("/beheer/mensen?bericht=afgewezen")


async def close_or_open(request: web.Request) -> web.Response:
    """Close the account of a person with a reason, or open it again."""
    me, actor_id = person_with(request, Role.ADMINISTRATOR), path_id(request)
    form = await request.post()
    closes = text_in(form, "answer") == "close"
    reason, fault = _reason(form.get("close_reason"), language_of(request), required=closes)
    if fault:
        return await person_page(request, actor_id, {"close_reason": fault})
    try:
        async with request.app[DATABASE].writing() as session:
            if closes:
                await disable_person(session, actor_id, by=me.actor.id, reason=reason, now=now())
            else:
                account, actor = await hold_person(session, actor_id, by=me.actor.id)
                _check(account, AccountState.DISABLED)
                enable_account(session, account, actor, by=me.actor.id, now=now())
    except DecisionRefused as error:
        return await _refused(request, actor_id, error, "close_reason")
    return _done(actor_id, "gesloten" if closes else "geopend")


async def end_sessions(request: web.Request) -> web.Response:
    """Sign a person out on every device."""
    return await _with_reason(request, "sessions_reason", sign_out_everywhere, "uitgelogd", required=False)


async def remove_second_factor(request: web.Request) -> web.Response:
    """Take away the second step of somebody who lost it."""
    return await _with_reason(request, "factors_reason", reset_factors, "tweede-stap-weg", required=True)


async def _with_reason(
    request: web.Request, field: str, decide: _Decide, notice: str, *, required: bool
) -> web.Response:
    me, actor_id = person_with(request, Role.ADMINISTRATOR), path_id(request)
    reason, fault = _reason((await request.post()).get(field), language_of(request), required=required)
    if fault:
        return await person_page(request, actor_id, {field: fault})
    try:
        async with request.app[DATABASE].writing() as session:
            await decide(session, actor_id, by=me.actor.id, reason=reason, now=now())
    except DecisionRefused as error:
        return await _refused(request, actor_id, error, field)
    return _done(actor_id, notice)


def _reason(given: object, language: Language, *, required: bool = True) -> tuple[str, str]:
    """Return the reason that was given, and what is wrong with it."""
    reason = text_in({"reason": given}, "reason")
    if not reason:
        return "", language.gettext("Write down why. It stands in the log.") if required else ""
    if len(reason) > LONGEST_REASON:
        return "", language.gettext("A reason has at most 1,000 characters.")
    if not is_plain(reason, lines=True):
        return "", language.gettext("This text holds characters that cannot be shown.")
    return reason, ""


def _check(account: Account, state: AccountState) -> None:
    if account.state is not state:
        raise DecisionRefused(Refusal.GONE)


async def _refused(request: web.Request, actor_id: int, error: DecisionRefused, field: str) -> web.Response:
    if error.why is Refusal.NOT_YOURS:
        raise web.HTTPForbidden
    return await person_page(request, actor_id, {field: language_of(request).gettext(REFUSALS[error.why])})


def _done(actor_id: int, notice: str) -> web.Response:
    return see_other(f"/beheer/mensen/{actor_id}?bericht={notice}")
