"""The network of linked instances: how each does, what is on the agenda where, and which feedback is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from actors.database import now
from actors.instances.queries import OPEN_POLICY, LinkedInstance, linked_instances
from actors.instances.tables import Instance
from actors.issues.queries import IssueFilter, list_issues
from actors.kinds import Phase, Theme
from actors.knowledge.queries import ProductFilter, list_products
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import id_in, next_page, word_in
from web.pages.cards import Cards, cards_for
from web.pages.filters import chosen_domain, filters
from web.pages.views import When, Who
from web.render import language_of, render
from web.visitor import visitor_of

_ISSUES_A_PAGE = 20
_PRODUCTS = 8


@dataclass(slots=True)
class InstanceView:
    """A linked instance and how it does: ``state`` is well, resting, failing, unknown or limited."""

    name: str
    domain: str
    organisation: Who | None
    issues: int
    overdue: int
    products: int
    state: str
    told: str
    since: When | None
    error: str
    software: str


async def overview(request: web.Request) -> web.Response:
    """Answer with the linked instances, their health, and the issues and knowledge of all of them."""
    visitor, language = visitor_of(request), language_of(request)
    query = request.query
    theme, phase = word_in(Theme, query.get("theme")), word_in(Phase, query.get("phase"))
    before, owed = id_in(query.get("before")), bool(query.get("owed"))
    moment = now()
    today = moment.astimezone(language.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    async with request.app[DATABASE].reading() as session:
        instances = await linked_instances(session, today=today)
        names = {linked.instance.domain: linked.name for linked in instances if linked.instance.policy == OPEN_POLICY}
        domain = chosen_domain(request, names)
        wanted = IssueFilter(theme, phase, domain, owed_since=today if owed else None)
        issues = await list_issues(session, visitor.viewer, wanted, before=before, limit=_ISSUES_A_PAGE + 1)
        products = await list_products(
            session, visitor.viewer, ProductFilter(theme=theme, domain=domain), limit=_PRODUCTS
        )
    cards = cards_for(request, names)
    is_admin = visitor.signed_in is not None and visitor.signed_in.is_admin
    shown = issues[:_ISSUES_A_PAGE]
    return render(
        request,
        "network.html",
        instances=[
            instance_view(linked, cards, language, moment, is_admin=is_admin)
            for linked in instances
            if is_admin or linked.instance.policy == OPEN_POLICY
        ],
        issues=[cards.issue(card) for card in shown],
        products=[cards.product(card) for card in products] if before is None else [],
        older=next_page(request, "before", shown[-1].actor.id if len(issues) > _ISSUES_A_PAGE else None),
        is_first=before is None,
        is_filtered=any((theme, phase, domain, owed)),
        owed=owed,
        filters=filters(request, names),
    )


def instance_view(
    linked: LinkedInstance, cards: Cards, language: Language, moment: datetime, *, is_admin: bool
) -> InstanceView:
    """Return a linked instance in words; what a failing server answered is for administrators alone."""
    instance = linked.instance
    state, told, since = health(instance, cards, language, moment)
    return InstanceView(
        name=linked.name,
        domain=instance.domain,
        organisation=cards.who(linked.organisation) if linked.organisation is not None else None,
        issues=linked.issues,
        overdue=linked.overdue,
        products=linked.products,
        state=state,
        told=told,
        since=since,
        error=instance.last_error[:300] if is_admin and instance.failures else "",
        software=f"{instance.software} {instance.software_version}".strip() if is_admin else "",
    )


def health(instance: Instance, cards: Cards, language: Language, moment: datetime) -> tuple[str, str, When | None]:
    """Return how an instance does: a word for its state, a sentence, and when it was last reached."""
    since = cards.moment(instance.last_success_at) if instance.last_success_at is not None else None
    if instance.policy != OPEN_POLICY:
        return "limited", language.gettext("We do not show what it publishes."), since
    if instance.rests_until is not None and instance.rests_until > moment:
        again = language.moment_of(instance.rests_until)
        if instance.rests_until - moment < timedelta(hours=12):
            again = language.time_of(instance.rests_until)
        told = language.ngettext(
            "We cannot reach it: %(number)s try failed. We try again at %(again)s.",
            "We cannot reach it: %(number)s tries failed. We try again at %(again)s.",
            instance.failures,
        )
        return "resting", told % {"number": language.number(instance.failures), "again": again}, since
    if instance.failures:
        told = language.ngettext(
            "The last try failed. We keep trying.",
            "The last %(number)s tries failed. We keep trying.",
            instance.failures,
        )
        return "failing", told % {"number": language.number(instance.failures)}, since
    if since is None:
        return "unknown", language.gettext("We have not sent it anything yet."), None
    return "well", language.gettext("It works."), since
