"""Where Deskgate may call: public addresses, judged by number at the moment of connecting, and loopback if allowed."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entitlements.clock import SystemClock
from entitlements.errors import ConfigError, DeliveryError
from integrations.addresses import parts_of, resolve, why_not
from integrations.http import HttpClient

NOT_PUBLIC = """0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8
    192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1
    2001:20::1 2001:db8::1 2002:a00:1::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1
    ff02::1""".split()
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::200e"]


# The special-purpose registries of IANA for IPv4 and IPv6, with multicast, what IPv6 has set aside or given back, and
# where clouds keep what their machines may know. Written down apart from the product's own table, on purpose.
SPECIAL = """0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24
    192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
    ::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 200::/7
    2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28
    2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 4000::/3 5f00::/16 8000::/1 fc00::/7
    fd00::/8 fe80::/10 fec0::/10 ff00::/8
    169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32 fd00:ec2::254/128
    fd20:ce::254/128""".split()


@pytest.mark.parametrize("network", SPECIAL)
def test_no_address_of_a_special_network_is_called(network: str) -> None:
    found = ip_network(network)
    for place in (0, found.num_addresses // 2, found.num_addresses - 1):
        assert why_not(str(found[place]), allow_loopback=False), found[place]


@pytest.mark.parametrize("address", ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "198.17.255.255",
    "198.20.0.0", "223.255.255.255", "168.63.129.15", "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::",
    "2620:4f:8001::", "3ffe:ffff::", "3fff:1000::", "2a00::1"])
def test_the_neighbors_of_special_networks_are_public(address: str) -> None:
    assert why_not(address, allow_loopback=False) == ""


@given(number=st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address),
                        st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(IPv6Address)))
@example(number=ip_address("2001:200::1"))
def test_what_python_takes_for_private_is_never_called(number: IPv4Address | IPv6Address) -> None:
    if not number.is_global or number.is_multicast or number.is_reserved:
        assert why_not(str(number), allow_loopback=False)


@given(inside=st.integers(0, 2**32 - 1).map(IPv4Address),
       prefix=st.sampled_from(["::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::"]))
def test_no_ipv4_address_is_called_in_the_disguise_of_an_ipv6_one(inside: IPv4Address, prefix: str) -> None:
    """Public ones neither: what a translator on the way makes of them is not ours to know."""
    assert why_not(str(IPv6Address(int(IPv6Address(prefix)) + int(inside))), allow_loopback=True) or inside == \
        IPv4Address("0.0.0.1")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_not_called(address: str) -> None:
    assert why_not(address, allow_loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert why_not(address, allow_loopback=False) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_may_be_called_where_it_is_allowed(address: str) -> None:
    assert why_not(address, allow_loopback=True) == ""


@pytest.mark.parametrize("address", [each for each in NOT_PUBLIC if each not in ("127.0.0.1", "127.9.9.9", "::1")])
def test_allowing_loopback_allows_nothing_else_that_is_private(address: str) -> None:
    assert why_not(address, allow_loopback=True)


def test_what_is_no_address_is_not_called() -> None:
    assert why_not("desk.example", allow_loopback=True) == "not an address"


def answer_with(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "8.8.8.8", "169.254.169.254")
    with pytest.raises(DeliveryError, match=r"desk.example is not called: 169.254.169.254 is link-local") as caught:
        resolve("desk.example", 443, allow_loopback=True)
    assert caught.value.is_outage  # a name that leads there for a while must not cost a ticket


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_loopback_in_disguise_is_loopback(host: str) -> None:
    with pytest.raises(DeliveryError, match="loopback"):
        resolve(host, 443, allow_loopback=False)


def test_a_name_that_leads_nowhere_may_lead_somewhere_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(DeliveryError, match="leads to no address") as caught:
        resolve("desk.example", 443, allow_loopback=False)
    assert caught.value.kind == "temporary"


def test_the_address_is_looked_at_again_when_the_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers well once and badly afterwards gains nothing."""
    client = HttpClient(allow_loopback=False, clock=SystemClock())
    answer_with(monkeypatch, "8.8.8.8")
    assert client.look_up("https://desk.example/api") == "desk.example"
    answer_with(monkeypatch, "10.0.0.5")
    with pytest.raises(DeliveryError, match=r"10.0.0.5 is a private network"):
        client.request("GET", "https://desk.example/api")
    client.close()


