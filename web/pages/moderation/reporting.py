"""Reporting a post, somebody or an issue, and reading back what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.kinds import ActorKind
from actors.moderation.kinds import Act, Category, ReportState
from actors.moderation.queries import decisions_about, ended_follows, objected_to, reports_by
from actors.moderation.reports import LONGEST_COMMENT, ReportRefused, file_report
from actors.posts.queries import posts_by, visible_post
from actors.posts.tables import Post
from actors.visibility import Viewer
from outbox.publish.reports import forward_report
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import id_in, person_of, see_other, text_in, word_in
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.moderation.words import (
    ALL_CATEGORIES,
    CATEGORIES,
    CATEGORY_HINTS,
    TOLD_AUTHOR,
    TOLD_REPORTER,
    told,
)
from web.pages.paths import with_notice
from web.pages.prose import excerpt
from web.pages.views import When, Who
from web.render import language_of, render
from web.visitor import visitor_of

OVERVIEW = "/melden/overzicht"
_MORE_POSTS = 5


@dataclass
class Typed:
    """What was typed in the form."""

    category: str = ""
    comment: str = ""
    forward: bool = False
    posts: Sequence[str] = ()


@dataclass(frozen=True)
class Subject:
    """What is reported: an actor, the post that was pointed at, and posts that may be added."""

    about: Actor
    post: Post | None
    others: list[Post] = field(default_factory=list)


@dataclass(slots=True)
class ReportedView:
    """What I reported, and what came of it."""

    who: Who
    when: When
    category: str
    comment: str
    is_open: bool
    told: str


@dataclass(slots=True)
class DecidedView:
    """What was decided about me; ``object_at`` is where I may object."""

    told: str
    reason: str
    when: When
    object_at: str
    objected: str


async def form(request: web.Request) -> web.Response:
    """Answer with the form to report a post or an actor."""
    viewer = Viewer(person_of(request).actor.id)
    async with request.app[DATABASE].reading() as session:
        subject = await _subject(session, viewer, request.query)
    if subject is None:
        return await render_error(request, 404)
    chosen = [str(subject.post.id)] if subject.post is not None else []
    return _show(request, subject, Typed(posts=chosen), {})


async def send(request: web.Request) -> web.Response:
    """File the report; with what was typed and what is wrong with it where it cannot be."""
    me = person_of(request, back=f"/melden?{request.query_string}").actor
    given = await request.post()
    language = language_of(request)
    typed = Typed(
        text_in(given, "category"), text_in(given, "comment"), bool(text_in(given, "forward")),
        [text for text in given.getall("posts", []) if isinstance(text, str)],
    )  # fmt: skip
    async with request.app[DATABASE].reading() as session:
        subject = await _subject(session, Viewer(me.id), {name: text_in(given, name) for name in ("post", "actor")})
    if subject is None:
        return await render_error(request, 404)
    category = word_in(Category, typed.category)
    errors = _faults(typed, category, language)
    if errors or category is None:
        return _show(request, subject, typed, errors, status=422)
    offered = [post for post in [subject.post, *subject.others] if post is not None]
    posts = [post for post in offered if str(post.id) in typed.posts]
    moment = now()
    try:
        async with request.app[DATABASE].writing() as session:
            reporter = await session.get_one(Actor, me.id)
            about = await session.get_one(Actor, subject.about.id)
            report = await file_report(
                session, reporter, about, posts, category=category, comment=typed.comment, now=moment
            )
            if typed.forward:
                await forward_report(session, request.app[SITE], report, about, posts, now=moment)
    except ReportRefused as error:
        return _show(request, subject, typed, _refused(error, language), status=422)
    return see_other(with_notice(OVERVIEW, "gemeld"))


async def overview(request: web.Request) -> web.Response:
    """Answer with what the person who asks reported, what was decided about them, and follows that a block ended."""
    me = person_of(request).actor
    async with request.app[DATABASE].reading() as session:
        reported = await reports_by(session, me.id)
        decided = await decisions_about(session, me.id)
        objections = await objected_to(session, [decision.id for decision, _ in decided])
        ended = await ended_follows(session, me.id)
    cards, language = cards_for(request), language_of(request)
    decisions = []
    for decision, _ in decided:
        objection = objections.get(decision.id)
        lifting = decision.act in {Act.UNLIMIT, Act.UNSUSPEND}
        objected = ""
        if objection is not None:
            is_open = objection.state is ReportState.OPEN
            objected = language.gettext("You objected. A moderator looks at it.") if is_open else language.gettext(
                "You objected, and got an answer."
            )  # fmt: skip
        decisions.append(
            DecidedView(
                language.gettext(TOLD_AUTHOR[decision.act]), decision.reason, cards.moment(decision.created_at),
                "" if lifting or objected else f"/bezwaar/{decision.id}", objected,
            )
        )  # fmt: skip
    return render(
        request,
        "moderation/overview.html",
        errors={},
        notice=told(request, language),
        reports=[
            ReportedView(
                cards.who(about), cards.moment(report.created_at), language.gettext(ALL_CATEGORIES[report.category]),
                report.comment, report.state is ReportState.OPEN,
                language.gettext(TOLD_REPORTER[report.act]) if report.act is not None else "",
            )
            for report, about in reported if report.category is not Category.OBJECTION
        ],
        decisions=decisions,
        ended=[(cards.who(actor), row.was_followed, cards.day(row.ended_at), row.domain) for row, actor in ended],
    )  # fmt: skip


async def _subject(session: AsyncSession, viewer: Viewer, named: Mapping[str, str]) -> Subject | None:
    """Return what the address or the form names, as far as who asks may see it."""
    post_id, actor_id = id_in(named.get("post")), id_in(named.get("actor"))
    post = await visible_post(session, viewer, post_id) if post_id is not None else None
    if post_id is not None and post is None:
        return None
    wanted = post.author_id if post is not None else actor_id
    about = await session.get(Actor, wanted) if wanted is not None else None
    if about is None or about.deleted_at is not None or about.suspended_at is not None or about.id == viewer.actor_id:
        return None
    said = await posts_by(session, viewer, about.id, limit=_MORE_POSTS + 1)
    others = [detail.post for detail in said if post is None or detail.post.id != post.id]
    return Subject(about, post, others[:_MORE_POSTS])


def _faults(typed: Typed, category: Category | None, language: Language) -> dict[str, str]:
    faults: dict[str, str] = {}
    if category not in CATEGORIES:
        faults["category"] = language.gettext("Choose what is wrong.")
    if category is Category.OTHER and not typed.comment:
        faults["comment"] = language.gettext("Tell what is wrong.")
    return faults


def _refused(error: ReportRefused, language: Language) -> dict[str, str]:
    match error.field:
        case "comment":
            return {"comment": language.gettext("Your text is too long, or has signs that we cannot keep.")}
        case _:
            return {"category": language.gettext("You have many open reports. Wait until we have looked at them.")}


def _show(
    request: web.Request, subject: Subject, typed: Typed, errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    language, cards = language_of(request), cards_for(request)
    posts = [post for post in [subject.post, *subject.others] if post is not None]
    return render(
        request,
        "moderation/report_form.html",
        status=status,
        errors=errors,
        typed=typed,
        longest=LONGEST_COMMENT,
        who=cards.who(subject.about),
        is_issue=subject.about.kind is ActorKind.ISSUE,
        named="post" if subject.post is not None else "actor",
        named_id=subject.post.id if subject.post is not None else subject.about.id,
        posts=[
            (str(post.id), post.name or excerpt(post.content, 160) or cards.day(post.published_at).text)
            for post in posts
        ],
        categories=[
            (category.value, language.gettext(word), language.gettext(CATEGORY_HINTS[category]))
            for category, word in CATEGORIES.items()
        ],
        domain="" if subject.about.is_local else subject.about.domain,
        moderators=visitor_of(request).house.name,
    )
