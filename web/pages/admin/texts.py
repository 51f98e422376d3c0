"""The texts of the organisation: an overview, and a form for each in each language, with a preview.

Whoever saves a text that somebody else changed meanwhile sees both, and saves again knowing it.
"""

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from markupsafe import Markup

from actors.audit import note_act
from actors.database import now
from actors.instances.choices import read_choice
from actors.instances.texts import LONGEST_TEXT, Text, TextRefused, Written, put_back, subject, write_text
from actors.kinds import Role
from actors.rendering import rendered
from actors.versions import EditedMeanwhile
from web.keys import DATABASE, LANGUAGES
from web.language import Language
from web.pages.admin.notices import told
from web.pages.asked import person_with, see_other, text_in, word_in
from web.pages.editing import Difference, meanwhile
from web.pages.preview import wants_preview
from web.pages.standing_texts import PATHS, TITLES, as_page, standard_text
from web.pages.words import LANGUAGE_NAMES
from web.render import language_of, render
from web.visitor import visitor_of

PATH: Final = "/beheer/teksten"


@dataclass(slots=True)
class TextRow:
    """A text in the overview, and in which languages the organisation wrote it."""

    title: str
    page: str
    languages: list[tuple[str, str, bool]]
    """Address of the form, name of the language, whether it is the organisation's own."""


@dataclass(slots=True)
class Editing:
    """What stands in the form: the text, on which version it is based, and how it differs from what it says now."""

    source: str
    based_on: str
    both: list[Difference] = field(default_factory=list)
    preview: Markup | None = None


async def overview(request: web.Request) -> web.Response:
    """Answer with the texts."""
    person_with(request, Role.ADMINISTRATOR)
    language, house = language_of(request), visitor_of(request).house
    rows = [
        TextRow(
            language.gettext(title),
            PATHS[text],
            [
                (f"{PATH}/{text}/{code}", language.gettext(name), bool(house.choice(subject(text, code)).get("source")))
                for code, name in LANGUAGE_NAMES.items()
            ],
        )
        for text, title in TITLES.items()
    ]
    return render(
        request,
        "admin/texts.html",
        errors={},
        notice=told(request, language),
        texts=rows,
        languages_written=[language.gettext(name) for name in LANGUAGE_NAMES.values()],
    )


async def form(request: web.Request) -> web.Response:
    """Answer with the form of a text; where the organisation wrote none, with the one that comes with the software."""
    person_with(request, Role.ADMINISTRATOR)
    text, code = _asked(request)
    written = await _read(request, text, code)
    source = written.source or standard_text(request, text, code)
    return _form(request, text, code, written, Editing(source, written.version), {})


async def save(request: web.Request) -> web.Response:
    """Show a text as it would be, or store it."""
    me, language = person_with(request, Role.ADMINISTRATOR).actor, language_of(request)
    text, code = _asked(request)
    given = await request.post()
    editing = Editing(text_in(given, "source"), text_in(given, "based_on"))
    if len(editing.source) > LONGEST_TEXT:
        fault = language.gettext("A text has at most %(most)s characters.") % {"most": language.number(LONGEST_TEXT)}
        return _form(request, text, code, await _read(request, text, code), editing, {"source": fault})
    if wants_preview(given):
        editing.preview = as_page(await rendered(editing.source, shift_headings=True))
        return _form(request, text, code, await _read(request, text, code), editing, {})
    own = editing.source if editing.source != standard_text(request, text, code).strip() else ""
    try:
        async with request.app[DATABASE].writing() as session:
            changed = await write_text(
                session,
                text,
                code,
                own,
                based_on=editing.based_on,
                by=me.id,
                now=now(),
            )
            if changed:
                note_act(session, me.id, "text-changed", now=now(), details={"text": text, "language": code})
    except TextRefused:
        fault = language.gettext("This text holds characters that cannot be shown.")
        return _form(request, text, code, await _read(request, text, code), editing, {"source": fault})
    except EditedMeanwhile:
        return await _changed(request, text, code, editing.source)
    return see_other(f"{PATH}?bericht=tekst")


async def restore(request: web.Request) -> web.Response:
    """Put back the text of before."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    text, code = _asked(request)
    based_on = text_in(await request.post(), "based_on")
    try:
        async with request.app[DATABASE].writing() as session:
            if await put_back(session, text, code, based_on=based_on, by=me.id, now=now()):
                note_act(session, me.id, "text-put-back", now=now(), details={"text": text, "language": code})
    except EditedMeanwhile:
        return await _changed(request, text, code, None)
    return see_other(f"{PATH}?bericht=tekst-terug")


def _asked(request: web.Request) -> tuple[Text, str]:
    text, code = word_in(Text, request.match_info["text"]), request.match_info["language"]
    if text is None or code not in request.app[LANGUAGES]:
        raise web.HTTPNotFound
    return text, code


async def _read(request: web.Request, text: Text, code: str) -> Written:
    async with request.app[DATABASE].reading() as session:
        return Written.of(await read_choice(session, subject(text, code)))


async def _changed(request: web.Request, text: Text, code: str, mine: str | None) -> web.Response:
    """Answer with what somebody else made of a text, beside ``mine``, or beside the text of before where it is None."""
    language, current = language_of(request), await _read(request, text, code)
    mine = current.previous if mine is None else mine
    theirs = current.source or language.gettext("Nothing: the text that comes with the software.")
    both = [Difference("source", language.gettext("Text"), theirs, mine)]
    editing = Editing(mine, current.version, both)
    return _form(request, text, code, current, editing, {"source": meanwhile(language)})


def _form(
    request: web.Request, text: Text, code: str, written: Written, editing: Editing, errors: dict[str, str]
) -> web.Response:
    language: Language = language_of(request)
    return render(
        request,
        "admin/text.html",
        status=422 if errors else 200,
        errors=errors,
        title=language.gettext(TITLES[text]),
        path=f"{PATH}/{text}/{code}",
        page=PATHS[text],
        code=code,
        others=[
            (f"{PATH}/{text}/{other}", language.gettext(name))
            for other, name in LANGUAGE_NAMES.items()
            if other != code
        ],
        editing=editing,
        longest=LONGEST_TEXT,
        is_own=bool(written.source),
        can_restore=written.previous != written.source,
        version=written.version,
    )
