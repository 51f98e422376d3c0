"""What waits to be delivered, to other servers and by mail: why, when it is tried again; trying now; giving up."""

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.kinds import Role
from actors.sanitize import is_storable
from outbox.giving_up import give_up_delivery, give_up_host, revive, try_again
from outbox.mail.report import MailReport, give_up_mail, mail_summary, retry_mail, unsent_mail
from outbox.mail.tables import MailState
from outbox.report import HostReport, Undelivered, summary, undelivered
from outbox.tables import DeliveryState
from web.keys import CAN_MAIL, DATABASE
from web.language import P_, Language
from web.pages.asked import id_in, line_in, next_page, person_with, see_other, text_in
from web.pages.cards import Cards, cards_for
from web.pages.errors import render_error
from web.pages.moderation.words import told
from web.pages.paths import with_notice
from web.pages.views import When
from web.render import language_of, render

PATH = "/beheer/bezorging"
_MOST_HOSTS = 200
_A_PAGE = 50
_BY_HAND = "given up by an administrator"
_STATES = {
    DeliveryState.WAITING: P_("delivery", "waits"),
    DeliveryState.REFUSED: P_("delivery", "refused"),
    DeliveryState.GIVEN_UP: P_("delivery", "given up"),
}
_MAIL_STATES = {
    MailState.WAITING: _STATES[DeliveryState.WAITING],
    MailState.REFUSED: _STATES[DeliveryState.REFUSED],
    MailState.GIVEN_UP: _STATES[DeliveryState.GIVEN_UP],
}


@dataclass(slots=True)
class HostView:
    """A server for which something waits or was dropped."""

    host: str
    path: str
    waiting: int
    attempts: int
    next: When | None
    dropped: int
    rests: When | None
    error: str


@dataclass(slots=True)
class ItemView:
    """A message or a mail that was not delivered."""

    id: int
    what: str
    about: str
    to: str
    state: str
    word: str
    attempts: int
    error: str
    next: When | None
    ended: When | None
    can_retry: bool = True


async def overview(request: web.Request) -> web.Response:
    """Answer with what waits and was dropped, by server, or for one server by message; and the mail."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    host = request.query.get("server", "")
    if host and is_storable(host):
        return await _of_host(request, host)
    language, cards, moment = language_of(request), cards_for(request), now()
    before = id_in(request.query.get("na"))
    async with request.app[DATABASE].writing() as session:
        hosts = await summary(session, limit=_MOST_HOSTS)
        totals = await mail_summary(session)
        mails = await unsent_mail(session, before=before, limit=_A_PAGE + 1)
        if mails:
            note_act(session, me.id, "mail-queue-read", now=moment)
    return render(
        request,
        "moderation/delivery.html",
        errors={},
        notice=told(request, language),
        hosts=[_host(host, cards) for host in hosts],
        is_cut=len(hosts) == _MOST_HOSTS,
        can_mail=request.app[CAN_MAIL],
        totals=totals,
        mails=[_mail(mail, language, cards) for mail in mails[:_A_PAGE]],
        more=next_page(request, "na", mails[_A_PAGE - 1].id if len(mails) > _A_PAGE else None),
    )


async def act(request: web.Request) -> web.Response:
    """Try again or give up: what waits for a server, one message, or one mail."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    given, moment = await request.post(), now()
    step, host = text_in(given, "stap"), line_in(given, "server")
    item, mail = id_in(text_in(given, "item")), id_in(text_in(given, "mail"))
    retry = step == "opnieuw"
    if not is_storable(host) or step not in {"opnieuw", "opgeven"}:
        return await render_error(request, 400)
    async with request.app[DATABASE].writing() as session:
        if mail is not None:
            name = "mail"
            done = await (retry_mail if retry else give_up_mail)(session, mail, now=moment)
        elif item is not None:
            name = host
            done = (
                await revive(session, item, now=moment)
                if retry
                else await give_up_delivery(session, item, _BY_HAND, now=moment)
            )
        else:
            name = host
            done = bool(
                await try_again(session, host, now=moment)
                if retry
                else await give_up_host(session, host, _BY_HAND, now=moment)
            )
        if done:
            note_act(
                session, me.id, "delivery-tried" if retry else "delivery-given-up", object_name=name, now=moment,
                details={"message": str(item or mail)} if item or mail else {},
            )  # fmt: skip
    back = _host_path(host) if item is not None else PATH
    return see_other(with_notice(back, "opnieuw" if retry else "opgegeven") if done else back)


async def _of_host(request: web.Request, host: str) -> web.Response:
    language, cards = language_of(request), cards_for(request)
    async with request.app[DATABASE].reading() as session:
        found = await undelivered(session, host, before=id_in(request.query.get("na")), limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    return render(
        request,
        "moderation/delivery_host.html",
        errors={},
        notice=told(request, language),
        host=host,
        items=[_item(one, language, cards) for one in shown],
        more=next_page(request, "na", shown[-1].id if len(found) > _A_PAGE else None),
    )


def _host_path(host: str) -> str:
    return f"{PATH}?server={quote(host, safe='')}"


def _host(report: HostReport, cards: Cards) -> HostView:
    return HostView(
        report.host, _host_path(report.host), report.waiting, report.attempts,
        cards.moment(report.next_at) if report.next_at is not None else None, report.refused + report.given_up,
        cards.moment(report.rests_until) if report.rests_until is not None else None, report.last_error[:300],
    )  # fmt: skip


def _item(one: Undelivered, language: Language, cards: Cards) -> ItemView:
    waits = one.state is DeliveryState.WAITING
    return ItemView(
        one.id, one.type, one.about, one.inbox, one.state.value, language.word(_STATES[one.state]), one.attempts,
        one.error[:300], cards.moment(one.next_at) if waits else None,
        cards.moment(one.done_at) if one.done_at is not None else None,
    )  # fmt: skip


def _mail(mail: MailReport, language: Language, cards: Cards) -> ItemView:
    waits = mail.state is MailState.WAITING
    return ItemView(
        mail.id, mail.kind, "", mail.recipient, mail.state.value, language.word(_MAIL_STATES[mail.state]),
        mail.attempts, mail.error[:300], cards.moment(mail.next_at) if waits else None,
        cards.moment(mail.done_at) if mail.done_at is not None else None, mail.can_retry,
    )  # fmt: skip
