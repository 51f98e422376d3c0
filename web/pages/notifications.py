"""What the person who is signed in should know: answers, mentions, followers, feedback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import linked_names
from actors.moderation.servers import SERVER_BLOCKED
from actors.notifications import Notification
from actors.posts.queries import mark_read, notifications_of
from actors.posts.tables import Post
from actors.relations import waiting_followers
from web.keys import DATABASE
from web.language import N_, Language
from web.pages.asked import id_in, next_page, notice_of, person_of
from web.pages.cards import Cards, cards_for
from web.pages.moderation.reporting import OVERVIEW
from web.pages.paths import post_path
from web.pages.prose import excerpt
from web.pages.views import When, Who
from web.render import language_of, render
from web.visitor import visitor_of

_A_PAGE: Final = 30
_TOLD: Final[Mapping[str, str]] = {
    "mention": N_("%(name)s mentions you"),
    "reply": N_("%(name)s answers you"),
    "follow": N_("%(name)s follows you"),
    "follow_request": N_("%(name)s wants to follow you"),
    "like": N_("%(name)s appreciates your contribution"),
    "announce": N_("%(name)s shares your contribution"),
    "outcome": N_("%(name)s tells what was done with your contribution"),
    "report": N_("%(name)s looked at your report"),
    "decision": N_("%(name)s decided something about you"),
    SERVER_BLOCKED: N_("%(name)s blocked a server. Some follows ended"),
}

_OF_MODERATION: Final = frozenset({"report", "decision", SERVER_BLOCKED})


@dataclass(slots=True)
class NotificationView:
    """One thing to know, in a sentence; ``path`` is where it can be read."""

    told: str
    who: Who
    when: When
    path: str
    quoted: str
    language: str | None
    is_new: bool
    is_outcome: bool


@dataclass(slots=True)
class AskingView:
    """Somebody who waits to be accepted as a follower; ``id`` is the follow's."""

    id: int
    who: Who


async def notifications(request: web.Request) -> web.Response:
    """Answer with what there is to know, newest first; what is shown counts as read from then on."""
    me = person_of(request).actor
    viewer = visitor_of(request).viewer
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        waiting = await waiting_followers(session, me.id)
        found = await notifications_of(session, viewer, before=id_in(request.query.get("before")), limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    cards, language = cards_for(request, linked), language_of(request)
    unread = [notification.id for notification, _, _ in shown if notification.read_at is None]
    if unread:
        async with request.app[DATABASE].writing() as session:
            await mark_read(session, viewer, unread, now=now())
    return render(
        request,
        "notifications.html",
        asking=[AskingView(follow.id, cards.who(actor)) for follow, actor in waiting],
        each_time=me.manually_approves,
        notice=notice_of(request, language),
        notifications=[_view(*row, cards, language) for row in shown],
        older=next_page(request, "before", shown[-1][0].id if len(found) > _A_PAGE else None),
    )


def _view(
    notification: Notification, actor: Actor, post: Post | None, cards: Cards, language: Language
) -> NotificationView:
    who = cards.who(actor)
    told = _TOLD.get(notification.kind, N_("%(name)s did something"))
    return NotificationView(
        told=language.gettext(told) % {"name": who.name},
        who=who,
        when=cards.moment(notification.created_at),
        path=OVERVIEW if notification.kind in _OF_MODERATION else post_path(post) if post is not None else who.path,
        quoted=(post.name or excerpt(post.content, 140)) if post is not None else "",
        language=cards.foreign(post) if post is not None else None,
        is_new=notification.read_at is None,
        is_outcome=notification.kind == "outcome",
    )
