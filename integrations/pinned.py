"""Connections that go where they were allowed to go: the address is looked at when the socket is opened, not before.

A name may lead somewhere else a moment after it was checked. Here the check and the connection use the same numbers.
"""

from __future__ import annotations

import http.client
import io
import logging
import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Permit
from integrations.addresses import resolve


@dataclass
class Watch:
    """What one call is asked on its way. `permit` raises DeliveryError when leave to make a change has run out: it is
    asked as the last thing before bytes go out, since a process that was stopped in between must not send them.
    `patience` raises it when the answer has taken too long: it is asked before bytes are waited for.
    """

    permit: Permit | None
    patience: Callable[[], None]
    has_connected: bool = False
    has_sent: bool = False

    @property
    def only_connected(self) -> bool:
        """The call ended before anything of it was sent."""
        return self.has_connected and not self.has_sent

    def before_sending(self) -> None:
        if self.permit is not None:
            self.permit()
        self.has_sent = True


WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)
"""The watch over the call that is being made. The library in between cannot be handed one."""

TRIES = 4  # addresses of one host that are tried, so that a name with a hundred of them does not take minutes

# What it logs names whole addresses, and these may hold secrets.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class WatchedBytes(io.RawIOBase):
    """What comes in from a socket, as long as there is patience for more.

    Below everything that reads an answer: status line, headers, interim answers and the lines after the last chunk have
    no end of their own either.
    """

    def __init__(self, raw: io.RawIOBase):
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if watch := WATCH.get():
            watch.patience()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class WatchedResponse(http.client.HTTPResponse):
    """An answer that is read through WatchedBytes."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.fp = io.BufferedReader(WatchedBytes(self.fp.detach()))


class PinnedHTTPConnection(HTTPConnection):
    """Plain HTTP to an address that was looked at, which is one of this machine."""

    response_class = WatchedResponse

    def __init__(self, *args: Any, allow_loopback: bool = False, **options: Any):
        super().__init__(*args, **options)
        self.allow_loopback = allow_loopback

    def send(self, data: Any) -> None:
        if watch := WATCH.get():
            watch.before_sending()
        super().send(data)

    def _new_conn(self) -> socket.socket:
        return open_socket(self, self.allow_loopback, encrypted=False)


class PinnedHTTPSConnection(HTTPSConnection):
    """HTTPS to an address that was looked at; the certificate is still checked against the name."""

    response_class = WatchedResponse

    def __init__(self, *args: Any, allow_loopback: bool = False, **options: Any):
        super().__init__(*args, **options)
        self.allow_loopback = allow_loopback

    def send(self, data: Any) -> None:
        if watch := WATCH.get():
            watch.before_sending()
        super().send(data)

    def _new_conn(self) -> socket.socket:
        return open_socket(self, self.allow_loopback, encrypted=True)


class PinnedHTTPPool(HTTPConnectionPool):
    """Makes pinned connections; what it does not know, `allow_loopback`, it hands on to them."""

    ConnectionCls = PinnedHTTPConnection


class PinnedHTTPSPool(HTTPSConnectionPool):
    """Makes pinned connections; what it does not know, `allow_loopback`, it hands on to them."""

    ConnectionCls = PinnedHTTPSConnection


class PinnedAdapter(HTTPAdapter):
    """What a requests session is given so that all its connections are pinned. It repeats nothing by itself."""

    def __init__(self, allow_loopback: bool):
        self._allow_loopback = allow_loopback
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(PinnedHTTPPool, allow_loopback=self._allow_loopback),
            "https": partial(PinnedHTTPSPool, allow_loopback=self._allow_loopback),
        }


def open_socket(connection: HTTPConnection, allow_loopback: bool, *, encrypted: bool) -> socket.socket:
    """A socket to one of the host's addresses, all of which may be called. Raises DeliveryError: nothing was sent."""
    host, trouble = connection.host.strip("[]"), "it has no address"
    for number in resolve(host, connection.port, allow_loopback=allow_loopback, encrypted=encrypted)[:TRIES]:
        try:
            opened = create_connection((number, connection.port), connection.timeout,
                                       socket_options=connection.socket_options)
        except OSError as error:
            trouble = "no answer in time" if isinstance(error, TimeoutError) else "connection refused"
            continue
        if watch := WATCH.get():
            watch.has_connected = True
        return opened
    raise DeliveryError(f"no connection to {host}: {trouble}")
