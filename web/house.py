"""The instance as its pages show it: its organisation and what the administrator chose.

Every page needs it and it hardly ever changes, so it is read once and again after a change
(`actors.wakeups.CHANGED` rings for every commit that pages show).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.instances.choices import read_choices
from actors.instances.theme import Theme
from actors.kinds import ActorKind
from actors.media.tables import ActorPicture
from actors.people.first import is_being_set_up
from web.theme import SUBJECT, theme_from, theme_path


@dataclass(frozen=True)
class Logo:
    """The logo of the organisation; ``url`` is its path here, ``address`` its whole address."""

    url: str
    address: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class House:
    """What was read: the organisation that runs the instance, its logo, theme and other choices by subject.

    ``theme_css`` is the path of the theme's stylesheet; empty for the standard look.
    """

    name: str = "Samenspraak"
    organisation: Actor | None = None
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    logo: Logo | None = None
    theme: Theme | None = None
    theme_css: str = ""
    is_being_set_up: bool = False
    """Whether it waits for its first administrator."""

    def choice(self, subject: str) -> Mapping[str, Any]:
        """Return what was chosen on a subject; empty when nothing was."""
        return self.choices.get(subject, {})


class HouseKeeper:
    """Keeps the house, and reads it anew when something may have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._house = House()
        self._stale = True
        self._reading = asyncio.Lock()

    def forget(self) -> None:
        """Something has changed."""
        self._stale = True

    async def current(self) -> House:
        """Return the house as it is now."""
        if self._stale:
            async with self._reading:
                if self._stale:
                    self._stale = False
                    try:
                        self._house = await self._read()
                    except BaseException:
                        self._stale = True
                        raise
        return self._house

    async def _read(self) -> House:
        async with self._database.reading() as session:
            query = (
                select(Actor)
                .where(Actor.kind == ActorKind.ORGANISATION, Actor.is_local.is_(True), Actor.deleted_at.is_(None))
                .order_by(Actor.id)
                .limit(1)
            )
            organisation = (await session.scalars(query)).first()
            choices = await read_choices(session)
            picture = await session.get(ActorPicture, organisation.id) if organisation is not None else None
            waits = await is_being_set_up(session, choices)
        name = organisation.name if organisation is not None else ""
        theme = theme_from(choices.get(SUBJECT, {}))
        return House(
            name or "Samenspraak",
            organisation,
            choices,
            _logo(organisation, picture),
            theme,
            theme_path(theme) if theme is not None else "",
            waits,
        )


def _logo(organisation: Actor | None, picture: ActorPicture | None) -> Logo | None:
    if organisation is None or organisation.icon_url is None or picture is None:
        return None
    path = urlsplit(organisation.icon_url).path
    return Logo(path, organisation.icon_url, picture.name, picture.width, picture.height)
