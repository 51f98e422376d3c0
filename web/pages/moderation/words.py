"""The words of moderation: why something is reported, what can be decided and what follows, how a server is treated."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from actors.moderation.kinds import Act, Category, ServerPolicy
from web.language import N_, P_, Language

CATEGORIES: Final[Mapping[Category, str]] = {
    Category.SPAM: N_("It is spam or a scam"),
    Category.HATE: N_("It is hateful, threatening or discriminating"),
    Category.ILLEGAL: N_("It may be against the law"),
    Category.PRIVACY: N_("It shows private facts about somebody"),
    Category.OTHER: N_("It does not belong here, or something else"),
}
"""What somebody can choose who reports."""
CATEGORY_HINTS: Final[Mapping[Category, str]] = {
    Category.SPAM: N_("Advertising, false promises, the same text again and again."),
    Category.HATE: N_("Against a person or a group."),
    Category.ILLEGAL: N_("Is somebody in danger now? Call 112 first."),
    Category.PRIVACY: N_("An address, a telephone number, a photo without permission."),
    Category.OTHER: N_("Tell below what is wrong."),
}
ALL_CATEGORIES: Final[Mapping[Category, str]] = {
    **CATEGORIES,
    Category.ELSEWHERE: N_("Reported by another server"),
    Category.OBJECTION: N_("Objection to a decision"),
}

ACTS: Final[Mapping[Act, tuple[str, str]]] = {
    Act.DISMISS: P_("decision", "Do nothing"),
    Act.WARN: P_("decision", "Warn"),
    Act.WITHDRAW: P_("decision", "Remove posts"),
    Act.LIMIT: P_("decision", "Limit"),
    Act.UNLIMIT: P_("decision", "Lift the limit"),
    Act.SUSPEND: P_("decision", "Suspend"),
    Act.UNSUSPEND: P_("decision", "Lift the suspension"),
}
CONSEQUENCES_HERE: Final[Mapping[Act, str]] = {
    Act.DISMISS: N_("Everything stays as it is. Who reported hears that you looked at it."),
    Act.WARN: N_("They get your reason. Nothing else changes."),
    Act.WITHDRAW: N_("The posts that you choose disappear here for good. We ask other servers to remove them too."),
    Act.LIMIT: N_("What they say stands in no list, and people decide themselves whether they may follow."),
    Act.UNLIMIT: N_("They take part like everyone else again."),
    Act.SUSPEND: N_(
        "They are signed out and cannot sign in. Nobody sees what they said. "
        "You can lift this for 30 days; then the account is removed for good."
    ),
    Act.UNSUSPEND: N_("They can sign in again, and what they said is back."),
}
CONSEQUENCES_ELSEWHERE: Final[Mapping[Act, str]] = {
    Act.DISMISS: CONSEQUENCES_HERE[Act.DISMISS],
    Act.WITHDRAW: N_("The posts that you choose are no longer shown here. On their own server they stay."),
    Act.LIMIT: N_("What they say stands in no list, and people decide themselves whether they may follow."),
    Act.UNLIMIT: N_("They take part like everyone else again."),
    Act.SUSPEND: N_("We hear nothing of them any more, and nobody here sees what they said. You can lift this later."),
    Act.UNSUSPEND: N_("We hear them again, and what they said is back."),
}
DECIDED: Final[Mapping[Act, tuple[str, str]]] = {
    Act.DISMISS: P_("decided", "nothing was done"),
    Act.WARN: P_("decided", "warned"),
    Act.WITHDRAW: P_("decided", "posts removed"),
    Act.LIMIT: P_("decided", "limited"),
    Act.UNLIMIT: P_("decided", "limit lifted"),
    Act.SUSPEND: P_("decided", "suspended"),
    Act.UNSUSPEND: P_("decided", "suspension lifted"),
}
TOLD_REPORTER: Final[Mapping[Act, str]] = {
    Act.DISMISS: N_("We looked at it. We did not have to do anything."),
    Act.WARN: N_("We warned this person."),
    Act.WITHDRAW: N_("We removed what you reported."),
    Act.LIMIT: N_("What this person says is shown less."),
    Act.UNLIMIT: N_("We looked at it. We lifted what we decided before."),
    Act.SUSPEND: N_("This person does not take part here any more."),
    Act.UNSUSPEND: N_("We looked at it. We lifted what we decided before."),
}
TOLD_AUTHOR: Final[Mapping[Act, str]] = {
    Act.DISMISS: N_("The decision stays as it is."),
    Act.WARN: N_("You got a warning."),
    Act.WITHDRAW: N_("We removed something that you said."),
    Act.LIMIT: N_("What you say stands in no list for now, and people decide themselves whether you may follow them."),
    Act.UNLIMIT: N_("You take part like everyone else again."),
    Act.SUSPEND: N_("Your account is suspended."),
    Act.UNSUSPEND: N_("Your account is open again."),
}

POLICIES: Final[Mapping[ServerPolicy, tuple[str, str]]] = {
    ServerPolicy.OPEN: P_("server", "open"),
    ServerPolicy.LIMITED: P_("server", "limited"),
    ServerPolicy.SUSPENDED: P_("server", "blocked"),
}
POLICY_ACTS: Final[Mapping[ServerPolicy, str]] = {
    ServerPolicy.LIMITED: N_("Limit"),
    ServerPolicy.SUSPENDED: N_("Block"),
    ServerPolicy.OPEN: N_("Open again"),
}
POLICY_MEANINGS: Final[Mapping[ServerPolicy, str]] = {
    ServerPolicy.OPEN: N_("We hear this server and show what it publishes. Follows that ended do not come back."),
    ServerPolicy.LIMITED: N_(
        "We still hear it. What its people say stands in no list, and their wish to follow waits for a yes."
    ),
    ServerPolicy.SUSPENDED: N_("We hear nothing of it, send it nothing, and show nothing of its people."),
}

NOTICES: Final[Mapping[str, str]] = {
    "gemeld": N_("Thank you. A moderator looks at your report. You hear what came of it."),
    "bezwaar": N_("Your objection is with the moderators. You hear what they decide."),
    "besloten": N_("The decision is taken, and everyone whom it concerns is told."),
    "opgepakt": N_("This report is yours now."),
    "losgelaten": N_("This report waits for a moderator again."),
    "server": N_("This is how we treat the server from now on."),
    "lijst": N_("The servers of the list are treated as it says."),
    "gekoppeld": N_("The instance is linked. We fetch what it has published in the next minutes."),
    "ontkoppeld": N_("The instance is not linked any more."),
    "opnieuw": N_("We try again now."),
    "opgegeven": N_("What waited is given up."),
    "opgehaald": N_("We fetch what it has published in the next minutes."),
}


def told(request: web.Request, language: Language) -> str:
    """Return what a page says on top after something was done."""
    text = NOTICES.get(request.query.get("bericht", ""))
    return language.gettext(text) if text else ""
