"""Picking the contributions that an outcome answers: a list to search, one answer for all that are ticked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import now
from actors.instances.queries import linked_names
from actors.kinds import Verdict
from actors.knowledge.answering import Shown, ToAnswer, contributions_to_answer, count_unanswered
from actors.knowledge.drafts import (
    AnsweredMeanwhile,
    TooMany,
    answer_in_draft,
    draft_answers,
    version_of_answer,
)
from actors.knowledge.outcome_tables import OutcomeDraft
from actors.knowledge.outcomes import LONGEST_REASON, MOST_ANSWERS, Given
from actors.sanitize import is_storable
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import id_in, notice_of, person_of, see_other, text_in, word_in
from web.pages.cards import cards_for
from web.pages.outcomes.desk import Desk, draft_of_path, draft_path
from web.pages.outcomes.writing import verdict_counts
from web.pages.paths import post_path, with_notice
from web.pages.prose import excerpt
from web.pages.words import VERDICTS
from web.render import language_of, render

_A_PAGE = 25
_LONGEST_SEARCH = 100
_MOST_REASONS = 12
_LONGEST_QUOTE = 300
_TAKE_BACK = "geen"


@dataclass(slots=True)
class Choice:
    """What somebody chose: which contributions, and what is to be said of them."""

    posts: list[int] = field(default_factory=list)
    verdict: str = ""
    reason: str = ""
    same_as: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    """The version of each answer that they saw, by the contribution's URI."""


async def form(request: web.Request) -> web.Response:
    """Answer with contributions to pick from."""
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        return await _form(request, session, desk, draft, Choice())


async def pick(request: web.Request) -> web.Response:
    """Say the same of all contributions that are ticked, or answer with the form and what is wrong in it."""
    me, given, language = person_of(request).actor, await request.post(), language_of(request)
    choice = _choice(given)
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        reasons = _reasons(await draft_answers(session, draft.id))
        shown = await _listed(request, session, desk, draft)
        if choice.same_as and (place := id_in(choice.same_as)) is not None and place < len(reasons):
            choice.reason = choice.reason or reasons[place]
        uris = [row.post.uri for row in shown if row.post.id in set(choice.posts)]
        if errors := _faults(choice, uris, language):
            return await _form(request, session, desk, draft, choice, errors)
    verdict = word_in(Verdict, choice.verdict)
    answer = Given(verdict, choice.reason) if verdict is not None else None
    try:
        async with request.app[DATABASE].writing() as session:
            _, draft = await draft_of_path(request, session, held=True)
            await answer_in_draft(session, draft, uris, answer, seen=choice.seen, by=me.id, now=now())
    except AnsweredMeanwhile:
        told = language.gettext(
            "A colleague chose something else for one of these meanwhile. You see it below. Choose again if you want."
        )
        return await _again(request, choice, {"post": told})
    except TooMany:
        told = language.gettext("One piece of feedback answers at most %(count)s contributions. Make a second one.")
        return await _again(request, choice, {"post": told % {"count": language.number(MOST_ANSWERS)}})
    here = f"{draft_path(draft.id)}/inbreng"
    kept = _query(request)
    return see_other(with_notice(f"{here}?{urlencode(kept)}" if kept else here, "gekozen"))


def _choice(form: MultiDictProxy[Any]) -> Choice:
    posts = [found for value in form.getall("post", []) if (found := id_in(str(value))) is not None]
    seen: dict[str, str] = {}
    for value in form.getall("seen", []):
        version, _, uri = str(value).partition(" ")
        seen[uri] = version if version != "-" else ""
    return Choice(
        posts, text_in(form, "verdict"), " ".join(text_in(form, "reason").split()), text_in(form, "same_as"), seen
    )


def _faults(choice: Choice, uris: list[str], language: Language) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not uris:
        errors["post"] = language.gettext("Tick at least one contribution.")
    if choice.verdict == _TAKE_BACK:
        return errors
    if word_in(Verdict, choice.verdict) is None:
        errors["verdict"] = language.gettext("Choose what is done with it.")
    if not choice.reason:
        errors["reason"] = language.gettext("Tell why. Whoever contributed reads this.")
    elif len(choice.reason) > LONGEST_REASON or not is_storable(choice.reason):
        errors["reason"] = language.gettext("This reason is too long, or holds characters that we cannot store.")
    return errors


