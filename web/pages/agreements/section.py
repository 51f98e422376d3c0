"""The agreements on an issue, for the page of that issue."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.queries import agreements_of
from actors.database import now
from web.language import Language
from web.pages.acting import own_names
from web.pages.agreements.proposing import proposers
from web.pages.agreements.views import card_view
from web.pages.cards import Cards
from web.pages.paths import actor_path


async def agreements_on(
    request: web.Request, session: AsyncSession, issue: Actor, cards: Cards, language: Language
) -> dict[str, object]:
    """Return what `issue/agreements.html` prints: two queries, and one for each name of the visitor."""
    names: Sequence[Actor] = own_names(request)
    mine, moment = [actor.id for actor in names], now()
    found = await agreements_of(session, issue.id, mine=mine)
    may = await proposers(session, issue, tuple(names))
    return {
        "agreements": [card_view(card, cards, language, mine, moment) for card in found],
        "propose_path": f"{actor_path(issue)}/afspraken/nieuw" if may else "",
    }
