"""Changing what an issue of ours says; its phases and a date that was promised have their own ways."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.issues.queries import IssueDetail, issue_detail
from actors.kinds import ActorKind, Role
from actors.local import local_actor
from actors.versions import EditedMeanwhile
from actors.visibility import ANYONE
from outbox.publish.issues import IssueChange, IssueRefused, edit_issue, version_of_issue
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import person_with, see_other, text_in
from web.pages.editing import Difference, differences, told_at
from web.pages.issues.publishing import (
    LATEST,
    LONGEST,
    WRONG_DAY,
    WRONG_PLACE,
    Typed,
    choice_faults,
    own_place,
    promised_day,
    read_typed,
    text_faults,
    today_in,
)
from web.pages.paths import actor_path, with_notice
from web.pages.places import is_offered, place_named, places_to_choose
from web.pages.preview import PLAIN, previewed, wants_preview
from web.pages.words import PERSPECTIVES, THEMES, perspective_word, theme_word
from web.render import language_of, render
from web.visitor import visitor_of


@dataclass(frozen=True, slots=True)
class Changing:
    """What stands in the form, and on which version it is based."""

    typed: Typed
    based_on: str
    both: list[Difference] = field(default_factory=list)
    preview: Markup | None = None


async def change_form(request: web.Request) -> web.Response:
    """Answer with the form to change an issue."""
    person_with(request, Role.EDITOR)
    async with request.app[DATABASE].reading() as session:
        detail = await issue_to_change(request, session)
        return await _form(request, session, detail, Changing(_as_it_is(detail), _version(detail)))


async def change(request: web.Request) -> web.Response:
    """Change an issue, or answer with the form and what is wrong in it."""
    me, language = person_with(request, Role.EDITOR).actor, language_of(request)
    given = await request.post()
    async with request.app[DATABASE].reading() as session:
        detail = await issue_to_change(request, session)
        typed = read_typed(given)
        # Perspectives that a form does not offer can come from the command line; they may stay.
        asked = [*PERSPECTIVES, *detail.issue.perspectives_needed]
        ticked = given.getall("perspectives_needed", [])
        typed.perspectives_needed = [word for word in dict.fromkeys(asked) if word in ticked]
        changing = Changing(typed, text_in(given, "based_on"))
        if wants_preview(given):
            changing = replace(changing, preview=await previewed(session, typed.why, PLAIN))
            return await _form(request, session, detail, changing)
        errors = _faults(typed, detail, language, await own_place(session))
        if errors:
            return await _form(request, session, detail, changing, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            actor = await session.get_one(Actor, detail.actor.id)
            if await edit_issue(
                session,
                request.app[SITE],
                actor,
                IssueChange(
                    typed.question,
                    typed.why,
                    typed.themes,
                    typed.place or None,
                    typed.perspectives_needed,
                    promised_day(typed.feedback_by, language),
                ),
                based_on=changing.based_on,
                now=now(),
            ):
                note_act(
                    session, me.id, "issue-changed", now=now(), for_id=detail.issue.host_id,
                    object_uri=actor.uri, object_name=actor.name,
                )  # fmt: skip
    except EditedMeanwhile:
        return await _with_both(request, typed)
    except IssueRefused as error:
        refused = error.field if error.field in Typed.__dataclass_fields__ else "question"
        told = language.gettext("We cannot store this as it is. Look at it again.")
        async with request.app[DATABASE].reading() as session:
            detail = await issue_to_change(request, session)
            return await _form(request, session, detail, changing, {refused: told})
    return see_other(with_notice(actor_path(detail.actor), "gewijzigd"))


async def issue_to_change(request: web.Request, session: AsyncSession) -> IssueDetail:
    """Return the issue of ours that the path names. Raises 404, and 410 for one that is gone."""
    actor = await local_actor(session, request.match_info["handle"])
    if actor is None or actor.kind is not ActorKind.ISSUE or actor.suspended_at is not None:
        raise web.HTTPNotFound
    if actor.deleted_at is not None:
        raise web.HTTPGone
    detail = await issue_detail(session, ANYONE, actor)
    if detail is None:
        raise web.HTTPNotFound
    return detail


def _as_it_is(detail: IssueDetail) -> Typed:
    issue = detail.issue
    return Typed(
        question=issue.question,
        why=issue.why,
        place=issue.place or "",
        language=issue.language,
        themes=list(detail.themes),
        perspectives_needed=list(issue.perspectives_needed),
    )


def _version(detail: IssueDetail) -> str:
    return version_of_issue(detail.issue, detail.themes)


def _faults(typed: Typed, detail: IssueDetail, language: Language, own: str | None) -> dict[str, str]:
    errors = text_faults({"question": typed.question, "why": typed.why}, language)
    errors |= choice_faults(typed.themes, typed.perspectives_needed, language)
    if typed.place and typed.place != detail.issue.place and not is_offered(typed.place, own):
        errors["place"] = language.gettext(WRONG_PLACE)
    # A day that has been promised meanwhile stays; which one it is stands in both versions.
    if typed.feedback_by and promised_day(typed.feedback_by, language) is None:
        errors["feedback_by"] = language.gettext(WRONG_DAY)
    return errors


async def _with_both(request: web.Request, typed: Typed) -> web.Response:
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        detail = await issue_to_change(request, session)
        both = differences([*_beside(_as_it_is(detail), typed, language), *_both_days(detail, typed, language)])
        errors = told_at(both, language, otherwise="question")
        return await _form(request, session, detail, Changing(typed, _version(detail), both), errors)


def _both_days(detail: IssueDetail, typed: Typed, language: Language) -> list[Difference]:
    if not typed.feedback_by:
        return []
    theirs = language.date_of(detail.issue.feedback_by) if detail.issue.feedback_by is not None else ""
    mine = language.day(date.fromisoformat(typed.feedback_by))
    return [Difference("feedback_by", language.gettext("Feedback promised by"), theirs, mine)]


def _beside(theirs: Typed, mine: Typed, language: Language) -> list[Difference]:
    everywhere = language.gettext("everywhere")

    def themes(of: Typed) -> str:
        return ", ".join(theme_word(language, theme) for theme in sorted(of.themes))

    def perspectives(of: Typed) -> str:
        return ", ".join(perspective_word(language, one) for one in sorted(of.perspectives_needed))

    def place(of: Typed) -> str:
        return place_named(of.place, language) or everywhere

    return [
        Difference("question", language.gettext("Question"), theirs.question, mine.question),
        Difference("why", language.gettext("Why now"), theirs.why, mine.why),
        Difference("themes", language.gettext("Themes"), themes(theirs), themes(mine)),
        Difference(
            "perspectives_needed", language.gettext("Who must be heard?"), perspectives(theirs), perspectives(mine)
        ),
        Difference("place", language.gettext("Place"), place(theirs), place(mine)),
    ]


async def _form(
    request: web.Request,
    session: AsyncSession,
    detail: IssueDetail,
    changing: Changing,
    errors: dict[str, str] | None = None,
) -> web.Response:
    language, issue = language_of(request), detail.issue
    own = await own_place(session)
    places = places_to_choose(own, visitor_of(request).house.name)
    if issue.place and not is_offered(issue.place, own):
        places = [(issue.place, place_named(issue.place, language) or issue.place), *places]
    asked = dict.fromkeys([*PERSPECTIVES, *issue.perspectives_needed])
    return render(
        request,
        "edit_issue.html",
        status=422 if errors else 200,
        errors=errors or {},
        typed=changing.typed,
        based_on=changing.based_on,
        both=changing.both,
        preview=changing.preview,
        page=actor_path(detail.actor),
        title=detail.actor.name,
        host=detail.host.name if detail.host is not None else "",
        longest=LONGEST,
        themes=[(theme, language.word(word)) for theme, word in THEMES.items()],
        perspectives=[(one, perspective_word(language, one)) for one in asked],
        places=places,
        promised=language.date_of(issue.feedback_by) if issue.feedback_by is not None else "",
        earliest=(today_in(language) + timedelta(days=1)).isoformat(),
        latest=(today_in(language) + LATEST).isoformat(),
        readers=language.gettext("Everyone can read this, also without an account."),
    )
