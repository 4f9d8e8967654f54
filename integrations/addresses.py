"""Which addresses Deskgate may call: public ones, and this machine itself only where that is allowed.

A helpdesk's address is typed in by a person and may lead anywhere: to a machine behind the firewall, to the metadata
service of a cloud, to a name that resolves to both. So the numbers count, not the name, and the one that was looked at
is the one that is connected to.
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from entitlements.errors import ConfigError, DeliveryError

NOT_PUBLIC = tuple((ip_network(network), what) for network, what in (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "a private network"),
    ("100.64.0.0/10", "a network behind carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "where a cloud keeps its metadata"),  # public by its looks only
    ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
    ("172.16.0.0/12", "a private network"),
    ("192.0.0.0/24", "set aside for protocols"),
    ("192.0.2.0/24", "set aside for documentation"),
    ("192.31.196.0/24", "set aside for name servers of private addresses"),
    ("192.52.193.0/24", "set aside for multicast relays"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "a private network"),
    ("192.175.48.0/24", "set aside for name servers of private addresses"),
    ("198.18.0.0/15", "set aside for measurements"),
    ("198.51.100.0/24", "set aside for documentation"),
    ("203.0.113.0/24", "set aside for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "an IPv4 address in disguise"),
    ("64:ff9b::/96", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::/48", "a private address behind NAT64"),
    ("fc00::/7", "a private network"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
    ("2001::/32", "a Teredo tunnel"),
    ("2001::/23", "set aside for protocols"),
    ("2001:db8::/32", "set aside for documentation"),
    ("2002::/16", "a 6to4 tunnel"),
    ("2620:4f:8000::/48", "set aside for name servers of private addresses"),
    ("3fff::/20", "set aside for documentation"),
    # Public IPv6 addresses all lie in 2000::/3; the rest of the space is closed in three strokes.
    ("::/3", "not a public address"),
    ("4000::/2", "not a public address"),
    ("8000::/1", "not a public address"),
))
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
"""A host as it goes over the wire. Other spellings (`%31%30.0.0.1`, full-width digits, a dot at the end) are read one
way by one library and another way by the next."""


def why_not(address: str, *, allow_loopback: bool, encrypted: bool = True) -> str:
    """What forbids connecting to this numeric address, or nothing when it may be called."""
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return "not an address"
    if allow_loopback and any(number in network for network in LOOPBACK):
        return ""
    why = next((what for network, what in NOT_PUBLIC if number in network), "")
    return why or ("" if encrypted else "not this machine, and plain http stays on it")


def resolve(host: str, port: int, *, allow_loopback: bool, encrypted: bool = True) -> tuple[str, ...]:
    """Every address the host has now, each of them fit to be called.

    Raises DeliveryError, always temporary, since names lead elsewhere at times: when the name is unknown, or any of its
    addresses is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise DeliveryError(f"the name {host} leads to no address") from None
    numbers = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    for number in numbers:
        if why := why_not(number, allow_loopback=allow_loopback, encrypted=encrypted):
            raise DeliveryError(f"{host} is not called: {number} is {why}")
    return numbers


def why_not_literal(host: str, *, allow_loopback: bool, encrypted: bool = True) -> str:
    """What forbids a host that is a number, however it is spelled; nothing for a name, which is not looked up."""
    try:
        number = str(ip_address(host.partition("%")[0]))
    except ValueError:
        try:
            number = socket.inet_ntoa(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return ""
    why = why_not(number, allow_loopback=allow_loopback, encrypted=encrypted)
    return f"{host} is not called: {number} is {why}" if why else ""


def parts_of(url: str, *, allow_loopback: bool) -> SplitResult:
    """The parts of an address Deskgate may call by its looks: https, a host, no user name or password in it.

    A host that is a number must be one that may be called; what a name leads to is seen when it is called.
    http is let through where loopback is allowed, and leads to nowhere else. Raises ConfigError.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError("the address is not a valid URL", field="url") from None
    if parts.scheme not in ({"https", "http"} if allow_loopback else {"https"}):
        raise ConfigError("the address must begin with https://", field="url")
    if "@" in parts.netloc:
        raise ConfigError("the address must not contain a user name or password", field="url")
    if not host or any(character.isspace() or ord(character) < 32 or character == "\\" for character in url):
        raise ConfigError("the address names no host", field="url")
    if why := why_not_literal(host, allow_loopback=allow_loopback, encrypted=parts.scheme == "https"):
        raise ConfigError(why, field="url")
    _require_one_reading(url, host, port)
    return parts


def _require_one_reading(url: str, host: str, port: int | None) -> None:
    """Raises ConfigError unless the library that connects reads the same host and port as the one that looked."""
    if not host.isascii():
        raise ConfigError("the host must be written in ASCII, a name with other letters as xn--...", field="url")
    try:
        read = parse_url(url)
    except LocationParseError:
        raise ConfigError("the address is not a valid URL", field="url") from None
    is_whole = NAME.fullmatch(host) or (":" in host and "%" not in host)
    if not is_whole or port == 0 or ((read.host or "").strip("[]"), read.port) != (host, port):
        raise ConfigError(f"{host} is no host that can be called", field="url")
