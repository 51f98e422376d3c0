"""The closed lists of moderation: why something is reported, what can be decided, how a server is treated."""

from enum import StrEnum


class Category(StrEnum):
    """What a report is about."""

    SPAM = "spam"
    HATE = "hate"
    ILLEGAL = "illegal"
    PRIVACY = "privacy"
    OTHER = "other"
    ELSEWHERE = "elsewhere"
    """Reported by another server, which names no category."""
    OBJECTION = "objection"
    """Somebody objects to what was decided about them."""


class ReportState(StrEnum):
    """How a report stands."""

    OPEN = "open"
    HANDLED = "handled"


class Act(StrEnum):
    """What a moderator can decide."""

    DISMISS = "dismiss"
    """Nothing is wrong."""
    WARN = "warn"
    WITHDRAW = "withdraw"
    """Posts are withdrawn, or no longer shown where they are not ours."""
    LIMIT = "limit"
    UNLIMIT = "unlimit"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"


class ServerPolicy(StrEnum):
    """How a server is treated."""

    OPEN = "open"
    LIMITED = "limited"
    """Heard, but not shown unasked."""
    SUSPENDED = "suspended"
    """Neither heard nor shown nor answered."""
