"""Where a request for a public URL is sent: there, or where a test's map of hosts says."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from yarl import URL

from federation.addresses import AllowedNetwork
from federation.documents import check_iri, origin_of
from federation.errors import AddressRefused, DocumentError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Route(NamedTuple):
    """The scheme and URL to connect to, and the host to name there."""

    scheme: str
    url: URL
    host: str


class Routes:
    """The map of hosts, such as ``{"utrecht.example": "http://127.0.0.1:8000"}``; empty outside tests and demos.

    Raises ``ValueError`` for an origin that is not http(s) with a literal address.
    """

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._origins = {host.lower(): origin.rstrip("/") for host, origin in hosts.items()}
        self.networks = tuple(_network_of(origin) for origin in self._origins.values())

    def to(self, url: str) -> Route:
        """The way to a public URL. Raises ``AddressRefused`` for what ``check_iri`` refuses."""
        try:
            scheme, host, port = origin_of(url)
        except DocumentError as error:
            raise AddressRefused(f"{url[:200]!r}: {error.reason}") from None
        public = URL(url, encoded=url.isascii())
        authority = host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
        mapped = self._origins.get(authority)
        if mapped is None:
            return Route(scheme, public, authority)
        return Route(mapped.partition(":")[0], URL(mapped + public.raw_path_qs, encoded=True), authority)


def _network_of(origin: str) -> AllowedNetwork:
    try:
        _, host, port = origin_of(check_iri(origin))
        return AllowedNetwork.parse(f"{host}:{port}")
    except (DocumentError, ValueError):
        raise ValueError(f"a host is mapped to an origin with a literal address, not to {origin!r}") from None
