"""The signals to the organisation: what waits, what is mine, and what came of the others."""

from typing import Final

from aiohttp import web

from actors.instances.queries import linked_names
from actors.signals.queries import Which, count_signals, issues_named, list_signals
from web.keys import DATABASE
from web.pages.asked import id_in, next_page, word_in
from web.pages.cards import cards_for
from web.pages.signals.words import QUEUE, TABS, organisation_of, signal_view, told
from web.render import language_of, render

_A_PAGE: Final = 30


async def overview(request: web.Request) -> web.Response:
    """Answer with a page of signals; as many queries however many there are."""
    organisation, viewer = organisation_of(request)
    which = word_in(Which, request.query.get("welke")) or Which.NEW
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        before = id_in(request.query.get("voor"))
        found = await list_signals(session, viewer, organisation.id, which, before=before, limit=_A_PAGE + 1)
        counts = await count_signals(session, viewer, organisation.id)
        issues = await issues_named(session, found)
    language, cards = language_of(request), cards_for(request, linked)
    shown = found[:_A_PAGE]
    return render(
        request,
        "signals/queue.html",
        errors={},
        notice=told(request, language),
        tabs=[
            (f"{QUEUE}?welke={tab.value}", language.gettext(word), counts.get(tab), tab is which)
            for tab, word in TABS.items()
        ],
        signals=[signal_view(row, cards, language, issues, f"{QUEUE}/{row.signal.id}") for row in shown],
        more=next_page(request, "voor", shown[-1].signal.id if len(found) > _A_PAGE else None),
    )
