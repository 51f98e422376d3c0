import pytest

from federation.addresses import AddressPolicy, literal_addresses

NOTHING_ALLOWED = AddressPolicy()


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:400e::5"])
def test_global_addresses_are_permitted(address: str) -> None:
    assert NOTHING_ALLOWED.permits(address, 443)
    assert NOTHING_ALLOWED.permits(address, 8443)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:20::1", "2001:db8::1",
        "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_all_others_are_refused(address: str) -> None:
    assert not NOTHING_ALLOWED.permits(address, 443)


def test_an_address_is_allowed_with_its_port_only() -> None:
    policy = AddressPolicy.parse("127.0.0.1:9100, [::1]:9100")
    assert policy.permits("127.0.0.1", 9100)
    assert policy.permits("::1", 9100)
    assert not policy.permits("127.0.0.1", 9101)
    assert not policy.permits("127.0.0.2", 9100)
    assert not policy.permits("::ffff:127.0.0.1", 9100)


def test_a_network_is_allowed_whole() -> None:
    policy = AddressPolicy.parse("127.77.0.0/16,fd00::/8")
    assert policy.permits("127.77.1.2", 80)
    assert policy.permits("fd00::1", 81)
    assert not policy.permits("127.78.0.1", 80)


@pytest.mark.parametrize(
    "entry", ["example.org", "127.0.0.1/8", "127.0.0.1:0", "127.0.0.1:70000", "[::1", "127.0.0.1:x", "[::1]8"]
)
def test_a_wrong_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="not an address") as caught:
        AddressPolicy.parse(f"127.0.0.1:9100,{entry}")
    assert entry in str(caught.value)


def test_an_empty_list_allows_nothing() -> None:
    assert AddressPolicy.parse(" ") == NOTHING_ALLOWED


def test_plain_http_goes_only_where_the_operator_allowed() -> None:
    policy = AddressPolicy.parse("127.0.0.1:8081")
    assert policy.permits_plain("127.0.0.1", 8081)
    assert not policy.permits_plain("93.184.216.34", 80)
    assert policy.permits_plain_http("127.0.0.1", 8081)
    assert policy.permits_plain_http("localhost", 8081)
    assert policy.permits_plain_http("Tilburg.Localhost", 8081)
    assert not policy.permits_plain_http("tilburg.localhost")
    assert not policy.permits_plain_http("tilburg.example", 8081)
    assert not policy.permits_plain_http("notlocalhost", 8081)


def test_localhost_and_the_names_below_it_are_loopback() -> None:
    assert [str(a) for a in literal_addresses("a.b.localhost.")] == ["127.0.0.1", "::1"]
    assert [str(a) for a in literal_addresses("[::1]")] == ["::1"]
    assert literal_addresses("localhost.example") == ()
    assert literal_addresses("2130706433") == ()
