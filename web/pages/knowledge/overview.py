"""The list of knowledge products, filtered and paged."""

from aiohttp import web

from actors.instances.queries import linked_names
from actors.kinds import KnowledgeKind, Theme
from actors.knowledge.queries import ProductFilter, list_products
from web.keys import DATABASE
from web.pages.asked import id_in, next_page, word_in
from web.pages.cards import cards_for
from web.pages.filters import chosen_domain, filters
from web.render import render
from web.visitor import visitor_of

PRODUCTS_A_PAGE = 20


async def overview(request: web.Request) -> web.Response:
    """Answer with the knowledge products that we know of, filtered and paged."""
    query = request.query
    kind, theme = word_in(KnowledgeKind, query.get("kind")), word_in(Theme, query.get("theme"))
    before = id_in(query.get("before"))
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        wanted = ProductFilter(kind, theme, chosen_domain(request, linked))
        found = await list_products(
            session, visitor_of(request).viewer, wanted, before=before, limit=PRODUCTS_A_PAGE + 1
        )
    cards = cards_for(request, linked)
    shown = found[:PRODUCTS_A_PAGE]
    return render(
        request,
        "products.html",
        products=[cards.product(card) for card in shown],
        older=next_page(request, "before", shown[-1].post.id if len(found) > PRODUCTS_A_PAGE else None),
        is_first=before is None,
        is_filtered=any((kind, theme, wanted.domain)),
        filters=filters(request, linked),
    )
