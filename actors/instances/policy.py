"""How a server is treated: what was decided of it, or of a domain above it.

A decision about ``bad.example`` holds for ``www.bad.example`` and ``bad.example:8443`` as well; of several that
hold for a host the strictest counts.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy

_MOST_LABELS: Final = 10
_STRICTEST_FIRST: Final = (ServerPolicy.SUSPENDED, ServerPolicy.LIMITED)


def names_above(domain: str) -> list[str]:
    """Return the names under which something may have been decided about a host, itself first.

    >>> names_above("www.bad.example:8443")
    ['www.bad.example:8443', 'www.bad.example', 'bad.example', 'example']
    """
    host = domain.rpartition(":")[0] if domain.rpartition(":")[2].isdigit() else domain
    labels = host.split(".")[-_MOST_LABELS:]
    return list(dict.fromkeys([domain, host, *(".".join(labels[start:]) for start in range(len(labels)))]))


def strictest(domain: str, decided: Mapping[str, str]) -> ServerPolicy:
    """Return the policy that holds for a host, of what was decided by name.

    >>> strictest("www.bad.example", {"bad.example": "suspended", "www.bad.example": "limited"})
    <ServerPolicy.SUSPENDED: 'suspended'>
    """
    found = {decided.get(name) for name in names_above(domain)}
    return next((policy for policy in _STRICTEST_FIRST if policy in found), ServerPolicy.OPEN)


async def policy_of(session: AsyncSession, domain: str) -> ServerPolicy:
    """Return the policy that holds for a host."""
    rows = await session.execute(
        select(Instance.domain, Instance.policy).where(
            among(session, Instance.domain, names_above(domain)), Instance.policy != ServerPolicy.OPEN
        )
    )
    return strictest(domain, dict(rows.all()))


def under(column: Any, domain: str) -> ColumnElement[bool]:
    """Return the condition that a column holds a domain, or one below it, with whatever port."""
    return or_(
        column == domain,
        column.endswith(f".{domain}", autoescape=True),
        column.startswith(f"{domain}:", autoescape=True),
        column.contains(f".{domain}:", autoescape=True),
    )
