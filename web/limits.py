"""How often somebody may try: so many times in so many seconds, by account and by address.

State is bounded: an attacker with many addresses pushes out the oldest, not our memory.
"""

import hashlib
import ipaddress
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from actors.bounded import BoundedCache

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_KEYS: Final = 20_000
_LONGEST_KEY: Final = 100


@dataclass(frozen=True)
class Allowance:
    """``times`` in any window of ``seconds``."""

    times: int
    seconds: float


SIGN_IN: Final = Allowance(10, 300.0)
"""Failed sign-ins at one account from one place; see `web.pages.signin.tries`."""
REFUSED_FETCHES: Final = Allowance(60, 300.0)
"""Signed fetches from one address whose signature did not hold; past that they count as unsigned."""
REFUSED_ARRIVALS: Final = Allowance(300, 300.0)
"""Arrivals from one address that were refused for their signature or form."""

UPLOADED: Final = Allowance(500, 86_400.0)
"""Megabytes of files that one person sends."""


class Limits:
    """Counts tries. ``enabled`` False (for load tests) allows everything."""

    def __init__(
        self, *, enabled: bool = True, proxies: Collection[Network] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._enabled = enabled
        self._proxies = tuple(proxies)
        self._clock = clock
        self._counts: BoundedCache[str, tuple[float, int]] = BoundedCache(_MOST_KEYS, 3_600.0, clock)

    def allows(self, key: str, allowance: Allowance) -> bool:
        """Whether this key has tries left."""
        started, count = self._counts.get(_short(key)) or (self._clock(), 0)
        return not self._enabled or count < allowance.times or self._clock() - started >= allowance.seconds

    def count(self, key: str, allowance: Allowance, *, times: int = 1) -> None:
        """Count one try for this key, or as many as what was done weighs."""
        key = _short(key)
        started, count = self._counts.get(key) or (self._clock(), 0)
        if self._clock() - started >= allowance.seconds:
            started, count = self._clock(), 0
        self._counts.put(key, (started, count + times), seconds=allowance.seconds)

    def give_back(self, key: str, allowance: Allowance) -> None:
        """Take back one count of this key: the try did not fail after all."""
        started, count = self._counts.get(_short(key)) or (self._clock(), 0)
        if count:
            self._counts.put(_short(key), (started, count - 1), seconds=allowance.seconds)

    def forget(self, key: str) -> None:
        """Start anew for this key: it has succeeded."""
        self._counts.drop(_short(key))

    def address_of(self, request: web.Request) -> str:
        """Return the address of the asker; what a proxy says of it counts only when that proxy is configured.

        IPv6 addresses count by their /64, which is what one subscriber has.
        """
        address = _read(request.remote or "0.0.0.0")  # noqa: S104 - a name for "unknown", not an address to bind
        # Some proxies put a header of their own behind the one that the asker may have sent: read as one.
        hops = [hop for header in request.headers.getall("X-Forwarded-For", ()) for hop in header.split(",")]
        while hops and self._is_proxy(address):
            hop = hops.pop().strip()
            address = _read(hop) if hop else address
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((int(address), 64), strict=False))
        return str(address) if address is not None else "unknown"

    def _is_proxy(self, address: Address | None) -> bool:
        return address is not None and any(
            address in network for network in self._proxies if network.version == address.version
        )


def _read(text: str) -> Address | None:
    """Return an address, as a socket or a proxy writes it: perhaps with a port, a zone, or as IPv4 inside IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _short(key: str) -> str:
    """Return the key, or its hash when it is long: names come from whoever fills in a form."""
    if len(key) <= _LONGEST_KEY:
        return key
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
