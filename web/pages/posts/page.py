"""A post with its thread: a contribution, an outcome, a poll, a meeting or a knowledge product."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import linked_names
from actors.issues.hosts import hosts_of
from actors.kinds import ActorKind, PostKind
from actors.knowledge.answering import count_unanswered
from actors.knowledge.queries import outcomes_that_answer
from actors.posts.detail import PostDetail
from actors.posts.queries import Thread, posts_at, thread_of, visible_post, was_withdrawn
from actors.site import POST_PATHS
from web.keys import DATABASE
from web.language import Language
from web.pages.acting import own_names, tell_who_placed
from web.pages.asked import id_in, next_page, notice_of, path_id, see_other
from web.pages.cards import Cards, cards_for
from web.pages.errors import render_error
from web.pages.outcomes.shown import about_outcome
from web.pages.paths import post_path
from web.pages.prose import excerpt, prose, raised_headings
from web.pages.saying import Saying, saying_form
from web.pages.views import VerdictView, Who
from web.pages.words import KNOWLEDGE_KINDS, LICENCES, POST_KINDS, VERDICTS
from web.render import language_of, render
from web.visitor import visitor_of


@dataclass(slots=True)
class AnsweredView:
    """A contribution that an outcome answers; ``who`` is None when it is withdrawn or not open to the reader."""

    verdict: VerdictView
    who: Who | None = None
    path: str = ""
    quoted: str = ""
    language: str | None = None


async def post(request: web.Request) -> web.Response:
    """Answer with a post of whatever kind, and its thread."""
    return await show_post(request, POST_PATHS[request.path.split("/", 2)[1]], path_id(request))


async def show_post(
    request: web.Request, kind: PostKind, post_id: int, *, saying: Saying | None = None, status: int = 200
) -> web.Response:
    """Answer with a post's page; 404 for who may not see it, 410 when it was withdrawn in the open."""
    viewer, language = visitor_of(request).viewer, language_of(request)
    async with request.app[DATABASE].reading() as session:
        post = await visible_post(session, viewer, post_id)
        if post is None:
            gone = await was_withdrawn(session, post_id)
            return await render_error(request, 410 if gone else 404)
        if post.kind is PostKind.ANSWER:
            # What one contributor was told is read with all that others were told.
            return see_other(f"/terugkoppelingen/{post.thread_id}")
        if post.kind is not kind:
            return see_other(post_path(post))
        linked = await linked_names(session)
        thread, following = await thread_of(session, viewer, post, after=id_in(request.query.get("after")))
        given = await outcomes_that_answer(session, viewer, _outcomes_named(thread))
        cards = cards_for(request, linked)
        voices = cards.voices(thread.said, outcomes=given, here=post.id)
        await tell_who_placed(request, session, voices)
        detail = next(said.detail for said in thread.said if said.post.id == post.id and said.detail is not None)
        answered = await _answered(session, request, detail, cards) if kind is PostKind.OUTCOME else []
        unanswered = await _unanswered(session, detail) if kind is PostKind.OUTCOME else 0
        space = detail.space if _can_be_shown(detail.space) else None
        place = space if space is not None and space.kind is ActorKind.ISSUE else None
        form = await saying_form(request, session, place, cards, linked, saying=saying, answered=post)
    article = kind in {PostKind.KNOWLEDGE, PostKind.OUTCOME}
    about: dict[str, object] = {}
    if kind is PostKind.KNOWLEDGE:
        about = _about_product(detail, cards, language)
    elif kind is PostKind.OUTCOME:
        mine = own_names(request)
        about = about_outcome(detail.facts, detail.author, mine, cards, language, now()) | {"unanswered": unanswered}
    main = next(voice for voice in voices if voice.is_here)
    if article:
        main.content = prose(raised_headings(post.content))
    return render(
        request,
        "article.html" if article else "post.html",
        status=status,
        notice=notice_of(request, language),
        errors={},
        kind=kind.value,
        kind_word=language.word(POST_KINDS[kind]),
        title=post.name or excerpt(post.content, 60) or language.word(POST_KINDS[kind]),
        post=main,
        summary=post.summary if article else "",
        alternate=post.uri if post.is_local else None,
        is_open_thread=len(voices) > 1,
        voices=[voice for voice in voices if not (article and voice.is_here)],
        following=next_page(request, "after", following),
        space=cards.who(space) if space is not None else None,
        themes=cards.themes(detail.themes),
        answered=answered,
        verdicts=[
            (verdict.value, language.word(word), sum(view.verdict.verdict == verdict for view in answered))
            for verdict, word in VERDICTS.items()
            if any(view.verdict.verdict == verdict for view in answered)
        ],
        form=form,
        **about,
    )


def _about_product(detail: PostDetail, cards: Cards, language: Language) -> dict[str, object]:
    product_row = detail.product
    licence = product_row.licence if product_row is not None else ""
    named = LICENCES.get(licence)
    return {
        "product_kind": language.word(KNOWLEDGE_KINDS[product_row.kind]) if product_row is not None else "",
        "licence": licence if licence.startswith(("https://", "http://")) else "",
        "licence_word": language.gettext(named) if named else licence,
        "of_use_for": [cards.who(issue) for issue in detail.issues if _can_be_shown(issue)],
    }


async def _answered(
    session: AsyncSession, request: web.Request, detail: PostDetail, cards: Cards
) -> list[AnsweredView]:
    viewer = visitor_of(request).viewer
    found = await posts_at(session, viewer, [answer.contribution_uri for answer in detail.answers])
    views: list[AnsweredView] = []
    order = list(VERDICTS)
    for answer in sorted(detail.answers, key=lambda answer: order.index(answer.verdict)):
        view = AnsweredView(cards.verdict(answer, detail.post))
        if answer.contribution_uri in found:
            post, author = found[answer.contribution_uri]
            # An outcome can name any post; only what was said in its own conversation is shown with it.
            if post.space_id == detail.post.space_id:
                view.who, view.path = cards.who(author), post_path(post)
                view.quoted, view.language = excerpt(post.content), cards.foreign(post)
        views.append(view)
    return views


async def _unanswered(session: AsyncSession, detail: PostDetail) -> int:
    """Return how many contributions to the issue of an outcome no outcome answers: saying nothing is seen as well."""
    if detail.space is None:
        return 0
    hosts = await hosts_of(session, detail.space.id)
    return await count_unanswered(session, detail.space.id, [detail.author.id, *(host.id for host in hosts)])


def _outcomes_named(thread: Thread) -> set[int]:
    return {answer.outcome_id for said in thread.said if said.detail is not None for answer in said.detail.answered_by}


def _can_be_shown(actor: Actor | None) -> bool:
    return actor is not None and actor.deleted_at is None and actor.suspended_at is None
