"""Calls to one helpdesk that cannot go astray: credentials are bound to the origin they were entered for.

An adapter names paths, never addresses, and follows links only where they stay at home. So neither a ticket's id nor
what a helpdesk answers can lead a token to another scheme, host or port.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack
from urllib.parse import SplitResult, quote, urlencode, urljoin

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Quota
from integrations.addresses import parts_of
from integrations.http import Answer, HttpClient, failure
from integrations.quota import quota_of

PORTS = {"https": 443, "http": 80}

Path = str | tuple[str | int, ...]
"""Below the base address, in plain text, quoted when it is sent: `tickets/7/notes`, or its segments one by one where a
stranger may have had a hand in one of them, `("tickets", ticket_id, "notes")`."""

Params = Mapping[str, str | int | Sequence[str | int]]
"""What follows the question mark, in plain text. A sequence is sent as the same name several times."""


class Content(TypedDict, total=False):
    """What goes with a call: `json` or a `body` of bytes, `params`, and `headers` besides those of the client."""

    json: object
    body: bytes
    params: Params
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: all that decides whom a credential is shown to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, parts: SplitResult) -> Origin:
        """The origin of an address that `parts_of` has let through."""
        return cls(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


class OriginClient:
    """The API of one helpdesk: a base address, and the headers that sign us in there and nowhere else.

    All calls but `ask` insist on a 2xx. All raise DeliveryError; refused for a path or link that leads out of the
    origin, and for every call of a client without an address. `quota` is what the last answer said is left of a limit.
    Raises ConfigError when built with an address that may not be called.
    """

    def __init__(self, http: HttpClient, base_url: str, headers: Mapping[str, str] | None = None):
        self._http = http
        self._base = parts_of(base_url, allow_loopback=http.allow_loopback) if base_url else None
        self.origin = Origin.of(self._base) if self._base else None
        self._headers = dict(headers or {})
        self.quota: Quota | None = None

    def get(self, path: Path, **content: Unpack[Content]) -> Answer:
        return self.request("GET", path, **content)

    def post(self, path: Path, **content: Unpack[Content]) -> Answer:
        return self.request("POST", path, **content)

    def put(self, path: Path, **content: Unpack[Content]) -> Answer:
        return self.request("PUT", path, **content)

    def patch(self, path: Path, **content: Unpack[Content]) -> Answer:
        return self.request("PATCH", path, **content)

    def delete(self, path: Path, **content: Unpack[Content]) -> Answer:
        return self.request("DELETE", path, **content)

    def request(self, method: str, path: Path, **content: Unpack[Content]) -> Answer:
        return _insist(self.ask(method, path, **content))

    def ask(self, method: str, path: Path, **content: Unpack[Content]) -> Answer:
        """Call and return whatever is answered."""
        return self._call(method, self.url(path, content.get("params")), content)

    def follow(self, link: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET what an answer names as the next page, be it a whole address or only the path of one."""
        return _insist(self._call("GET", self._link(link), {"headers": headers or {}}))

    def url(self, path: Path, params: Params | None = None) -> str:
        """The address that a path stands for."""
        base = self._whole_base()
        query = "&".join(filter(None, (base.query, _query(params or {}))))
        below = joined(path)
        root = base.path.rstrip("/") + "/" if below else base.path
        return base._replace(path=root + below, query=query, fragment="").geturl()

    def _link(self, link: object) -> str:
        base = self._whole_base()
        if not isinstance(link, str) or not link or not link.isprintable():
            raise DeliveryError("the link to the next page is no address", kind="refused")
        try:
            parts = parts_of(urljoin(base.geturl(), link), allow_loopback=self._http.allow_loopback)
        except (ConfigError, ValueError) as error:
            raise DeliveryError(f"the link to the next page is not followed: {error}", kind="refused") from None
        if (origin := Origin.of(parts)) != self.origin:
            raise DeliveryError(f"the link to the next page leads to {origin}, not to {self.origin}: it is not "
                                "followed", kind="refused")
        return base._replace(path=parts.path, query=parts.query, fragment="").geturl()

    def _whole_base(self) -> SplitResult:
        if self._base is None:
            raise DeliveryError("this connection has no address to call", kind="refused")
        return self._base

    def _call(self, method: str, url: str, content: Content) -> Answer:
        headers = {**self._headers, **content.get("headers", {})}
        answer = self._http.exchange(method, url, headers=headers, json=content.get("json"), body=content.get("body"))
        self.quota = quota_of(answer) or self.quota
        return answer


def joined(path: Path) -> str:
    """A path as it is sent: every segment quoted. Raises DeliveryError, refused, for one that could lead elsewhere."""
    if isinstance(path, str):
        segments, marks, last = path.removeprefix("/").split("/"), "?#", [""]
    else:
        segments, marks, last = [str(each) for each in path], "/", []
    inner = segments[:-1] if segments[-1:] == last else segments
    for segment in inner:
        if segment in {"", ".", ".."} or not segment.isprintable() or any(mark in segment for mark in marks):
            raise DeliveryError(f"{'/'.join(segments)[:80]!r} is no path below the address of the helpdesk",
                                kind="refused")
    return "/".join(quote(segment, safe="") for segment in segments)


def _query(params: Params) -> str:
    pairs = [(name, _written(each)) for name, value in params.items()
             for each in ([value] if isinstance(value, str | int) else value)]
    try:
        return urlencode(pairs, quote_via=quote)
    except UnicodeError:
        raise DeliveryError("a parameter holds half a character", kind="refused") from None


def _written(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _insist(answer: Answer) -> Answer:
    if answer.is_success:
        return answer
    raise failure(answer)
