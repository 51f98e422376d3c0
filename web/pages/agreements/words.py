"""The words of agreements: how they stand, where a party stands, what happened."""

from collections.abc import Mapping
from typing import Final

from actors.agreements.kinds import Happened, Standing
from web.language import N_, P_

STATES: Final[Mapping[str, tuple[tuple[str, str], str]]] = {
    "open": (P_("agreement", "open"), "info"),
    "done": (P_("agreement", "done"), "ok"),
    "overdue": (P_("agreement", "overdue"), "error"),
    "withdrawn": (P_("agreement", "withdrawn"), "neutral"),
}
"""How an agreement stands, in a word with its tone."""
STANDINGS: Final[Mapping[Standing, tuple[tuple[str, str], str]]] = {
    Standing.ASKED: (P_("agreement", "not signed yet"), "neutral"),
    Standing.TOLD: (P_("agreement", "cannot sign"), "neutral"),
    Standing.SIGNED: (P_("agreement", "signed"), "ok"),
    Standing.DECLINED: (P_("agreement", "said no"), "warning"),
}
HAPPENED: Final[Mapping[Happened, str]] = {
    Happened.PROPOSED: N_("%(name)s proposed this agreement."),
    Happened.AMENDED: N_("%(name)s changed this agreement. This is version %(version)s."),
    Happened.SIGNED: N_("%(name)s signed version %(version)s."),
    Happened.DECLINED: N_("%(name)s said no to version %(version)s."),
    Happened.DONE: N_("%(name)s said that it is done."),
    Happened.REOPENED: N_("%(name)s said that it is not done after all."),
    Happened.WITHDRAWN: N_("%(name)s withdrew this agreement."),
}
