"""What becomes of an arrival, as named values; exceptions are for what nobody expected."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """It had its effect, or its effect was there already."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """It is well-formed and its sender's to say, but changes nothing here."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not its sender's to say, or breaks a rule."""

    reason: str


@dataclass(frozen=True, slots=True)
class Needs:
    """Something must be fetched at its origin first: documents of objects, or actors to be stored."""

    objects: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One bounded part is done; the rest follows in a transaction of its own."""


DONE = Done()
UNFINISHED = Unfinished()
Outcome = Done | Ignored | Refused | Needs | Unfinished
