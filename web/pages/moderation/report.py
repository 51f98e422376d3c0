"""One report: what it is about, what went before, and the decision with its consequences in words.

To whom it is about, also when that is a moderator, there is no such report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from markupsafe import Markup

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.kinds import ActorKind, Role
from actors.moderation.kinds import Act, Category, ReportState
from actors.moderation.queries import ReportDetail, report_detail, report_for
from actors.moderation.reports import assign_report, posts_of, report_name
from actors.posts.tables import Post
from outbox.publish.moderation import LONGEST_REASON, DecisionRefused, Ruling, decide
from web.keys import CAN_MAIL, DATABASE, SITE, VAULT
from web.language import Language
from web.pages.asked import id_in, path_id, person_with, see_other, text_in, word_in
from web.pages.cards import Cards, cards_for
from web.pages.errors import render_error
from web.pages.moderation.queue import PATH, report_view
from web.pages.moderation.words import (
    ACTS,
    ALL_CATEGORIES,
    CONSEQUENCES_ELSEWHERE,
    CONSEQUENCES_HERE,
    DECIDED,
    TOLD_AUTHOR,
    told,
)
from web.pages.paths import post_path, with_notice
from web.pages.prose import prose
from web.pages.views import When
from web.render import language_of, render


@dataclass
class Typed:
    """What was typed in the form to decide."""

    act: str = ""
    reason: str = ""
    note: str = ""
    posts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ReportedPostView:
    """A post that was reported. It is shown whoever may see it: reporting showed it to the moderators."""

    id: str
    path: str
    title: str
    content: Markup
    language: str | None
    when: When
    is_gone: bool


@dataclass(slots=True)
class EarlierView:
    """Something that went before: a report or a decision about the same actor."""

    path: str
    word: str
    text: str
    by: str
    when: When


async def show(request: web.Request) -> web.Response:
    """Answer with a report; that it was read is noted."""
    return await _page(request, path_id(request), Typed(), {})


async def act(request: web.Request) -> web.Response:
    """Take the report up, let go of it, or decide."""
    signed_in = person_with(request, Role.MODERATOR)
    report_id, given, language = path_id(request), await request.post(), language_of(request)
    step = text_in(given, "stap")
    if step in {"oppakken", "loslaten"}:
        async with request.app[DATABASE].writing() as session:
            report = await report_for(session, report_id, me=signed_in.actor.id)
            if report is None or report.state is not ReportState.OPEN:
                return await render_error(request, 404)
            moderator = await session.get_one(Actor, signed_in.actor.id)
            assign_report(session, report, moderator, mine=step == "oppakken", now=now())
        return see_other(with_notice(f"{PATH}/{report_id}", "opgepakt" if step == "oppakken" else "losgelaten"))
    typed = Typed(
        text_in(given, "act"), text_in(given, "reason"), text_in(given, "note"),
        [text for text in given.getall("posts", []) if isinstance(text, str)],
    )  # fmt: skip
    chosen = word_in(Act, typed.act)
    if chosen is None:
        fault = {"act": language.gettext("Choose what you decide.")}
        return await _page(request, report_id, typed, fault, status=422)
    ids = [post_id for text in typed.posts if (post_id := id_in(text)) is not None]
    vault = request.app[VAULT] if request.app[CAN_MAIL] else None
    try:
        async with request.app[DATABASE].writing() as session:
            report = await report_for(session, report_id, me=signed_in.actor.id)
            if report is None:
                return await render_error(request, 404)
            posts = await posts_of(session, [report.id])
            moderator = await session.get_one(Actor, signed_in.actor.id)
            await decide(
                session, request.app[SITE], vault, report, posts, Ruling(chosen, typed.reason, typed.note, ids),
                by=moderator, roles=signed_in.roles, now=now(),
            )  # fmt: skip
    except DecisionRefused as error:
        return await _page(request, report_id, typed, _fault(error, language), status=422)
    return see_other(with_notice(f"{PATH}/{report_id}", "besloten"))


async def _page(
    request: web.Request, report_id: int, typed: Typed, errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    me = person_with(request, Role.MODERATOR).actor
    async with request.app[DATABASE].writing() as session:
        detail = await report_detail(session, report_id, me=me.id)
        if detail is not None:
            note_act(session, me.id, "report-read", object_uri=report_name(detail.row.report), now=now())
    if detail is None:
        return await render_error(request, 404)
    language, cards = language_of(request), cards_for(request)
    row, about = detail.row, detail.row.about
    decided = detail.row.report.act
    return render(
        request,
        "moderation/report.html",
        status=status,
        errors=errors,
        notice=told(request, language),
        path=f"{PATH}/{row.report.id}",
        report=report_view(request, row, cards),
        comment=row.report.comment,
        note=row.report.note,
        account=f"@{about.account}",
        standing=_standing(about, language, cards),
        is_open=row.report.state is ReportState.OPEN,
        is_mine=row.report.assigned_id == me.id,
        forwarded=cards.moment(row.report.forwarded_at) if row.report.forwarded_at is not None else None,
        objects_to=_objected(detail, language, cards),
        posts=[_post(post, cards) for post in detail.posts],
        acts=_acts(detail, language),
        typed=typed,
        longest=LONGEST_REASON,
        needs_reason=about.is_local,
        decided=(
            language.word(DECIDED[decided]),
            cards.who(detail.handled_by).name if detail.handled_by is not None else "",
            cards.moment(row.report.handled_at) if row.report.handled_at is not None else None,
        )
        if decided is not None
        else None,
        reports=_earlier_reports(detail, language, cards),
        decisions=[
            EarlierView(
                "", language.word(DECIDED[decision.act]), decision.reason,
                cards.who(by).name if by is not None else "", cards.moment(decision.created_at),
            )
            for decision, by in detail.decisions
        ],
    )  # fmt: skip


def _acts(detail: ReportDetail, language: Language) -> list[tuple[str, str, str]]:
    """Return what can be decided here, each with what follows from it."""
    about, report = detail.row.about, detail.row.report
    meanings = CONSEQUENCES_HERE if about.is_local else CONSEQUENCES_ELSEWHERE
    possible: list[Act] = []
    if report.state is ReportState.OPEN:
        possible.append(Act.DISMISS)
        if report.category is not Category.OBJECTION:
            possible += [Act.WARN, Act.WITHDRAW] if detail.posts else [Act.WARN]
            possible += [Act.LIMIT] if about.limited_at is None else []
            possible += [Act.SUSPEND] if about.suspended_at is None else []
    possible += [Act.UNLIMIT] if about.limited_at is not None else []
    possible += [Act.UNSUSPEND] if about.suspended_at is not None else []
    if about.is_local and about.kind is not ActorKind.PERSON:
        possible = [one for one in possible if one in {Act.DISMISS, Act.WITHDRAW}]
    return [
        (one.value, language.word(ACTS[one]), language.gettext(meanings[one])) for one in possible if one in meanings
    ]


def _standing(about: Actor, language: Language, cards: Cards) -> list[str]:
    """Return in words how an actor is treated now."""
    words = []
    if about.deleted_at is not None:
        words.append(language.gettext("gone"))
    for moment, with_server, word, with_server_word in (
        (about.suspended_at, about.suspended_with_server, language.gettext("suspended since %(day)s"),
         language.gettext("suspended with its server since %(day)s")),
        (about.limited_at, about.limited_with_server, language.gettext("limited since %(day)s"),
         language.gettext("limited with its server since %(day)s")),
    ):  # fmt: skip
        if moment is not None:
            words.append((with_server_word if with_server else word) % {"day": cards.day(moment).text})
    return words


def _post(post: Post, cards: Cards) -> ReportedPostView:
    return ReportedPostView(
        str(post.id), post_path(post), post.name, prose(post.content), cards.foreign(post),
        cards.moment(post.published_at), post.deleted_at is not None or post.hidden_at is not None,
    )  # fmt: skip


def _objected(detail: ReportDetail, language: Language, cards: Cards) -> EarlierView | None:
    decision = detail.decision
    if decision is None:
        return None
    return EarlierView(
        "", language.gettext(TOLD_AUTHOR[decision.act]), decision.reason, "", cards.moment(decision.created_at)
    )


def _earlier_reports(detail: ReportDetail, language: Language, cards: Cards) -> list[EarlierView]:
    return [
        EarlierView(
            f"{PATH}/{report.id}", language.gettext(ALL_CATEGORIES[report.category]), report.comment,
            language.word(DECIDED[report.act]) if report.act is not None else language.gettext("open"),
            cards.day(report.created_at),
        )
        for report in detail.earlier
    ]  # fmt: skip


def _fault(error: DecisionRefused, language: Language) -> dict[str, str]:
    match error.field:
        case "reason":
            return {"reason": language.gettext("Write a reason of at most %(most)s characters. They get to read it.")
                    % {"most": language.number(LONGEST_REASON)}}  # fmt: skip
        case "note":
            return {"note": language.gettext("Your note is too long, or has signs that we cannot keep.")}
        case "posts":
            return {"posts": language.gettext("Choose which posts are removed.")}
        case "role":
            return {"act": language.gettext("Only an administrator decides about an administrator.")}
        case "last-administrator":
            told = language.gettext(
                "This is the last administrator. First give somebody else the role of administrator."
            )
            return {"act": told}
        case "state":
            return {"act": language.gettext("Somebody else decided about this meanwhile. You see below what.")}
        case _:
            return {"act": language.gettext("This cannot be decided about this actor.")}
