"""Answering an agreement: signing it, saying no, and saying what became of it."""

from collections.abc import Mapping

from aiohttp import web

from actors.actor import Actor
from actors.agreements.kinds import Happened
from actors.agreements.queries import agreement_of_event
from actors.agreements.tables import Agreement
from actors.database import now
from outbox.publish import agreements
from outbox.publish.agreements import AgreementRefused
from web.keys import DATABASE, KEYS, SITE
from web.pages.acting import chosen_name
from web.pages.agreements.page import show_agreement
from web.pages.asked import id_in, path_id, person_of, see_other, text_in, word_in
from web.pages.errors import render_error
from web.pages.paths import with_notice
from web.render import language_of

_SAYABLE = {
    Happened.DONE: "afspraak-klaar",
    Happened.REOPENED: "afspraak-open",
    Happened.WITHDRAWN: "afspraak-weg",
}


async def sign(request: web.Request) -> web.Response:
    """Sign the version that was read."""
    return await _answer(request, "ondertekend")


async def decline(request: web.Request) -> web.Response:
    """Say no to the version that was read."""
    return await _answer(request, "afgeslagen")


async def say_what_became(request: web.Request) -> web.Response:
    """Say that an agreement is done, or not after all, or withdraw it."""
    return await _answer(request, "")


async def happened(request: web.Request) -> web.Response:
    """Go to the agreement to which something happened, for who was told of that."""
    person_of(request)
    async with request.app[DATABASE].reading() as session:
        found = await agreement_of_event(session, path_id(request))
    return see_other(f"/afspraken/{found}") if found is not None else await render_error(request, 404)


async def _answer(request: web.Request, notice: str) -> web.Response:
    agreement_id = path_id(request)
    page = f"/afspraken/{agreement_id}"
    me = person_of(request, back=page).actor
    form = await request.post()
    name = chosen_name(request, form)
    try:
        async with request.app[DATABASE].writing() as session:
            agreement = await session.get(Agreement, agreement_id)
            actor, by = await session.get_one(Actor, name.id), await session.get_one(Actor, me.id)
            if agreement is None:
                raise web.HTTPNotFound
            version, reason, site = id_in(text_in(form, "version")) or 0, text_in(form, "reason"), request.app[SITE]
            if notice == "ondertekend":
                await agreements.sign(
                    session, site, request.app[KEYS], agreement, actor, by=by, version=version, now=now()
                )
            elif notice == "afgeslagen":
                await agreements.decline(
                    session, site, agreement, actor, by=by, version=version, reason=reason, now=now()
                )
            else:
                what = word_in(Happened, text_in(form, "what"))
                if what not in _SAYABLE:
                    raise web.HTTPBadRequest
                notice = _SAYABLE[what]
                await agreements.say_what_became(session, site, agreement, actor, what, by=by, reason=reason, now=now())
    except AgreementRefused as error:
        return await _refused(request, agreement_id, form, error)
    return see_other(with_notice(page, notice))


async def _refused(
    request: web.Request, agreement_id: int, form: Mapping[str, object], error: AgreementRefused
) -> web.Response:
    language = language_of(request)
    told = (
        language.gettext("We cannot store this as it is. Look at it again.")
        if error.field == "reason" and text_in(form, "reason")
        else language.gettext("This has changed meanwhile. Look at how it is now.")
    )
    async with request.app[DATABASE].reading() as session:
        return await show_agreement(
            request, session, agreement_id, errors={"reason": told}, reason=text_in(form, "reason")
        )
