"""The steps that follow from an outcome: ticking one off, and where one can be read."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.kinds import PostKind, Role
from actors.knowledge.outcome_tables import OutcomeStep
from actors.posts.queries import visible_post
from actors.posts.store import PostRefused
from actors.posts.tables import Post
from actors.visibility import Viewer
from outbox.publish.steps import mark_step
from web.keys import DATABASE, SITE
from web.pages.asked import path_id, person_with, see_other, text_in
from web.pages.outcomes.desk import desk_of
from web.pages.paths import post_path, with_notice
from web.visitor import visitor_of


async def show(request: web.Request) -> web.Response:
    """Send to the outcome in which a step stands."""
    async with request.app[DATABASE].reading() as session:
        step, post = await _step_of_path(request, session, visitor_of(request).viewer)
    return see_other(f"{post_path(post)}#stap-{step.number}")


async def mark(request: web.Request) -> web.Response:
    """Tick a step off, or open it again, with a note."""
    me, given = person_with(request, Role.EDITOR).actor, await request.post()
    async with request.app[DATABASE].writing() as session:
        step, post = await _step_of_path(request, session, visitor_of(request).viewer)
        issue = await session.get(Actor, post.space_id) if post.space_id is not None else None
        desk = await desk_of(request, session, issue)
        if not post.is_local or post.author_id != desk.host.id:
            raise web.HTTPNotFound
        done, note = text_in(given, "done") == "1", text_in(given, "note")
        try:
            changed = await mark_step(
                session, request.app[SITE], desk.host, post, step, done=done, note=note, now=now()
            )
        except PostRefused:
            return see_other(with_notice(post_path(post), "stap-te-lang", f"stap-{step.number}"))
        if changed:
            note_act(
                session, me.id, "outcome-step-done" if done else "outcome-step-opened", now=now(), for_id=desk.host.id,
                object_uri=post.uri, object_name=step.what[:200],
            )  # fmt: skip
    return see_other(with_notice(post_path(post), "stap", f"stap-{step.number}"))


async def _step_of_path(request: web.Request, session: AsyncSession, viewer: Viewer) -> tuple[OutcomeStep, Post]:
    step = await session.get(OutcomeStep, path_id(request))
    post = await visible_post(session, viewer, step.outcome_id) if step is not None else None
    if step is None or post is None or post.kind is not PostKind.OUTCOME:
        raise web.HTTPNotFound
    return step, post
