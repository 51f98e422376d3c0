"""Writing an outcome: the drafts on an issue, and the text and follow-up steps of one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from aiohttp import web
from markupsafe import Markup
from multidict import MultiDictProxy
from sqlalchemy.ext.asyncio import AsyncSession

from actors.audit import note_act
from actors.database import now
from actors.kinds import Verdict
from actors.knowledge.answering import count_unanswered
from actors.knowledge.drafts import (
    DraftStep,
    DraftText,
    TooMany,
    discard_draft,
    draft_answers,
    drafts_of,
    start_draft,
    text_of,
    version_of_text,
    write_text,
)
from actors.knowledge.outcome_tables import OutcomeDraft
from actors.knowledge.outcomes import LONGEST_NOTE, LONGEST_STEP, LONGEST_WHO, MOST_STEPS, Given
from actors.posts.store import LONGEST_ARTICLE, LONGEST_TITLE
from actors.sanitize import is_storable
from actors.versions import EditedMeanwhile
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import id_in, notice_of, person_of, see_other, text_in
from web.pages.cards import cards_for
from web.pages.editing import Difference, differences, languages_to_choose, told_at
from web.pages.outcomes.desk import Desk, desk_at, draft_of_path, draft_path
from web.pages.paths import actor_path, with_notice
from web.pages.preview import ARTICLE, previewed, wants_preview
from web.pages.words import LANGUAGE_NAMES, VERDICTS
from web.render import language_of, render

_EMPTY_ROWS = 2
_LONGEST = {
    "title": LONGEST_TITLE, "source": LONGEST_ARTICLE, "reason": LONGEST_NOTE,
    "what": LONGEST_STEP, "who": LONGEST_WHO,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form of a draft, and on which version it is based."""

    text: DraftText
    based_on: str
    days: Sequence[str] = ()
    """The days of the steps as they were typed."""
    both: list[Difference] = field(default_factory=list)
    preview: Markup | None = None


async def overview(request: web.Request) -> web.Response:
    """Answer with what is being written on an issue, and how many contributions nobody answered yet."""
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        desk = await desk_at(request, session)
        cards = cards_for(request)
        drafts = await drafts_of(session, desk.issue.id)
        unanswered = await count_unanswered(session, desk.issue.id, desk.host_ids)
    return render(
        request,
        "outcomes/drafts.html",
        notice=notice_of(request, language),
        errors={},
        desk=desk,
        issue_path=actor_path(desk.issue),
        unanswered=unanswered,
        drafts=[
            {
                "path": draft_path(card.draft.id),
                "title": card.draft.title or language.gettext("No title yet"),
                "is_correction": card.draft.outcome_id is not None,
                "answers": card.answers,
                "when": cards.moment(card.draft.changed_at),
                "by": cards.who(card.changed_by) if card.changed_by is not None else None,
            }
            for card in drafts
        ],
    )


async def start(request: web.Request) -> web.Response:
    """Begin a draft on an issue."""
    me = person_of(request).actor
    async with request.app[DATABASE].writing() as session:
        desk = await desk_at(request, session)
        try:
            draft = await start_draft(session, desk.issue.id, language=language_of(request).code, by=me.id, now=now())
        except TooMany:
            return see_other(with_notice(desk.path, "te-veel-concepten"))
    return see_other(draft_path(draft.id))


async def form(request: web.Request) -> web.Response:
    """Answer with a draft."""
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        return await _form(request, session, desk, draft, _as_it_is(draft))


