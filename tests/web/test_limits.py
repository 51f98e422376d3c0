"""How often somebody may try, and who somebody is."""

import ipaddress
import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from tests.support.clock import FalseClock
from web.limits import Allowance, Limits

THREE = Allowance(3, 60.0)
PROXIES = [ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


def request_from(remote: str | None, *forwarded: str) -> web.Request:
    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    return make_mocked_request("GET", "/", headers=headers).clone(remote=remote)


def address(remote: str | None, *forwarded: str, proxies=PROXIES) -> str:
    return Limits(proxies=proxies).address_of(request_from(remote, *forwarded))


def test_so_many_times_and_no_more_until_the_window_is_over(clock: FalseClock) -> None:
    limits = Limits(clock=clock.monotonic)
    for _ in range(3):
        assert limits.allows("a", THREE)
        limits.count("a", THREE)
    assert not limits.allows("a", THREE)
    assert limits.allows("b", THREE)
    clock.advance(59)
    assert not limits.allows("a", THREE)
    clock.advance(1)
    assert limits.allows("a", THREE)
    limits.count("a", THREE)
    assert limits.allows("a", THREE)


def test_the_window_begins_with_the_first_try_and_is_not_drawn_out_by_the_next(clock: FalseClock) -> None:
    limits = Limits(clock=clock.monotonic)
    for _ in range(3):
        limits.count("a", THREE)
        clock.advance(20)
    assert limits.allows("a", THREE)


def test_who_succeeds_starts_anew(clock: FalseClock) -> None:
    limits = Limits(clock=clock.monotonic)
    for _ in range(3):
        limits.count("a", THREE)
    limits.forget("a")
    limits.forget("nobody")
    assert limits.allows("a", THREE)


def test_limits_can_be_switched_off(clock: FalseClock) -> None:
    limits = Limits(enabled=False, clock=clock.monotonic)
    for _ in range(9):
        limits.count("a", THREE)
    assert limits.allows("a", THREE)


def test_a_flood_of_keys_takes_no_more_than_so_much_memory(clock: FalseClock) -> None:
    limits = Limits(clock=clock.monotonic)
    for number in range(30_000):
        limits.count(f"sign-in account {number} " + "x" * 2_000, THREE)
    kept = limits._counts
    assert len(kept) == 20_000
    assert sum(sys.getsizeof(key) for key in kept._entries) < 20_000 * 400


def test_keys_that_are_long_are_still_told_apart(clock: FalseClock) -> None:
    limits = Limits(clock=clock.monotonic)
    for _ in range(3):
        limits.count("x" * 5_000 + "a", THREE)
    assert not limits.allows("x" * 5_000 + "a", THREE)
    assert limits.allows("x" * 5_000 + "b", THREE)


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),
        ("127.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["127.0.0.1, 10.0.0.9"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["onzin"], "unknown"),
        ("127.0.0.1", ["198.51.100.1, onzin"], "unknown"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("fd00::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("fe80::1%eth0", [], "fe80::/64"),
        (None, [], "0.0.0.0"),
        ("", ["198.51.100.1"], "0.0.0.0"),
    ],
)  # fmt: skip
def test_who_asks(remote: str | None, forwarded: list[str], found: str) -> None:
    assert address(remote, *forwarded) == found


def test_nobody_is_believed_who_is_no_configured_proxy() -> None:
    assert address("127.0.0.1", "198.51.100.1", proxies=()) == "127.0.0.1"
    assert address("10.0.0.1", "198.51.100.1", proxies=[ipaddress.ip_network("192.168.0.0/16")]) == "10.0.0.1"


def test_everyone_who_shares_an_ipv6_subscription_shares_one_allowance() -> None:
    assert address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::1") != address("2001:db8:1:3::1")


def test_a_long_chain_of_hops_is_read_from_its_end() -> None:
    assert address("127.0.0.1", ", ".join(["1.2.3.4"] * 500 + ["198.51.100.1"])) == "198.51.100.1"
