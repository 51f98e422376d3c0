"""The words of the administration: what roles may do, how accounts stand, why something is refused."""

from collections.abc import Mapping
from typing import Final

from actors.kinds import Role
from actors.people.governing import Refusal
from actors.people.kinds import AccountState
from web.language import N_, P_

ROLE_MEANINGS: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: N_("Decides everything about this site, and may do what the others may."),
    Role.MODERATOR: N_("Handles reports, and may limit people and other servers."),
    Role.EDITOR: N_("Publishes under the name of the organisation."),
}
ACCOUNT_STATES: Final[Mapping[AccountState, tuple[str, str]]] = {
    AccountState.ACTIVE: P_("account", "takes part"),
    AccountState.WAITING: P_("account", "waits for an answer"),
    AccountState.DISABLED: P_("account", "closed"),
}
STATE_TONES: Final[Mapping[AccountState, str]] = {
    AccountState.ACTIVE: "ok",
    AccountState.WAITING: "warning",
    AccountState.DISABLED: "neutral",
}
REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.GONE: N_("Somebody else has decided this meanwhile. Look at how it is now."),
    Refusal.NOT_YOURS: N_("You no longer have the role that this takes."),
    Refusal.LAST_ADMINISTRATOR: N_(
        "This is the last administrator. First give somebody else the role of administrator."
    ),
    Refusal.ONESELF: N_("You cannot do this to your own account. Ask another administrator."),
}
LONGEST_REASON: Final = 1_000
