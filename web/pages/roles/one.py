"""One role, for its two sides: what it is, and what either can do."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.issues.hosts import is_host
from actors.roles.kinds import PUBLIC_STATES, RoleState
from actors.roles.queries import RoleRow, role_detail
from actors.roles.store import find_role
from actors.roles.tables import RoleOnIssue
from outbox.publish.roles import (
    RoleRefused,
    answer_application,
    answer_offer,
    hide_perspective,
    leave_role,
    withdraw_role,
)
from web.keys import DATABASE, SITE
from web.pages.acting import own_names
from web.pages.asked import notice_of, path_id, person_of, see_other, text_in
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.paths import actor_path, with_notice
from web.pages.roles.views import role_view
from web.render import language_of, render
from web.visitor import visitor_of

ACCEPT, DECLINE, GRANT, REFUSE, WITHDRAW, LEAVE = "ja", "nee", "toekennen", "afwijzen", "intrekken", "stoppen"
HIDE = "verbergen"
_NOTICES = {
    ACCEPT: "rol-ja",
    DECLINE: "rol-nee",
    GRANT: "rol-toegekend",
    REFUSE: "rol-afgewezen",
    WITHDRAW: "rol-ingetrokken",
    LEAVE: "rol-gestopt",
    HIDE: "rol-verborgen",
}


@dataclass(frozen=True)
class May:
    """What the visitor can do with a role, and in whose name. ``host`` is our organisation, if it is a side."""

    holder: Actor | None
    asker: Actor | None
    host: Actor | None

    @property
    def is_side(self) -> bool:
        """Whether they are one of the two sides."""
        return any(actor is not None for actor in (self.holder, self.asker, self.host))

    def acts(self, role: RoleOnIssue, issue: Actor) -> list[str]:
        """Return what they can do, by the state that it is in."""
        match role.state:
            case RoleState.OFFERED:
                answer = [ACCEPT, DECLINE] if self.holder is not None else []
                return [*answer, *([WITHDRAW] if self.asker is not None or self._keeps(issue) else [])]
            case RoleState.APPLIED:
                answer = [GRANT, REFUSE] if self._keeps(issue) else []
                return [*answer, *([WITHDRAW] if self.asker is not None else [])]
            case RoleState.HELD:
                takes_back = self._keeps(issue) or (self.asker is not None and not role.is_application)
                hides = self.holder is not None and role.is_perspective_shown
                own = [*([HIDE] if hides else []), LEAVE] if self.holder is not None else []
                return [*own, *([WITHDRAW] if takes_back else [])]
        return []

    def _keeps(self, issue: Actor) -> bool:
        return self.host is not None and issue.is_local


async def show(request: web.Request) -> web.Response:
    """Answer with a role, for its two sides; whoever else asks for one that is held goes to its issue."""
    role_id = path_id(request)
    async with request.app[DATABASE].reading() as session:
        row = await role_detail(session, role_id, [actor.id for actor in own_names(request)])
        if row is None:
            if visitor_of(request).signed_in is None:
                person_of(request)
            return await render_error(request, 404)
        may = await _may(request, session, row)
        if not may.is_side:
            return see_other(f"{actor_path(row.issue)}#rollen")
        return _page(request, row, may)


async def act(request: web.Request) -> web.Response:
    """Answer a role, take it back or leave it."""
    role_id = path_id(request)
    page = f"/rollen/{role_id}"
    me, form, language = person_of(request, back=page).actor, await request.post(), language_of(request)
    what, sides = text_in(form, "what"), [actor.id for actor in own_names(request)]
    async with request.app[DATABASE].reading() as session:
        row = await role_detail(session, role_id, sides)
        may = await _may(request, session, row) if row is not None else None
    if row is None or may is None or what not in _NOTICES or not may.is_side:
        return await render_error(request, 404)
    try:
        async with request.app[DATABASE].writing() as session:
            role = await find_role(session, role_id)
            if role is None or what not in may.acts(role, row.issue):
                raise RoleRefused("state", "not what can be done now")
            await _do(request, session, role, may, what, by=me, shown="is_perspective_shown" in form)
    except RoleRefused:
        told = language.gettext("This has changed meanwhile. Look at how it is now.")
        async with request.app[DATABASE].reading() as session:
            again = await role_detail(session, role_id, sides)
            return _page(request, again or row, may, {"what": told})
    return see_other(with_notice(page if what != WITHDRAW or may.asker is not None else "/rollen", _NOTICES[what]))


async def _do(
    request: web.Request, session: AsyncSession, role: RoleOnIssue, may: May, what: str, *, by: Actor, shown: bool
) -> None:
    site, moment = request.app[SITE], now()
    host = may.host or may.asker
    match what:
        case "ja" | "nee":
            await answer_offer(
                session, site, role, by=by, accepted=what == ACCEPT, is_perspective_shown=shown, now=moment
            )  # fmt: skip
        case "toekennen" | "afwijzen" if may.host is not None:
            await answer_application(
                session, site, role, host=may.host, by=by, accepted=what == GRANT, now=moment
            )  # fmt: skip
        case "intrekken" if host is not None:
            await withdraw_role(session, site, role, side=may.asker or host, by=by, now=moment)
        case "verbergen":
            await hide_perspective(session, site, role, by=by, now=moment)
        case "stoppen":
            await leave_role(session, site, role, by=by, now=moment)


async def _may(request: web.Request, session: AsyncSession, row: RoleRow) -> May:
    names = own_names(request)
    hosts = len(names) > 1 and await is_host(session, row.issue.id, names[-1].id)
    return May(
        holder=next((actor for actor in names if actor.id == row.actor.id), None),
        asker=next((actor for actor in names if actor.id == row.role.offered_by_id), None),
        host=names[-1] if hosts else None,
    )


def _page(request: web.Request, row: RoleRow, may: May, errors: dict[str, str] | None = None) -> web.Response:
    language, cards = language_of(request), cards_for(request)
    acts = may.acts(row.role, row.issue)
    return render(
        request,
        "roles/role.html",
        status=422 if errors else 200,
        notice=notice_of(request, language),
        errors=errors or {},
        role=role_view(row, cards, language, is_side=True),
        action=request.path,
        acts=acts,
        is_public=row.role.state in PUBLIC_STATES,
        is_mine=may.holder is not None,
        holder_name=may.holder.name if may.holder is not None else row.actor.name,
        for_organisation=may.holder is not None and may.holder.id != own_names(request)[0].id,
    )
