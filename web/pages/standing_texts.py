"""The texts of an instance as pages show them: what the organisation wrote, or what comes with the software."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web
from markupsafe import Markup

from actors.instances.texts import Text, Written, subject
from actors.sanitize import render_markdown
from web.keys import LANGUAGES, SITE
from web.language import N_, P_
from web.pages.prose import prose, raised_headings
from web.render import language_of, render
from web.visitor import visitor_of

_FOLDER: Final = Path(__file__).parent.parent / "texts"
TITLES: Final = {
    Text.WELCOME: N_("Welcome on the front page"),
    Text.ABOUT: N_("About this site"),
    Text.RULES: N_("House rules"),
    Text.PRIVACY: N_("Privacy"),
    Text.ACCESSIBILITY: N_("Accessibility"),
}
PATHS: Final = {
    Text.WELCOME: "/",
    Text.ABOUT: "/over",
    Text.RULES: "/regels",
    Text.PRIVACY: "/privacy",
    Text.ACCESSIBILITY: "/toegankelijkheid",
}
CONTACT: Final = "contact"
"""The subject of the choice: e-mail address, telephone number, postal address, and who hears of weaknesses."""
CONTACT_WORDS: Final = {
    "email": P_("contact", "E-mail"),
    "phone": P_("contact", "Telephone"),
    "address": P_("contact", "Address"),
}


@dataclass(frozen=True)
class Shown:
    """A text as a page prints it; ``language`` is None when it is that of the page."""

    html: Markup
    language: str | None
    is_own: bool


def shown_text(request: web.Request, text: Text) -> Shown | None:
    """Return a text in the language of the page, else in another; None when there is none at all."""
    house, code = visitor_of(request).house, language_of(request).code
    codes = [code, *(other.code for other in request.app[LANGUAGES].offered if other.code != code)]
    for written_in in codes:
        written = Written.of(house.choice(subject(text, written_in)))
        if written.html:
            return Shown(as_page(written.html), written_in if written_in != code else None, is_own=True)
    source = standard_text(request, text, code)
    return Shown(_rendered(source), None, is_own=False) if source else None


def standard_text(request: web.Request, text: Text, code: str) -> str:
    """Return the Markdown that comes with the software, with the names of this instance; empty when there is none."""
    path = _FOLDER / code / f"{text}.md"
    if text in {Text.WELCOME, Text.ABOUT}:
        return ""
    house, site = visitor_of(request).house, request.app[SITE]
    day = request.app[LANGUAGES][code].date_of(house.organisation.created_at) if house.organisation is not None else ""
    return Template(_read(path)).safe_substitute(
        organisation=house.name, site=site.domain, address=site.base_url, day=day
    )


def contact_of(request: web.Request) -> list[tuple[str, str, str]]:
    """Return how to reach the organisation, as far as it told: which way, its word, and the address."""
    chosen, language = visitor_of(request).house.choice(CONTACT), language_of(request)
    return [(name, language.word(word), str(chosen[name])) for name, word in CONTACT_WORDS.items() if chosen.get(name)]


def as_page(html: str) -> Markup:
    """Return clean HTML as the text of a page, its headings right below the title."""
    return Markup(raised_headings(prose(html)))  # noqa: S704 - cleaned on write


async def rules(request: web.Request) -> web.Response:
    """Answer with the house rules."""
    return _page(request, Text.RULES)


async def privacy(request: web.Request) -> web.Response:
    """Answer with what happens with personal data."""
    return _page(request, Text.PRIVACY)


async def accessibility(request: web.Request) -> web.Response:
    """Answer with the accessibility statement."""
    return _page(request, Text.ACCESSIBILITY)


def _page(request: web.Request, text: Text) -> web.Response:
    language = language_of(request)
    shown = shown_text(request, text)
    if shown is None:
        raise web.HTTPNotFound
    return render(
        request,
        "standing_text.html",
        title=language.gettext(TITLES[text]),
        text=shown,
        contact=contact_of(request),
    )


@lru_cache(maxsize=32)
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=32)
def _rendered(source: str) -> Markup:
    return as_page(render_markdown(source))
