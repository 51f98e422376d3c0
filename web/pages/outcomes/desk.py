"""Who may write outcomes on these pages, and the draft or issue that a path names."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.issues.hosts import hosts_of
from actors.kinds import ActorKind, Role
from actors.knowledge.drafts import draft_at
from actors.knowledge.outcome_tables import OutcomeDraft
from actors.local import local_actor
from web.pages.asked import path_id, person_with
from web.pages.paths import actor_path
from web.visitor import visitor_of


@dataclass(frozen=True)
class Desk:
    """An issue that the visitor speaks for: ``host`` is the organisation of ours, ``hosts`` all that host it."""

    issue: Actor
    host: Actor
    hosts: tuple[Actor, ...]

    @property
    def path(self) -> str:
        """The page where outcomes on it are written."""
        return f"{actor_path(self.issue)}/terugkoppelen"

    @property
    def host_ids(self) -> tuple[int, ...]:
        """Who says things on it as a host: those need no answer."""
        return tuple(actor.id for actor in self.hosts)


def draft_path(draft_id: int) -> str:
    """Return the page of a draft."""
    return f"/terugkoppelingen/concepten/{draft_id}"


def speaks_for_the_organisation(request: web.Request) -> bool:
    """Whether the visitor is an editor here: then links to these pages are shown."""
    signed_in = visitor_of(request).signed_in
    return signed_in is not None and signed_in.is_editor


async def desk_at(request: web.Request, session: AsyncSession) -> Desk:
    """Return the desk of the issue that the path names. Raises 404 unless the visitor speaks for a host of it."""
    person_with(request, Role.EDITOR)
    if "handle" in request.match_info:
        issue = await local_actor(session, request.match_info["handle"])
    else:
        issue = await session.get(Actor, path_id(request))
    return await desk_of(request, session, issue)


async def desk_of(request: web.Request, session: AsyncSession, issue: Actor | None) -> Desk:
    """Return the desk of an issue. Raises 404 unless the visitor speaks for a host of it; 410 when it is gone."""
    if issue is None or issue.kind is not ActorKind.ISSUE or issue.suspended_at is not None:
        raise web.HTTPNotFound
    if issue.deleted_at is not None:
        raise web.HTTPGone
    hosts = tuple(await hosts_of(session, issue.id))
    organisation = visitor_of(request).house.organisation
    host = next((actor for actor in hosts if organisation is not None and actor.id == organisation.id), None)
    if host is None:
        raise web.HTTPNotFound
    return Desk(issue, host, hosts)


async def draft_of_path(
    request: web.Request, session: AsyncSession, *, held: bool = False
) -> tuple[Desk, OutcomeDraft]:
    """Return the draft that the path names, with its desk. Raises 404 for who does not speak for its host."""
    person_with(request, Role.EDITOR)
    draft = await draft_at(session, path_id(request), held=held)
    if draft is None:
        raise web.HTTPNotFound
    return await desk_of(request, session, await session.get(Actor, draft.issue_id)), draft
