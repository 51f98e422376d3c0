"""Under whose name somebody speaks on these pages: the choice in the forms, and who placed what for whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.people.acting import names_for, placed_by
from web.language import Language
from web.pages.asked import text_in
from web.pages.views import Voice
from web.visitor import visitor_of

FIELD: Final = "name_of"
OWN: Final = "me"
ORGANISATION: Final = "organisation"


def own_names(request: web.Request) -> tuple[Actor, ...]:
    """Return under whose names the visitor may speak, their own first."""
    visitor = visitor_of(request)
    return names_for(visitor.signed_in, visitor.house.organisation)


def chosen_name(request: web.Request, form: Mapping[str, object]) -> Actor:
    """Return under whose name a form is sent. Raises 403 for a name that is not the visitor's to use."""
    names = own_names(request)
    if text_in(form, FIELD) != ORGANISATION:
        return names[0]
    if len(names) < 2:
        raise web.HTTPForbidden
    return names[1]


def name_choices(request: web.Request, language: Language) -> list[tuple[str, str, str]]:
    """Return the choice of a form: value, name and what it means; empty for who speaks for nobody else."""
    names = own_names(request)
    if len(names) < 2:
        return []
    return [
        (OWN, names[0].name or names[0].handle, language.gettext("You speak for yourself.")),
        (
            ORGANISATION,
            names[1].name or names[1].handle,
            language.gettext("Everyone sees the name of the organisation. Colleagues see that it was you."),
        ),
    ]


def name_value(author: Actor, request: web.Request) -> str:
    """Return what stands chosen in a form that was sent under this name."""
    return OWN if author.id == own_names(request)[0].id else ORGANISATION


async def tell_who_placed(request: web.Request, session: AsyncSession, voices: Sequence[Voice]) -> None:
    """Put on posts of the organisation who placed them, for those who speak for it. One query."""
    if len(own_names(request)) < 2 or not voices:
        return
    found = await placed_by(session, [voice.id for voice in voices])
    for voice in voices:
        if (person := found.get(voice.id)) is not None:
            voice.placed_by = person.name or person.handle
