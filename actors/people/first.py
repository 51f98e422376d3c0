"""The first administrator: a link that the command line gives as long as nobody administers the instance.

Of its secret a hash is kept. It works once, and not at all once somebody administers the instance, however
they came to do so.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instances.choices import hold_choice, read_choice, write_choice
from actors.people.accounts import administrators, digest

SUBJECT: Final = "first-link"
"""The subject of the choice: ``{"digest": "…", "until": "2026-03-09T…"}``."""
LIFETIME: Final = timedelta(days=7)


class Administered(ValueError):
    """Somebody administers the instance already."""

    def __init__(self) -> None:
        super().__init__("this instance has an administrator already; ask them for an invitation")


async def make_first_link(session: AsyncSession, *, now: datetime) -> str:
    """Return the secret of a link, ``/begin/{secret}``; one that was made before ends. Raises `Administered`."""
    if await administrators(session):
        raise Administered
    secret = secrets.token_urlsafe(24)
    chosen = {"digest": digest(secret).hex(), "until": (now + LIFETIME).isoformat()}
    await write_choice(session, SUBJECT, chosen, by=None, now=now)
    return secret


async def is_first_link(session: AsyncSession, secret: str, *, now: datetime) -> bool:
    """Whether this is the secret of the link, and it can still be used."""
    return _fits(await read_choice(session, SUBJECT), secret, now) and not await administrators(session)


async def use_first_link(session: AsyncSession, secret: str, *, now: datetime) -> bool:
    """Use the link up; False when it cannot be used, because somebody else did meanwhile."""
    fits = _fits(await hold_choice(session, SUBJECT, now=now), secret, now)
    if not fits or await administrators(session):
        return False
    await write_choice(session, SUBJECT, {}, by=None, now=now)
    return True


async def is_being_set_up(session: AsyncSession, choices: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the instance waits for its first administrator; ``choices`` are all that were chosen."""
    return bool(choices.get(SUBJECT)) and not await administrators(session)


def _fits(chosen: Mapping[str, Any], secret: str, now: datetime) -> bool:
    if not chosen:
        return False
    known = secrets.compare_digest(str(chosen["digest"]), digest(secret).hex())
    return known and datetime.fromisoformat(str(chosen["until"])) > now
