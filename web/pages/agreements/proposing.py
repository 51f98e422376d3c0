"""Proposing an agreement on an issue, ours or another instance's."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.allowed import may_propose
from actors.database import now
from actors.kinds import ActorKind
from actors.local import local_actor
from outbox.publish import agreements
from outbox.publish.agreements import AgreementRefused
from web.keys import DATABASE, KEYS, SITE
from web.pages.acting import chosen_name, name_choices, name_value, own_names
from web.pages.agreements.drafting import FEWEST_ROWS, LONGEST, MORE, Row, Typed, checked, dates, read_typed, suggested
from web.pages.asked import path_id, person_of, see_other
from web.pages.errors import render_error
from web.pages.paths import actor_path, with_notice
from web.render import language_of, render


async def form(request: web.Request) -> web.Response:
    """Answer with the form to propose an agreement on an issue of ours."""
    return await _show(request, await _issue_here(request))


async def form_elsewhere(request: web.Request) -> web.Response:
    """Answer with the form to propose one on another instance's issue."""
    return await _show(request, await _issue_elsewhere(request))


async def propose(request: web.Request) -> web.Response:
    """Propose an agreement on an issue of ours."""
    return await _propose(request, await _issue_here(request))


async def propose_elsewhere(request: web.Request) -> web.Response:
    """Propose one on another instance's issue."""
    return await _propose(request, await _issue_elsewhere(request))


async def _show(request: web.Request, issue: Actor | None) -> web.Response:
    if not _is_there(issue):
        return await render_error(request, 404)
    assert issue is not None  # noqa: S101 - said to the type checker
    person_of(request, back=actor_path(issue))
    async with request.app[DATABASE].reading() as session:
        may = [actor for actor in own_names(request) if await may_propose(session, issue, actor)]
        if not may:
            return await render_error(request, 403)
        typed = Typed(rows=[Row() for _ in range(FEWEST_ROWS)])
        return await _form(request, session, issue, typed, {}, name_value(may[-1], request))


async def _propose(request: web.Request, issue: Actor | None) -> web.Response:
    if not _is_there(issue):
        return await render_error(request, 404)
    assert issue is not None  # noqa: S101 - said to the type checker
    me = person_of(request, back=actor_path(issue)).actor
    given = await request.post()
    typed, proposer = read_typed(given), chosen_name(request, given)
    errors, draft = ({}, None) if MORE in given else await checked(request, typed, proposer)
    if draft is not None:
        try:
            async with request.app[DATABASE].writing() as session:
                made = await agreements.propose(
                    session,
                    request.app[SITE],
                    request.app[KEYS],
                    issue=await session.get_one(Actor, issue.id),
                    proposer=await session.get_one(Actor, proposer.id),
                    by=await session.get_one(Actor, me.id),
                    draft=draft,
                    now=now(),
                )
        except AgreementRefused as error:
            if error.field == "issue":
                return await render_error(request, 403)
            errors = {"name": language_of(request).gettext("We cannot store this as it is. Look at it again.")}
        else:
            return see_other(with_notice(f"/afspraken/{made.id}", "afspraak"))
    async with request.app[DATABASE].reading() as session:
        return await _form(request, session, issue, typed, errors, name_value(proposer, request))


async def _form(
    request: web.Request, session: AsyncSession, issue: Actor, typed: Typed, errors: dict[str, str], name_of: str
) -> web.Response:
    language = language_of(request)
    earliest, latest = dates(language)
    return render(
        request,
        "agreements/new.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        issue_path=actor_path(issue),
        issue_name=issue.name or issue.handle,
        action=f"{actor_path(issue)}/afspraken/nieuw",
        names=name_choices(request, language),
        name_of=name_of,
        suggested=await suggested(session, issue, own_names(request)),
        earliest=earliest,
        latest=latest,
        longest=LONGEST,
        more=MORE,
    )


async def _issue_here(request: web.Request) -> Actor | None:
    async with request.app[DATABASE].reading() as session:
        return await local_actor(session, request.match_info["handle"])


async def _issue_elsewhere(request: web.Request) -> Actor | None:
    async with request.app[DATABASE].reading() as session:
        return await session.get(Actor, path_id(request))


def _is_there(issue: Actor | None) -> bool:
    return (
        issue is not None
        and issue.kind is ActorKind.ISSUE
        and issue.deleted_at is None
        and issue.suspended_at is None
    )  # fmt: skip
