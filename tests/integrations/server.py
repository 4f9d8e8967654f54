"""A server of bytes: answers each request on loopback with exactly what the test wrote down, however broken."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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

    What ends with DRIP is followed by a piece after another, until the caller has enough.
    """

    def __init__(self, *answers: bytes, piece: bytes = b"."):
        self.requests: list[Request] = []
        self._piece = piece
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
                peer.sendall(self._piece)
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


class TlsServer:
    """Speaks TLS with a certificate for `desk.example` that only `authority` vouches for, answers every request of a
    connection with `{}`, and keeps the connection. With `breaks` it spoils the encryption once it has the request."""

    def __init__(self, folder: Path, *, breaks: bool = False):
        self.authority, key = write_certificate(folder)
        self.requests: list[Request] = []
        self.connections = 0
        self._breaks = breaks
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.authority, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def __enter__(self) -> TlsServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with raw, contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as peer:
                peer.settimeout(5)
                while (request := read_request(peer)).line:
                    self.requests.append(request)
                    if self._breaks:
                        with socket.socket(fileno=os.dup(peer.fileno())) as plain:
                            plain.sendall(b"this is not encrypted" * 50)
                        break
                    peer.sendall(answer(Connection="keep-alive"))


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for desk.example, which vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1),
                                now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("desk.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()))
    cert_file, key_file = folder / "desk.pem", folder / "desk.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return cert_file, key_file
