"""Offering somebody a role on an issue that our organisation hosts, ours or another instance's."""

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.issues.hosts import is_host
from actors.kinds import Role
from outbox.publish.roles import HOLDERS, RoleRefused, offer_role
from web.keys import DATABASE, SITE
from web.pages.acting import own_names
from web.pages.agreements.drafting import find_party
from web.pages.asked import person_with, see_other
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

_FIELDS = ("who", "role", "words")


async def form(request: web.Request) -> web.Response:
    """Answer with the form to offer a role."""
    person_with(request, Role.EDITOR)
    issue = await issue_of(request)
    await _host(request, issue)
    return _form(request, issue, Typed(), {})


async def offer(request: web.Request) -> web.Response:
    """Offer a role, or answer with the form and what is wrong in it."""
    me, language = person_with(request, Role.EDITOR).actor, language_of(request)
    issue = await issue_of(request)
    host = await _host(request, issue)
    typed = read_typed(await request.post())
    errors = faults(typed, language)
    if not typed.words:
        errors["words"] = language.gettext("Tell what you expect of them, and how much time it takes.")
    # Whom it is about may have to be asked of another server, which nothing waits for in a transaction.
    subject = await find_party(request, typed.who)
    if subject is None:
        errors["who"] = language.gettext("We cannot find this account. Look at how you wrote it.")
    elif subject.kind not in HOLDERS:
        errors["who"] = language.gettext("You can only ask a person or an organisation.")
    wanted = typed.wanted()
    if errors or wanted is None or subject is None:
        return _form(request, issue, typed, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            await offer_role(
                session, request.app[SITE], issue=await session.get_one(Actor, issue.id),
                host=await session.get_one(Actor, host.id), by=await session.get_one(Actor, me.id),
                subject=await session.get_one(Actor, subject.id), wanted=wanted, now=now(),
            )  # fmt: skip
    except RoleRefused as error:
        return _form(request, issue, typed, refused(error, language, fields=_FIELDS))
    return see_other(with_notice("/rollen", "rol-gevraagd"))


async def _host(request: web.Request, issue: Actor) -> Actor:
    """Return our organisation, if it hosts the issue. Raises 403."""
    organisation = own_names(request)[-1]
    async with request.app[DATABASE].reading() as session:
        if not await is_host(session, issue.id, organisation.id):
            raise web.HTTPForbidden
    return organisation


def _form(request: web.Request, issue: Actor, typed: Typed, errors: dict[str, str]) -> web.Response:
    language = language_of(request)
    return render(
        request,
        "roles/offer.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        action=request.path,
        issue_path=actor_path(issue),
        issue_name=issue.name or issue.handle,
        host_name=own_names(request)[-1].name,
        roles=role_options(language),
        perspectives=perspective_options(language),
        longest=LONGEST,
    )
