"""The start of the administration: what asks for attention, for each role what it may do something about."""

from aiohttp import web

from actors.database import now
from actors.instances.attention import count_attention
from actors.kinds import Role
from outbox.mail.report import mail_summary
from web.keys import CAN_MAIL, DATABASE
from web.pages.admin.beginning import steps
from web.pages.admin.notices import told
from web.pages.asked import person_with
from web.render import language_of, render
from web.visitor import visitor_of
from web.wellknown import VERSION


async def overview(request: web.Request) -> web.Response:
    """Answer with what asks for attention; two queries."""
    me, language, moment = person_with(request, *Role), language_of(request), now()
    today = moment.astimezone(language.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    async with request.app[DATABASE].reading() as session:
        counted = await count_attention(session, me=me.actor.id, today=today, now=moment)
        mail = await mail_summary(session) if me.is_admin and request.app[CAN_MAIL] else None
    found = steps(visitor_of(request).house, counted, language) if me.is_admin else []
    return render(
        request,
        "admin/overview.html",
        errors={},
        notice=told(request, language),
        counted=counted,
        mail_failed=mail.refused + mail.given_up if mail is not None else 0,
        can_mail=request.app[CAN_MAIL],
        steps_left=sum(not step.is_done and not step.is_skipped for step in found),
        version=VERSION,
    )
