"""Proposing the next version of an agreement: everyone signs that anew."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.queries import AgreementDetail, agreement_detail
from actors.agreements.tables import Agreement
from actors.database import now
from outbox.publish import agreements
from outbox.publish.agreements import AgreementRefused
from web.keys import DATABASE, KEYS, SITE
from web.pages.acting import own_names
from web.pages.agreements.drafting import LONGEST, MORE, Typed, checked, dates, read_typed, suggested, typed_of
from web.pages.agreements.page import may_change
from web.pages.asked import id_in, path_id, person_of, see_other, text_in
from web.pages.editing import meanwhile
from web.pages.paths import actor_path, with_notice
from web.render import language_of, render


async def change_form(request: web.Request) -> web.Response:
    """Answer with the form to change an agreement."""
    person_of(request)
    async with request.app[DATABASE].reading() as session:
        detail = await _to_change(request, session)
        return await _form(request, session, detail, typed_of(detail, language_of(request)), {})


async def change(request: web.Request) -> web.Response:
    """Propose the next version, or answer with the form and what is wrong in it."""
    me = person_of(request, back=f"/afspraken/{path_id(request)}").actor
    given = await request.post()
    async with request.app[DATABASE].reading() as session:
        detail = await _to_change(request, session)
    typed = read_typed(given)
    errors, draft = ({}, None) if MORE in given else await checked(request, typed, detail.proposer)
    if draft is not None:
        try:
            async with request.app[DATABASE].writing() as session:
                await agreements.amend(
                    session,
                    request.app[SITE],
                    request.app[KEYS],
                    await session.get_one(Agreement, detail.agreement.id),
                    by=await session.get_one(Actor, me.id),
                    draft=draft,
                    based_on=id_in(text_in(given, "based_on")) or 0,
                    now=now(),
                )
        except AgreementRefused:
            errors = {"name": meanwhile(language_of(request))}
        else:
            return see_other(with_notice(f"/afspraken/{detail.agreement.id}", "afspraak-gewijzigd"))
    async with request.app[DATABASE].reading() as session:
        detail = await _to_change(request, session)
        return await _form(request, session, detail, typed, errors)


async def _to_change(request: web.Request, session: AsyncSession) -> AgreementDetail:
    """Return the agreement that the path names. Raises 404 when it is not the visitor's to change."""
    detail = await agreement_detail(session, path_id(request))
    if detail is None or not may_change(detail, own_names(request)):
        raise web.HTTPNotFound
    return detail


async def _form(
    request: web.Request, session: AsyncSession, detail: AgreementDetail, typed: Typed, errors: dict[str, str]
) -> web.Response:
    language = language_of(request)
    earliest, latest = dates(language)
    return render(
        request,
        "agreements/change.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        page=f"/afspraken/{detail.agreement.id}",
        issue_path=actor_path(detail.issue),
        issue_name=detail.issue.name or detail.issue.handle,
        proposer=detail.proposer.name or detail.proposer.handle,
        based_on=detail.agreement.version,
        suggested=await suggested(session, detail.issue, (detail.proposer,)),
        earliest=earliest,
        latest=latest,
        longest=LONGEST,
        more=MORE,
    )
