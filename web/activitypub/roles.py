"""GET of who does what on an issue, and of one role: as far as everyone may know it."""

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.roles.kinds import PUBLIC_STATES, RoleState
from actors.roles.queries import public_roles, role_detail
from actors.roles.tables import RoleOnIssue
from actors.serialize.collection import PAGE_SIZE, write_collection, write_page
from actors.serialize.role import roles_uri, write_public_role
from web.activitypub.answers import document
from web.activitypub.documents import actor_at, number
from web.keys import DATABASE, SITE
from web.pages.asked import see_other
from web.pages.paths import actor_path

_holder = aliased(Actor)


async def roles(request: web.Request) -> web.Response:
    """Answer with the roles that are held on an issue of ours, newest first."""
    async with request.app[DATABASE].reading() as session:
        issue = await actor_at(request, session)
        if issue.deleted_at is not None:
            raise web.HTTPGone
        if issue.suspended_at is not None:
            raise web.HTTPNotFound
        uri = roles_uri(issue)
        if "page" not in request.query:
            count = (
                select(func.count())
                .select_from(RoleOnIssue)
                .join(_holder, _holder.id == RoleOnIssue.actor_id)
                .where(
                    RoleOnIssue.issue_id == issue.id, RoleOnIssue.state == RoleState.HELD,
                    _holder.deleted_at.is_(None), _holder.suspended_at.is_(None),
                )
            )  # fmt: skip
            return document(write_collection(uri, await session.scalar(count) or 0))
        after = number(request.query["after"]) if "after" in request.query else None
        rows = await public_roles(session, issue.id, after=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    items = [_item(write_public_role(row.role, row.issue, row.actor)) for row in shown]
    next_after = shown[-1].role.id if len(rows) > PAGE_SIZE else None
    return document(write_page(uri, items, after=after, next_after=next_after))


async def page(request: web.Request) -> web.Response:
    """Send people to where they read it: on the page of the issue."""
    async with request.app[DATABASE].reading() as session:
        return see_other(f"{actor_path(await actor_at(request, session))}#rollen")


async def role(request: web.Request) -> web.Response:
    """Answer with a role that was offered or asked for here, once everyone may know of it."""
    async with request.app[DATABASE].reading() as session:
        row = await role_detail(session, number(request.match_info["id"]), [])
    if row is None or row.role.state not in PUBLIC_STATES or not request.app[SITE].is_local(row.role.uri):
        raise web.HTTPNotFound
    return document(write_public_role(row.role, row.issue, row.actor))


def _item(item: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in item.items() if key != "@context"}
