"""What the organisation changes about itself, told to those who follow it."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.sanitize import clean_line, is_storable
from actors.site import Site
from outbox.publish.people import tell_of_change

LONGEST_NAME: Final = 150


class NameRefused(ValueError):
    """A name that an organisation cannot have: empty, too long, or no text."""


async def rename_organisation(
    session: AsyncSession, site: Site, organisation: Actor, name: str, *, now: datetime
) -> bool:
    """Give the organisation another name; False when it has that name already. Raises `NameRefused`."""
    if not is_storable(name) or len(name) > LONGEST_NAME or not (cleaned := clean_line(name, LONGEST_NAME)):
        raise NameRefused(f"a name has 1 to {LONGEST_NAME} characters")
    if cleaned == organisation.name:
        return False
    organisation.name = cleaned
    await tell_of_change(session, site, organisation, now=now)
    return True
