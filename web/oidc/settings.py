"""What an operator decides of a provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from actors.kinds import Role

SIGN_IN_PATH: Final = "/inloggen/via"
DEFAULT_SCOPES: Final = ("openid", "profile", "email")


class NewPeople(StrEnum):
    """What happens when a provider tells of somebody who is not known here."""

    OFF = "off"
    """They are told to ask for an invitation, or to link the account that they have."""
    APPROVAL = "approval"
    """They make an account, and an administrator says yes or no."""
    ON = "on"
    """They make an account and are signed in."""


@dataclass(frozen=True)
class ProviderSettings:
    """A provider. ``key`` is its word in our addresses, ``name`` what people call it.

    ``roles`` are given to who is in a group, by its name in the claim ``groups_claim``.
    """

    key: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    groups_claim: str = "groups"
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    new_people: NewPeople = NewPeople.OFF

    @property
    def label(self) -> str:
        """What the button says."""
        return self.name or self.issuer.partition("://")[2].partition("/")[0]

    @property
    def path(self) -> str:
        """Where signing in by way of it begins."""
        return f"{SIGN_IN_PATH}/{self.key}"

    def roles_of(self, groups: frozenset[str]) -> frozenset[Role]:
        """Return the roles that who is in these groups has here.

        >>> board = ProviderSettings("x", "https://x.example", "c", roles={"board": frozenset({Role.EDITOR})})
        >>> board.roles_of(frozenset({"board", "choir"}))
        frozenset({<Role.EDITOR: 'editor'>})
        """
        return frozenset(role for group in groups for role in self.roles.get(group, ()))
