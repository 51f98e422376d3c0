"""The end of every way to sign in: a session, or the second factor that is still due.

Password, link by e-mail, passkey and other sign-in systems come together here, so that no way leaves out what
another asks.
"""

from datetime import datetime
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.people.devices import device_of
from actors.people.factors import read_factors
from actors.people.kinds import AccountState, Assurance, StepPurpose
from actors.people.proofs import Proved
from actors.people.sessions import SESSION_LONGEST, close_session, open_session
from actors.people.steps import STEP_LIFETIME, open_step
from actors.people.tables import Account
from web.cookies import drop_cookie, read_cookie, set_cookie
from web.keys import DATABASE, REQUIRE_MFA
from web.pages.asked import see_other, text_in
from web.pages.paths import local_path, second_factor_path
from web.pages.signin.device import known_device, remember_device
from web.pages.signin.letters import tell_new_device
from web.pages.signin.showing import tell
from web.render import language_of
from web.visitor import SESSION_COOKIE

STEP_COOKIE: Final = "__Host-samenspraak_step"


async def complete_sign_in(
    request: web.Request, account: Account, *, proved: Proved, back: str | None = None
) -> web.Response:
    """Sign a browser in after a first proof, or ask for the second factor when the account has one.

    ``back`` is where to go then; without it, where the form or the address (``terug``) says. Whoever waits for an
    administrator or may not sign in any more is told so.
    """
    if back is None:
        given = await request.post() if request.method == "POST" else request.query
        back = text_in(given, "terug")
    back, moment = local_path(back), now()
    async with request.app[DATABASE].writing() as session:
        found = await session.get(Account, account.actor_id)
        if found is None or not await may_sign_in(session, found):
            return refuse(request, found)
        is_half = proved.assurance is Assurance.ONE
        if is_half and (await read_factors(session, found.actor_id)).second:
            secret = await open_step(
                session, StepPurpose.SECOND_FACTOR, actor_id=found.actor_id, now=moment, proved=proved, back=back
            )
            response = see_other("/inloggen/tweede-stap")
            set_step(request, response, secret)
            return response
        secret = await open_for(request, session, found, proved=proved, assurance=proved.assurance, now=moment)
    needs_more = is_half and request.app[REQUIRE_MFA] and found.administers
    response = see_other(second_factor_path(back) if needs_more else back)
    set_session(request, response, secret, found.actor_id)
    return response


async def open_for(
    request: web.Request,
    session: AsyncSession,
    account: Account,
    *,
    proved: Proved | None,
    assurance: Assurance,
    now: datetime,
) -> str:
    """Open a session for this browser and end the one that it had; return its secret.

    ``proved`` is what came first, if that is known; ``assurance`` what it came to.
    """
    if held := read_cookie(request, SESSION_COOKIE):
        await close_session(session, held)
    if account.last_seen_at is not None and known_device(request, account.actor_id) is None:
        await tell_new_device(request, session, account, now=now)
    account.last_seen_at = now
    browser, system = device_of(request.headers.get("User-Agent", ""))
    if account.administers:
        note_act(session, account.actor_id, "signed-in", now=now, details={"assurance": assurance})
    return await open_session(
        session, account, now=now, proved=proved, assurance=assurance, browser=browser, system=system
    )


def set_session(request: web.Request, response: web.Response, secret: str, actor_id: int) -> None:
    """Have the browser keep its session, and know that this person signed in with it; its step is over."""
    set_cookie(request, response, SESSION_COOKIE, secret, max_age=int(SESSION_LONGEST.total_seconds()))
    remember_device(request, response, actor_id)
    if read_cookie(request, STEP_COOKIE):
        drop_cookie(request, response, STEP_COOKIE)


def set_step(request: web.Request, response: web.Response, secret: str) -> None:
    """Have the browser keep in which step it is."""
    set_cookie(request, response, STEP_COOKIE, secret, max_age=int(STEP_LIFETIME.total_seconds()))


async def may_sign_in(session: AsyncSession, account: Account) -> bool:
    """Whether this account may be used now."""
    actor = await session.get_one(Actor, account.actor_id)
    return account.state is AccountState.ACTIVE and actor.suspended_at is None and actor.deleted_at is None


def refuse(request: web.Request, account: Account | None) -> web.Response:
    """Return what somebody reads who may not sign in: whoever gets here has proved who they are."""
    language = language_of(request)
    if account is not None and account.state is AccountState.WAITING:
        return tell(
            request,
            language.gettext("Your registration waits for an answer"),
            language.gettext("An administrator looks at it. You can sign in once they have said yes."),
            status=403,
        )
    return tell(
        request,
        language.gettext("You cannot sign in with this account"),
        language.gettext("This account is closed. Ask the administrator if you think that is a mistake."),
        kind="error",
        status=403,
    )
