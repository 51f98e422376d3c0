"""The words for how a signal stands, and what pages say on top after something was done with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from actors.actor import Actor
from actors.kinds import Role
from actors.signals.queries import SignalRow, Which
from actors.signals.tables import SignalState
from actors.visibility import Viewer
from web.language import N_, P_, Language
from web.pages.acting import own_names
from web.pages.asked import person_with
from web.pages.cards import Cards
from web.pages.paths import actor_path
from web.pages.prose import excerpt
from web.pages.views import When, Who

QUEUE: Final = "/signalen"
MINE: Final = "/mijn/signalen"
GIVE: Final = "/signaal"

STATES: Final[Mapping[SignalState, tuple[str, str]]] = {
    SignalState.NEW: P_("signal", "new"),
    SignalState.ANSWERED: P_("signal", "answered"),
    SignalState.AGENDA: P_("signal", "on the agenda"),
    SignalState.CLOSED: P_("signal", "closed"),
}
TABS: Final[Mapping[Which, str]] = {
    Which.NEW: N_("New"),
    Which.MINE: N_("Mine"),
    Which.ANSWERED: N_("Answered"),
    Which.AGENDA: N_("On the agenda"),
    Which.CLOSED: N_("Closed"),
}
_TONES: Final = {SignalState.NEW: "warning", SignalState.ANSWERED: "info", SignalState.AGENDA: "ok"}
_TOLD: Final[Mapping[str, str]] = {
    "signaal": N_("Your signal is sent. You find the answer here."),
    "aangevuld": N_("What you added is sent."),
    "beantwoord": N_("Your answer is sent."),
    "gesloten": N_("The signal is closed. Whoever gave it gets your reason."),
    "opgepakt": N_("You took this signal up. Colleagues see that."),
    "losgelaten": N_("You let go of this signal."),
}


@dataclass(slots=True)
class SignalView:
    """A signal in a list. ``words`` are the first of it; empty when it is withdrawn."""

    id: int
    path: str
    who: Who
    to: Who
    words: str
    language: str | None
    when: When
    state: str
    word: str
    tone: str
    assigned: str
    issue_path: str
    issue: str


def told(request: web.Request, language: Language) -> str:
    """Return what a page says on top after something was done with a signal."""
    word = _TOLD.get(request.query.get("bericht", ""))
    return language.gettext(word) if word else ""


def organisation_of(request: web.Request) -> tuple[Actor, Viewer]:
    """Return the organisation that the visitor speaks for, and who looks in its name.

    Sends who is not signed in to do so; raises 403 for who does not speak for it, whatever else they may do here.
    """
    me = person_with(request, Role.EDITOR).actor
    names = own_names(request)
    if len(names) < 2:
        raise web.HTTPForbidden
    return names[1], Viewer(me.id, speaks_for=names[1].id)


def signal_view(row: SignalRow, cards: Cards, language: Language, issues: Mapping[str, Actor], path: str) -> SignalView:
    """Return a signal in words; ``issues`` are those made of signals, as far as they are known."""
    signal, post = row.signal, row.post
    issue = issues.get(signal.issue_uri or "")
    return SignalView(
        id=signal.id,
        path=path,
        who=cards.who(row.sender),
        to=cards.who(row.organisation),
        words=excerpt(post.content, 160) if post is not None else "",
        language=cards.foreign(post) if post is not None else None,
        when=cards.moment(signal.created_at),
        state=signal.state.value,
        word=language.word(STATES[signal.state]),
        tone=_TONES.get(signal.state, "neutral"),
        assigned=cards.who(row.assigned).name if row.assigned is not None else "",
        issue_path=actor_path(issue) if issue is not None else "",
        issue=issue.name or issue.handle if issue is not None else "",
    )
