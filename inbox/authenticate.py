"""From a request to the actor that signed it.

The key named by the signature is looked for in memory, in the database, then at its origin. A
signature that does not fit a key which we had may mean that the actor has a new one: it is fetched
again, once a minute at most; so is an actor of which a request names a key that we do not know, by
whichever names. A key server that is slow costs a budget of `_KEY_SECONDS`, then the
sender is asked to try again (promise P8).

Who is suspended or deleted, or lives on a suspended server, is refused here; the worker asks again
when the activity is handled (Mastodon CVE-2026-23961).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from actors.actor import Actor, ActorKey
from actors.bounded import BoundedCache
from actors.database import Database
from actors.database import now as present
from actors.resolve import Resolver
from actors.site import Site
from actors.visibility import Viewer
from federation.documents import id_of, iri_of, origin_of, types_of
from federation.documents.readers import check_same_origin
from federation.errors import (
    DocumentError,
    FetchError,
    KeyUnavailable,
    OriginError,
    SignatureError,
    UnexpectedStatus,
    Unreachable,
)
from federation.keys import PublicKey, load_public
from federation.signatures import HeaderPairs, Signature, read_signature
from federation.vocabulary import ACTOR_TYPES
from inbox.policy import Policies

_KEY_SECONDS: Final = 4.0
_KNOWN_SECONDS: Final = 5.0
"""How long a row is believed without a look: a suspension and a new key take hold in that time."""
_LOADED_SECONDS: Final = 600.0
_CACHED: Final = 10_000
_REFETCH_SECONDS: Final = 60.0
_MOST_FETCHES: Final = 128
"""Keys that are being fetched at once, and of one host."""
_MOST_FETCHES_OF_HOST: Final = 8


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signed a request."""

    actor_id: int
    actor_uri: str
    domain: str


@dataclass(frozen=True, slots=True)
class _KnownKey:
    sender: Sender
    material: str
    is_local: bool
    is_gone: bool
    is_suspended: bool


