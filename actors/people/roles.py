"""Roles as the database holds them: the words of a person's roles in one column."""

from sqlalchemy import Dialect, String, TypeDecorator

from actors.kinds import Role


class Roles(TypeDecorator[frozenset[Role]]):
    """A set of roles, stored as their words in the order of the alphabet, with spaces between them."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Role] | None, dialect: Dialect) -> str:
        """Return what is stored."""
        return " ".join(sorted(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[Role]:
        """Return the roles; a word of a later version is left out, so that it gives nobody anything."""
        return frozenset(Role(word) for word in (value or "").split() if word in set(Role))
