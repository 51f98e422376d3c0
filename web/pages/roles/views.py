"""A role on an issue as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from actors.roles.kinds import RoleState
from actors.roles.queries import RoleRow
from web.language import P_, Language
from web.pages.cards import Cards
from web.pages.views import When, Who
from web.pages.words import ISSUE_ROLES, perspective_word

STATES: Final[Mapping[RoleState, tuple[str, str]]] = {
    RoleState.OFFERED: P_("role state", "waits for an answer"),
    RoleState.APPLIED: P_("role state", "waits for the host"),
    RoleState.HELD: P_("role state", "takes part"),
    RoleState.DECLINED: P_("role state", "said no"),
    RoleState.REFUSED: P_("role state", "not granted"),
    RoleState.WITHDRAWN: P_("role state", "taken back"),
    RoleState.LEFT: P_("role state", "has ended"),
}
_TONES: Final[Mapping[RoleState, str]] = {
    RoleState.OFFERED: "info",
    RoleState.APPLIED: "info",
    RoleState.HELD: "ok",
}


@dataclass(slots=True)
class RoleView:
    """A role: who has it or would, on which issue, and how it stands."""

    id: int
    path: str
    word: str
    who: Who
    issue: Who
    asked_by: Who | None
    perspective: str
    """Empty unless there is one that the viewer may read."""
    is_perspective_shown: bool
    words: str
    state: str
    state_word: str
    tone: str
    is_application: bool
    asked: When
    since: When | None
    until: When | None


def role_view(row: RoleRow, cards: Cards, language: Language, *, is_side: bool = False) -> RoleView:
    """Return a role as everyone may read it, or as its sides do."""
    role = row.role
    may_read = role.perspective and (is_side or role.is_perspective_shown)
    return RoleView(
        id=role.id,
        path=f"/rollen/{role.id}",
        word=language.word(ISSUE_ROLES[role.role]),
        who=cards.who(row.actor),
        issue=cards.who(row.issue),
        asked_by=cards.who(row.offered_by) if row.offered_by is not None else None,
        perspective=perspective_word(language, role.perspective or "") if may_read else "",
        is_perspective_shown=role.is_perspective_shown,
        words=role.expectation if is_side else "",
        state=role.state.value,
        state_word=language.word(STATES[role.state]),
        tone=_TONES.get(role.state, "neutral"),
        is_application=role.is_application,
        asked=cards.day(role.offered_at),
        since=cards.day(role.decided_at) if role.decided_at is not None else None,
        until=cards.day(role.ended_at) if role.ended_at is not None else None,
    )
