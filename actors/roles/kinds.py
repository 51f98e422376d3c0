"""How a role on an issue stands. Each value is what the database stores and what goes over the wire."""

from enum import StrEnum
from typing import Final


class RoleState(StrEnum):
    """Where a role on an issue stands; but for held and left it is for the two sides alone to know."""

    OFFERED = "offered"
    APPLIED = "applied"
    HELD = "held"
    DECLINED = "declined"
    """Whom it was offered to said no."""
    REFUSED = "refused"
    """Who applied for it was told no."""
    WITHDRAWN = "withdrawn"
    """Who offered it, or applied for it, took that back; or the host ended it."""
    LEFT = "left"
    """Who held it left it, in good order."""


OPEN: Final = (RoleState.OFFERED, RoleState.APPLIED, RoleState.HELD)
"""Of these a person or organisation has at most one for each role on an issue."""
WAITING: Final = (RoleState.OFFERED, RoleState.APPLIED)
PUBLIC_STATES: Final = (RoleState.HELD, RoleState.LEFT)
