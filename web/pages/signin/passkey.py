"""Signing in with a passkey alone: the browser offers those that it has for this site.

A script asks for a challenge, which is bound to this browser by a cookie and counts once, and sends the answer
with the form. A passkey for which the device asked a PIN, a finger or a face counts as two factors.
"""

import logging

from aiohttp import web

from actors.database import now
from actors.people.kinds import StepPurpose
from actors.people.passkeys import PasskeyError, check_passkey, sign_in_options
from actors.people.proofs import proved_by_passkey
from actors.people.steps import open_step, take_step
from actors.people.tables import Account
from web.cookies import read_cookie
from web.keys import DATABASE, LIMITS, SITE
from web.limits import Allowance
from web.pages.asked import text_in
from web.pages.paths import local_path
from web.pages.signin.completing import STEP_COOKIE, complete_sign_in, set_step
from web.pages.signin.form import sign_in_form
from web.render import language_of

log = logging.getLogger(__name__)

_CHALLENGES = Allowance(60, 300.0)
"""Challenges that one address asks for."""


async def options(request: web.Request) -> web.Response:
    """Answer with what the browser proves a passkey with, as JSON."""
    limits = request.app[LIMITS]
    key = f"passkey challenges {limits.address_of(request)}"
    if not limits.allows(key, _CHALLENGES):
        raise web.HTTPTooManyRequests
    limits.count(key, _CHALLENGES)
    asked, challenge = sign_in_options(request.app[SITE])
    async with request.app[DATABASE].writing() as session:
        secret = await open_step(session, StepPurpose.PASSKEY_SIGN_IN, actor_id=None, now=now(), challenge=challenge)
    response = web.Response(text=asked, content_type="application/json", headers={"Cache-Control": "no-store"})
    set_step(request, response, secret)
    return response


async def sign_in(request: web.Request) -> web.Response:
    """Sign in whose passkey the answer proves."""
    given = await request.post()
    back, moment = local_path(text_in(given, "terug")), now()
    async with request.app[DATABASE].writing() as session:
        step = await take_step(session, StepPurpose.PASSKEY_SIGN_IN, read_cookie(request, STEP_COOKIE), now=moment)
        try:
            if step is None or step.challenge is None:
                raise PasskeyError("no challenge of ours")
            proof = await check_passkey(
                session, request.app[SITE], answer=text_in(given, "credential"), challenge=step.challenge,
                actor_id=None, now=moment,
            )  # fmt: skip
        except PasskeyError as error:
            log.info("a passkey was refused: %s", error)
            told = language_of(request).gettext("Your passkey was not recognised. Try again, or choose another way.")
            return sign_in_form(request, back=back, errors={"credential": told}, status=422)
        account = await session.get_one(Account, proof.passkey.actor_id)
    return await complete_sign_in(request, account, proved=proved_by_passkey(proof), back=back)
