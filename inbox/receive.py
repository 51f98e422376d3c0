"""What a server sends us: checked, stored, and only then acknowledged (promise P1).

Nothing is understood here beyond who says what: an activity is parsed, its signature verified, its
actor compared with the signer, and its bytes stored under a fingerprint that makes a repetition
harmless (P3). Concurrent arrivals share a transaction. What it means is the worker's to find out.

When more waits than can be handled in good time, peers are sent away *before* anything is accepted
(P8): they try again, and nothing that we acknowledged is ever dropped. They are sent away as well when
something is not stored within seconds, because somebody else holds the database. It may be stored
after all, which does no harm: when they send it again it is known.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from actors.actor import Actor
from actors.database import Database, wake_after_commit
from actors.group_commit import GroupCommit, Overloaded
from actors.ids import new_id
from actors.site import Site
from actors.wakeups import ARRIVALS
from federation.documents import Activity, parse
from federation.errors import KeyUnavailable, OriginError
from federation.signatures import HeaderPairs, read_signature
from inbox.arrivals import New, count_waiting, store
from inbox.authenticate import Authenticator
from inbox.dispatch import HANDLERS

log = logging.getLogger(__name__)

_MOST_WAITING: Final = 50_000
_MOST_BYTES: Final = 64 * 1_048_576
_COUNTED_EVERY: Final = 2.0
_SECONDS: Final = 4.5
"""A key may take four of them; an answer takes less than five (promise P8)."""


class Receipt(Enum):
    """What became of a request to an inbox; all three are answered with 202."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class _Item:
    actor_id: int
    fingerprint: bytes
    body: bytes
    received_at: datetime


class Receiver:
    """Takes activities in.

    ``most_waiting`` is how many may wait to be handled before peers are sent away, ``seconds`` how long one may take
    to be stored before its sender is.
    """

    def __init__(
        self,
        database: Database,
        site: Site,
        authenticator: Authenticator,
        *,
        most_waiting: int = _MOST_WAITING,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._site = site
        self._authenticator = authenticator
        self._most_waiting = most_waiting
        self._seconds = seconds
        self._clock = clock
        self._taking: set[asyncio.Task[Receipt]] = set()
        self._commit: GroupCommit[_Item, Receipt | None] = GroupCommit(self._store)
        self._bytes = 0
        self._is_full = False
        self._counted_at = float("-inf")

    async def receive(self, method: str, target: str, headers: HeaderPairs, body: bytes, now: datetime) -> Receipt:
        """Take an activity; when this returns it is durable, or needs no keeping.

        Raises ``FederationError`` by its leaves when it is refused, `Overloaded` when the peer should
        come back later, and what SQLAlchemy raises when the database is away: nothing was accepted then.
        """
        if self._bytes + len(body) > _MOST_BYTES:
            raise Overloaded
        # Apart from the request: what was begun ends well also when its sender has been sent away, and holds its
        # bytes until then.
        taking = asyncio.create_task(self._take(method, target, headers, body, now))
        self._bytes += len(body)
        self._taking.add(taking)
        taking.add_done_callback(lambda done: self._let_go(done, len(body)))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(taking)
        except TimeoutError:
            log.warning("an arrival could not be stored in %s seconds", self._seconds)
            raise Overloaded from None

    async def close(self) -> None:
        """Store what waits, and take nothing more."""
        await self._commit.close()
        for taking in self._taking:
            taking.cancel()
        await asyncio.gather(*self._taking, return_exceptions=True)

    async def _take(self, method: str, target: str, headers: HeaderPairs, body: bytes, now: datetime) -> Receipt:
        await self._check_room()
        signature = read_signature(method, target, headers)
        activity = Activity.read(parse(body))
        if activity.type not in HANDLERS:
            return Receipt.IGNORED
        if _deletes_itself(activity) and not await self._is_known(activity.actor):
            # Of an actor that we never met nothing is here to be deleted, so its key, which is
            # mostly gone with it, need not be asked for (promise P10).
            return Receipt.IGNORED
        sender = await self._authenticator.verify(signature, body, now)
        if sender.actor_uri != activity.actor:
            raise OriginError(f"signed by {sender.actor_uri}, said to be by {activity.actor}")
        receipt = await self._commit.add(_Item(sender.actor_id, fingerprint(activity), body, now))
        if receipt is None:
            raise KeyUnavailable(f"{sender.actor_uri} was removed while it spoke")
        return receipt

    def _let_go(self, done: asyncio.Task[Receipt], size: int) -> None:
        self._bytes -= size
        self._taking.discard(done)
        if not done.cancelled():
            done.exception()  # seen, also when its sender has been sent away

    async def _check_room(self) -> None:
        if self._clock() >= self._counted_at + _COUNTED_EVERY:
            self._counted_at = self._clock()
            async with self._database.reading() as session:
                self._is_full = await count_waiting(session, most=self._most_waiting) >= self._most_waiting
        if self._is_full:
            raise Overloaded

    async def _is_known(self, actor_uri: str) -> bool:
        async with self._database.reading() as session:
            query = select(Actor.id).where(Actor.uri == actor_uri, Actor.deleted_at.is_(None))
            return await session.scalar(query) is not None

    async def _store(self, items: list[_Item]) -> list[Receipt | None]:
        try:
            return await self._store_together(items)
        except IntegrityError:
            if len(items) == 1:
                log.warning("an arrival of actor %d could not be stored", items[0].actor_id)
                return [None]
            # One that cannot be stored (its actor was just removed, two processes minted one id) must
            # not take the others with it.
            return [receipt for item in items for receipt in await self._store([item])]

    async def _store_together(self, items: list[_Item]) -> list[Receipt | None]:
        new = [New(new_id(), item.fingerprint, item.actor_id, item.body, item.received_at) for item in items]
        async with self._database.writing() as session:
            stored = await store(session, new)
            if stored:
                wake_after_commit(session, ARRIVALS)
        return [Receipt.ACCEPTED if one.id in stored else Receipt.DUPLICATE for one in new]


def fingerprint(activity: Activity) -> bytes:
    """Return what an activity is known by: SHA-256 over its actor's and its own id."""
    return hashlib.sha256(f"{activity.actor}\n{activity.id}".encode()).digest()


def _deletes_itself(activity: Activity) -> bool:
    return activity.type == "Delete" and activity.object_id == activity.actor
