"""A tiny receiver of webhooks: keeps what it is sent, so that a test can look at it or hand it to an adapter."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from entitlements.helpdesk import Inbound


class Receiver:
    """Listens on a free port of loopback from `start` to `stop`; `received` holds every webhook, oldest first."""

    def __init__(self, path_secret: str = "in-the-address"):
        self.received: list[Inbound] = []
        self.path_secret = path_secret
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._requests())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/desk/{self.path_secret}"

    def start(self) -> Receiver:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def clear(self) -> None:
        with self._arrived:
            self.received.clear()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Inbound]:
        """Everything received, once that is at least `count`. Fails the test when it does not come."""
        end = time.monotonic() + seconds
        with self._arrived:
            while len(self.received) < count:
                left = end - time.monotonic()
                assert left > 0, f"{len(self.received)} of {count} webhooks came within {seconds} s"
                self._arrived.wait(left)
            return list(self.received)

    def _keep(self, inbound: Inbound) -> None:
        with self._arrived:
            self.received.append(inbound)
            self._arrived.notify_all()

    def _requests(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Requests(BaseHTTPRequestHandler):
            """Answers 200 to everything."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver._keep(Inbound("POST", self.path, dict(self.headers.items()), body, datetime.now(timezone.utc),
                                       path_secret=self.path.rpartition("/")[2]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet: the tests say what they need to say."""

        return Requests
