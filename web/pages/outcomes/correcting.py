"""Correcting an outcome, and what it said before."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.kinds import PostKind, Verdict
from actors.knowledge.drafts import start_correction
from actors.knowledge.outcome_tables import OutcomeVersion
from actors.knowledge.outcomes import Given, facts_of, versions_of
from actors.posts.queries import visible_post, was_withdrawn
from actors.posts.tables import Post
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import path_id, person_of, see_other
from web.pages.cards import Cards, cards_for
from web.pages.outcomes.desk import desk_of, draft_path
from web.pages.outcomes.writing import verdict_counts
from web.pages.paths import origin_url, post_path
from web.pages.prose import prose, raised_headings
from web.render import language_of, render
from web.visitor import visitor_of


async def form(request: web.Request) -> web.Response:
    """Answer with what correcting an outcome means, and the button that begins it."""
    person_of(request)
    async with request.app[DATABASE].reading() as session:
        post = await outcome_of_path(request, session)
        await _hold_host(request, session, post)
    return render(request, "outcomes/correct.html", errors={}, title=post.name, page=post_path(post))


async def start(request: web.Request) -> web.Response:
    """Begin a correction, or go on with the one that is being written."""
    me = person_of(request).actor
    async with request.app[DATABASE].writing() as session:
        post = await outcome_of_path(request, session)
        await _hold_host(request, session, post)
        draft = await start_correction(session, post, by=me.id, now=now())
    return see_other(draft_path(draft.id))


async def versions(request: web.Request) -> web.Response:
    """Answer with all that an outcome said, the last version first, and why each was made."""
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        post = await outcome_of_path(request, session)
        found = await versions_of(session, post.id)
        facts = (await facts_of(session, [post.id]))[post.id]
    cards = cards_for(request)
    reasons = {one.version: one for one in facts.corrections}
    current = reasons.get(facts.version)
    return render(
        request,
        "outcomes/versions.html",
        errors={},
        title=post.name,
        page=post_path(post),
        number=facts.version,
        since=cards.moment(current.since if current is not None else post.published_at),
        reason=current.reason if current is not None else "",
        origin=None if post.is_local else origin_url(request.app[SITE], post.url or post.uri),
        spoken=cards.foreign(post),
        versions=[_version(version, cards, language) for version in found],
    )


async def outcome_of_path(request: web.Request, session: AsyncSession) -> Post:
    """Return the outcome that the path names, ours or another's. Raises 404, and 410 when it was withdrawn."""
    post_id = path_id(request)
    post = await visible_post(session, visitor_of(request).viewer, post_id)
    if post is None and await was_withdrawn(session, post_id):
        raise web.HTTPGone
    if post is None or post.kind is not PostKind.OUTCOME:
        raise web.HTTPNotFound
    return post


async def _hold_host(request: web.Request, session: AsyncSession, post: Post) -> None:
    """Raises 404 unless the visitor speaks for who gave this feedback, and still hosts the issue."""
    issue = await session.get(Actor, post.space_id) if post.space_id is not None else None
    desk = await desk_of(request, session, issue)
    if not post.is_local or post.author_id != desk.host.id:
        raise web.HTTPNotFound


def _version(version: OutcomeVersion, cards: Cards, language: Language) -> dict[str, object]:
    answers = [Given(Verdict(answer["verdict"]), answer["reason"]) for answer in version.answers]
    return {
        "number": version.version,
        "since": cards.moment(version.since),
        "reason": version.reason,
        "title": version.name,
        "content": prose(raised_headings(version.content)) if version.content is not None else None,
        "counts": verdict_counts(answers, language),
    }
