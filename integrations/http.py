"""The one HTTP client for calls to helpdesks: where it may go, how long it waits, and what an answer means.

No proxies, no cookies, no redirects, bounded times and sizes. Whatever goes wrong becomes a DeliveryError whose kind
says what the sender may do: a change that may or may not have been made is `unknown`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from entitlements.clock import Clock
from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Permit
from integrations.addresses import parts_of, resolve
from integrations.bodies import UnreadableBody, whole_body
from integrations.masking import piece_of, secrets_in, shown
from integrations.pinned import WATCH, PinnedAdapter, Watch
from integrations.waits import told_wait

TIMES = (3.0, 7.0)  # seconds to connect, seconds between two pieces of the answer
WHOLE_ANSWER = timedelta(seconds=30)
MAX_BYTES = 1024 * 1024
OF_THE_CLIENT = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
                           "expect"})
"""Headers that decide where a request goes and where it ends: what an adapter says must not contradict the client."""

KINDS = {401: "unauthorized", 403: "unauthorized", 404: "gone", 410: "gone",
         408: "temporary", 409: "temporary", 425: "temporary", 429: "temporary"}
FROM_A_GATEWAY = frozenset({502, 504})  # what is behind it may still make the change


@dataclass(frozen=True)
class Answer:
    """What came back, and when. Header names are as sent; `header` finds them whatever their case.

    `secrets` are the credentials it was asked with, so that no error repeats them.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: datetime | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def json(self) -> Any:
        """The body as JSON. Raises DeliveryError: a change answered unreadably may have been made or not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise DeliveryError(f"{self._said()}: the answer is not JSON: {self.piece()}",
                                kind=after_sending(self.method), status=self.status) from None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises DeliveryError as `json` does."""
        found = self.json()
        if not isinstance(found, dict):
            raise DeliveryError(f"{self._said()}: the answer is not a JSON object: {self.piece()}",
                                kind=after_sending(self.method), status=self.status)
        return found

    def piece(self) -> str:
        """The beginning of the body, as errors may repeat it."""
        return piece_of(self.body, self.secrets)

    def _said(self) -> str:
        return f"{self.method} {self.path} answered {self.status}"


class HttpClient:
    """Calls helpdesks. One is enough for all connections: it keeps open sockets, and nothing of anybody's.

    The clock says when an answer came, and when one that drips in has taken too long.
    """

    def __init__(self, *, allow_loopback: bool, clock: Clock):
        self.allow_loopback = allow_loopback
        self._clock = clock
        self._permit: Permit | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, PinnedAdapter(allow_loopback))

    def permitted(self, permit: Permit) -> HttpClient:
        """The same client, for one who must have leave for each change: `permit` is asked right before it is sent."""
        copied = copy(self)
        copied._permit = permit
        return copied

    def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: object = None,
                body: bytes | None = None) -> Answer:
        """Call and insist on success. Raises DeliveryError for anything but a 2xx."""
        answer = self.exchange(method, url, headers=headers, json=json, body=body)
        if answer.is_success:
            return answer
        raise failure(answer)

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: object = None,
                 body: bytes | None = None) -> Answer:
        """Call and return whatever is answered. Raises DeliveryError when there is no whole answer."""
        try:
            path = shown(parts_of(url, allow_loopback=self.allow_loopback).path or "/")
        except ConfigError as error:
            raise DeliveryError(str(error), kind="refused") from None
        what = f"{method} {path}"
        sent = _sendable(what, headers or {}, json, body)
        with self._watched(method, what) as watch:
            try:
                return self._exchange(method, url, path, sent)
            except (requests.RequestException, HTTPError, ValueError) as error:
                kind = "temporary" if watch.only_connected else after_sending(method)
                raise trouble(error, what, kind, watch.has_sent) from None

    def look_up(self, url: str) -> str:
        """The host of an address that may be called. Connects to nothing. Raises ConfigError, DeliveryError."""
        parts = parts_of(url, allow_loopback=self.allow_loopback)
        host = parts.hostname or ""
        resolve(host, parts.port or 443, allow_loopback=self.allow_loopback)
        return host

    def close(self) -> None:
        """Close the sockets that are kept open."""
        self._session.close()

    def _exchange(self, method: str, url: str, path: str, sent: _Sendable) -> Answer:
        with self._session.request(method, url, headers=sent.headers, data=sent.body, timeout=TIMES,
                                   allow_redirects=False, stream=True) as response:
            read = partial(response.raw.read1, decode_content=False)
            try:
                body = whole_body(read, response.headers.get("Content-Encoding", ""), MAX_BYTES)
            except UnreadableBody as error:
                raise DeliveryError(f"{method} {path}: the answer {error}", kind=after_sending(method),
                                    status=response.status_code) from None
            return Answer(method, path, response.status_code, dict(response.headers), body, self._clock.now(),
                          secrets_in(sent.headers))

    @contextmanager
    def _watched(self, method: str, what: str) -> Iterator[Watch]:
        began = self._clock.now()

        def patience() -> None:
            if self._clock.now() - began > WHOLE_ANSWER:
                raise DeliveryError(f"{what}: the answer takes too long", kind=after_sending(method))

        watch = Watch(self._permit if after_sending(method) == "unknown" else None, patience)
        token = WATCH.set(watch)
        try:
            yield watch
        finally:
            WATCH.reset(token)


