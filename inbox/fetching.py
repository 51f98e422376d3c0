"""Fetching what an arrival needs, within budgets: so much at once, so much of one host, so much a minute.

What one hostile server makes us fetch must not keep others waiting, nor make us a nuisance to a
third (Mastodon CVE-2022-46405). Everything here happens outside transactions.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from actors.bounded import BoundedCache
from actors.resolve import Resolver
from federation.documents import JsonObject, origin_of
from federation.errors import FederationError, Unreachable

AT_ONCE: Final = 32
AT_ONCE_OF_HOST: Final = 4
_A_MINUTE_OF_HOST: Final = 300
_HOSTS: Final = 5_000
_SECONDS: Final = 10.0

Fetched = JsonObject | FederationError | None


@dataclass
class _Host:
    lanes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE_OF_HOST))
    spent: int = 0


class Fetcher:
    """Fetches documents and actors through the resolver. ``a_minute_of_host`` bounds what one host is asked."""

    def __init__(self, resolver: Resolver, *, a_minute_of_host: int = _A_MINUTE_OF_HOST) -> None:
        self._resolver = resolver
        self._most = a_minute_of_host
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._hosts: BoundedCache[tuple[str, str, int], _Host] = BoundedCache(_HOSTS, 60.0)

    async def document(self, uri: str) -> Fetched:
        """Return the object at a URI, or why it could not be had."""
        return await self._within_budget(uri, self._resolver.fetch(uri, timeout=_SECONDS))

    async def actor(self, uri: str) -> Fetched:
        """Have an actor stored; None when it is, else why not."""
        return await self._within_budget(uri, self._store(uri))

    async def all_of(self, objects: Iterable[str], actors: Iterable[str]) -> dict[str, Fetched]:
        """Fetch all of these at once; actors give None, unless their document is asked for as well."""
        wanted = [(uri, self.actor(uri)) for uri in actors] + [(uri, self.document(uri)) for uri in objects]
        found = await asyncio.gather(*(fetch for _, fetch in wanted))
        return {uri: one for (uri, _), one in zip(wanted, found, strict=True)}

    async def _store(self, uri: str) -> None:
        await self._resolver.actor(uri, timeout=_SECONDS)

    async def _within_budget(self, uri: str, fetch: Awaitable[JsonObject | None]) -> Fetched:
        try:
            async with self._lane(uri):
                return await fetch
        except FederationError as error:
            return error
        finally:
            if asyncio.iscoroutine(fetch):
                fetch.close()  # one that was never begun

    @asynccontextmanager
    async def _lane(self, uri: str) -> AsyncIterator[None]:
        origin = origin_of(uri)
        host = self._hosts.get(origin)
        if host is None:
            host = _Host()
            self._hosts.put(origin, host)
        if host.spent >= self._most:
            raise Unreachable(f"{origin[1]} was asked {self._most} times this minute")
        host.spent += 1
        async with host.lanes, self._slots:
            yield
