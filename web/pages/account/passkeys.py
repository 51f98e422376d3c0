"""Passkeys of mine: made by a script of the page, named, and taken away."""

import logging
from collections.abc import Mapping

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.people.factors import Factors, make_recovery_codes, read_factors
from actors.people.kinds import Assurance, StepPurpose
from actors.people.passkeys import (
    LONGEST_NAME,
    MOST_PASSKEYS,
    PasskeyError,
    add_passkey,
    registration_options,
    remove_passkey,
    rename_passkey,
)
from actors.people.sessions import end_access, renew_session
from actors.people.steps import open_step, take_step
from actors.people.tables import Account
from web.cookies import read_cookie
from web.keys import DATABASE, SITE
from web.pages.account.fresh import fresh_person_of
from web.pages.account.security import HERE, show_codes
from web.pages.asked import browser_of, path_id, see_other, text_in
from web.pages.signin.checking import is_plain
from web.pages.signin.completing import STEP_COOKIE, set_session, set_step
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show
from web.render import language_of
from web.visitor import visitor_of

log = logging.getLogger(__name__)


async def form(request: web.Request) -> web.Response:
    """Answer with the page that makes a passkey."""
    signed_in, _ = fresh_person_of(request)
    async with request.app[DATABASE].reading() as session:
        factors = await read_factors(session, signed_in.actor.id)
    return _form(request, factors)


async def options(request: web.Request) -> web.Response:
    """Answer with what the browser makes a passkey with, as JSON."""
    signed_in, _ = fresh_person_of(request, back=f"{HERE}/passkey")
    async with request.app[DATABASE].writing() as session:
        factors = await read_factors(session, signed_in.actor.id)
        if len(factors.passkeys) >= MOST_PASSKEYS:
            raise web.HTTPConflict
        asked, challenge = registration_options(
            request.app[SITE], signed_in.actor, factors.passkeys, visitor_of(request).house.name
        )
        secret = await open_step(
            session, StepPurpose.PASSKEY_ADD, actor_id=signed_in.actor.id, now=now(), challenge=challenge
        )
    response = web.Response(text=asked, content_type="application/json", headers={"Cache-Control": "no-store"})
    set_step(request, response, secret)
    return response


async def add(request: web.Request) -> web.Response:
    """Keep the passkey that the browser made; the first one brings recovery codes."""
    signed_in, held = fresh_person_of(request, back=f"{HERE}/passkey")
    given, moment, language = await request.post(), now(), language_of(request)
    name = text_in(given, "name")[:LONGEST_NAME]
    if not is_plain(name):
        told = language.gettext("This name holds characters that cannot be shown.")
        async with request.app[DATABASE].reading() as session:
            return _form(request, await read_factors(session, signed_in.actor.id), errors={"name": told})
    codes: list[str] = []
    actor_id = signed_in.actor.id
    async with request.app[DATABASE].writing() as session:
        step = await take_step(session, StepPurpose.PASSKEY_ADD, read_cookie(request, STEP_COOKIE), now=moment)
        account = await session.get_one(Account, actor_id)
        factors = await read_factors(session, actor_id)
        try:
            if step is None or step.challenge is None or step.actor_id != actor_id:
                raise PasskeyError("no challenge of ours")
            await add_passkey(
                session, request.app[SITE], actor_id, answer=text_in(given, "credential"), challenge=step.challenge,
                name=name or language.gettext("Passkey"), now=moment,
            )  # fmt: skip
        except PasskeyError as error:
            log.info("a new passkey was refused: %s", error)
            told = language.gettext("The passkey could not be made. Try again.")
            return _form(request, factors, name, {"credential": told})
        if not factors.second:
            await end_access(session, actor_id, now=moment, but=held.digest)
        if not factors.recovery_codes:
            codes = await make_recovery_codes(session, actor_id, now=moment)
        # Whoever proved one thing just now, and has this device in hand, proved two; unless a second step is there
        # already, which they passed or did not.
        secret = await renew_session(
            session, held, now=moment, assurance=held.assurance if factors.second else Assurance.TWO
        )
        note_act(session, actor_id, "passkey-added", now=moment)
        await tell_change(request, session, account, "passkey-added", now=moment)
    response = show_codes(request, codes) if codes else see_other(f"{HERE}?bericht=passkey")
    if secret is not None:
        set_session(request, response, secret, actor_id)
    return response


async def rename(request: web.Request) -> web.Response:
    """Give a passkey another name."""
    signed_in, _ = browser_of(request)
    name = text_in(await request.post(), "name")[:LONGEST_NAME]
    if name and is_plain(name):
        async with request.app[DATABASE].writing() as session:
            if not await rename_passkey(session, signed_in.actor.id, path_id(request), name):
                raise web.HTTPNotFound
    return see_other(f"{HERE}?bericht=passkey")


async def remove(request: web.Request) -> web.Response:
    """Take a passkey away."""
    signed_in, held = fresh_person_of(request, back=HERE)
    moment = now()
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        name = await remove_passkey(session, account.actor_id, path_id(request), but=held.digest)
        if name is None:
            raise web.HTTPNotFound
        note_act(session, account.actor_id, "passkey-removed", now=moment, object_name=name)
        await tell_change(request, session, account, "passkey-removed", now=moment)
    return see_other(f"{HERE}?bericht=passkey-weg")


def _form(
    request: web.Request, factors: Factors, name: str = "", errors: Mapping[str, str] | None = None
) -> web.Response:
    return show(
        request, "account/passkey.html", status=422 if errors else 200, errors=errors or {}, name=name,
        is_first=not factors.second,
    )  # fmt: skip
