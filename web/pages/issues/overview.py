"""The list of issues, filtered and paged."""

from typing import Final

from aiohttp import web

from actors.instances.queries import linked_names
from actors.issues.queries import IssueFilter, list_issues
from actors.kinds import Phase, Theme
from web.keys import DATABASE
from web.pages.asked import id_in, next_page, word_in
from web.pages.cards import cards_for
from web.pages.filters import chosen_domain, filters
from web.render import render
from web.visitor import visitor_of

ISSUES_A_PAGE: Final = 20


async def overview(request: web.Request) -> web.Response:
    """Answer with the issues that we know of, filtered and paged."""
    viewer = visitor_of(request).viewer
    query = request.query
    theme, phase = word_in(Theme, query.get("theme")), word_in(Phase, query.get("phase"))
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        wanted = IssueFilter(theme, phase, chosen_domain(request, linked))
        before = id_in(query.get("before"))
        found = await list_issues(session, viewer, wanted, before=before, limit=ISSUES_A_PAGE + 1)
    cards = cards_for(request, linked)
    shown = found[:ISSUES_A_PAGE]
    return render(
        request,
        "issues.html",
        issues=[cards.issue(card) for card in shown],
        older=next_page(request, "before", shown[-1].actor.id if len(found) > ISSUES_A_PAGE else None),
        is_first=before is None,
        is_filtered=any((theme, phase, wanted.domain)),
        filters=filters(request, linked),
    )
