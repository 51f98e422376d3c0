"""Pages of actors: a person, an organisation, a network, or someone of another server as we know them."""

from typing import Final

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, Organisation
from actors.database import now
from actors.instances.queries import linked_names
from actors.issues.queries import IssueFilter, list_issues
from actors.kinds import ActorKind, FollowState, PostKind
from actors.knowledge.owed import count_owed
from actors.knowledge.queries import outcomes_that_answer
from actors.local import local_actor
from actors.networks.tables import Network
from actors.posts.queries import posts_by
from actors.relations import Follow, follow_between
from web.keys import DATABASE, SITE
from web.pages.asked import id_in, next_page, notice_of, path_id, see_other
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.outcomes.owed import day_began
from web.pages.paths import actor_path, origin_url
from web.pages.places import place_named
from web.pages.prose import excerpt, host_of, prose
from web.pages.roles.done import roles_done
from web.pages.words import ACTOR_KINDS
from web.render import language_of, render
from web.visitor import visitor_of

_POSTS_A_PAGE: Final = 20
_ISSUES: Final = 10
_ARTICLES: Final = frozenset({PostKind.KNOWLEDGE, PostKind.OUTCOME})
"""What stands in a list by its summary, and has a page for the rest."""


async def person(request: web.Request) -> web.Response:
    """Answer with the page of a person here."""
    return await _local(request, ActorKind.PERSON)


async def organisation(request: web.Request) -> web.Response:
    """Answer with the page of an organisation here, and the issues that it hosts."""
    return await _local(request, ActorKind.ORGANISATION)


async def network(request: web.Request) -> web.Response:
    """Answer with the page of a network here; of a closed one only members see what is said."""
    return await _local(request, ActorKind.NETWORK)


async def by_handle(request: web.Request) -> web.Response:
    """Go from ``/@handle``, as the fediverse writes it, to the page of that actor here."""
    async with request.app[DATABASE].reading() as session:
        actor = await local_actor(session, request.match_info["handle"])
    if actor is None or actor.suspended_at is not None:
        return await render_error(request, 404)
    return see_other(actor_path(actor))


async def elsewhere(request: web.Request) -> web.Response:
    """Answer with an actor of another server as we know it."""
    async with request.app[DATABASE].reading() as session:
        actor = await session.get(Actor, path_id(request))
        if actor is not None and (actor.is_local or actor.kind is ActorKind.ISSUE):
            return see_other(actor_path(actor))
        return await _show(request, session, actor)


async def _local(request: web.Request, kind: ActorKind) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        actor = await local_actor(session, request.match_info["handle"])
        return await _show(request, session, actor if actor is not None and actor.kind is kind else None)


async def _show(request: web.Request, session: AsyncSession, actor: Actor | None) -> web.Response:
    if actor is None or actor.suspended_at is not None:
        return await render_error(request, 404)
    if actor.deleted_at is not None:
        return await render_error(request, 410)
    viewer, language, site = visitor_of(request).viewer, language_of(request), request.app[SITE]
    linked = await linked_names(session)
    before = id_in(request.query.get("before"))
    found = await posts_by(session, viewer, actor.id, before=before, limit=_POSTS_A_PAGE + 1)
    shown = found[:_POSTS_A_PAGE]
    named = {answer.outcome_id for detail in shown for answer in detail.answered_by}
    given = await outcomes_that_answer(session, viewer, named)
    hosts = actor.kind is ActorKind.ORGANISATION
    issues = await list_issues(session, viewer, IssueFilter(host_id=actor.id), limit=_ISSUES) if hosts else []
    owed = await count_owed(session, day_began(language, now()), actor.id) if hosts else 0
    more = await session.get(Organisation, actor.id) if hosts else None
    group = await session.get(Network, actor.id) if actor.kind is ActorKind.NETWORK else None
    follow = await follow_between(session, viewer.actor_id, actor.id) if viewer.actor_id is not None else None
    cards = cards_for(request, linked)
    done = await roles_done(session, actor.id, cards, language) if before is None else []
    voices = [cards.voice(detail, outcomes=given) for detail in shown]
    for voice, detail in zip(voices, shown, strict=True):
        # On somebody's own page it matters where they said it, not that they did.
        if detail.post.kind in _ARTICLES:
            voice.content = Markup("<p>{}</p>").format(detail.post.summary or excerpt(detail.post.content))
        voice.said_in = cards.who(detail.space) if detail.space is not None and detail.space.id != actor.id else None
    return render(
        request,
        "actor.html",
        notice=notice_of(request, language),
        actor_id=actor.id,
        alternate=actor.uri if actor.is_local else None,
        kind=actor.kind.value,
        kind_word=language.word(ACTOR_KINDS[actor.kind]),
        who=cards.who(actor),
        account=f"@{actor.account}",
        instance=linked.get(actor.domain, actor.domain) if not actor.is_local else visitor_of(request).house.name,
        summary=prose(actor.summary) if actor.summary else Markup(),
        origin=None if actor.is_local else origin_url(site, actor.url or actor.uri),
        origin_host=host_of(actor.url or actor.uri),
        place=place_named(more.identifier if more is not None else None, language),
        is_closed=group.is_closed if group is not None else False,
        is_me=actor.id == viewer.actor_id,
        following=_state(follow),
        issues=[cards.issue(card) for card in issues] if before is None else [],
        owed=owed,
        done=done,
        voices=voices,
        older=next_page(request, "before", shown[-1].post.id if len(found) > _POSTS_A_PAGE else None),
        is_first=before is None,
    )


def _state(follow: Follow | None) -> str:
    return follow.state.value if follow is not None and follow.state is not FollowState.REJECTED else ""
