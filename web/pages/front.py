"""The front page: what is on the agenda, what was done with contributions, what is new to use."""

from aiohttp import web
from markupsafe import Markup

from actors.instances.queries import linked_names
from actors.instances.texts import Text
from actors.issues.queries import IssueFilter, list_issues
from actors.knowledge.queries import ProductFilter, list_outcomes, list_products
from actors.local import own_organisation
from web.keys import DATABASE
from web.pages.asked import notice_of
from web.pages.cards import cards_for
from web.pages.standing_texts import shown_text
from web.render import language_of, render
from web.visitor import visitor_of

_ISSUES = 6
_OUTCOMES = 3
_PRODUCTS = 3


async def front(request: web.Request) -> web.Response:
    """Answer with the front page."""
    viewer = visitor_of(request).viewer
    async with request.app[DATABASE].reading() as session:
        organisation = await own_organisation(session)
        linked = await linked_names(session)
        issues = await list_issues(session, viewer, IssueFilter(is_open=True), limit=_ISSUES, ours_first=True)
        outcomes = await list_outcomes(session, viewer, limit=_OUTCOMES)
        products = await list_products(session, viewer, ProductFilter(), limit=_PRODUCTS)
    cards = cards_for(request, linked)
    return render(
        request,
        "front.html",
        notice=notice_of(request, language_of(request)),
        organisation=cards.who(organisation),
        summary=Markup(organisation.summary),  # noqa: S704 - cleaned on write
        welcome=shown_text(request, Text.WELCOME),
        issues=[cards.issue(card) for card in issues],
        outcomes=[cards.outcome(card) for card in outcomes],
        products=[cards.product(card) for card in products],
    )
