"""All roles of one's own: what waits for an answer, what one does, what one asked; for an editor those of the house."""

from aiohttp import web

from actors.roles.kinds import RoleState
from actors.roles.queries import asked_of, offered_by, roles_of
from web.keys import DATABASE
from web.pages.acting import own_names
from web.pages.asked import notice_of, person_of
from web.pages.cards import cards_for
from web.pages.roles.views import RoleView, role_view
from web.render import language_of, render

_OVER = frozenset({RoleState.LEFT, RoleState.DECLINED, RoleState.REFUSED, RoleState.WITHDRAWN})


async def overview(request: web.Request) -> web.Response:
    """Answer with the roles of whom the visitor speaks for; one query, and two more for an editor."""
    person_of(request)
    names, language, cards = own_names(request), language_of(request), cards_for(request)
    async with request.app[DATABASE].reading() as session:
        own = await roles_of(session, [actor.id for actor in names])
        asked = await asked_of(session, names[-1].id) if len(names) > 1 else []
        offered = await offered_by(session, names[-1].id) if len(names) > 1 else []

    def of(*states: RoleState) -> list[RoleView]:
        return [role_view(row, cards, language, is_side=True) for row in own if row.role.state in states]

    return render(
        request,
        "roles/mine.html",
        notice=notice_of(request, language),
        me=names[0].id,
        waiting=of(RoleState.OFFERED),
        held=of(RoleState.HELD),
        applied=of(RoleState.APPLIED),
        over=of(*_OVER),
        asked=[role_view(row, cards, language, is_side=True) for row in asked],
        offered=[role_view(row, cards, language, is_side=True) for row in offered if row.role.actor_id != names[-1].id],
        house_name=names[-1].name if len(names) > 1 else "",
    )