async def _again(request: web.Request, choice: Choice, errors: dict[str, str]) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        return await _form(request, session, desk, draft, choice, errors)


def _query(request: web.Request) -> dict[str, str]:
    """Return the filters and the place of this list, as its address has them."""
    query = request.query
    shown = word_in(Shown, query.get("toon"))
    after = id_in(query.get("na"))
    kept = {
        "zoek": query.get("zoek", "").strip()[:_LONGEST_SEARCH],
        "toon": shown.value if shown is not None else "",
        "na": str(after) if after else "",
    }
    return {name: value for name, value in kept.items() if value and is_storable(value)}


async def _listed(request: web.Request, session: AsyncSession, desk: Desk, draft: OutcomeDraft) -> list[ToAnswer]:
    wanted = _query(request)
    return await contributions_to_answer(
        session,
        desk.issue.id,
        draft.id,
        desk.host_ids,
        shown=Shown(wanted.get("toon", Shown.ALL)),
        search=wanted.get("zoek", ""),
        after=int(wanted.get("na", 0)),
        limit=_A_PAGE + 1,
        correcting=draft.outcome_id,
    )


def _reasons(answers: Mapping[str, Given]) -> list[str]:
    counted = Counter(given.reason for given in answers.values() if given.reason)
    return [reason for reason, _ in counted.most_common(_MOST_REASONS)]


async def _form(
    request: web.Request,
    session: AsyncSession,
    desk: Desk,
    draft: OutcomeDraft,
    choice: Choice,
    errors: dict[str, str] | None = None,
) -> web.Response:
    language, wanted = language_of(request), _query(request)
    answers = await draft_answers(session, draft.id)
    rows = await _listed(request, session, desk, draft)
    unanswered = await count_unanswered(
        session, desk.issue.id, desk.host_ids, draft_id=draft.id, correcting=draft.outcome_id
    )
    cards = cards_for(request, await linked_names(session))
    here = f"{draft_path(draft.id)}/inbreng"
    more = rows[_A_PAGE - 1].post.id if len(rows) > _A_PAGE else None
    chosen = set(choice.posts)
    return render(
        request,
        "outcomes/pick.html",
        status=422 if errors else 200,
        notice=notice_of(request, language),
        errors=errors or {},
        desk=desk,
        path=draft_path(draft.id),
        here_path=f"{here}?{urlencode(wanted)}" if wanted else here,
        first_path=f"{here}?{urlencode({name: value for name, value in wanted.items() if name != 'na'})}",
        next_path=f"{here}?{urlencode({**wanted, 'na': more})}" if more is not None else None,
        is_first="na" not in wanted,
        search=wanted.get("zoek", ""),
        shown=wanted.get("toon", Shown.ALL.value),
        choices=[
            (Shown.ALL.value, language.gettext("everything")),
            (Shown.OPEN.value, language.gettext("without an answer")),
            (Shown.PICKED.value, language.gettext("picked in this draft")),
        ],
        title=draft.title or language.gettext("No title yet"),
        counts=verdict_counts(list(answers.values()), language),
        unanswered=unanswered,
        reasons=[(str(place), reason) for place, reason in enumerate(_reasons(answers))],
        verdicts=[
            *((verdict.value, language.word(word), "") for verdict, word in VERDICTS.items()),
            (_TAKE_BACK, language.gettext("no answer"), language.gettext("What was chosen here for it is gone then.")),
        ],
        typed=choice,
        longest=LONGEST_REASON,
        rows=[
            {
                "id": row.post.id,
                "path": post_path(row.post),
                "who": cards.who(row.author),
                "when": cards.day(row.post.published_at),
                "quoted": excerpt(row.post.content, _LONGEST_QUOTE),
                "language": cards.foreign(row.post),
                "verdict": row.given.verdict.value if row.given is not None else "",
                "word": language.word(VERDICTS[row.given.verdict]) if row.given is not None else "",
                "reason": row.given.reason if row.given is not None else "",
                "answered": row.answered,
                "seen": f"{version_of_answer(row.given) or '-'} {row.post.uri}",
                "is_ticked": row.post.id in chosen,
            }
            for row in rows[:_A_PAGE]
        ],
    )
