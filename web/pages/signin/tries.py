"""Guessing: how many tries are left, counted so that nobody can keep somebody else out.

A try counts for the account together with where it comes from: the browser, when this person signed in with it
before, else the address. Whoever guesses from elsewhere uses up tries of their own. Many guesses from many
addresses at one account slow down every browser that is new to it, and those alone; links by e-mail and
passkeys cannot be guessed and are never held back. Handle and e-mail address count as the one account that
they name.
"""

from typing import Final

from aiohttp import web

from web.keys import LIMITS
from web.limits import SIGN_IN, Allowance
from web.pages.signin.device import known_device

FROM_ONE_ADDRESS: Final = Allowance(30, 300.0)
"""Failed tries from one address at whatever accounts, by browsers that are new to them."""
BY_STRANGERS: Final = Allowance(100, 3_600.0)
"""Failed tries at one account by browsers that are new to it, before those are slowed down."""
SLOWED: Final = Allowance(1, 300.0)
MAIL: Final = Allowance(20, 300.0)
"""Mails and accounts that one address asks for."""


class Tries:
    """The tries of one browser at one account. ``who`` is the account's id, or the name that nobody has."""

    def __init__(
        self, request: web.Request, who: int | str, *, what: str = "sign-in", strangers: Allowance = BY_STRANGERS
    ) -> None:
        self._limits = request.app[LIMITS]
        self._strangers = strangers
        device = known_device(request, who) if isinstance(who, int) else None
        address = self._limits.address_of(request)
        self._own = f"{what} {who} from {device or address}"
        self._of_all = f"{what} {who} from strangers"
        self._of_address = f"{what} from {address}"
        self._is_known = device is not None

    def take(self) -> bool:
        """Take one try before it is known whether it fails; False when none is left."""
        if not self._are_left():
            return False
        self._limits.count(self._own, SIGN_IN)
        if not self._is_known:
            self._limits.count(self._of_all, self._strangers)
            self._limits.count(self._of_address, FROM_ONE_ADDRESS)
        return True

    def succeed(self) -> None:
        """Give back the try that was taken, and those that failed before it."""
        self._limits.forget(self._own)
        if not self._is_known:
            self._limits.give_back(self._of_all, self._strangers)
            self._limits.give_back(self._of_address, FROM_ONE_ADDRESS)

    def _are_left(self) -> bool:
        if self._is_known:
            return self._limits.allows(self._own, SIGN_IN)
        own = SIGN_IN if self._limits.allows(self._of_all, self._strangers) else SLOWED
        return self._limits.allows(self._own, own) and self._limits.allows(self._of_address, FROM_ONE_ADDRESS)


def allow_mail(request: web.Request) -> bool:
    """Count that this address has us send a mail, or make an account; False when it did so too often."""
    limits = request.app[LIMITS]
    key = f"mail from {limits.address_of(request)}"
    if not limits.allows(key, MAIL):
        return False
    limits.count(key, MAIL)
    return True
