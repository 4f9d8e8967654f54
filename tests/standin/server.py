"""The stand-in's HTTP server: `python -m tests.standin.server --log FILE [--port N] [--seed N]`.

Prints its address as one line when it listens. The API is below /api, what tests steer it with below /control, and
/standard takes the messages of a `standard` connection.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standin import faults
from tests.standin.control import Control
from tests.standin.desk import PAGE, Desk, Unknown
from tests.standin.faults import Faults

Reply = tuple[int, object]
TICKET = re.compile(r"/api/tickets/([0-9]+)/")
NOT_APPLIED = frozenset({faults.HANGS, faults.BUSY, faults.BROKEN, faults.HTML})
SILENT = frozenset({faults.LOST, faults.LATE, faults.HANGS})
PAGE_IN_HTML = b"<!doctype html><html><head><title>Just a moment</title></head><body>We are back soon.</body></html>"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    control: Control
    lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients here are killed at any moment: a connection that breaks is nothing to speak of."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Conversation(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._take()

    do_POST = do_PATCH = do_GET  # noqa: N815  (the names are given by http.server)

    def log_message(self, *_: object) -> None:
        """The log of changes says more."""

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        control = self.server.control
        if self.path.startswith("/control/"):
            told = json.loads(body) if body else {}
            self._send(200, json.dumps(control.answer(self.path.removeprefix("/control/"), told)).encode())
            return
        with self.server.lock:
            control.requests += 1
            control.pending += 1
        try:
            self._misbehave(control.faults.next(), body)
        finally:
            with self.server.lock:
                control.pending -= 1

    def _misbehave(self, fault: str, body: bytes) -> None:
        """Answer, or do what the fault says instead."""
        control = self.server.control
        if fault in (faults.LATE, faults.HANGS):
            time.sleep(control.faults.late_by())
        status, answer = (500, {}) if fault in NOT_APPLIED else self._apply(body)
        if fault in SILENT:
            self.close_connection = True
        elif fault == faults.BUSY:
            self._send(429, b'{"detail": "Request was throttled."}', **{"Retry-After": control.faults.wait()})
        elif fault in (faults.BROKEN, faults.BROKEN_AFTER):
            self._send(control.faults.status(), b'{"detail": "Oops."}')
        elif fault in (faults.HTML, faults.HTML_AFTER):
            self._send(200, PAGE_IN_HTML, kind="text/html")
        else:
            self._send(status, json.dumps(answer).encode(), cut=fault == faults.CUT)

    def _apply(self, body: bytes) -> Reply:
        control, split = self.server.control, urlsplit(self.path)
        number = TICKET.fullmatch(split.path)
        try:
            told = json.loads(body) if body else {}
            ticket = int(number[1]) if number else int(told.get("ticket") or 0)
            if self.command == "POST" and told.get("public"):
                control.delay(ticket, self.client_address[1])
            refused = control.refusal(ticket) if self.command != "GET" else 0
            found = (refused, {"detail": "This ticket cannot be changed."}) if refused else self._call(split, told)
        except Unknown:
            return 404, {"detail": "No Ticket matches the given query."}
        control.holds.pass_by(self.command, ticket, self.client_address[1])
        return found

    def _call(self, split: Any, told: dict[str, Any]) -> Reply:
        desk, number = self.server.control.desk, TICKET.fullmatch(split.path)
        if number:
            ticket = int(number[1])
            return 200, desk.change(ticket, told) if self.command == "PATCH" else desk.ticket(ticket)
        if self.command == "POST" and split.path == "/api/followups/":
            return 201, desk.comment(told)
        if self.command == "POST" and split.path == "/api/tickets/":
            return 201, desk.create(told)
        if self.command == "GET" and split.path == "/api/tickets/":
            asked = parse_qs(split.query)
            page, size = asked.get("page", ["1"])[0], int(asked.get("page_size", [PAGE])[0])
            return 200, desk.page(None if page == "last" else int(page), size)
        if self.command == "POST" and split.path == "/standard":
            desk.note("told", 0, id=self.headers["webhook-id"], type=told["type"], remote_id=told["data"]["id"])
            return 200, {}
        return 404, {"detail": "Not found."}

    def _send(self, status: int, body: bytes, *, kind: str = "application/json", cut: bool = False,
              **headers: str) -> None:
        """All in one piece. A cut answer announces more than it says."""
        self.log_request(status)
        self.send_response_only(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers_into(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def end_headers_into(self, body: bytes) -> None:
        """Headers and body in a single write."""
        self._headers_buffer += [b"\r\n", body]
        self.flush_headers()


def serve(port: int, log: Path, seed: int) -> Server:
    server = Server(("127.0.0.1", port), Conversation)
    server.control = Control(Desk(log), Faults(seed))
    return server


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for django-helpdesk on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    server = serve(options.port, options.log, options.seed)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
