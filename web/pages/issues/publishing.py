"""Publishing an issue: the form for administrators, and what comes of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from aiohttp import web
from aiohttp.web_request import FileField
from markupsafe import Markup
from multidict import MultiDictProxy
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, Organisation
from actors.audit import note_act
from actors.database import now
from actors.instances.queries import copies_for, linked_names
from actors.keys import make_pair
from actors.kinds import Phase, Role, Theme
from actors.local import own_organisation
from actors.people.acting import note_posted
from actors.posts.detail import details
from actors.posts.tables import Post
from actors.signals.queries import signal_row
from outbox.publish.issues import (
    LONGEST_QUESTION,
    LONGEST_TITLE,
    LONGEST_WHY,
    IssueDraft,
    IssueRefused,
    publish_issue,
)
from outbox.publish.signals import put_on_agenda
from web.keys import DATABASE, KEYS, SITE
from web.language import N_, Language
from web.pages.asked import id_in, line_in, person_with, see_other, text_in, word_in
from web.pages.cards import cards_for
from web.pages.paths import actor_path, with_notice
from web.pages.places import is_offered, places_to_choose
from web.pages.preview import PLAIN, previewed, wants_preview
from web.pages.prose import prose
from web.pages.signals.words import organisation_of
from web.pages.words import LANGUAGE_NAMES, PERSPECTIVES, PHASE_MEANINGS, PHASES, THEMES
from web.render import language_of, render

_PHASES_TO_BEGIN = (Phase.SIGNALLED, Phase.AGENDA, Phase.CONVERSATION)
LONGEST = {"title": LONGEST_TITLE, "question": LONGEST_QUESTION, "why": LONGEST_WHY}
LATEST = timedelta(days=5 * 365)
"""How far ahead feedback can be promised."""
WRONG_PLACE = N_("Choose a place from the list.")
WRONG_DAY = N_("Choose a date from tomorrow on, at most five years ahead.")


@dataclass
class Typed:
    """What was typed in the form, as text."""

    title: str = ""
    question: str = ""
    why: str = ""
    place: str = ""
    feedback_by: str = ""
    phase: str = Phase.AGENDA.value
    language: str = "nl"
    themes: list[str] = field(default_factory=list)
    perspectives_needed: list[str] = field(default_factory=list)
    signaal: str = ""
    """The signal that it is made of."""


async def form(request: web.Request) -> web.Response:
    """Answer with the form to publish an issue."""
    _admin(request)
    typed = Typed(language=language_of(request).code)
    if signal_id := id_in(request.query.get("signaal")):
        async with request.app[DATABASE].reading() as session:
            typed = await _of_signal(request, session, signal_id, typed)
    return await _form(request, typed, {})


async def publish(request: web.Request) -> web.Response:
    """Publish an issue, or answer with the form and what is wrong in it."""
    person = _admin(request)
    language = language_of(request)
    given = await request.post()
    typed = read_typed(given)
    async with request.app[DATABASE].reading() as session:
        own = await own_place(session)
        if wants_preview(given):
            return await _form(request, typed, {}, preview=await previewed(session, typed.why, PLAIN))
    errors, draft = _checked(typed, language, own)
    if draft is None:
        return await _form(request, typed, errors)
    pair = await make_pair()
    try:
        async with request.app[DATABASE].writing() as session:
            host = await own_organisation(session)
            by = await session.get_one(Actor, person.id)
            actor = await publish_issue(
                session, request.app[SITE], request.app[KEYS], pair, host=host, by=by, draft=draft, now=now()
            )
            note_act(
                session, by.id, "issue-published", now=now(), for_id=host.id,
                object_uri=actor.uri, object_name=actor.name,
            )  # fmt: skip
            await _answer_signal(request, session, id_in(typed.signaal), actor)
    except IssueRefused as error:
        refused = error.field if error.field in Typed.__dataclass_fields__ else "title"
        return await _form(
            request, typed, {refused: language.gettext("We cannot store this as it is. Look at it again.")}
        )
    return see_other(with_notice(actor_path(actor), "vraagstuk"))


def read_typed(form: MultiDictProxy[str | bytes | bytearray | FileField]) -> Typed:
    """Return what was typed."""
    return Typed(
        **{name: line_in(form, name) for name in ("title", "place", "feedback_by", "phase", "language", "signaal")},
        **{name: text_in(form, name) for name in ("question", "why")},
        themes=[theme for theme in THEMES if theme in form.getall("themes", [])],
        perspectives_needed=[word for word in PERSPECTIVES if word in form.getall("perspectives_needed", [])],
    )


def _admin(request: web.Request) -> Actor:
    return person_with(request, Role.EDITOR).actor


async def _of_signal(request: web.Request, session: AsyncSession, signal_id: int, typed: Typed) -> Typed:
    """Return what stands in the form when an issue is made of a signal. Raises 404.

    Its words stand beside the form, not in it: they were said in private, and an issue is for everyone.
    """
    post = await _words_of_signal(request, session, signal_id)
    if post is None:
        raise web.HTTPNotFound
    themes = (await details(session, [post]))[0].themes
    return replace(
        typed,
        themes=[theme for theme in THEMES if theme in themes],
        phase=Phase.SIGNALLED.value,
        signaal=str(signal_id),
    )


async def _words_of_signal(request: web.Request, session: AsyncSession, signal_id: int | None) -> Post | None:
    """Return what a signal says of which no issue was made yet."""
    if signal_id is None:
        return None
    organisation, viewer = organisation_of(request)
    row = await signal_row(session, viewer, signal_id, organisation_id=organisation.id)
    return row.post if row is not None and row.signal.issue_uri is None else None


async def _answer_signal(request: web.Request, session: AsyncSession, signal_id: int | None, issue: Actor) -> None:
    """Tell who gave the signal that an issue was made of what became of it; nothing when it was made of none."""
    if signal_id is None:
        return
    organisation, viewer = organisation_of(request)
    row = await signal_row(session, viewer, signal_id, organisation_id=organisation.id)
    if row is None or row.signal.issue_uri is not None:
        return  # a colleague was first
    post = await put_on_agenda(session, request.app[SITE], row.signal, issue, now=now())
    note_posted(
        session, viewer.actor_id or 0, organisation, "signal-agenda", post_id=post.id, uri=post.uri, now=now()
    )  # fmt: skip


async def own_place(session: AsyncSession) -> str | None:
    """Return where the organisation is, when that is a place."""
    organisation = await own_organisation(session)
    more = await session.get(Organisation, organisation.id)
    return more.identifier if more is not None else None


async def _form(
    request: web.Request, typed: Typed, errors: dict[str, str], *, preview: Markup | None = None
) -> web.Response:
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        organisation = await own_organisation(session)
        own = await own_place(session)
        linked = await linked_names(session)
        copies = await copies_for(session, [organisation.id], linked=linked)
        signal = await _words_of_signal(request, session, id_in(typed.signaal))
    cards = cards_for(request, linked)
    today = today_in(language)
    return render(
        request,
        "new_issue.html",
        status=422 if errors else 200,
        typed=typed,
        signal=prose(signal.content) if signal is not None else None,
        errors=errors,
        preview=preview,
        longest=LONGEST,
        phases=[
            (phase.value, language.word(PHASES[phase]), language.gettext(PHASE_MEANINGS[phase]))
            for phase in _PHASES_TO_BEGIN
        ],
        themes=[(theme, language.word(word)) for theme, word in THEMES.items()],
        perspectives=[(name, language.word(word)) for name, word in PERSPECTIVES.items()],
        places=places_to_choose(own, organisation.name),
        spoken=[(code, language.gettext(name)) for code, name in LANGUAGE_NAMES.items()],
        earliest=(today + timedelta(days=1)).isoformat(),
        latest=(today + LATEST).isoformat(),
        host=cards.who(organisation),
        copies=cards.tell_copies(
            copies,
            language.gettext("Those are the servers of people and organisations who follow %(name)s.")
            % {"name": organisation.name}
            if copies.servers
            else "",
        ),
    )


def text_faults(texts: Mapping[str, str], language: Language) -> dict[str, str]:
    """Return what is wrong with the texts of an issue, by field."""
    errors: dict[str, str] = {}
    empty = {
        "title": language.gettext("Give the issue a title."),
        "question": language.gettext("Write down the question."),
        "why": language.gettext("Tell why this matters now."),
    }
    for name, text in texts.items():
        if not text:
            errors[name] = empty[name]
        elif len(text) > LONGEST[name]:
            errors[name] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
                "length": language.number(len(text)), "longest": language.number(LONGEST[name])
            }  # fmt: skip
    return errors


def choice_faults(themes: Collection[str], perspectives: Collection[str], language: Language) -> dict[str, str]:
    """Return what is wrong with what was ticked, by field."""
    errors: dict[str, str] = {}
    if not themes:
        errors["themes"] = language.gettext("Choose at least one theme.")
    if not perspectives:
        errors["perspectives_needed"] = language.gettext("Choose at least one perspective: who must be heard?")
    return errors


def _checked(typed: Typed, language: Language, own: str | None) -> tuple[dict[str, str], IssueDraft | None]:
    errors = text_faults({"title": typed.title, "question": typed.question, "why": typed.why}, language)
    errors |= choice_faults(typed.themes, typed.perspectives_needed, language)
    phase = word_in(Phase, typed.phase)
    if phase not in _PHASES_TO_BEGIN:
        errors["phase"] = language.gettext("Choose a phase.")
    if typed.place and not is_offered(typed.place, own):
        errors["place"] = language.gettext(WRONG_PLACE)
    feedback_by = promised_day(typed.feedback_by, language)
    if feedback_by is None:
        errors["feedback_by"] = language.gettext(WRONG_DAY)
    if errors or phase is None:
        return errors, None
    return errors, IssueDraft(
        title=typed.title,
        question=typed.question,
        why=typed.why,
        themes=[Theme(theme).value for theme in typed.themes],
        place=typed.place or None,
        perspectives_needed=typed.perspectives_needed,
        feedback_by=feedback_by,
        phase=phase,
        language=typed.language if typed.language in LANGUAGE_NAMES else language.code,
    )


def promised_day(text: str, language: Language) -> datetime | None:
    """Return the end of the day that was typed, or None when feedback cannot be promised by then."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    today = today_in(language)
    return language.end_of_day(day) if today < day <= today + LATEST else None


def today_in(language: Language) -> date:
    """Return which day it is where people read this language here."""
    return now().astimezone(language.zone).date()
