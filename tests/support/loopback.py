"""No test speaks to the world: a connection off this machine fails the test that made it."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class OffLoopback(OSError):
    """A test tried to reach an address that is not this machine's."""


def is_loopback(family: int, address: Any) -> bool:
    """Whether a socket of this family may connect to the address in a test."""
    if family == socket.AF_UNIX:
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@contextmanager
def only_loopback() -> Iterator[list[Any]]:
    """Refuse connections off loopback while the block runs; yield the list of those refused.

    The list is there because code under test rightly handles the error as any failed connection.
    """
    refused: list[Any] = []
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), refused))
    try:
        yield refused
    finally:
        patch.undo()


def _guarded(original: Any, refused: list[Any]) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if not is_loopback(self.family, arguments[-1]):
            refused.append(arguments[-1])
            raise OffLoopback(f"tests open no connection to {arguments[-1]}")
        return original(self, *arguments)

    return guarded
