"""A Flask application served on loopback, and the ways in which the way to it may fail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

from entitlements.clock import Clock

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Fault:
    """What becomes of the next calls: `times` of them that `matches`. With `applied`, the call has its effect first.

    A `status` is answered with `body` and `headers`; without one the connection is cut, `after` so many bytes of the
    true answer; with `hang` nothing is said for so many seconds.
    """

    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    applied: bool = False
    after: int = 0
    hang: float = 0.0
    times: int = 1
    changes_only: bool = True

    def matches(self) -> bool:
        if request.path.endswith("/oauth2/token"):  # to sign in is neither a look nor a change
            return False
        changes = request.method in CHANGES and "search" not in request.path  # some products are asked by POST
        return self.times > 0 and (changes or not self.changes_only)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Tests look at the state, not at a log."""

    def make_environ(self) -> dict[str, Any]:
        """With the headers that have an underscore in their name, which this server drops and Chatwoot's does not."""
        found: dict[str, Any] = super().make_environ()
        return found | {f"HTTP_{name.upper()}": value for name, value in self.headers.items() if "_" in name}

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of each answer, by the clock of the test if it has one."""
        clock: Clock | None = getattr(self.server, "clock", None)
        return super().date_time_string(timestamp) if clock is None else format_datetime(clock.now(), usegmt=True)


class Serving:
    """Serves an application on a free port; `fault` is what happens to the next calls; `calls` lists what was asked."""

    def __init__(self, app: Flask):
        self.app = app
        self.fault: Fault | None = None
        self.calls: list[tuple[str, str]] = []
        self._over = threading.Event()
        app.before_request(self._before)
        app.after_request(self._after)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def go_by(self, clock: Clock) -> None:
        """Tell the time of a test in the header Date."""
        self._server.clock = clock  # type: ignore[attr-defined]

    def __enter__(self) -> Serving:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _before(self) -> Response | None:
        self.calls.append((request.method, request.path))
        fault = self.fault
        if fault is None or not fault.matches() or fault.applied:
            return None
        fault.times -= 1
        return self._fail(fault, None)

    def _after(self, response: Response) -> Response:
        fault = self.fault
        if fault is None or not fault.applied or not fault.matches():
            return response
        fault.times -= 1
        return self._fail(fault, response)

    def _fail(self, fault: Fault, response: Response | None) -> Response:
        if fault.hang:
            self._over.wait(fault.hang)
        if fault.status:
            return Response(fault.body, fault.status, dict(fault.headers))
        peer: socket.socket = request.environ["werkzeug.socket"]
        if fault.after and response is not None and (whole := response.get_data()):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: " + str(len(whole)).encode()
                         + b"\r\nContent-Type: application/json\r\n\r\n" + whole[:fault.after])
        peer.shutdown(socket.SHUT_RDWR)
        return Response("", 500)


@contextmanager
def served(make: Callable[[], Flask]) -> Iterator[Serving]:
    """An application of its own, served as long as the block runs."""
    with Serving(make()) as serving:
        yield serving