async def save(request: web.Request) -> web.Response:
    """Keep what a draft says, or answer with the form and what is wrong in it."""
    me, given, language = person_of(request).actor, await request.post(), language_of(request)
    typed = _typed(given)
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        if wants_preview(given):
            typed = replace(typed, preview=await previewed(session, typed.text.source, ARTICLE))
            return await _form(request, session, desk, draft, typed)
        if errors := _faults(typed, language):
            return await _form(request, session, desk, draft, typed, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            _, draft = await draft_of_path(request, session, held=True)
            await write_text(session, draft, typed.text, based_on=typed.based_on, by=me.id, now=now())
    except EditedMeanwhile:
        async with request.app[DATABASE].reading() as session:
            desk, draft = await draft_of_path(request, session)
            both = _beside(text_of(draft), typed.text, language)
            typed = replace(typed, both=both, based_on=version_of_text(text_of(draft)))
            return await _form(request, session, desk, draft, typed, told_at(both, language, otherwise="source"))
    following = "/inbreng" if text_in(given, "verder") == "kiezen" else ""
    following = "/plaatsen" if text_in(given, "verder") == "plaatsen" else following
    return see_other(with_notice(f"{draft_path(draft.id)}{following}", "concept"))


async def discard(request: web.Request) -> web.Response:
    """Throw a draft away."""
    me = person_of(request).actor
    async with request.app[DATABASE].writing() as session:
        desk, draft = await draft_of_path(request, session, held=True)
        await discard_draft(session, draft)
        note_act(
            session, me.id, "outcome-draft-discarded", now=now(), for_id=desk.host.id,
            object_uri=desk.issue.uri, object_name=desk.issue.name,
        )  # fmt: skip
    return see_other(with_notice(desk.path, "concept-weg"))


def _as_it_is(draft: OutcomeDraft) -> Typed:
    text = text_of(draft)
    return Typed(text, version_of_text(text), [step.day.isoformat() if step.day else "" for step in text.steps])


def _typed(form: MultiDictProxy[Any]) -> Typed:
    columns = [form.getall(f"step_{name}", []) for name in ("number", "what", "who", "day")]
    steps, days = [], []
    for number, what, who, day in list(zip(*columns, strict=False))[: MOST_STEPS + _EMPTY_ROWS]:
        words = [" ".join(word.split()) if isinstance(word, str) else "" for word in (what, who, day)]
        if words[0] or words[1]:
            steps.append(DraftStep(words[0], words[1], _day(words[2]), id_in(str(number))))
            days.append(words[2])
    language = text_in(form, "language")
    text = DraftText(
        " ".join(text_in(form, "title").split()),
        text_in(form, "source"),
        language if language in LANGUAGE_NAMES else "nl",
        text_in(form, "reason"),
        steps,
    )
    return Typed(text, text_in(form, "based_on"), days)


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _faults(typed: Typed, language: Language) -> dict[str, str]:
    text, errors = typed.text, {}
    for name, words in (("title", text.title), ("source", text.source), ("reason", text.reason)):
        if len(words) > _LONGEST[name]:
            told = language.gettext("This is too long: at most %(count)s characters.")
            errors[name] = told % {"count": language.number(_LONGEST[name])}
        elif not is_storable(words):
            errors[name] = language.gettext("There are characters in this that we cannot store.")
    for step, day in zip(text.steps, typed.days, strict=True):
        if not step.what:
            errors["steps"] = language.gettext("Write for each step what is going to be done.")
        elif len(step.what) > LONGEST_STEP or len(step.who) > LONGEST_WHO or not is_storable(step.what + step.who):
            errors["steps"] = language.gettext("A step is too long, or holds characters that we cannot store.")
        elif day and step.day is None:
            errors["steps"] = language.gettext("One of the days is not a day that we know. Write it as 2026-12-31.")
    if len(text.steps) > MOST_STEPS:
        errors["steps"] = language.gettext("There are too many steps.")
    return errors


def _beside(theirs: DraftText, mine: DraftText, language: Language) -> list[Difference]:
    def steps(of: DraftText) -> str:
        rows = (
            " · ".join(filter(None, (step.what, step.who, language.day(step.day) if step.day else "")))
            for step in of.steps
        )
        return "\n".join(rows)

    return differences(
        [
            Difference("title", language.gettext("Title"), theirs.title, mine.title),
            Difference("source", language.gettext("Text"), theirs.source, mine.source),
            Difference("reason", language.gettext("Why do you correct it?"), theirs.reason, mine.reason),
            Difference("steps", language.gettext("What happens next?"), steps(theirs), steps(mine)),
        ]
    )


def verdict_counts(answers: Sequence[Given], language: Language) -> list[tuple[str, str, int]]:
    """Return how often what is said, as the cards print it."""
    return [
        (verdict.value, language.word(word), count)
        for verdict, word in VERDICTS.items()
        if (count := sum(given.verdict is Verdict(verdict) for given in answers))
    ]


async def _form(
    request: web.Request,
    session: AsyncSession,
    desk: Desk,
    draft: OutcomeDraft,
    typed: Typed,
    errors: dict[str, str] | None = None,
) -> web.Response:
    language, cards = language_of(request), cards_for(request)
    answers = list((await draft_answers(session, draft.id)).values())
    unanswered = await count_unanswered(
        session, desk.issue.id, desk.host_ids, draft_id=draft.id, correcting=draft.outcome_id
    )
    steps = [
        (step.number or "", step.what, step.who, day) for step, day in zip(typed.text.steps, typed.days, strict=True)
    ]
    room = max(0, min(_EMPTY_ROWS, MOST_STEPS - len(steps)))
    return render(
        request,
        "outcomes/draft.html",
        status=422 if errors else 200,
        notice=notice_of(request, language),
        errors=errors or {},
        desk=desk,
        issue_path=actor_path(desk.issue),
        path=draft_path(draft.id),
        outcome_path=f"/terugkoppelingen/{draft.outcome_id}" if draft.outcome_id is not None else "",
        typed=typed.text,
        steps=[*steps, *([("", "", "", "")] * room)],
        based_on=typed.based_on,
        both=typed.both,
        preview=typed.preview,
        longest=_LONGEST,
        spoken=languages_to_choose(language, typed.text.language),
        counts=verdict_counts(answers, language),
        picked=len(answers),
        unanswered=unanswered,
        changed=cards.moment(draft.changed_at),
    )
