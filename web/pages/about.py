"""About this instance: who runs it, what it is, and what it runs on."""

from aiohttp import web
from markupsafe import Markup

from actors.actor import Organisation
from actors.instances.queries import linked_names
from actors.instances.texts import Text
from actors.local import own_organisation
from web.keys import DATABASE
from web.pages.cards import cards_for
from web.pages.places import place_named
from web.pages.standing_texts import contact_of, shown_text
from web.render import language_of, render
from web.wellknown import REPOSITORY, VERSION


async def about(request: web.Request) -> web.Response:
    """Answer with who runs this instance, and what Samenspraak is."""
    async with request.app[DATABASE].reading() as session:
        organisation = await own_organisation(session)
        more = await session.get(Organisation, organisation.id)
        linked = await linked_names(session)
    return render(
        request,
        "about.html",
        organisation=cards_for(request).who(organisation),
        account=f"@{organisation.account}",
        summary=Markup(organisation.summary),  # noqa: S704 - cleaned on write
        identifier=more.identifier if more is not None else None,
        place=place_named(more.identifier if more is not None else None, language_of(request)),
        linked=list(linked.items()),
        own_text=shown_text(request, Text.ABOUT),
        contact=contact_of(request),
        version=VERSION,
        source=REPOSITORY,
    )
