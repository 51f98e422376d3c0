"""What a delivery sends: an activity's bytes and the key of who says it, read once however many inboxes it goes to."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.bounded import BoundedCache
from actors.keys import KeyRing
from federation.keys import SigningKey
from outbox.tables import Activity

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """An activity ready to be sent. ``key`` is None when the actor's cannot be used; ``problem`` says why."""

    body: bytes
    key: SigningKey | None
    problem: str = ""


class Letters:
    """The letters used last."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._kept: BoundedCache[int, Letter] = BoundedCache(256, 300.0)

    async def read(self, session: AsyncSession, activity_ids: Collection[int]) -> dict[int, Letter]:
        """Return the letter of each of these activities."""
        letters = {one: letter for one in activity_ids if (letter := self._kept.get(one)) is not None}
        missing = [one for one in activity_ids if one not in letters]
        if missing:
            rows = await session.execute(
                select(Activity.id, Activity.actor_id, Activity.document).where(among(session, Activity.id, missing))
            )
            for activity_id, actor_id, document in rows.all():
                letter = await self._write(session, actor_id, document)
                letters[activity_id] = letter
                if letter.key is not None:
                    self._kept.put(activity_id, letter)
        return letters

    async def _write(self, session: AsyncSession, actor_id: int, document: str) -> Letter:
        try:
            return Letter(document.encode(), await self._keys.signing_key(session, actor_id))
        except DBAPIError:
            raise
        except Exception as error:
            # One actor without a key must not hold up what others say.
            log.exception("the key of actor %d cannot be used", actor_id)
            return Letter(b"", None, f"no key to sign with: {type(error).__name__}")