@dataclass(frozen=True)
class _Sendable:
    """Headers and body as they go out."""

    headers: Mapping[str, str]
    body: bytes | None


def _sendable(what: str, headers: Mapping[str, str], content: object, body: bytes | None) -> _Sendable:
    """Raises DeliveryError, refused, for what must not or cannot go out; nothing of it is quoted."""
    usual = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Deskgate"}
    if mine := sorted(name for name in headers if name.lower() in OF_THE_CLIENT):
        raise DeliveryError(f"{what}: the header {mine[0]} is not for an adapter to set", kind="refused")
    if body is None and content is not None:
        usual["Content-Type"] = "application/json"
        try:
            body = json.dumps(content, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise DeliveryError(f"{what}: the body cannot be written as JSON", kind="refused") from None
    if body is not None and len(body) > MAX_BYTES:
        raise DeliveryError(f"{what}: the body is larger than 1 MiB", kind="refused")
    return _Sendable(CaseInsensitiveDict({**usual, **headers}), body)


def trouble(error: Exception, what: str, kind: str, has_sent: bool) -> DeliveryError:
    """What an error of the libraries means; `kind` where something was sent, or may have been. Its text is not told,
    since it may quote a header with a credential."""
    match error:
        case requests.ConnectTimeout():
            return DeliveryError(f"{what}: no connection within {TIMES[0]:.0f} s")
        case requests.Timeout():
            return DeliveryError(f"{what}: no answer within {TIMES[1]:.0f} s", kind=kind)
        case requests.exceptions.SSLError():
            return DeliveryError(f"{what}: the server's certificate is not trusted, or it speaks no TLS",
                                 kind=kind if has_sent else "temporary")
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError() | HTTPError():
            return DeliveryError(f"{what}: the connection broke", kind=kind)
    return DeliveryError(f"{what}: this cannot be sent as an HTTP request", kind="refused")


def after_sending(method: str) -> str:
    """The kind of a failure after the request was sent: reading can be repeated, a change may have been made."""
    return "temporary" if method.startswith("GET") else "unknown"


def kind_of(status: int) -> str:
    """What a status that is not 2xx means for the sender. To be sent elsewhere is mostly the word of somebody in front
    of a helpdesk that is being worked on."""
    return KINDS.get(status) or ("refused" if 400 <= status < 500 else "temporary")


def failure(answer: Answer) -> DeliveryError:
    """The error that an answer other than 2xx amounts to, with the wait the helpdesk asks for."""
    kind = after_sending(answer.method) if answer.status in FROM_A_GATEWAY else kind_of(answer.status)
    wait = told_wait(answer.header, answer.status, answer.at) if kind in ("temporary", "unknown") else None
    said = "redirects are not followed" if 300 <= answer.status < 400 else answer.piece()
    return DeliveryError(f"{answer.method} {answer.path} answered {answer.status}" + (f": {said}" if said else ""),
                         kind=kind, retry_after=wait, status=answer.status)
