"""The link in a message that offers a role: whoever has it reads the offer and answers it, without an account.

Opening it changes nothing: programs that check links open them too. It answers once; whoever said yes can leave by it.
What it opens is its reader's alone, so no cache keeps it.
"""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import now
from actors.roles.kinds import RoleState
from actors.roles.queries import RoleRow
from actors.roles.store import role_of_link
from outbox.publish.role_effects import Sides, sides_of
from outbox.publish.roles import answer_for_them, leave_for_them
from web.cache import SHARED, unshared
from web.keys import DATABASE, SITE
from web.pages.asked import see_other, text_in
from web.pages.cards import cards_for
from web.pages.prose import prose
from web.pages.roles.views import role_view
from web.render import language_of, render


@unshared
async def show(request: web.Request) -> web.Response:
    """Answer with the offer, and the buttons that answer it."""
    async with request.app[DATABASE].reading() as session:
        sides = await _sides(request, session)
    return _page(request, sides)


@unshared
async def answer(request: web.Request) -> web.Response:
    """Say yes or no to the offer, or leave the role."""
    form = await request.post()
    what = text_in(form, "what")
    async with request.app[DATABASE].writing() as session:
        sides = await _sides(request, session, to_change=True)
        if sides is not None:
            state, site = sides.role.state, request.app[SITE]
            if what in {"ja", "nee"} and state is RoleState.OFFERED:
                shown = "is_perspective_shown" in form
                await answer_for_them(
                    session, site, sides, accepted=what == "ja", is_perspective_shown=shown, now=now()
                )  # fmt: skip
            elif what == "stoppen" and state is RoleState.HELD:
                await leave_for_them(session, site, sides, now=now())
    return _page(request, None) if sides is None else see_other(request.path)


async def _sides(request: web.Request, session: AsyncSession, *, to_change: bool = False) -> Sides | None:
    role = await role_of_link(session, request.match_info["secret"], now=now(), to_change=to_change)
    if role is None:
        return None
    sides = await sides_of(session, role)
    gone = any(actor.deleted_at is not None or actor.suspended_at is not None for actor in (sides.issue, sides.actor))
    return None if gone else sides


def _page(request: web.Request, sides: Sides | None) -> web.Response:
    language = language_of(request)
    found: dict[str, object] = {}
    if sides is not None:
        row = RoleRow(sides.role, sides.issue, sides.actor, sides.offered_by)
        found = {
            "role": role_view(row, cards_for(request), language, is_side=True),
            "question": prose(sides.issue.summary),
            "account": f"@{sides.actor.account}",
        }
    response = render(
        request, "roles/link.html", status=200 if sides is not None else 404, errors={}, role=found.get("role"),
        question=found.get("question"), account=found.get("account"), action=request.path,
    )  # fmt: skip
    response[SHARED] = False
    response.headers["Cache-Control"] = "private, no-store"
    return response
