"""Objecting to what was decided about oneself: signed in, or by the link that was sent to who may not sign in.

The link is all that its owner needs, so what it opens is theirs alone: no cache keeps it, whoever asks.
"""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.moderation.kinds import Act
from actors.moderation.objections import opens_objection
from actors.moderation.queries import objected_to
from actors.moderation.reports import LONGEST_COMMENT, ReportRefused, file_objection
from actors.moderation.tables import Decision
from web.cache import SHARED, unshared
from web.keys import DATABASE, VAULT
from web.pages.asked import path_id, person_of, see_other, text_in
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.moderation.reporting import OVERVIEW
from web.pages.moderation.words import TOLD_AUTHOR
from web.pages.paths import with_notice
from web.render import language_of, render
from web.visitor import visitor_of

_LIFTING = (Act.UNLIMIT, Act.UNSUSPEND)


@unshared
async def form(request: web.Request) -> web.Response:
    """Answer with the decision and the form to object to it."""
    decision_id, key = path_id(request), request.query.get("sleutel", "")
    async with request.app[DATABASE].reading() as session:
        decision = await _decision(request, session, decision_id, key)
        objected = decision is not None and bool(await objected_to(session, [decision.id]))
    if decision is None:
        return await render_error(request, 404)
    return _show(request, decision, key, "", {}, objected=objected)


async def send(request: web.Request) -> web.Response:
    """File the objection."""
    given = await request.post()
    decision_id, key, text = path_id(request), text_in(given, "sleutel"), text_in(given, "text")
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        decision = await _decision(request, session, decision_id, key)
    if decision is None:
        return await render_error(request, 404)
    try:
        async with request.app[DATABASE].writing() as session:
            author = await session.get_one(Actor, decision.about_id)
            await file_objection(session, author, decision, text, now=now())
    except ReportRefused as error:
        if error.field == "many":
            return _show(request, decision, key, "", {}, objected=True, status=422)
        faults = {
            "text": language.gettext("Tell why you do not agree.")
            if not text
            else language.gettext("Your text is too long, or has signs that we cannot keep.")
        }
        return _show(request, decision, key, text, faults, status=422)
    if visitor_of(request).signed_in is not None:
        return see_other(with_notice(OVERVIEW, "bezwaar"))
    return _show(request, decision, key, "", {}, objected=True)


async def _decision(request: web.Request, session: AsyncSession, decision_id: int, key: str) -> Decision | None:
    """Return a decision that the one who asks may object to; sends who is not signed in and has no key to sign in."""
    if not opens_objection(request.app[VAULT], decision_id, key):
        me = person_of(request, back=f"/bezwaar/{decision_id}").actor
        decision = await session.get(Decision, decision_id)
        if decision is None or decision.about_id != me.id:
            return None
    else:
        decision = await session.get(Decision, decision_id)
    return decision if decision is not None and decision.act not in _LIFTING else None


def _show(
    request: web.Request,
    decision: Decision,
    key: str,
    text: str,
    errors: Mapping[str, str],
    *,
    objected: bool = False,
    status: int = 200,
) -> web.Response:
    response = render(
        request,
        "moderation/objection.html",
        status=status,
        errors=errors,
        path=f"/bezwaar/{decision.id}",
        key=key,
        text=text,
        longest=LONGEST_COMMENT,
        told=language_of(request).gettext(TOLD_AUTHOR[decision.act]),
        reason=decision.reason,
        when=cards_for(request).moment(decision.created_at),
        objected=objected,
    )
    response[SHARED] = False
    response.headers["Cache-Control"] = "private, no-store"
    return response
