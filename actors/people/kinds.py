"""The closed lists of signing in: how an account stands, how sure we are of who it is, what a link is for."""

from enum import StrEnum


class AccountState(StrEnum):
    """How an account stands."""

    ACTIVE = "active"
    WAITING = "waiting"
    """Registered, and waiting for an administrator to say yes; nobody sees this person yet."""
    DISABLED = "disabled"
    """May not sign in any more; what the person said stays."""


class Assurance(StrEnum):
    """With how many kinds of proof a session was opened."""

    ONE = "one"
    """A password, a link by e-mail, or another sign-in system that told of one proof."""
    TWO = "two"
    """A second factor besides, or a passkey that asked for a PIN, a finger or a face."""


class Method(StrEnum):
    """By what somebody proved first who they are."""

    PASSWORD = "password"  # noqa: S105 - a word of this list
    LINK = "link"
    """A link that was sent by e-mail, or an invitation."""
    PASSKEY = "passkey"
    ELSEWHERE = "elsewhere"
    """A provider that told of them."""


class LinkPurpose(StrEnum):
    """What a link that was sent by e-mail does, once."""

    SIGN_IN = "sign-in"
    CONFIRM = "confirm"
    """Confirms a new address of an account."""
    REGISTER = "register"
    """Confirms the address of somebody who registers; the account is made only then."""
    RESET = "reset"
    """Chooses a new password."""


class StepPurpose(StrEnum):
    """What a browser is in the middle of."""

    SECOND_FACTOR = "second-factor"
    PASSKEY_SIGN_IN = "passkey-sign-in"
    PASSKEY_ADD = "passkey-add"
