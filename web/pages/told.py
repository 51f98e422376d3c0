"""What a notification says, in a sentence, and where it is to be read: the same on the page and in mail."""

from collections.abc import Mapping
from typing import Final

from actors.moderation.reports import OBJECTED, REPORTED
from actors.moderation.servers import SERVER_BLOCKED
from actors.posts.notified import Notified
from outbox.mail.wishes import subject_of
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
    "outcome-changed": N_("%(name)s corrected what was done with your contribution"),
    "outcome-step": N_("%(name)s finished a step that follows from %(issue)s"),
    "outcome-late": N_("The date of a step that follows from %(issue)s has passed"),
    "issue-due": N_("Feedback on %(issue)s was promised, and its date comes soon"),
    "issue-owed": N_("Feedback on %(issue)s is overdue: the promised date has passed"),
    "report": N_("%(name)s looked at your report"),
    "decision": N_("%(name)s decided something about you"),
    "role": N_("%(name)s changed what you may do here"),
    "role-offered": N_("%(name)s asks you for a role in %(issue)s"),
    "role-answered": N_("%(name)s answered about a role in %(issue)s"),
    "role-asked": N_("%(name)s wants to take part in %(issue)s"),
    "role-ended": N_("%(name)s ended a role in %(issue)s, or took back a question about it"),
    "agreement-proposed": N_("%(name)s asks you to sign an agreement about %(issue)s"),
    "agreement-amended": N_("%(name)s changed an agreement about %(issue)s. Do you sign the new version?"),
    "agreement-signed": N_("%(name)s signed an agreement about %(issue)s"),
    "agreement-declined": N_("%(name)s said no to an agreement about %(issue)s"),
    "agreement-done": N_("%(name)s said that an agreement about %(issue)s is done"),
    "agreement-reopened": N_("%(name)s said that an agreement about %(issue)s is not done after all"),
    "agreement-withdrawn": N_("%(name)s withdrew an agreement about %(issue)s"),
    "agreement-week": N_("An agreement with %(name)s about %(issue)s must be ready within a week"),
    "agreement-tomorrow": N_("An agreement with %(name)s about %(issue)s must be ready tomorrow"),
    "agreement-overdue": N_("The date of an agreement with %(name)s about %(issue)s has passed"),
    REPORTED: N_("A new report waits for the moderators of %(name)s"),
    OBJECTED: N_("Somebody objects to a decision of the moderators of %(name)s"),
    "signal-new": N_("There is a new signal for %(name)s"),
    "signal-reply": N_("Something was added to a signal for %(name)s"),
    "signal-answered": N_("%(name)s answers your signal"),
    "issue-phase": N_("“%(issue)s” is in a new phase"),
    "issue-promise": N_("“%(issue)s”: feedback is promised by another date"),
    SERVER_BLOCKED: N_("%(name)s blocked a server. Some follows ended"),
}
_AT_HOME: Final[Mapping[str, str]] = {
    "follow_request": "/meldingen",
    "role": "/mijn/gegevens",
    "signal-answered": "/mijn/signalen",
}
_AT_THING: Final[Mapping[str, str]] = {
    "role": "/rollen/%d",
    "agreement": "/afspraken/gebeurd/%d",
    "moderation": "/beheer/meldingen/%d",
    "outcome": "/terugkoppelingen/stappen/%d",
    "signal": "/signalen/%d",
}
"""Where a thing of a kind can be read, by the word before the dash: ``%d`` is its id."""
_OF_MODERATION: Final = frozenset({"report", "decision", SERVER_BLOCKED})


def told(language: Language, row: Notified, name: str) -> str:
    """Return the sentence for a notification by somebody of this name; it may say in which issue it was."""
    sentence = _TOLD.get(row.notification.kind, N_("%(name)s did something"))
    issue = (row.issue.name or row.issue.handle) if row.issue is not None else ""
    return language.gettext(sentence) % {"name": name, "issue": issue}


def notification_path(row: Notified) -> str:
    """Return the page on which what a notification tells can be read."""
    notification, post = row.notification, row.post
    if notification.kind in _OF_MODERATION:
        return OVERVIEW
    if notification.kind in _AT_HOME:
        return _AT_HOME[notification.kind]
    if post is not None:
        return post_path(post)
    thing = _AT_THING.get(subject_of(notification.kind))
    if thing is not None and notification.thing_id is not None:
        return thing % notification.thing_id
    return actor_path(row.issue if row.issue is not None else row.actor)
