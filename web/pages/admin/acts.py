"""The words for every act of the audit log, and an entry of it as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from actors.kinds import Phase, Role
from actors.trail import Noted
from web.language import N_, P_, Language
from web.pages.admin.beginning import STEPS
from web.pages.cards import Cards
from web.pages.views import When
from web.pages.words import PHASES, ROLES

ACTS: Final[Mapping[str, tuple[str, str]]] = {
    "account-disabled": P_("act", "closed an account"),
    "account-enabled": P_("act", "opened an account again"),
    "account-removed": P_("act", "removed an account"),
    "actor-limited": P_("act", "limited somebody"),
    "actor-suspended": P_("act", "suspended somebody"),
    "actor-unlimited": P_("act", "lifted a limit"),
    "actor-unsuspended": P_("act", "lifted a suspension"),
    "agreement-amended": P_("act", "changed an agreement"),
    "agreement-declined": P_("act", "said no to an agreement"),
    "agreement-done": P_("act", "said that an agreement is done"),
    "agreement-proposed": P_("act", "proposed an agreement"),
    "agreement-reopened": P_("act", "said that an agreement is not done after all"),
    "agreement-signed": P_("act", "signed an agreement"),
    "agreement-withdrawn": P_("act", "withdrew an agreement"),
    "delivery-given-up": P_("act", "gave up what waited to be delivered"),
    "delivery-tried": P_("act", "had what waits delivered now"),
    "outcome-corrected": P_("act", "corrected feedback"),
    "outcome-draft-discarded": P_("act", "threw a draft of feedback away"),
    "outcome-published": P_("act", "published feedback"),
    "outcome-step-done": P_("act", "ticked off a step that follows from feedback"),
    "outcome-step-opened": P_("act", "opened a step again that follows from feedback"),
    "email-changed": P_("act", "changed an e-mail address"),
    "email-read": P_("act", "read the e-mail address of somebody"),
    "factors-removed": P_("act", "took away the second step of somebody who lost it"),
    "first-administrator": P_("act", "became the first administrator"),
    "identity-linked": P_("act", "linked an account with another sign-in system"),
    "identity-unlinked": P_("act", "unlinked an account from another sign-in system"),
    "invitation-accepted": P_("act", "accepted an invitation"),
    "invitation-made": P_("act", "made an invitation"),
    "invitation-revoked": P_("act", "revoked an invitation"),
    "issue-changed": P_("act", "changed an issue"),
    "issue-moved": P_("act", "moved an issue to another phase"),
    "issue-role-answered": P_("act", "answered for the organisation whether it takes a role"),
    "issue-role-asked": P_("act", "asked for a role for the organisation"),
    "issue-role-granted": P_("act", "gave somebody a role on an issue"),
    "issue-role-left": P_("act", "stopped with a role of the organisation"),
    "issue-role-offered": P_("act", "asked somebody for a role on an issue"),
    "issue-role-refused": P_("act", "said no to who wanted a role on an issue"),
    "issue-role-withdrawn": P_("act", "ended a role on an issue, or took back a question about it"),
    "issue-published": P_("act", "published an issue"),
    "knowledge-changed": P_("act", "changed a knowledge product of the organisation"),
    "knowledge-published": P_("act", "published a knowledge product"),
    "link-added": P_("act", "linked with another site"),
    "link-collected": P_("act", "had a linked site fetched again"),
    "link-removed": P_("act", "ended the link with another site"),
    "log-exported": P_("act", "took a copy of the log"),
    "logo-changed": P_("act", "changed the logo"),
    "logo-removed": P_("act", "removed the logo"),
    "mail-queue-read": P_("act", "read to whom mail could not be sent"),
    "organisation-changed": P_("act", "changed what stands about the organisation"),
    "organisation-renamed": P_("act", "changed the name of the organisation"),
    "passkey-added": P_("act", "added a passkey"),
    "passkey-removed": P_("act", "removed a passkey"),
    "password-changed": P_("act", "changed a password"),
    "password-reset": P_("act", "chose a new password by e-mail"),
    "person-warned": P_("act", "warned somebody"),
    "post-changed": P_("act", "changed what the organisation said"),
    "post-published": P_("act", "said something for the organisation"),
    "post-withdrawn": P_("act", "withdrew what the organisation said"),
    "posts-withdrawn": P_("act", "removed posts"),
    "promise-moved": P_("act", "promised a date of feedback, or moved it"),
    "recovery-code-used": P_("act", "signed in with a recovery code"),
    "recovery-codes-made": P_("act", "made recovery codes"),
    "registered": P_("act", "registered"),
    "registration-approved": P_("act", "let somebody in"),
    "registration-changed": P_("act", "changed who may register"),
    "registration-declined": P_("act", "declined a registration"),
    "report-dismissed": P_("act", "closed a report without doing anything"),
    "report-read": P_("act", "read a report"),
    "report-released": P_("act", "let go of a report"),
    "report-taken": P_("act", "took up a report"),
    "reset-link-made": P_("act", "made a link to choose a new password"),
    "retention-changed": P_("act", "changed how long things are kept"),
    "role-granted": P_("act", "gave a role"),
    "role-revoked": P_("act", "took away a role"),
    "server-blocked": P_("act", "blocked a server"),
    "server-limited": P_("act", "limited a server"),
    "server-list-exported": P_("act", "took a copy of the list of servers"),
    "server-opened": P_("act", "opened a server again"),
    "sessions-ended": P_("act", "signed somebody out everywhere"),
    "signal-agenda": P_("act", "made an issue of a signal"),
    "signal-answered": P_("act", "answered a signal"),
    "signal-closed": P_("act", "closed a signal"),
    "signal-read": P_("act", "read a signal"),
    "signal-released": P_("act", "let go of a signal"),
    "signal-taken": P_("act", "took up a signal"),
    "signed-in": P_("act", "signed in as administrator"),
    "step-skipped": P_("act", "left a step of the beginning for later"),
    "step-taken-up": P_("act", "took up a step of the beginning again"),
    "test-mail-sent": P_("act", "sent a test mail"),
    "text-changed": P_("act", "changed a text"),
    "text-put-back": P_("act", "put back an earlier text"),
    "theme-changed": P_("act", "changed the appearance"),
    "theme-reset": P_("act", "went back to the standard appearance"),
    "two-factor-removed": P_("act", "removed an authenticator app"),
    "two-factor-set": P_("act", "set up an authenticator app"),
}
"""What was done, as it reads after the name of who did it."""

_DETAILS: Final[Mapping[str, str]] = {
    "role": N_("role"),
    "roles": N_("roles"),
    "uses": N_("number of people"),
    "mode": N_("who may register"),
    "unconfirmed": N_("e-mail addresses that are not confirmed"),
    "step": N_("step"),
    "text": N_("text"),
    "language": N_("language"),
    "assurance": N_("proof"),
    "report": N_("report"),
    "entries": N_("entries"),
    "phase": N_("phase"),
    "signal": N_("signal"),
}
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "unconfirmed": {"yes": N_("let in"), "no": N_("not let in")},
    "step": {step.value: words[0] for step, words in STEPS.items()},
}
"""The words for what some details hold."""


@dataclass(slots=True)
class EntryView:
    """An entry of the log in words."""

    when: When
    by: str
    under: str
    act: str
    about: str
    reason: str
    details: list[tuple[str, str]]


def act_word(language: Language, act: str) -> str:
    """Return the word for an act, or the act as it stands in the log when we have none."""
    word = ACTS.get(act)
    return language.word(word) if word else act


def entry_view(noted: Noted, cards: Cards, language: Language) -> EntryView:
    """Return an entry as pages and the export show it."""
    entry = noted.entry
    return EntryView(
        when=cards.moment(entry.created_at),
        by=_named(noted) or language.gettext("the site itself"),
        under=noted.under.name or noted.under.handle if noted.under is not None else "",
        act=act_word(language, entry.act),
        about=entry.object_name or entry.object_uri,
        reason=entry.reason,
        details=[
            (_detail_name(language, name), _value(language, name, value)) for name, value in entry.details.items()
        ],
    )


def _named(noted: Noted) -> str:
    if noted.by is None:
        return ""
    return f"{noted.by.name} (@{noted.by.handle})" if noted.by.name else f"@{noted.by.handle}"


def _detail_name(language: Language, name: str) -> str:
    return language.gettext(_DETAILS[name]) if name in _DETAILS else name


def _value(language: Language, name: str, value: str) -> str:
    if (words := _VALUES.get(name, {}).get(value)) is not None:
        return language.gettext(words)
    if name == "phase" and value in PHASES:
        return language.word(PHASES[Phase(value)])
    known = [word for role, word in ROLES.items() if role.value in value.split()]
    if known and all(word in set(Role) for word in value.split()):
        return ", ".join(language.word(word) for word in known)
    return value
