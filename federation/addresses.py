"""Which addresses we connect to.

The question is asked of the *connected* address, at the moment of dialling, by the one client: a name can lead
elsewhere a second later (DNS rebinding, Fedify CVE-2024-39687), and a check of the URL sees only the name.

Only global unicast is permitted. The list of what is refused is written out here, not taken from
``ipaddress.is_global``, which differs between versions of Python and calls the translations of IPv4 into IPv6 global.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 6890 and the registries that it set up; the last is a cloud's metadata service at a public-looking address.
_REFUSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",
        ),
    )
)  # fmt: skip

# All of IPv6 outside 2000::/3 is refused: loopback, mapped and compatible IPv4, NAT64 (64:ff9b::/96, 64:ff9b:1::/48),
# unique local, link local, site local, multicast. Inside it: special purposes with Teredo, documentation, 6to4.
_UNICAST_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)

_LOOPBACK: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """A network that is permitted besides the global addresses; with ``port``, only that port of it."""

    network: Network
    port: int | None = None

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Read ``address``, ``network/bits``, ``address:port`` or ``[address]:port``. Raises ``ValueError``."""
        text, port = entry.strip(), None
        if text.startswith("["):
            text, bracket, port = text[1:].partition("]")
            if not bracket or (port and not port.startswith(":")):
                raise ValueError(f"not an address, network or address with port: {entry!r}")
            port = port[1:]
        elif text.count(":") == 1:
            text, _, port = text.partition(":")
        try:
            return cls(ipaddress.ip_network(text), _port(port) if port else None)
        except ValueError as error:
            raise ValueError(f"not an address, network or address with port: {entry!r} ({error})") from None

    def holds(self, address: Address, port: int) -> bool:
        """Whether this address and port are allowed by this entry."""
        return address in self.network and self.port in (None, port)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Global unicast addresses, and the ``allowed`` ones (a demo's neighbours, a test's servers)."""

    allowed: tuple[AllowedNetwork, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a comma-separated list such as ``127.0.0.1:9100,127.77.0.0/16``; empty is fine.

        Raises ``ValueError`` that names the wrong entry.
        """
        return cls(tuple(AllowedNetwork.parse(entry) for entry in text.split(",") if entry.strip()))

    def allowing(self, extra: Iterable[AllowedNetwork]) -> "AddressPolicy":
        """This policy with more networks allowed."""
        return AddressPolicy((*self.allowed, *extra))

    def permits(self, address: str | Address, port: int) -> bool:
        """Whether a connection over TLS may be made to this address."""
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return _is_global(ip) or self._allows(ip, port)

    def permits_plain(self, address: str | Address, port: int) -> bool:
        """Whether a connection without TLS may be made to this address: only where it is allowed by name."""
        return self._allows(ipaddress.ip_address(address), port)

    def permits_plain_http(self, host: str, port: int = 80) -> bool:
        """Whether a URL with this host may begin with ``http:``, judged without asking DNS.

        It may for a literal address that is allowed, and for ``localhost`` and the names below it (RFC 6761) where
        loopback is allowed. That is no permission to connect: the client asks again with the address in hand.
        """
        return any(self._allows(address, port) for address in literal_addresses(host))

    def _allows(self, address: Address, port: int) -> bool:
        return any(entry.holds(address, port) for entry in self.allowed)


def literal_addresses(host: str) -> tuple[Address, ...]:
    """What a host means without DNS: a literal address, or loopback for ``localhost`` (RFC 6761, section 6.3)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return _LOOPBACK
    try:
        return (ipaddress.ip_address(name.removeprefix("[").removesuffix("]")),)
    except ValueError:
        return ()


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _UNICAST_V6 and not any(address in network for network in _REFUSED_V6)


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < port < 65_536:
        raise ValueError("no such port")
    return port
