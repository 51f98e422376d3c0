"""What a text becomes, shown while it is written: made by what makes it when it is published.

A script asks for it by itself. Without one the button of the form sends the form, and gets it back with the
preview in it and all that was typed.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.posts.store import LONGEST_ARTICLE, named_actors
from actors.rendering import rendered
from actors.sanitize import is_storable
from web.forms import PREVIEW_FIELD, repeatable
from web.keys import DATABASE
from web.pages.asked import person_of, text_in
from web.pages.prose import paragraphs, prose, raised_headings
from web.pages.words import LANGUAGE_NAMES
from web.render import language_of, render

CONTRIBUTION: Final = "inbreng"
ARTICLE: Final = "artikel"
PLAIN: Final = "tekst"
"""How a text is made up; the value of the button that asks for a preview."""


@repeatable
async def preview(request: web.Request) -> web.Response:
    """Answer with what a text becomes, and nothing around it."""
    person_of(request)
    form = await request.post()
    async with request.app[DATABASE].reading() as session:
        made = await previewed(session, text_in(form, "text"), text_in(form, "kind"))
    spoken = text_in(form, "language")
    ours = language_of(request).code
    return render(
        request, "preview.html", made=made, spoken=spoken if spoken in LANGUAGE_NAMES and spoken != ours else None
    )


def wants_preview(form: Mapping[str, object]) -> bool:
    """Whether a form was sent to see what its text becomes, and not to publish it."""
    return bool(text_in(form, PREVIEW_FIELD))


async def previewed(session: AsyncSession, text: str, kind: str) -> Markup:
    """Return what a text becomes; what cannot be stored becomes nothing. At most one query."""
    text = text[:LONGEST_ARTICLE]
    if not is_storable(text):
        return Markup("")
    if kind == PLAIN:
        return paragraphs(text)
    named = await named_actors(session, text)
    made = await rendered(
        text,
        shift_headings=kind == ARTICLE,
        mentions={account: actor.url or actor.uri for account, actor in named.items()},
    )
    return prose(raised_headings(made) if kind == ARTICLE else made)
