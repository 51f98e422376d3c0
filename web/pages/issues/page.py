"""The page of an issue with its conversation, ours or another instance's."""

from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.instances.queries import ANSWERED_PHASES, linked_names
from actors.issues.news import newest_for
from actors.issues.queries import IssueDetail, issue_detail
from actors.kinds import ActorKind, FollowState, Phase
from actors.knowledge.queries import outcomes_of, outcomes_that_answer, products_for
from actors.local import local_actor
from actors.posts.queries import Conversation, Said, conversation
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.acting import tell_who_placed
from web.pages.asked import id_in, next_page, notice_of, path_id, see_other
from web.pages.cards import Cards, cards_for
from web.pages.errors import render_error
from web.pages.issues.parts import load_parts
from web.pages.issues.parts.asked import Asked
from web.pages.paths import actor_path, origin_url
from web.pages.places import place_named
from web.pages.prose import paragraphs
from web.pages.saying import Saying, saying_form
from web.pages.views import When
from web.pages.words import PHASE_MEANINGS, PHASES, perspective_word
from web.render import language_of, render
from web.visitor import visitor_of


@dataclass(frozen=True)
class Step:
    """One phase on the way of an issue: ``state`` is done, now or ahead."""

    word: str
    state: str
    when: When | None


@dataclass(frozen=True)
class Live:
    """Where an open page hears of what is new, and what it shows already."""

    path: str
    newest: int
    phase: str


async def issue(request: web.Request) -> web.Response:
    """Answer with an issue of ours and its conversation."""
    async with request.app[DATABASE].reading() as session:
        actor = await local_actor(session, request.match_info["handle"])
        return await show_issue(request, session, actor)


async def issue_elsewhere(request: web.Request) -> web.Response:
    """Answer with another instance's issue as we know it."""
    async with request.app[DATABASE].reading() as session:
        actor = await session.get(Actor, path_id(request))
        if actor is not None and actor.is_local:
            return see_other(actor_path(actor))
        return await show_issue(request, session, actor)


async def show_issue(
    request: web.Request,
    session: AsyncSession,
    actor: Actor | None,
    *,
    saying: Saying | None = None,
    status: int = 200,
) -> web.Response:
    """Answer with the page of an issue; ``saying`` is what somebody typed that was refused."""
    if actor is None or actor.kind is not ActorKind.ISSUE or actor.suspended_at is not None:
        return await render_error(request, 404)
    if actor.deleted_at is not None:
        return await render_error(request, 410)
    viewer = visitor_of(request).viewer
    before = id_in(request.query.get("before"))
    linked = await linked_names(session)
    detail = await issue_detail(session, viewer, actor)
    if detail is None:
        return await render_error(request, 404)
    said = await conversation(session, viewer, actor.id, before=before)
    outcomes = await outcomes_of(session, viewer, actor.id)
    products = await products_for(session, viewer, actor.id)
    newest = await newest_for(session, viewer, actor.id)
    given = {card.post.id: card.post for card in outcomes}
    given |= await outcomes_that_answer(session, viewer, outcomes_named(said) - given.keys())
    site, language, cards = request.app[SITE], language_of(request), cards_for(request, linked)
    threads = [cards.thread(thread, outcomes=given) for thread in said.threads]
    for view, thread in zip(threads, said.threads, strict=True):
        if _is_opening(thread.root, detail):
            # It is the issue itself, so it cannot be withdrawn apart from it.
            view.root.is_opening, view.root.is_mine = True, False
    await tell_who_placed(request, session, [voice for view in threads for voice in (view.root, *view.answers)])
    return render(
        request,
        "issue.html",
        status=status,
        notice=notice_of(request, language),
        errors={},
        actor=actor,
        origin=None if actor.is_local else origin_url(site, actor.url or actor.uri),
        **about_issue(detail, cards, language),
        **await load_parts(Asked(request, session, viewer, actor, detail, cards, language)),
        outcomes=[cards.outcome(card) for card in outcomes],
        products=[cards.product(card) for card in products],
        threads=threads,
        older=next_page(request, "before", said.older),
        is_first=before is None,
        live=Live(f"{actor_path(actor)}/stroom", newest, detail.issue.phase.value) if before is None else None,
        form=await saying_form(request, session, actor, cards, linked, saying=saying),
    )


def about_issue(detail: IssueDetail, cards: Cards, language: Language) -> dict[str, object]:
    """Return what a page tells of an issue besides what people say in it."""
    issue, follow = detail.issue, detail.follow
    return {
        "title": detail.actor.name or detail.actor.handle,
        "question": issue.question,
        "why": paragraphs(issue.why),
        "language_of_issue": issue.language if issue.language != language.code else None,
        "host": cards.who(detail.host) if detail.host is not None else None,
        "account": Markup("@{}<wbr>@{}").format(detail.actor.handle, detail.actor.domain),
        "phase": issue.phase.value,
        "phase_word": language.word(PHASES[issue.phase]),
        "phase_meaning": language.gettext(PHASE_MEANINGS[issue.phase]),
        "steps": steps(detail, cards, language),
        "is_closed": issue.phase is Phase.CLOSED,
        "is_asked": issue.phase not in ANSWERED_PHASES,
        "themes": cards.themes(detail.themes),
        "place": place_named(issue.place, language),
        "perspectives": [perspective_word(language, perspective) for perspective in issue.perspectives_needed[:20]],
        "promised": cards.day(issue.feedback_by) if issue.feedback_by is not None else None,
        "overdue": cards.is_overdue(issue.feedback_by, issue.phase),
        "published": cards.day(issue.published_at),
        "changed": cards.day(issue.edited_at) if issue.edited_at is not None else None,
        "followers": detail.followers,
        "following": follow.state.value if follow is not None and follow.state is not FollowState.REJECTED else "",
    }


def steps(detail: IssueDetail, cards: Cards, language: Language) -> list[Step]:
    """Return the phases in the order of an issue's life, with when each began."""
    order = list(Phase)
    now = order.index(detail.issue.phase)
    return [
        Step(
            language.word(PHASES[phase]),
            "done" if place < now else ("now" if place == now else "ahead"),
            cards.day(detail.phases[phase]) if place <= now and phase in detail.phases else None,
        )
        for place, phase in enumerate(order)
    ]


def outcomes_named(said: Conversation) -> set[int]:
    """Return the ids of the outcomes that answer something in a conversation."""
    return {
        answer.outcome_id
        for thread in said.threads
        for post in thread.said
        if post.detail is not None
        for answer in post.detail.answered_by
    }


def _is_opening(said: Said, detail: IssueDetail) -> bool:
    """Whether a first post only says to other software what the page of its issue says already."""
    issue, post = detail.issue, said.post
    return (
        said.detail is not None
        and post.author_id == issue.host_id
        and abs((post.published_at - issue.published_at).total_seconds()) < 1
    )
