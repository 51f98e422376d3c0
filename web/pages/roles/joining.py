"""Asking for a role on an issue, ours or another instance's: for oneself, or for the organisation."""

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from outbox.publish.roles import RoleRefused, apply_for_role
from web.keys import DATABASE, SITE
from web.pages.acting import OWN, chosen_name, name_choices, name_value
from web.pages.asked import person_of, see_other
from web.pages.paths import actor_path, with_notice
from web.pages.roles.asking import (
    LONGEST,
    Typed,
    faults,
    issue_of,
    perspective_options,
    read_typed,
    refused,
    role_options,
)
from web.render import language_of, render

_FIELDS = ("role", "words")


async def form(request: web.Request) -> web.Response:
    """Answer with the form to ask for a role."""
    person_of(request)
    return _form(request, await issue_of(request), Typed(), {}, OWN)


async def ask(request: web.Request) -> web.Response:
    """Ask for a role, or answer with the form and what is wrong in it."""
    me, language = person_of(request).actor, language_of(request)
    issue = await issue_of(request)
    given = await request.post()
    typed, subject = read_typed(given), chosen_name(request, given)
    errors, wanted = faults(typed, language), typed.wanted()
    name_of = name_value(subject, request)
    if errors or wanted is None:
        return _form(request, issue, typed, errors, name_of)
    try:
        async with request.app[DATABASE].writing() as session:
            await apply_for_role(
                session, request.app[SITE], issue=await session.get_one(Actor, issue.id),
                subject=await session.get_one(Actor, subject.id), by=await session.get_one(Actor, me.id),
                wanted=wanted, now=now(),
            )  # fmt: skip
    except RoleRefused as error:
        return _form(request, issue, typed, refused(error, language, fields=_FIELDS), name_of)
    return see_other(with_notice("/rollen", "rol-aangevraagd"))


def _form(request: web.Request, issue: Actor, typed: Typed, errors: dict[str, str], name_of: str) -> web.Response:
    language = language_of(request)
    return render(
        request,
        "roles/join.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        action=request.path,
        issue_path=actor_path(issue),
        issue_name=issue.name or issue.handle,
        domain="" if issue.is_local else issue.domain,
        names=name_choices(request, language),
        name_of=name_of,
        roles=role_options(language),
        perspectives=perspective_options(language),
        longest=LONGEST,
    )
