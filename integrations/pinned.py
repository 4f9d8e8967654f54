"""Connections that go where they were allowed to go: the address is looked at when the socket is opened, not before.

A name may lead somewhere else a moment after it was checked. Here the check and the connection use the same numbers.
"""

from __future__ import annotations

import socket
from contextvars import ContextVar
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Permit
from integrations.addresses import resolve

PERMIT: ContextVar[Permit | None] = ContextVar("permit", default=None)
"""What is asked as the last thing before bytes go out: a process that was stopped in between must not send them."""


def _ask_permit() -> None:
    permit = PERMIT.get()
    if permit is not None:
        permit()


class PinnedHTTPConnection(HTTPConnection):
    """Plain HTTP to an address that was looked at."""

    def __init__(self, *args: Any, allow_loopback: bool = False, **options: Any):
        super().__init__(*args, **options)
        self.allow_loopback = allow_loopback

    def send(self, data: Any) -> None:
        _ask_permit()
        super().send(data)

    def _new_conn(self) -> socket.socket:
        return open_socket(self, self.allow_loopback)


class PinnedHTTPSConnection(HTTPSConnection):
    """HTTPS to an address that was looked at; the certificate is still checked against the name."""

    def __init__(self, *args: Any, allow_loopback: bool = False, **options: Any):
        super().__init__(*args, **options)
        self.allow_loopback = allow_loopback

    def send(self, data: Any) -> None:
        _ask_permit()
        super().send(data)

    def _new_conn(self) -> socket.socket:
        return open_socket(self, self.allow_loopback)


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


def open_socket(connection: HTTPConnection, allow_loopback: bool) -> socket.socket:
    """A socket to one of the host's addresses, all of which may be called. Raises DeliveryError: nothing was sent."""
    host, trouble = connection.host.strip("[]"), "it has no address"
    for number in resolve(host, connection.port, allow_loopback=allow_loopback):
        try:
            return create_connection((number, connection.port), connection.timeout,
                                     socket_options=connection.socket_options)
        except OSError as error:
            trouble = "no answer in time" if isinstance(error, TimeoutError) else "connection refused"
    raise DeliveryError(f"no connection to {host}: {trouble}")
