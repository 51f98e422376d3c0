"""The instance as its pages show it: its organisation and what the administrator chose.

Every page needs it and it hardly ever changes, so it is read once and again after a change
(`actors.wakeups.CHANGED` rings for every commit that pages show).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.instances.choices import read_choices
from actors.kinds import ActorKind


@dataclass(frozen=True)
class House:
    """What was read: the organisation that runs the instance, and its choices by subject."""

    name: str = "Samenspraak"
    organisation: Actor | None = None
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

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
        name = organisation.name if organisation is not None else ""
        return House(name or "Samenspraak", organisation, choices)
