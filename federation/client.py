"""The one way out: everything that this server asks of another goes through here.

- The address is checked when a connection is dialled, for every hop (see ``addresses`` and ``transport``).
- Redirects are followed at most three times, never back to where one was, and each hop is signed anew. A document's
  redirects stay on one origin: another server's word about it is worth nothing.
- One budget of time covers names, connections, redirects and bodies; one of bytes covers what comes out of compression.
- Plain http goes to addresses that the operator allowed by name, and nowhere else.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

import aiohttp

from federation.addresses import AddressPolicy
from federation.answers import (
    Answer,
    Fetched,
    Received,
    check_status,
    is_json_media_type,
    named_errors,
    next_hop,
    one_line,
    retry_after,
)
from federation.documents import JsonObject, check_iri, id_of, parse, same_origin
from federation.errors import OriginError, TooManyRedirects, WrongContentType
from federation.keys import SigningKey
from federation.routes import Route, Routes
from federation.signatures import sign_get, sign_post
from federation.transport import (
    AddressesOf,
    NameResolver,
    open_session,
    read_body,
    system_addresses,
    tls_context,
)
from federation.vocabulary import ACCEPT, is_activity_media_type

__all__ = ["Answer", "Client", "Fetched", "Received"]

MAX_DOCUMENT: Final = 1_048_576
MAX_REDIRECTS: Final = 3

_MAX_JSON: Final = 262_144
_MAX_ANSWER: Final = 4_096
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Signed GET and POST, with limits of address, time, size and redirects.

    ``hosts`` is a map for tests and demos: ``{"utrecht.example": "http://127.0.0.1:8000"}`` sends what is for
    https://utrecht.example there in plain http, while host, signature and URL stay the public ones. ``connections``
    bounds how many are open at once. Use it as an asynchronous context manager, or ``open`` and ``close`` it.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        user_agent: str,
        hosts: Mapping[str, str] | None = None,
        ca_file: Path | None = None,
        connections: int = 512,
        addresses_of: AddressesOf = system_addresses,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._routes = Routes(hosts or {})
        self.policy = policy
        self._dialled = policy.allowing(self._routes.networks)
        self._headers = {"User-Agent": user_agent}
        self._ca_file = ca_file
        self._connections = connections
        self._addresses_of = addresses_of
        self._now = now
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._resolver: NameResolver | None = None

    async def open(self) -> None:
        """Make ready; nothing is connected yet."""
        self._resolver = NameResolver(self._addresses_of)
        # Two sessions, since the rule at the dial differs and the dial does not know the scheme.
        self._sessions = {
            "https": open_session(
                self._dialled.permits,
                self._resolver,
                tls=tls_context(self._ca_file),
                headers=self._headers,
                limit=self._connections,
            ),
            "http": open_session(
                self._dialled.permits_plain, self._resolver, tls=True, headers=self._headers, limit=self._connections
            ),
        }

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions = {}
        if self._resolver is not None:
            await self._resolver.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def get_document(self, url: str, *, key: SigningKey | None = None, timeout: float = 10.0) -> Fetched:
        """Fetch an ActivityStreams document, signed by ``key`` where one is given.

        ``timeout`` is in seconds, for all of it. Raises ``FetchError`` by its leaves, ``OriginError`` for a redirect to
        another origin, and ``DocumentError`` for what cannot be read. Whether the document may speak for its id is for
        ``get_object``.
        """

        def headers(hop: str) -> dict[str, str]:
            return {"Accept": ACCEPT} if key is None else sign_get(hop, key, accept=ACCEPT, now=self._now())

        received = await self._get(
            url, headers, is_activity_media_type, max_bytes=MAX_DOCUMENT, timeout=timeout, same_origin_only=True
        )
        document = parse(received.body, max_bytes=MAX_DOCUMENT)
        return Fetched(received.url, document, received.content_type)

    async def get_object(self, uri: str, *, key: SigningKey | None = None, timeout: float = 10.0) -> JsonObject:
        """Fetch the object at ``uri``, such that the document's own id is where it was found.

        Where the id differs from the final URL (the page of a post, for one) it is fetched once more at its id, which
        must be of the same origin, and then be the same (Mastodon CVE-2024-23832). The id may differ from ``uri``.
        ``timeout`` is for both together.
        Raises as ``get_document`` does, and ``OriginError`` where the id is not where the document is.
        """
        with named_errors(uri):
            async with asyncio.timeout(timeout):
                return await self._object(uri, key, timeout)

    async def _object(self, uri: str, key: SigningKey | None, timeout: float) -> JsonObject:
        fetched = await self.get_document(uri, key=key, timeout=timeout)
        identifier = check_iri(id_of(fetched.document))
        if identifier == fetched.url:
            return fetched.document
        if not same_origin(identifier, fetched.url):
            raise OriginError(f"{fetched.url} serves a document with the id {identifier}")
        again = await self.get_document(identifier, key=key, timeout=timeout)
        if id_of(again.document) != again.url or again.url != identifier:
            raise OriginError(f"{identifier} is not the id of what is found there")
        return again.document

    async def get_json(
        self,
        url: str,
        *,
        accept: str = "application/json",
        max_bytes: int = _MAX_JSON,
        timeout: float = 10.0,
        same_origin_only: bool = True,
    ) -> JsonObject:
        """Fetch other JSON (WebFinger, NodeInfo), not signed; raises as ``get_document`` does."""
        received = await self._get(
            url,
            lambda _: {"Accept": accept},
            is_json_media_type,
            max_bytes=max_bytes,
            timeout=timeout,
            same_origin_only=same_origin_only,
        )
        return parse(received.body, max_bytes=max_bytes)

    async def get_bytes(
        self,
        url: str,
        *,
        accept: str,
        accepts: Callable[[str], bool],
        max_bytes: int,
        timeout: float = 10.0,
    ) -> Received:
        """Fetch a file or page, from whatever origin its redirects lead to; ``accepts`` judges the content type."""
        return await self._get(
            url,
            lambda _: {"Accept": accept},
            accepts,
            max_bytes=max_bytes,
            timeout=timeout,
            same_origin_only=False,
        )

    async def ask_json(
        self,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = _MAX_JSON,
        timeout: float = 10.0,
    ) -> tuple[int, JsonObject]:
        """Ask a service, with a form when one is given, and return its status and its JSON, whatever the status.

        A redirect is an answer too and not followed: what is sent here is for this address alone. Raises
        ``AddressRefused``, ``Unreachable``, ``WrongContentType``, ``BodyTooLarge`` and ``DocumentError``.
        """
        sent = {"Accept": "application/json", **(headers or {})}
        body = None
        if form is not None:
            body = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        with named_errors(url):
            async with asyncio.timeout(timeout):
                method = "GET" if body is None else "POST"
                async with self._request(method, self._routes.to(url), sent, body) as response:
                    content_type = response.headers.get("Content-Type", "")
                    if not is_json_media_type(content_type):
                        raise WrongContentType(f"{url}: answered {response.status} with {content_type[:100]!r}")
                    return response.status, parse(await read_body(response, max_bytes), max_bytes=max_bytes)

    async def post(self, url: str, body: bytes, *, key: SigningKey, timeout: float = 10.0) -> Answer:
        """Deliver an activity; every status is an answer, also a redirect, which is not followed.

        Raises ``AddressRefused`` (final) and ``Unreachable`` (try again). Of the answer's body 4 kB are read.
        """
        with named_errors(url):
            async with asyncio.timeout(timeout):
                route = self._routes.to(url)
                headers = sign_post(url, body, key, now=self._now())
                try:
                    return await self._post(route, headers, body)
                except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                    # A connection kept alive that the other side was just closing. To deliver twice does no harm: the
                    # receiver knows the activity by its id.
                    return await self._post(route, headers, body)

    async def _post(self, route: Route, headers: dict[str, str], body: bytes) -> Answer:
        async with self._request("POST", route, headers, body) as response:
            said = bytearray()
            # To the end where that is near, so that the connection can be used again; else it is given up.
            while len(said) < _MAX_ANSWER and (chunk := await response.content.read(_MAX_ANSWER - len(said))):
                said += chunk
            return Answer(response.status, retry_after(response.headers, self._now()), one_line(bytes(said)))

    async def _get(
        self,
        url: str,
        headers: Callable[[str], dict[str, str]],
        accepts: Callable[[str], bool],
        *,
        max_bytes: int,
        timeout: float,
        same_origin_only: bool,
    ) -> Received:
        url = url.partition("#")[0]
        visited = {url}
        with named_errors(url):
            async with asyncio.timeout(timeout):
                for _ in range(MAX_REDIRECTS + 1):
                    route = self._routes.to(url)
                    async with self._request("GET", route, headers(url)) as response:
                        if response.status not in _REDIRECTS:
                            return await self._receive(url, response, accepts, max_bytes)
                        url = next_hop(url, response, same_origin_only=same_origin_only)
                    if url in visited:
                        raise TooManyRedirects(f"sent back to {url}")
                    visited.add(url)
        raise TooManyRedirects(f"more than {MAX_REDIRECTS} redirects, up to {url}")

    async def _receive(
        self, url: str, response: aiohttp.ClientResponse, accepts: Callable[[str], bool], max_bytes: int
    ) -> Received:
        check_status(url, response, self._now())
        content_type = response.headers.get("Content-Type", "")
        if not accepts(content_type):
            raise WrongContentType(f"{url}: answered with {content_type[:100]!r}")
        return Received(url, content_type, await read_body(response, max_bytes))

    def _request(
        self, method: str, route: Route, headers: dict[str, str], body: bytes | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._sessions[route.scheme].request(
            method, route.url, data=body, headers={"Host": route.host, **headers}, allow_redirects=False
        )
