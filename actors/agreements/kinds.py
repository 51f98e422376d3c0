"""The closed lists of agreements. Each value is what the database stores and what goes over the wire."""

from enum import StrEnum


class Standing(StrEnum):
    """Where a party stands towards one version of an agreement."""

    ASKED = "asked"
    """It was asked to sign."""
    TOLD = "told"
    """Its software knows no agreements: it got a message with the address, and cannot sign."""
    SIGNED = "signed"
    DECLINED = "declined"


class Happened(StrEnum):
    """What happened to an agreement."""

    PROPOSED = "proposed"
    AMENDED = "amended"
    SIGNED = "signed"
    DECLINED = "declined"
    DONE = "done"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


TOLD_OF = frozenset({Happened.DECLINED, Happened.DONE, Happened.REOPENED, Happened.WITHDRAWN})
"""What no version and no proof tells, and goes beside an agreement."""


class AgreementState(StrEnum):
    """How an agreement stands, apart from its date: past that, what is open is overdue."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Reminding(StrEnum):
    """When the parties are reminded, in that order."""

    WEEK = "week"
    DAY = "day"
    OVERDUE = "overdue"
