"""Guessing: how many tries are left, counted so that nobody can keep somebody else out.

A try counts for the account together with where it comes from: the browser, when this person signed in with it
before, else the address. Whoever guesses from elsewhere uses up tries of their own. Many guesses from many
addresses at one account slow down every browser that is new to it, and those alone; links by e-mail and
passkeys cannot be guessed and are never held back.

At the sign-in page tries count twice: for the name that was typed, of which the page tells when it has none left,
and for the account that it names, of which nobody is told. So handle and e-mail address share the tries of their
account, and the answers tell neither whether there is one nor that two names are of one person.
"""

from typing import Final, NamedTuple

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


class _Shared(NamedTuple):
    """A count that many browsers share."""

    key: str
    allowance: Allowance


class Tries:
    """The tries of one browser at one account, or at ``name``: what was typed, whether or not anybody has it."""

    def __init__(
        self,
        request: web.Request,
        actor_id: int | None,
        *,
        name: str | None = None,
        what: str = "sign-in",
        strangers: Allowance = BY_STRANGERS,
        counts_address: bool = True,
    ) -> None:
        self._limits = request.app[LIMITS]
        device = known_device(request, actor_id) if actor_id is not None else None
        address = self._limits.address_of(request)
        who = f"account {actor_id}" if name is None else f"name {normal(name)}"
        self._own = f"{what} at {who} from {device or address}"
        # A browser that is known to the account has tries of its own alone.
        is_new = device is None
        self._of_all = _Shared(f"{what} at {who} from strangers", strangers) if is_new else None
        self._of_address = _Shared(f"{what} from {address}", FROM_ONE_ADDRESS) if is_new and counts_address else None

    def take(self) -> bool:
        """Take one try before it is known whether it fails; False when none is left."""
        if not self._are_left():
            return False
        self._limits.count(self._own, SIGN_IN)
        for shared in filter(None, (self._of_all, self._of_address)):
            self._limits.count(shared.key, shared.allowance)
        return True

    def succeed(self) -> None:
        """Give back the try that was taken, and those that failed before it."""
        self._limits.forget(self._own)
        for shared in filter(None, (self._of_all, self._of_address)):
            self._limits.give_back(shared.key, shared.allowance)

    def _are_left(self) -> bool:
        own = SIGN_IN if self._have_left(self._of_all) else SLOWED
        return self._limits.allows(self._own, own) and self._have_left(self._of_address)

    def _have_left(self, shared: _Shared | None) -> bool:
        return shared is None or self._limits.allows(shared.key, shared.allowance)


class PasswordTries:
    """The tries of the sign-in page: at a name, and silently at the account that it names, if it names one."""

    def __init__(self, request: web.Request, name: str, actor_id: int | None) -> None:
        self._at_name = Tries(request, actor_id, name=name)
        self._at_account = Tries(request, actor_id, counts_address=False) if actor_id is not None else None
        self._account_allows = True

    def take(self) -> bool:
        """Take one try; False when none is left at this name, which may be told."""
        if not self._at_name.take():
            return False
        self._account_allows = self._at_account is None or self._at_account.take()
        return True

    @property
    def may_succeed(self) -> bool:
        """Whether a right password counts; where not, the answer is that to a wrong one."""
        return self._account_allows

    def succeed(self) -> None:
        """Give back the try that was taken, and those that failed before it."""
        self._at_name.succeed()
        if self._at_account is not None:
            self._at_account.succeed()


def normal(name: str) -> str:
    """Return a name as all ways to write it count.

    >>> {normal(name) for name in ("karin", "@Karin", " KARIN ")}
    {'karin'}
    """
    return name.strip().lstrip("@").lower()


def allow_mail(request: web.Request) -> bool:
    """Count that this address has us send a mail, or make an account; False when it did so too often."""
    limits = request.app[LIMITS]
    key = f"mail from {limits.address_of(request)}"
    if not limits.allows(key, MAIL):
        return False
    limits.count(key, MAIL)
    return True
