"""What a provider tells of a person, read with care: it is believed about who somebody is, and not about lengths."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from actors.people.identity_tables import LONGEST_SUBJECT
from actors.sanitize import clean_line

_MOST_GROUPS: Final = 1_000
_LONGEST_WORD: Final = 500
_KNOWN: Final = frozenset({"pwd", "pin"})
_HELD: Final = frozenset({"otp", "hwk", "swk", "sc", "sms", "tel"})
_BODY: Final = frozenset({"fpt", "face", "iris", "retina", "vbm"})
_TWO_BY_CONTEXT: Final = frozenset(
    {"http://schemas.openid.net/pape/policies/2007/06/multi-factor", "https://refeds.org/profile/mfa"}
)


@dataclass(frozen=True)
class Told:
    """A person as a provider tells of them; ``issuer`` and ``subject`` together are who they are."""

    issuer: str
    subject: str
    name: str = ""
    username: str = ""
    email: str = ""
    email_is_theirs: bool = False
    groups: frozenset[str] = frozenset()
    two_factors: bool = False
    sid: str = ""

    @property
    def label(self) -> str:
        """What the person recognises this sign-in by."""
        return (self.email or self.username or self.name)[:254]


def read_claims(claims: Mapping[str, Any], *, groups_claim: str) -> Told:
    """Read the claims of a token that was verified, with those of the user info. Raises `ValueError`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise ValueError("the subject is not one")
    email = _word(claims, "email")
    return Told(
        issuer=str(claims["iss"]),
        subject=subject,
        name=clean_line(_word(claims, "name"), 100),
        username=_word(claims, "preferred_username"),
        email=email,
        email_is_theirs=bool(email) and claims.get("email_verified") is True,
        groups=frozenset(_words(claims.get(groups_claim))),
        two_factors=proves_two_factors(claims),
        sid=_word(claims, "sid")[:255],
    )


def proves_two_factors(claims: Mapping[str, Any]) -> bool:
    """Whether a provider says that somebody proved who they are in two ways (RFC 8176).

    >>> [proves_two_factors({"amr": amr}) for amr in (["mfa"], ["pwd", "otp"], ["pwd"], ["otp", "hwk"], "mfa", None)]
    [True, True, False, False, False, False]
    """
    given = claims.get("amr")
    methods = set(_words(given)) if isinstance(given, list) else set()
    kinds = sum(bool(methods & kind) for kind in (_KNOWN, _HELD, _BODY))
    return "mfa" in methods or kinds > 1 or claims.get("acr") in _TWO_BY_CONTEXT


def _word(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_WORD and value.isprintable() else ""


def _words(given: object) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    return [each for each in listed[:_MOST_GROUPS] if isinstance(each, str) and len(each) <= _LONGEST_WORD]