@pytest.mark.parametrize(("url", "why"), [
    ("http://desk.example/api", "https"),
    ("ftp://desk.example", "https"),
    ("desk.example/api", "https"),
    ("", "https"),
    ("https://user:pw@desk.example", "user name"),
    ("https://@desk.example", "user name"),
    ("https:///api", "no host"),
    ("https://desk .example/", "no host"),
    ("https://desk.example\\@evil.example/", "user name"),
    ("https://desk.example:99999/", "not a valid URL"),
    ("https://[::1/", "not a valid URL"),
    ("https://desk.example:0/", "no host that can be called"),
    ("https://desk.example:４４３/", "not a valid URL"),
    ("https://desk.example./", "no host that can be called"),
    ("https://desk..example/", "no host that can be called"),
    ("https://-desk.example/", "no host that can be called"),
    ("https://desk.example;evil.example/", "no host that can be called"),
    ("https://desk.example%00.evil.example/", "not a valid URL"),
    ("https://%31%30.0.0.1/", "no host that can be called"),
    ("https://127.0.0.1./", "no host that can be called"),
    ("https://１２７.0.0.1/", "ASCII"),
    ("https://①②⑦.0.0.1/", "ASCII"),
    ("https://ex。ample/", "ASCII"),
    ("https://straße.example/", "xn--"),
    ("https://desk.example\t/", "no host"),
    ("https://desk.example/\r\nHost: evil.example", "no host"),
    (" https://desk.example/", "no host"),
    ("https://[2606:4700::1111%25eth0]/", "no host that can be called"),
    ("https://[2606:4700::1111].evil.example/", "not a valid URL"),
    ("https://[desk.example]/", "not a valid URL"),
])
def test_an_address_that_looks_wrong_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        parts_of(url, allow_loopback=False)
    assert caught.value.field == "url"


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize(("host", "what"), [
    ("10.0.0.1", "10.0.0.1 is a private network"), ("169.254.169.254", "link-local"), ("0x0a000001", "10.0.0.1 is"),
    ("10.1", "10.0.0.1 is"), ("167772161:8080", "10.0.0.1 is"), ("[fd12:3456::1]", "fd12:3456::1 is a private network"),
    ("0xa.0.0.1", "10.0.0.1 is"), ("012.0.0.1", "10.0.0.1 is"), ("0xA9FEA9FE", "169.254.169.254 is"),
    ("0251.0376.0251.0376", "link-local"), ("025177524776", "link-local"), ("[::10.0.0.1]", "not a public address"),
    ("[64:ff9b::a00:1]", "NAT64"), ("[2002:a00:1::]", "6to4"), ("[::ffff:a00:1]", "in disguise"),
    ("[fe80::1%25eth0]:443", "link-local"), ("[::ffff:8.8.8.8]", "in disguise"), ("0", "this network")])
def test_a_number_that_may_not_be_called_is_refused_before_anybody_calls_it(
        host: str, what: str, loopback: bool) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        parts_of(f"https://{host}/api", allow_loopback=loopback)
    assert caught.value.field == "url"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "[::1]"])
def test_a_number_of_this_machine_is_refused_unless_loopback_is_allowed(host: str) -> None:
    assert parts_of(f"https://{host}:8701/api", allow_loopback=True).port == 8701
    with pytest.raises(ConfigError, match="loopback"):
        parts_of(f"https://{host}:8701/api", allow_loopback=False)


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "desk.example", "10.0.0.1.example", "localhost",
                                  "DESK.example", "desk.example:8443", "my_desk.example", "xn--bcher-kva.example",
                                  "1.2.3.4.5"])
def test_public_numbers_and_all_names_look_well_enough(host: str) -> None:
    assert parts_of(f"https://{host}/api", allow_loopback=False).scheme == "https"


def test_plain_http_leads_to_no_other_machine() -> None:
    with pytest.raises(ConfigError, match="plain http stays on it"):
        parts_of("http://8.8.8.8/api", allow_loopback=True)


def test_plain_http_is_good_enough_where_loopback_is_allowed() -> None:
    assert parts_of("http://127.0.0.1:8701/api", allow_loopback=True).hostname == "127.0.0.1"
