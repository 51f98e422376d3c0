"""Telling parties whose software knows no agreements: a direct message with the address, where they can read.

They cannot sign there. The words are Dutch, as an issue is: they are read in other software.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import Happened, Reminding
from actors.agreements.tables import Agreement
from actors.posts.store import Draft
from actors.site import Site
from federation.audience import Visibility
from outbox.publish.contributions import publish_contribution

_READ = "Je leest hem hier: {uri}"
_WRONG = "Klopt er iets niet? Antwoord dan op dit bericht."
_SENTENCES = {
    Happened.PROPOSED: (
        "{account} Wij stellen een afspraak voor waarin jij ook staat: {name}. " + _READ + "\n\n"
        "Ondertekenen kan vanaf jouw server nog niet. " + _WRONG
    ),
    Happened.AMENDED: "{account} De afspraak waarin jij ook staat is gewijzigd: {name}. " + _READ + "\n\n" + _WRONG,
    Reminding.WEEK: "{account} Binnen een week moet deze afspraak klaar zijn: {name}. " + _READ,
    Reminding.DAY: "{account} Morgen moet deze afspraak klaar zijn: {name}. " + _READ,
    Reminding.OVERDUE: "{account} De datum van deze afspraak is voorbij: {name}. " + _READ,
}


async def tell_elsewhere(
    session: AsyncSession,
    site: Site,
    author: Actor,
    parties: Sequence[Actor],
    agreement: Agreement,
    what: Happened | Reminding,
    *,
    now: datetime,
) -> None:
    """Send each of these a direct message of its own."""
    # A name is words of a form: it must not mention others.
    name = agreement.name.replace("@", "@\u200b")
    for actor in parties:
        text = _SENTENCES[what].format(account=f"@{actor.account}", name=name, uri=agreement.uri)
        draft = Draft(text, visibility=Visibility.DIRECT, also_to=[actor])
        await publish_contribution(session, site, author, draft, now=now)
