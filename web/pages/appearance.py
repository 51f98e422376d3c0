"""The look of the instance: its organisation's name, logo and colours, seen before they are kept.

Looking first shows the page itself in the new colours, with the contrast of each pair. What people could
not read is refused, with what was measured at the field; everything that was typed stays.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from babel.numbers import format_decimal
from multidict import MultiDictProxy

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.instances.choices import write_choice
from actors.instances.theme import COLOURS, DARK, FONTS, RADII, STANDARD, Colour, Pair, Palette, Theme, faint, measured
from actors.kinds import Role
from actors.local import own_organisation
from actors.media.pictures import LOGO
from outbox.publish.organisations import LONGEST_NAME, NameRefused, rename_organisation
from outbox.publish.pictures import change_picture, remove_picture
from web.bodies import with_files
from web.keys import DATABASE, SITE
from web.language import N_, Language
from web.pages.asked import line_in, notice_of, person_with, see_other, text_in
from web.pages.paths import with_notice
from web.pages.pictures import PictureFields, PictureRow, read_pictures, typed_fields
from web.pages.samples import sample_issue, sample_product
from web.render import language_of, render
from web.theme import SUBJECT, stylesheet
from web.visitor import visitor_of

PATH: Final = "/beheer/uiterlijk"
_CANDIDATE: Final = "/thema/voorbeeld.css"
_LOGO: Final = ("logo",)

COLOUR_WORDS: Final[Mapping[str, str]] = {
    "primary": N_("Buttons"),
    "primary_contrast": N_("Text on buttons"),
    "accent": N_("Short words and lines that stand out"),
    "link": N_("Links"),
    "header": N_("Bar on top of the page"),
    "header_contrast": N_("Text in the bar on top"),
    "surface": N_("Background of texts"),
    "ink": N_("Text"),
}
SHADE_WORDS: Final[Mapping[str, str]] = {
    **COLOUR_WORDS,
    "ink": N_("Text, also in grey"),
    "grounds": N_("Background of texts"),
    "signals": N_("Signal colours, such as red for mistakes"),
}
"""Colours with what pages make of them."""
FONT_WORDS: Final[Mapping[str, str]] = {
    "noto-sans": N_("Noto Sans (comes with the site)"),
    "system": N_("The font of each device"),
    "arial": N_("Arial"),
    "verdana": N_("Verdana"),
    "georgia": N_("Georgia (with serifs)"),
}
RADIUS_WORDS: Final[Mapping[str, str]] = {
    "none": N_("straight"),
    "small": N_("a little round"),
    "medium": N_("round"),
    "large": N_("very round"),
}


@dataclass
class Typed:
    """What was typed: the name, each colour as text, the font and the corners."""

    name: str
    colours: dict[str, str]
    font: str = "noto-sans"
    radius: str = "medium"


@dataclass(frozen=True)
class Measure:
    """The contrast of one pair, on light screens and on dark ones."""

    front: str
    behind: str
    light: str
    dark: str
    least: str
    is_enough: bool


@dataclass(frozen=True)
class Looked:
    """What came of looking: what is wrong, by field; the theme when it can be shown; and what was measured."""

    errors: dict[str, str] = field(default_factory=dict)
    theme: Theme | None = None
    measures: list[Measure] = field(default_factory=list)


async def form(request: web.Request) -> web.Response:
    """Answer with the look as it is, and a form to change it."""
    person_with(request, Role.ADMINISTRATOR)
    house = visitor_of(request).house
    return await _form(request, _as_it_is(house.name, house.theme))


async def change(request: web.Request) -> web.Response:
    """Show the look that was typed, or keep it; or answer with what is wrong in it."""
    person = person_with(request, Role.ADMINISTRATOR).actor
    language, given = language_of(request), await request.post()
    typed = _read(given)
    looked = _look(typed, language)
    if looked.errors or looked.theme is None or text_in(given, "stap") != "bewaar":
        return await _form(request, typed, looked)
    async with request.app[DATABASE].writing() as session:
        organisation = await own_organisation(session)
        former = organisation.name
        try:
            renamed = await rename_organisation(session, request.app[SITE], organisation, typed.name, now=now())
        except NameRefused:
            looked.errors["name"] = language.gettext("We cannot store this as it is. Look at it again.")
            return await _form(request, typed, looked)
        about: dict[str, Any] = {"object_uri": organisation.uri, "for_id": organisation.id, "now": now()}
        if renamed:
            names = {"from": former, "to": organisation.name}
            note_act(session, person.id, "organisation-renamed", object_name=former, details=names, **about)
        if looked.theme != visitor_of(request).house.theme:
            chosen = looked.theme.write()
            await write_choice(session, SUBJECT, chosen, by=person.id, now=now())
            note_act(session, person.id, "theme-changed", object_name=organisation.name, details=chosen, **about)
    return see_other(with_notice(PATH, "uiterlijk"))


async def reset(request: web.Request) -> web.Response:
    """Go back to the standard look; the name and the logo stay."""
    person = person_with(request, Role.ADMINISTRATOR).actor
    async with request.app[DATABASE].writing() as session:
        organisation = await own_organisation(session)
        await write_choice(session, SUBJECT, {}, by=person.id, now=now())
        _note(session, person, organisation, "theme-reset")
    return see_other(with_notice(PATH, "uiterlijk-standaard"))


@with_files
async def change_logo(request: web.Request) -> web.Response:
    """Take another logo of the organisation."""
    person = person_with(request, Role.ADMINISTRATOR).actor
    language = language_of(request)
    given, errors = await read_pictures(request, _LOGO, LOGO)
    if not given:
        errors = errors or {"picture-logo": language.gettext("Choose a picture first.")}
        house = visitor_of(request).house
        fields = typed_fields(await request.post(), _LOGO, errors)
        return await _form(request, _as_it_is(house.name, house.theme), Looked(errors), fields)
    async with request.app[DATABASE].writing() as session:
        organisation = await own_organisation(session)
        await change_picture(session, request.app[SITE], organisation, given[0], now=now())
        _note(session, person, organisation, "logo-changed")
    return see_other(with_notice(PATH, "logo"))


async def remove_logo(request: web.Request) -> web.Response:
    """Take the logo of the organisation away."""
    person = person_with(request, Role.ADMINISTRATOR).actor
    async with request.app[DATABASE].writing() as session:
        organisation = await own_organisation(session)
        await remove_picture(session, request.app[SITE], organisation, now=now())
        _note(session, person, organisation, "logo-removed")
    return see_other(with_notice(PATH, "logo-weg"))


async def candidate(request: web.Request) -> web.Response:
    """Answer with the stylesheet of a theme that an administrator looks at and has not kept."""
    person_with(request, Role.ADMINISTRATOR)
    try:
        theme = Theme.read(request.query)
    except ValueError:
        raise web.HTTPNotFound from None
    headers = {"Content-Type": "text/css", "Cache-Control": "private, no-store"}
    return web.Response(body=stylesheet(theme), headers=headers)


def _note(session: Any, person: Actor, organisation: Actor, act: str) -> None:
    note_act(
        session, person.id, act, now=now(), for_id=organisation.id,
        object_uri=organisation.uri, object_name=organisation.name,
    )  # fmt: skip


def _as_it_is(name: str, theme: Theme | None) -> Typed:
    chosen = (theme or Theme(STANDARD)).write()
    return Typed(name, {colour: chosen[colour] for colour in COLOURS}, chosen["font"], chosen["radius"])


def _read(form: MultiDictProxy[Any]) -> Typed:
    return Typed(
        line_in(form, "name"),
        {name: text_in(form, name)[:40] for name in COLOURS},
        text_in(form, "font"),
        text_in(form, "radius"),
    )


def _look(typed: Typed, language: Language) -> Looked:
    errors: dict[str, str] = {}
    if not typed.name:
        errors["name"] = language.gettext("Fill in the name of your organisation.")
    elif len(typed.name) > LONGEST_NAME:
        errors["name"] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
            "length": language.number(len(typed.name)), "longest": language.number(LONGEST_NAME)
        }  # fmt: skip
    if typed.font not in FONTS:
        errors["font"] = language.gettext("Choose a font from the list.")
    if typed.radius not in RADII:
        errors["radius"] = language.gettext("Choose from the list how round corners are.")
    colours: dict[str, Colour] = {}
    for name, text in typed.colours.items():
        try:
            colours[name] = Colour.parse(text)
        except ValueError:
            errors[name] = language.gettext("Write a colour as # and six digits or letters a to f, such as #0b5f6d.")
    if len(colours) < len(COLOURS):
        return Looked(errors)
    palette = Palette(**colours)
    for pair, ratio in faint(palette):
        errors.setdefault(pair.blamed, _too_faint(pair, ratio, language))
    measures = _measures(Theme(palette), language)
    return Looked(errors, None if errors else Theme(palette, typed.font, typed.radius), measures)


def _too_faint(pair: Pair, ratio: float, language: Language) -> str:
    return language.gettext(
        "“%(front)s” and “%(behind)s” are too much alike: the contrast is %(ratio)s. It must be at least %(least)s."
    ) % {
        "front": language.gettext(SHADE_WORDS[pair.front]),
        "behind": language.gettext(SHADE_WORDS[pair.behind]),
        "ratio": _ratio(ratio, language),
        "least": _ratio(pair.least, language),
    }


def _measures(theme: Theme, language: Language) -> list[Measure]:
    return [
        Measure(
            language.gettext(SHADE_WORDS[pair.front]),
            language.gettext(SHADE_WORDS[pair.behind]),
            _ratio(light, language),
            _ratio(dark, language),
            _ratio(pair.least, language),
            light >= pair.least,
        )
        for (pair, light), (_, dark) in zip(measured(theme.light), measured(theme.dark, DARK), strict=True)
    ]


def _ratio(ratio: float, language: Language) -> str:
    # Down, so that 4.499 does not pass for 4.5.
    down = math.floor(ratio * 100 + 1e-9) / 100
    return f"{format_decimal(down, format='0.0#', locale=language.code)} : 1"


async def _form(
    request: web.Request, typed: Typed, looked: Looked | None = None, logo: PictureFields | None = None
) -> web.Response:
    language, house = language_of(request), visitor_of(request).house
    looked = looked or Looked()
    words = house.logo.alt if house.logo is not None else ""
    return render(
        request,
        "appearance.html",
        status=422 if looked.errors else 200,
        notice=notice_of(request, language),
        errors=looked.errors,
        typed=typed,
        colours=[
            (name, language.gettext(word), typed.colours[name], _is_colour(typed.colours[name]))
            for name, word in COLOUR_WORDS.items()
        ],
        fonts=[(font, language.gettext(FONT_WORDS[font])) for font in FONTS],
        radii=[(radius, language.gettext(RADIUS_WORDS[radius])) for radius in RADII],
        longest_name=LONGEST_NAME,
        measures=looked.measures,
        candidate=f"{_CANDIDATE}?{urlencode(looked.theme.write())}" if looked.theme is not None else "",
        issue=sample_issue(language),
        product=sample_product(language),
        logo_fields=logo or PictureFields([PictureRow("logo", words)]),
    )


def _is_colour(text: str) -> bool:
    try:
        Colour.parse(text)
    except ValueError:
        return False
    return True
