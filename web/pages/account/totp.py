"""An authenticator app as second factor: its QR code and secret, the first code, and taking it away."""

from collections.abc import Mapping

import segno
from aiohttp import web
from markupsafe import Markup

from actors.audit import note_act
from actors.database import now
from actors.people.factors import (
    confirm_totp,
    make_recovery_codes,
    provisioning_uri,
    read_factors,
    remove_totp,
    start_totp,
    typed_secret,
)
from actors.people.kinds import Assurance
from actors.people.sessions import end_access, renew_session
from actors.people.tables import Account
from web.keys import DATABASE, VAULT
from web.pages.account.fresh import fresh_person_of
from web.pages.account.security import HERE, show_codes
from web.pages.asked import see_other, text_in
from web.pages.signin.completing import set_session
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show
from web.pages.signin.tries import Tries
from web.render import language_of
from web.visitor import visitor_of


async def form(request: web.Request) -> web.Response:
    """Answer with the secret for the app, and the form for its first code."""
    fresh_person_of(request)
    return await _form(request)


async def confirm(request: web.Request) -> web.Response:
    """Let the app count from now on, and show recovery codes; every other session ends."""
    signed_in, held = fresh_person_of(request, back=f"{HERE}/app")
    code, moment, language = text_in(await request.post(), "code")[:20], now(), language_of(request)
    tries = Tries(request, signed_in.actor.id, what="new app")
    if not tries.take():
        return await _form(request, {"code": language.gettext("Too many tries. Wait five minutes.")}, status=429)
    codes: list[str] = []
    secret: str | None = None
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        confirmed = await confirm_totp(session, request.app[VAULT], account.actor_id, code, now=moment)
        if confirmed:
            # Other browsers proved one thing; from now on it takes two.
            await end_access(session, account.actor_id, now=moment, but=held.digest)
            secret = await renew_session(session, held, now=moment, assurance=Assurance.TWO)
            if not (await read_factors(session, account.actor_id)).recovery_codes:
                codes = await make_recovery_codes(session, account.actor_id, now=moment)
            note_act(session, account.actor_id, "two-factor-set", now=moment)
            await tell_change(request, session, account, "totp-set", now=moment)
    if not confirmed:
        told = language.gettext("This code is not right. Look at the app again: the code changes every 30 seconds.")
        return await _form(request, {"code": told}, status=422)
    tries.succeed()
    response = show_codes(request, codes) if codes else see_other(HERE)
    if secret is not None:
        set_session(request, response, secret, signed_in.actor.id)
    return response


async def remove(request: web.Request) -> web.Response:
    """Take the app away."""
    signed_in, _ = fresh_person_of(request, back=HERE)
    moment = now()
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        if await remove_totp(session, account.actor_id):
            note_act(session, account.actor_id, "two-factor-removed", now=moment)
            await tell_change(request, session, account, "totp-removed", now=moment)
    return see_other(f"{HERE}?bericht=app-weg")


async def _form(request: web.Request, errors: Mapping[str, str] | None = None, *, status: int = 200) -> web.Response:
    signed_in, _ = fresh_person_of(request, back=f"{HERE}/app")
    try:
        async with request.app[DATABASE].writing() as session:
            secret = await start_totp(session, request.app[VAULT], signed_in.actor.id, now=now())
    except ValueError:
        return see_other(HERE)
    uri = provisioning_uri(secret, account=signed_in.actor.account, issuer=visitor_of(request).house.name)
    return show(
        request, "account/totp.html", status=status, errors=errors or {}, secret=typed_secret(secret), qr=_drawn(uri),
    )  # fmt: skip


def _drawn(uri: str) -> Markup:
    # Attributes only: the content security policy lets no style stand in a page.
    drawing = segno.make(uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawing.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704 - made here
