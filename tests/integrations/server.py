"""A server of bytes: answers each request on loopback with exactly what the test wrote down, however broken."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass

HANG = b"HANG"
DRIP = b"DRIP"
CLOSE = b""


def answer(body: bytes | str = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP answer. Header names are written with `_` for `-`."""
    content = body.encode() if isinstance(body, str) else body
    told = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close",
            **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + content


@dataclass(frozen=True)
class Request:
    """What was sent: the first line, the headers in lower case, the body."""

    line: str
    headers: dict[str, str]
    body: bytes


class ByteServer:
    """Gives `answers` in turn, one a connection: bytes as they are, CLOSE for none at all, HANG for silence.

    What ends with DRIP is followed by one byte after another until the caller has enough.
    """

    def __init__(self, *answers: bytes):
        self.requests: list[Request] = []
        self._answers = list(answers)
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> ByteServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        for words in self._answers:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer:
                self.requests.append(read_request(peer))
                if words == HANG:
                    self._over.wait(30)
                else:
                    peer.sendall(words.removesuffix(DRIP))
                    self._drip(peer, words.endswith(DRIP))

    def _drip(self, peer: socket.socket, on: bool) -> None:
        while on and not self._over.wait(0.02):
            try:
                peer.sendall(b".")
            except OSError:
                return


def read_request(peer: socket.socket) -> Request:
    with peer.makefile("rb") as stream:
        line = stream.readline().decode("latin-1").strip()
        headers = {}
        while (header := stream.readline().decode("latin-1").strip()):
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return Request(line, headers, stream.read(int(headers.get("content-length", 0))))
