"""Where Deskgate may call: public addresses, judged by number at the moment of connecting, and loopback if allowed."""

from __future__ import annotations

import socket

import pytest

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
])
def test_an_address_that_looks_wrong_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        parts_of(url, allow_loopback=False)
    assert caught.value.field == "url"


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize(("host", "what"), [
    ("10.0.0.1", "10.0.0.1 is a private network"), ("169.254.169.254", "link-local"), ("0x0a000001", "10.0.0.1 is"),
    ("10.1", "10.0.0.1 is"), ("167772161:8080", "10.0.0.1 is"), ("[fd12:3456::1]", "fd12:3456::1 is a private network"),
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


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "desk.example", "10.0.0.1.example", "localhost"])
def test_public_numbers_and_all_names_look_well_enough(host: str) -> None:
    assert parts_of(f"https://{host}/api", allow_loopback=False).scheme == "https"


def test_plain_http_is_good_enough_where_loopback_is_allowed() -> None:
    assert parts_of("http://127.0.0.1:8701/api", allow_loopback=True).hostname == "127.0.0.1"
