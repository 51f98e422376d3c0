"""The agreements on an issue, and where to propose one for who may."""

from collections.abc import Mapping

from actors.agreements.allowed import may_propose
from actors.agreements.queries import agreements_of
from actors.database import now
from web.pages.acting import own_names
from web.pages.agreements.views import card_view
from web.pages.issues.parts.asked import Asked
from web.pages.paths import actor_path


async def agreements(asked: Asked) -> Mapping[str, object]:
    """Return the agreements, newest first: two queries, and one for each name of the visitor."""
    names = own_names(asked.request)
    mine, moment = [actor.id for actor in names], now()
    found = await agreements_of(asked.session, asked.actor.id, mine=mine)
    may = [actor for actor in names if await may_propose(asked.session, asked.actor, actor)]
    return {
        "agreements": [card_view(card, asked.cards, asked.language, mine, moment) for card in found],
        "propose_path": f"{actor_path(asked.actor)}/afspraken/nieuw" if may else "",
    }