class Authenticator:
    """Says who signed a request. ``key_seconds`` is the budget for fetching a key."""

    def __init__(
        self,
        database: Database,
        site: Site,
        resolver: Resolver,
        policies: Policies | None = None,
        *,
        key_seconds: float = _KEY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._site = site
        self._resolver = resolver
        self._policies = policies or Policies(database)
        self._key_seconds = key_seconds
        self._known: BoundedCache[str, _KnownKey] = BoundedCache(_CACHED, _KNOWN_SECONDS, clock)
        self._loaded: BoundedCache[str, PublicKey] = BoundedCache(_CACHED, _LOADED_SECONDS, clock)
        self._refetched: BoundedCache[str, bool] = BoundedCache(_CACHED, _REFETCH_SECONDS, clock)
        self._fetching: dict[str, asyncio.Task[None]] = {}

    async def authenticate(self, method: str, target: str, headers: HeaderPairs, body: bytes, now: datetime) -> Sender:
        """Return who signed a request; ``target`` is the path with the query, as it was sent.

        Raises ``SignatureError`` when nobody that we believe did, ``OriginError`` when that actor is
        not heard here, ``KeyUnavailable`` when its key could not be had now.
        """
        return await self.verify(read_signature(method, target, headers), body, now)

    async def viewer(
        self, method: str, target: str, headers: HeaderPairs, *, now: Callable[[], datetime] = present
    ) -> Viewer:
        """Return who signed a GET (authorized fetch), as somebody who looks; raises as `authenticate` does."""
        return Viewer((await self.authenticate(method, target, headers, b"", now())).actor_id)

    async def verify(self, signature: Signature, body: bytes, now: datetime) -> Sender:
        """Return who made a signature that was read already; raises as `authenticate` does."""
        key_id = signature.key_id
        if self._site.is_local(key_id):
            raise SignatureError("signed with a key of our own")
        known = await self._stored(key_id)
        fetched = known is None
        if known is None:
            known = await self._first_seen(key_id)
        try:
            self._check(signature, known, body, now)
        except SignatureError:
            if fetched or not self._may_refetch(_bare(key_id)):
                raise
            renewed = await self._fetched(key_id)
            if renewed.material == known.material:
                raise
            known = renewed
            self._check(signature, known, body, now)
        await self._check_standing(known)
        return known.sender

    def _check(self, signature: Signature, known: _KnownKey, body: bytes, now: datetime) -> None:
        public = self._loaded.get(known.material)
        if public is None:
            public = load_public(known.material)
            self._loaded.put(known.material, public)
        signature.verify(public, body=body, host_expected=self._site.domain, now=now)

    async def _check_standing(self, known: _KnownKey) -> None:
        if known.is_local:
            raise SignatureError("signed as one of our own")
        if known.is_gone:
            raise SignatureError(f"{known.sender.actor_uri} is deleted")
        if known.is_suspended or (await self._policies.current()).refuses(known.sender.domain):
            raise OriginError(f"{known.sender.actor_uri} is suspended", public="This server does not hear you.")

    async def _stored(self, key_id: str) -> _KnownKey | None:
        known = self._known.get(key_id)
        if known is not None:
            return known
        query = (
            select(
                ActorKey.public, Actor.id, Actor.uri, Actor.domain, Actor.is_local, Actor.deleted_at, Actor.suspended_at
            )
            .join(Actor, Actor.id == ActorKey.actor_id)
            .where(ActorKey.uri == key_id)
        )
        async with self._database.reading() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            return None
        known = _KnownKey(
            Sender(row.id, row.uri, row.domain),
            row.public,
            row.is_local,
            is_gone=row.deleted_at is not None,
            is_suspended=row.suspended_at is not None,
        )
        self._known.put(key_id, known)
        return known

    def _may_refetch(self, uri: str) -> bool:
        if self._refetched.get(uri):
            return False
        self._refetched.put(uri, True)
        return True

    async def _first_seen(self, key_id: str) -> _KnownKey:
        # Whoever signs may name any key of anyone's: an actor that we know is asked again once a minute at most.
        uri = _bare(key_id)
        if uri not in self._fetching:
            is_known = await self._resolver.known_actor(uri) is not None
            if is_known and (known := await self._stored(key_id)) is not None:
                return known  # somebody else's fetch brought it meanwhile
            refused = not self._may_refetch(uri) if is_known else bool(self._refetched.get(uri))
            if refused and uri not in self._fetching:
                raise KeyUnavailable(f"{uri} was asked for its keys a moment ago")
        return await self._fetched(key_id)

    async def _fetched(self, key_id: str) -> _KnownKey:
        # Everyone who waits for a key of one actor waits for one fetch of it.
        uri = _bare(key_id)
        task = self._fetching.get(uri)
        if task is None:
            self._check_room(uri)
            task = asyncio.create_task(self._fetch(uri, apart=uri == key_id))
            self._fetching[uri] = task
            task.add_done_callback(lambda done: self._forget(uri, done))
        await asyncio.shield(task)
        self._known.drop(key_id)
        known = await self._stored(key_id)
        if known is None:
            self._refetched.put(uri, True)
            raise SignatureError(f"the actor at {key_id} does not publish that key")
        return known

    def _check_room(self, uri: str) -> None:
        origin = origin_of(uri)
        of_host = sum(origin_of(other) == origin for other in self._fetching)
        if len(self._fetching) >= _MOST_FETCHES or of_host >= _MOST_FETCHES_OF_HOST:
            raise KeyUnavailable(f"too many keys are being fetched to fetch {uri}")

    def _forget(self, uri: str, done: asyncio.Task[None]) -> None:
        self._fetching.pop(uri, None)
        if not done.cancelled():
            done.exception()  # seen, also when everyone who waited has left

    async def _fetch(self, uri: str, *, apart: bool) -> None:
        try:
            async with asyncio.timeout(self._key_seconds):
                await self._fetch_owner(uri, apart=apart)
        except TimeoutError:
            raise KeyUnavailable(f"{uri}: no answer in {self._key_seconds} seconds") from None
        except Unreachable as error:
            raise KeyUnavailable(error.reason) from error
        except UnexpectedStatus as error:
            if error.status >= 500 or error.status == 429:
                raise KeyUnavailable(error.reason) from error
            raise SignatureError(error.reason) from error
        except (FetchError, DocumentError, OriginError) as error:
            raise SignatureError(f"{uri}: {error.reason}") from error

    async def _fetch_owner(self, uri: str, *, apart: bool) -> None:
        """Have the actor that owns a key fetched and stored, whether the key is part of it or apart from it."""
        if not apart:
            await self._resolver.actor(uri, refresh=True, timeout=self._key_seconds)
            return
        document = await self._resolver.fetch(uri, timeout=self._key_seconds)
        owner = id_of(document) if ACTOR_TYPES.intersection(types_of(document)) else iri_of(document.get("owner"))
        if owner is None:
            raise DocumentError("a key that names no owner")
        check_same_origin(uri, owner, "owner of the key")
        await self._resolver.actor(owner, refresh=True, timeout=self._key_seconds)


def _bare(key_id: str) -> str:
    """Return a key's id without its fragment, which is mostly its actor's: what is fetched."""
    return key_id.partition("#")[0]
