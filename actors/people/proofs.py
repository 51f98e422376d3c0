"""What was proved of who somebody is, and what makes two proofs out of one: they have to be of two kinds.

A passkey is something that its owner has. With a PIN, a finger or a face asked for, it is two things at once;
without, a second passkey adds no more than another thing that one has.
"""

from dataclasses import dataclass

from actors.people.kinds import Assurance, Method
from actors.people.passkeys import Proof


@dataclass(frozen=True)
class Proved:
    """The first proof of a sign-in: by what, how much it is worth, and by which passkey if by one."""

    method: Method
    assurance: Assurance = Assurance.ONE
    passkey_id: int | None = None


def proved_by_passkey(proof: Proof) -> Proved:
    """Return what a passkey proves that comes first."""
    assurance = Assurance.TWO if proof.user_verified else Assurance.ONE
    return Proved(Method.PASSKEY, assurance, proof.passkey.id)


def is_second(first: Method | None, proof: Proof) -> bool:
    """Whether a passkey counts as second proof after ``first``."""
    return proof.user_verified or not must_ask_owner(first)


def must_ask_owner(first: Method | None) -> bool:
    """Whether a passkey that comes after ``first`` has to ask who holds it; None when it is not known what came first.

    >>> must_ask_owner(Method.PASSWORD), must_ask_owner(Method.PASSKEY), must_ask_owner(None)
    (False, True, True)
    """
    return first in {Method.PASSKEY, None}
