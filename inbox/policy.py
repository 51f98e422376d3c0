"""What the operator decided of other servers, remembered for a few seconds.

Asked for every request and every announced activity, so it is kept in memory: for `_SECONDS`, and for much less
once the bell rang that tells of a change. Everything that waits is judged again when it is handled.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from actors.database import Database
from actors.instances.policy import names_above
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy

_SECONDS: Final = 5.0
_SOON: Final = 0.3
"""On SQLite the bell rings for whatever another process commits; so often it costs nothing to look."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The servers, by host, that are suspended and those that are limited; names below them as well."""

    suspended: frozenset[str] = field(default_factory=frozenset)
    limited: frozenset[str] = field(default_factory=frozenset)

    def refuses(self, domain: str) -> bool:
        """Whether nothing is heard from this host.

        >>> Policy(frozenset({"bad.example"})).refuses("www.bad.example:8443")
        True
        >>> Policy(frozenset({"bad.example"})).refuses("notbad.example")
        False
        """
        return bool(self.suspended) and any(name in self.suspended for name in names_above(domain))

    def limits(self, domain: str) -> bool:
        """Whether this host is heard, but nobody is told unasked."""
        return bool(self.limited) and any(name in self.limited for name in names_above(domain))


class Policies:
    """The policy of this instance as the database has it."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._policy = Policy()
        self._until = float("-inf")

    async def current(self) -> Policy:
        """Return the policy, at most a few seconds old."""
        if self._clock() >= self._until:
            # First, so that those who ask meanwhile get the old one instead of asking as well.
            self._until = self._clock() + _SECONDS
            try:
                self._policy = await self._read()
            except BaseException:
                self._until = float("-inf")
                raise
        return self._policy

    def hurry(self) -> None:
        """Something may have been decided: have the next who asks, a moment from now, read it anew."""
        self._until = min(self._until, self._clock() + _SOON)

    async def _read(self) -> Policy:
        query = select(Instance.domain, Instance.policy).where(Instance.policy != ServerPolicy.OPEN.value)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return Policy(
            frozenset(row.domain for row in rows if row.policy == ServerPolicy.SUSPENDED),
            frozenset(row.domain for row in rows if row.policy == ServerPolicy.LIMITED),
        )
