"""Which passwords are too easy to guess. Length counts for more than kinds of characters, which are not asked for."""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal

from actors.people.accounts import SHORTEST_PASSWORD

LONGEST_PASSWORD: Final = 1_000
_SHORTEST_NAME: Final = 4
_COMMON: Final = frozenset({
    "password", "wachtwoord", "welkom", "welcome", "qwerty", "qwertyuiop", "qwertyuio", "azerty", "asdfghjkl",
    "zxcvbnm", "abcdefghij", "abcdefgh", "iloveyou", "ikhouvanjou", "ikhouvanje", "letmein", "administrator",
    "beheerder", "geheim", "secret", "sunshine", "princess", "football", "voetbal", "baseball", "superman",
    "batman", "pokemon", "monkey", "dragon", "master", "trustno", "computer", "internet", "samsung", "samenspraak",
    "gemeente", "nederland", "amsterdam", "rotterdam", "utrecht", "tilburg", "feyenoord", "ajax", "bonjour",
    "hallo", "hello", "changeme", "default", "gebruiker", "toegang", "inloggen", "login", "lente", "zomer",
    "herfst", "winter", "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag",
    "zondag", "michael", "jessica", "charlie",
})  # fmt: skip
"""What most people begin with; with digits and signs around it, it is guessed as soon."""

Fault = Literal["short", "long", "common", "own"]


def password_fault(password: str, about: Sequence[str] = ()) -> Fault | None:
    """Return why this password would not do; ``about`` are the names and the address of who chooses it.

    >>> [password_fault(text, ["Fatima"]) for text in ("kort", "Welkom2026!", "fatima-1990", "vier losse woorden")]
    ['short', 'common', 'own', None]
    """
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    plain = _plain(password)
    if len(set(plain)) < 4 or _is_row(plain) or _without_rest(plain) in _COMMON:
        return "common"
    names = {_plain(part) for given in about for part in [given, given.partition("@")[0]]}
    names = {name for name in names if len(name) >= _SHORTEST_NAME}
    if plain in names or _without_rest(plain) in {_without_rest(name) for name in names}:
        return "own"
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _without_rest(plain: str) -> str:
    """Return the word in a password without the digits and signs around it, and without doubling."""
    word = plain.strip("0123456789!@#$%^&*()-_=+.,;:?/\\|<>[]{}'\"`~ ")
    half = word[: len(word) // 2]
    return half if half and half * 2 == word else word


def _is_row(plain: str) -> bool:
    """Whether each character is the one after the one before it, as in ``1234567890``."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps <= {1, -9} or steps <= {-1, 9}
