"""How people may register: what the administrator chose, as far as the instance can do it."""

from enum import StrEnum
from typing import Final

from aiohttp import web

from web.keys import CAN_MAIL
from web.visitor import visitor_of

SUBJECT: Final = "registration"
"""The subject of the choice: ``{"mode": "open", "unconfirmed": false}``."""


class RegistrationMode(StrEnum):
    """Who may make an account without an invitation."""

    OPEN = "open"
    APPROVAL = "approval"
    CLOSED = "closed"


def registration_mode(request: web.Request) -> RegistrationMode:
    """Return how people may register here; closed when nothing was chosen.

    Without mail nobody can show that an address is theirs. Then an administrator looks at each registration, unless
    they chose to let in people with addresses that are not confirmed.
    """
    chosen = visitor_of(request).house.choice(SUBJECT)
    try:
        mode = RegistrationMode(str(chosen.get("mode", "")))
    except ValueError:
        return RegistrationMode.CLOSED
    if mode is RegistrationMode.OPEN and not request.app[CAN_MAIL] and not chosen.get("unconfirmed"):
        return RegistrationMode.APPROVAL
    return mode
