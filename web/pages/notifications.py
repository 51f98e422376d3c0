"""What the person who is signed in should know: answers, mentions, followers, feedback.

Looking at the list changes nothing; following a notification to what it tells, or the button below the
list, makes it read. What was read goes into no digest by e-mail any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from aiohttp import web

from actors.database import now
from actors.instances.queries import linked_names
from actors.posts.notified import Notified, count_unread, mark_read, mark_read_until, notifications_of
from actors.relations import waiting_followers
from web.forms import repeatable
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import id_in, next_page, notice_of, path_id, person_of, see_other, text_in
from web.pages.cards import Cards, cards_for
from web.pages.prose import excerpt
from web.pages.told import notification_path, told
from web.pages.views import When, Who
from web.render import language_of, render
from web.visitor import visitor_of

HERE = "/meldingen"
_A_PAGE = 30
_UNREAD = "ongelezen"


@dataclass(slots=True)
class NotificationView:
    """One thing to know, in a sentence; ``path`` leads to where it can be read."""

    told: str
    who: Who
    when: When
    path: str
    quoted: str
    language: str | None
    is_new: bool
    is_outcome: bool


@dataclass(slots=True)
class DayView:
    """What there was to know on one day."""

    day: str
    stamp: str
    notifications: list[NotificationView]


@dataclass(slots=True)
class AskingView:
    """Somebody who waits to be accepted as a follower; ``id`` is the follow's."""

    id: int
    who: Who


async def notifications(request: web.Request) -> web.Response:
    """Answer with what there is to know, newest first, by day; all of it, or what was not read."""
    me = person_of(request).actor
    viewer = visitor_of(request).viewer
    unread_only = request.query.get("toon") == _UNREAD
    before = id_in(request.query.get("before"))
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        waiting = await waiting_followers(session, me.id)
        unread = await count_unread(session, viewer)
        found = await notifications_of(session, viewer, unread_only=unread_only, before=before, limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    cards, language = cards_for(request, linked), language_of(request)
    return render(
        request,
        "notifications.html",
        errors={},
        asking=[AskingView(follow.id, cards.who(actor)) for follow, actor in waiting],
        each_time=me.manually_approves,
        notice=notice_of(request, language),
        unread=unread,
        unread_only=unread_only,
        newest=max((row.notification.id for row in shown), default=None),
        days=_by_day(shown, cards, language, now()),
        is_first=before is None,
        first_path=f"{HERE}?toon={_UNREAD}" if unread_only else HERE,
        older=next_page(request, "before", shown[-1].notification.id if len(found) > _A_PAGE else None),
    )


async def open_notification(request: web.Request) -> web.Response:
    """Lead to what a notification tells; it counts as read from then on."""
    person_of(request)
    viewer = visitor_of(request).viewer
    async with request.app[DATABASE].reading() as session:
        found = await notifications_of(session, viewer, among=[path_id(request)])
    if not found:
        raise web.HTTPNotFound
    if found[0].notification.read_at is None:
        async with request.app[DATABASE].writing() as session:
            await mark_read(session, viewer, [found[0].notification.id], now=now())
    return see_other(notification_path(found[0]))


@repeatable
async def mark_all(request: web.Request) -> web.Response:
    """Have all notifications count as read, up to the newest that the page showed."""
    person_of(request)
    newest = id_in(text_in(await request.post(), "newest"))
    if newest is None:
        raise web.HTTPBadRequest
    async with request.app[DATABASE].writing() as session:
        await mark_read_until(session, visitor_of(request).viewer, newest, now=now())
    return see_other(f"{HERE}?bericht=gelezen")


def _by_day(shown: Sequence[Notified], cards: Cards, language: Language, present: datetime) -> list[DayView]:
    def day_of(row: Notified) -> date:
        return row.notification.created_at.astimezone(language.zone).date()

    today = present.astimezone(language.zone).date()
    return [
        DayView(_day(day, today, language), day.isoformat(), [_view(row, cards, language) for row in rows])
        for day, rows in groupby(shown, key=day_of)
    ]


def _day(day: date, today: date, language: Language) -> str:
    if day == today:
        return language.gettext("Today")
    if day == today - timedelta(days=1):
        return language.gettext("Yesterday")
    return language.day(day)


def _view(row: Notified, cards: Cards, language: Language) -> NotificationView:
    notification, post = row.notification, row.post
    who = cards.who(row.actor)
    return NotificationView(
        told=told(language, row, who.name),
        who=who,
        when=cards.moment(notification.created_at),
        path=f"{HERE}/{notification.id}",
        quoted=(post.name or excerpt(post.content, 140)) if post is not None else "",
        language=cards.foreign(post) if post is not None else None,
        is_new=notification.read_at is None,
        is_outcome=notification.kind == "outcome",
    )
