"""Moving an issue of ours to another phase, and the date on which feedback was promised: who does it says why."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.instances.queries import ANSWERED_PHASES
from actors.issues.life import LONGEST_REASON, needs_reason, promises_made
from actors.issues.queries import IssueDetail
from actors.kinds import Phase, Role
from actors.serialize.moments import stamp
from outbox.publish.issues import IssueRefused
from outbox.publish.life import move_issue, move_promise
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import person_with, see_other, text_in, word_in
from web.pages.issues.changing import issue_to_change
from web.pages.issues.publishing import LATEST, WRONG_DAY, promised_day, today_in
from web.pages.paths import actor_path, with_notice
from web.pages.words import PHASE_MEANINGS, PHASES
from web.render import language_of, render


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as text."""

    phase: str = ""
    feedback_by: str = ""
    reason: str = ""


async def phase_form(request: web.Request) -> web.Response:
    """Answer with the form to move an issue to another phase."""
    person_with(request, Role.EDITOR)
    async with request.app[DATABASE].reading() as session:
        return _phase_form(request, await issue_to_change(request, session), Typed(), {})


async def move_phase(request: web.Request) -> web.Response:
    """Move an issue to another phase, or answer with the form and what is wrong in it."""
    me, language = person_with(request, Role.EDITOR).actor, language_of(request)
    given = await request.post()
    typed = Typed(phase=text_in(given, "phase"), reason=text_in(given, "reason"))
    async with request.app[DATABASE].reading() as session:
        detail = await issue_to_change(request, session)
    phase, old = word_in(Phase, typed.phase), detail.issue.phase
    errors: dict[str, str] = {}
    if text_in(given, "was") != old.value:
        errors["phase"] = language.gettext("Somebody else moved this issue meanwhile. See where it is now.")
    elif phase is None or phase is old:
        errors["phase"] = language.gettext("Choose another phase.")
    else:
        errors = _reason_faults(typed, language, is_needed=needs_reason(old, phase))
    if errors or phase is None:
        return _phase_form(request, detail, typed, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            actor, by = await _both(session, detail, me)
            if await move_issue(session, request.app[SITE], actor, phase, by=by, reason=typed.reason, now=now()):
                note_act(
                    session, me.id, "issue-moved", now=now(), for_id=detail.issue.host_id, object_uri=actor.uri,
                    object_name=actor.name, reason=typed.reason, details={"phase": phase.value},
                )  # fmt: skip
    except IssueRefused:
        return _phase_form(request, detail, typed, {"reason": _cannot(language)})
    return see_other(with_notice(actor_path(detail.actor), "verder"))


async def promise_form(request: web.Request) -> web.Response:
    """Answer with the form to promise a date of feedback, or to move it."""
    person_with(request, Role.EDITOR)
    async with request.app[DATABASE].reading() as session:
        return await _promise_form(request, session, await _to_promise(request, session), Typed(), {})


async def promise(request: web.Request) -> web.Response:
    """Promise a date of feedback or move it, or answer with the form and what is wrong in it."""
    me, language = person_with(request, Role.EDITOR).actor, language_of(request)
    given = await request.post()
    typed = Typed(feedback_by=text_in(given, "feedback_by"), reason=text_in(given, "reason"))
    day = promised_day(typed.feedback_by, language)
    async with request.app[DATABASE].reading() as session:
        detail = await _to_promise(request, session)
        old = detail.issue.feedback_by
        errors = _reason_faults(typed, language, is_needed=old is not None)
        if day is None:
            errors = {"feedback_by": language.gettext(WRONG_DAY)} | errors
        elif text_in(given, "was") != (stamp(old) if old is not None else ""):
            errors = {"feedback_by": language.gettext("Somebody else moved this date meanwhile. See what it is now.")}
        elif day == old:
            errors = {"feedback_by": language.gettext("That day is promised already.")}
        if errors or day is None:
            return await _promise_form(request, session, detail, typed, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            actor, by = await _both(session, detail, me)
            if await move_promise(session, request.app[SITE], actor, day, by=by, reason=typed.reason, now=now()):
                note_act(
                    session, me.id, "promise-moved", now=now(), for_id=detail.issue.host_id, object_uri=actor.uri,
                    object_name=actor.name, reason=typed.reason,
                )  # fmt: skip
    except IssueRefused:
        async with request.app[DATABASE].reading() as session:
            return await _promise_form(request, session, detail, typed, {"reason": _cannot(language)})
    return see_other(with_notice(actor_path(detail.actor), "beloofd"))


async def _both(session: AsyncSession, detail: IssueDetail, me: Actor) -> tuple[Actor, Actor]:
    return await session.get_one(Actor, detail.actor.id), await session.get_one(Actor, me.id)


async def _to_promise(request: web.Request, session: AsyncSession) -> IssueDetail:
    detail = await issue_to_change(request, session)
    if detail.issue.phase in ANSWERED_PHASES:
        raise web.HTTPNotFound  # nothing is owed any more
    return detail


def _reason_faults(typed: Typed, language: Language, *, is_needed: bool) -> dict[str, str]:
    if is_needed and not typed.reason:
        return {"reason": language.gettext("Tell why. Everyone can read it.")}
    if len(typed.reason) > LONGEST_REASON:
        return {
            "reason": language.gettext("This is %(length)s characters; at most %(longest)s fit.")
            % {"length": language.number(len(typed.reason)), "longest": language.number(LONGEST_REASON)}
        }
    return {}


def _cannot(language: Language) -> str:
    return language.gettext("We cannot store this as it is. Look at it again.")


def _phase_form(request: web.Request, detail: IssueDetail, typed: Typed, errors: dict[str, str]) -> web.Response:
    language, now_in = language_of(request), detail.issue.phase
    return render(
        request,
        "issue/move.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        page=actor_path(detail.actor),
        title=detail.actor.name,
        now_in=now_in.value,
        now_in_word=language.word(PHASES[now_in]),
        longest=LONGEST_REASON,
        phases=[
            (phase.value, language.word(PHASES[phase]), language.gettext(PHASE_MEANINGS[phase]))
            for phase in Phase
            if phase is not now_in
        ],
    )


async def _promise_form(
    request: web.Request, session: AsyncSession, detail: IssueDetail, typed: Typed, errors: dict[str, str]
) -> web.Response:
    language, promised = language_of(request), detail.issue.feedback_by
    made = await promises_made(session, detail.actor.id, detail.host)
    today = today_in(language)
    return render(
        request,
        "issue/promising.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        page=actor_path(detail.actor),
        title=detail.actor.name,
        promised=language.date_of(promised) if promised is not None else "",
        before=stamp(promised) if promised is not None else "",
        moves=sum(one.promise.previous is not None for one in made),
        longest=LONGEST_REASON,
        earliest=(today + timedelta(days=1)).isoformat(),
        latest=(today + LATEST).isoformat(),
    )
