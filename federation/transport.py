"""What lies under the client: how names become addresses, which address is dialled, and how much of a body is read."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from federation.addresses import literal_addresses
from federation.errors import BodyTooLarge, Unreachable, WrongContentType

AddressesOf = Callable[[str, int], list[str]]
Permits = Callable[[str, int], bool]

# Names are looked up in threads, and a name server that does not answer holds one for many seconds. The loop's own pool
# has a handful, which thirty dead servers would take from everyone else.
_LOOKUP_THREADS: Final = 64
_CONNECTIONS_PER_HOST: Final = 32
_KEEPALIVE_SECONDS: Final = 30.0
_REFUSED: Final = "the address is not one that we connect to"


class DialRefused(OSError):
    """The address at hand may not be connected to. Its text is always the same, so that aiohttp passes it on whole."""

    def __init__(self) -> None:
        super().__init__(_REFUSED)


def system_addresses(name: str, port: int) -> list[str]:
    """The addresses of a name according to the system's resolver. Raises ``OSError``; may block for seconds."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except UnicodeError as error:
        # What has an empty label, or one of more than 63 characters, is no name; Python says so in its own way.
        raise OSError(f"no such name: {error}") from None
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class NameResolver(AbstractResolver):
    """Names to addresses: ``localhost`` and below without asking anyone (RFC 6761), the rest by ``addresses_of``."""

    def __init__(self, addresses_of: AddressesOf) -> None:
        self._addresses_of = addresses_of
        self._threads = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host``; which of them may be dialled is asked later."""
        found = [str(address) for address in literal_addresses(host)]
        if not found:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._addresses_of, host, port)
        return [_resolved(host, address, port) for address in found]

    async def close(self) -> None:
        """Let the threads go without waiting for a name server."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _resolved(name: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=name, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


def open_session(
    permits: Permits, resolver: AbstractResolver, *, tls: ssl.SSLContext | bool, headers: Mapping[str, str], limit: int
) -> aiohttp.ClientSession:
    """A session that dials nothing but what ``permits`` permits, keeps connections, and knows no cookies or proxies.

    Every connection passes through its socket factory, with the address that is about to be dialled: those of names and
    literal ones, first ones and later ones.
    """

    def make_socket(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, sockaddr = address
        if not permits(sockaddr[0], sockaddr[1]):
            raise DialRefused
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        resolver=resolver,
        ssl=tls,
        limit=limit,
        limit_per_host=_CONNECTIONS_PER_HOST,
        keepalive_timeout=_KEEPALIVE_SECONDS,
        socket_factory=make_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        # Decompressed here, so that the limit is on what comes out and nothing is expanded beyond it.
        auto_decompress=False,
        headers={**headers, "Accept-Encoding": "gzip"},
        # The client keeps the time of a whole exchange, with its redirects.
        timeout=aiohttp.ClientTimeout(total=None),
    )


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS as the system trusts it, with the authorities in ``ca_file`` besides."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


async def read_body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The whole body, decompressed.

    Raises ``BodyTooLarge`` when it, compressed or not, has more than ``max_bytes`` bytes, ``WrongContentType`` for an
    encoding that we did not ask for or that is broken, and ``Unreachable`` where a compressed body is cut off.
    """
    if (response.content_length or 0) > max_bytes:
        raise BodyTooLarge(f"announces {response.content_length} bytes, more than {max_bytes}")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise WrongContentType("in a content encoding that we did not ask for")
    inflater = None if encoding == "identity" else zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    body = bytearray()
    received = 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        body += chunk if inflater is None else _inflate(inflater, chunk, max_bytes + 1 - len(body))
        if len(body) > max_bytes or received > max_bytes:
            raise BodyTooLarge(f"more than {max_bytes} bytes")
    if inflater is not None and not inflater.eof:
        raise Unreachable("the compressed body was cut off")
    return bytes(body)


def _inflate(inflater: "zlib._Decompress", chunk: bytes, at_most: int) -> bytes:
    try:
        return inflater.decompress(chunk, at_most)
    except zlib.error:
        raise WrongContentType("the compressed body is broken") from None
