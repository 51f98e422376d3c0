"""Links with other instances: how each does, what waits for it, and adding or ending one.

A link is added by asking the other instance, which takes a while and happens outside any transaction. What it has
published is taken in afterwards, by the caretaker.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import update

from actors.audit import note_act
from actors.database import now
from actors.instances.queries import LinkedInstance, linked_instances
from actors.instances.tables import Instance
from actors.kinds import Role
from actors.sanitize import is_storable
from federation.errors import FederationError, OriginError, Unreachable
from inbox.linking import link_instance, unlink_instance
from outbox.report import waiting_by_host
from web.keys import BACKFILL, DATABASE, SITE
from web.language import Language
from web.pages.asked import person_with, see_other, text_in
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.moderation.words import told
from web.pages.network import InstanceView, instance_view
from web.pages.paths import with_notice
from web.pages.views import When
from web.render import language_of, render

PATH = "/beheer/koppelingen"
_LONGEST = 300


@dataclass(slots=True)
class LinkView:
    """A linked instance, how it does, and what waits for it."""

    instance: InstanceView
    linked: When | None
    collected: When | None
    failed: When | None
    waiting: int


async def overview(request: web.Request) -> web.Response:
    """Answer with the linked instances and the form to add one."""
    person_with(request, Role.ADMINISTRATOR)
    return await _page(request, "", {})


async def act(request: web.Request) -> web.Response:
    """Add a link, end one, or have what an instance published fetched again."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    given, moment = await request.post(), now()
    step, address, domain = text_in(given, "stap"), text_in(given, "address"), text_in(given, "domain")
    if step == "toevoegen":
        return await _add(request, address, me.id)
    if not is_storable(domain):
        return await render_error(request, 404)
    async with request.app[DATABASE].writing() as session:
        if step == "weg":
            done, notice = await unlink_instance(session, request.app[SITE], domain, by=me.id, now=moment), "ontkoppeld"
        else:
            changed = await session.execute(
                update(Instance)
                .where(Instance.domain == domain, Instance.linked_at.is_not(None))
                .values(backfilled_at=None)
                .returning(Instance.domain)
            )
            done, notice = changed.first() is not None, "opgehaald"
            note_act(session, me.id, "link-collected", object_name=domain, now=moment)
    return see_other(with_notice(PATH, notice)) if done else await render_error(request, 404)


async def _add(request: web.Request, address: str, by: int) -> web.Response:
    language = language_of(request)
    if not address or len(address) > _LONGEST or not address.isprintable():
        fault = {"address": language.gettext("Write the address of an instance, such as utrecht.voorbeeld.nl.")}
        return await _page(request, address[:_LONGEST], fault, status=422)
    try:
        await link_instance(request.app[DATABASE], request.app[SITE], request.app[BACKFILL], address, by=by, now=now())
    except FederationError as error:
        return await _page(request, address, {"address": _fault(error, language)}, status=422)
    return see_other(with_notice(PATH, "gekoppeld"))


def _fault(error: FederationError, language: Language) -> str:
    match error:
        case Unreachable():
            return language.gettext("We cannot reach this server. Is the address right?")
        case OriginError():
            return language.gettext("This server is blocked here. Open it first, under Other servers.")
        case _:
            return language.gettext("At this address there is no instance of an organisation.")


async def _page(request: web.Request, typed: str, errors: Mapping[str, str], *, status: int = 200) -> web.Response:
    language, cards, moment = language_of(request), cards_for(request), now()
    today = moment.astimezone(language.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    async with request.app[DATABASE].reading() as session:
        found = await linked_instances(session, today=today)
        waiting = await waiting_by_host(session, [linked.instance.domain for linked in found])

    def view(linked: LinkedInstance) -> LinkView:
        row = linked.instance
        return LinkView(
            instance_view(linked, cards, language, moment, is_admin=True),
            cards.day(row.linked_at) if row.linked_at is not None else None,
            cards.moment(row.backfilled_at) if row.backfilled_at is not None else None,
            cards.moment(row.last_failure_at) if row.last_failure_at is not None else None,
            waiting.get(row.domain, 0),
        )

    return render(
        request,
        "moderation/links.html",
        status=status,
        errors=errors,
        notice=told(request, language),
        links=[view(linked) for linked in found],
        typed=typed,
        longest=_LONGEST,
    )
