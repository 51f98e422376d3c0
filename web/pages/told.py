"""What a notification says, in a sentence, and where it is to be read: the same on the page and in mail."""

from collections.abc import Mapping
from typing import Final

from actors.actor import Actor
from actors.moderation.servers import SERVER_BLOCKED
from actors.notifications import Notification
from actors.posts.tables import Post
from web.language import N_, Language
from web.pages.moderation.reporting import OVERVIEW
from web.pages.paths import actor_path, post_path

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
    "role": N_("%(name)s changed what you may do here"),
    SERVER_BLOCKED: N_("%(name)s blocked a server. Some follows ended"),
}
_AT_HOME: Final[Mapping[str, str]] = {"follow_request": "/meldingen", "role": "/mijn/gegevens"}
_OF_MODERATION: Final = frozenset({"report", "decision", SERVER_BLOCKED})


def told(language: Language, kind: str, name: str) -> str:
    """Return the sentence for a kind of notification by somebody of this name."""
    sentence = _TOLD.get(kind, N_("%(name)s did something"))
    return language.gettext(sentence) % {"name": name}


def notification_path(notification: Notification, actor: Actor, post: Post | None) -> str:
    """Return the page on which what a notification tells can be read."""
    if notification.kind in _OF_MODERATION:
        return OVERVIEW
    if notification.kind in _AT_HOME:
        return _AT_HOME[notification.kind]
    return post_path(post) if post is not None else actor_path(actor)
