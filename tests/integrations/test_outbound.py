"""Ways to abuse the calls Deskgate makes, tried one by one: none leads astray, hangs a worker or fills its memory."""

from __future__ import annotations

import gzip
import logging
import socket
import tracemalloc
import zlib
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from entitlements.errors import DeliveryError
from integrations import http as http_module
from integrations import pinned
from integrations.http import MAX_BYTES, HttpClient
from integrations.origin import OriginClient
from tests.builders import utc
from tests.fakes import FakeClock
from tests.integrations.server import DRIP, ByteServer, TlsServer, answer

NOW = utc("2026-03-09 10:00")
SIGNED_IN = {"Authorization": "Token s3cr3t-t0ken"}


def error_of(client: HttpClient, method: str, url: str, **content: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        client.request(method, url, headers=SIGNED_IN, **content)  # type: ignore[arg-type]
    return caught.value


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names lead to, in place of a name server: each is asked here, numbers are what they are."""
    known: dict[str, list[str]] = {}
    really = socket.getaddrinfo

    def look_up(host: str, port: int, *args: object, **options: object) -> list:
        numbers = known.get(host, [host])
        return [entry for number in numbers for entry in really(number, port, *args, **options)]  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


# --- Where a name leads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [
    ["127.0.0.1", "10.0.0.5"], ["10.0.0.5", "127.0.0.1"], ["127.0.0.1", "::ffff:10.0.0.5"], ["127.0.0.1", "fe80::1"]])
def test_a_name_with_one_bad_address_among_good_ones_is_not_called_at_all(
        http: HttpClient, names: dict[str, list[str]], numbers: list[str]) -> None:
    with ByteServer(answer()) as server:
        names["desk.example"] = numbers
        error = error_of(http, "POST", server.url.replace("127.0.0.1", "desk.example"))
    assert (error.kind, "desk.example is not called" in str(error)) == ("temporary", True)
    assert server.requests == []


def test_the_next_address_of_a_name_is_tried_when_nobody_answers_at_the_first(
        http: HttpClient, names: dict[str, list[str]]) -> None:
    with ByteServer(answer()) as server:
        names["desk.example"] = ["127.0.0.2", "127.0.0.1"]
        assert http.request("GET", server.url.replace("127.0.0.1", "desk.example")).status == 200


def test_a_name_with_a_hundred_dead_addresses_is_given_up_after_a_few(
        http: HttpClient, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def nobody(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        tried.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(pinned, "create_connection", nobody)
    names["desk.example"] = [f"127.0.1.{number}" for number in range(100)]
    assert error_of(http, "GET", "http://desk.example:81/").kind == "temporary"
    assert tried == ["127.0.1.0", "127.0.1.1", "127.0.1.2", "127.0.1.3"]


def test_a_name_that_moves_takes_no_open_connection_along_and_gets_no_new_one(
        tmp_path: Path, clock: FakeClock, names: dict[str, list[str]]) -> None:
    """What was connected stays with the machine that was looked at; whoever connects anew looks anew."""
    with TlsServer(tmp_path) as server:
        client, url = client_of(server, clock), f"https://desk.example:{server.port}/"
        names["desk.example"] = ["127.0.0.1"]
        client.request("GET", url)
        names["desk.example"] = ["10.0.0.5"]
        client.request("GET", url)
        assert (server.connections, len(server.requests)) == (1, 2)
        client.close()
        assert "10.0.0.5 is a private network" in str(error_of(client, "GET", url))
        client.close()
    assert server.connections == 1


def test_plain_http_stays_on_this_machine_even_where_it_is_allowed(
        http: HttpClient, names: dict[str, list[str]]) -> None:
    names["desk.example"] = ["8.8.8.8"]
    assert "plain http stays on it" in str(error_of(http, "GET", "http://desk.example/"))
    assert error_of(http, "GET", "http://8.8.8.8/").kind == "refused"


# --- Whom it trusts --------------------------------------------------------------------------------------------------


def client_of(server: TlsServer, clock: FakeClock) -> HttpClient:
    client = HttpClient(allow_loopback=True, clock=clock)
    client._session.verify = str(server.authority)
    return client


def test_the_certificate_is_checked_against_the_name_although_a_number_is_connected_to(
        tmp_path: Path, clock: FakeClock, names: dict[str, list[str]]) -> None:
    names |= {"desk.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    with TlsServer(tmp_path) as server:
        client = client_of(server, clock)
        assert client.request("GET", f"https://desk.example:{server.port}/").status == 200
        assert server.requests[0].headers["host"] == f"desk.example:{server.port}"
        client.close()
        for host in ("other.example", "127.0.0.1"):
            error = error_of(client, "POST", f"https://{host}:{server.port}/")
            assert (error.kind, "certificate is not trusted" in str(error)) == ("temporary", True)
        client.close()
    assert len(server.requests) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_credentials(
        tmp_path: Path, http: HttpClient, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    names["desk.example"] = ["127.0.0.1"]
    with TlsServer(tmp_path) as server:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # not the machine's word either
            monkeypatch.setenv(name, str(server.authority))
        assert "certificate is not trusted" in str(error_of(http, "POST", f"https://desk.example:{server.port}/"))
    assert server.requests == []


def test_a_change_was_not_made_when_the_other_side_hangs_up_before_it_was_sent(
        http: HttpClient, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "TIMES", (0.2, 0.2))
    names["desk.example"] = ["127.0.0.1"]
    with ByteServer(answer()) as server:  # which speaks no TLS
        url = server.url.replace("http://127.0.0.1", "https://desk.example")
        assert error_of(http, "POST", url).kind == "temporary"


def test_a_change_may_have_been_made_when_the_encryption_breaks_after_it_was_sent(
        tmp_path: Path, clock: FakeClock, names: dict[str, list[str]]) -> None:
    names["desk.example"] = ["127.0.0.1"]
    with TlsServer(tmp_path, breaks=True) as server:
        client = client_of(server, clock)
        assert error_of(client, "POST", f"https://desk.example:{server.port}/").kind == "unknown"
        assert error_of(client, "GET", f"https://desk.example:{server.port}/").kind == "temporary"
        client.close()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_no_proxy_of_the_machine_comes_in_between(
        name: str, http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with ByteServer(answer()) as proxy, ByteServer(answer()) as server:
        monkeypatch.setenv(name, proxy.url)
        http.request("GET", server.url, headers=SIGNED_IN)
    assert (len(server.requests), proxy.requests) == (1, [])


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_redirect_takes_neither_credentials_nor_request_elsewhere(http: HttpClient, method: str, status: str) -> None:
    with (ByteServer(answer()) as other, ByteServer(answer("", status, Location=other.url)) as server,
          pytest.raises(DeliveryError, match="redirects are not followed")):
        getattr(OriginClient(http, server.url, SIGNED_IN), method)("tickets")
    assert other.requests == []


# --- What is made of a request ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/a\r\nHost: evil.example", "/a\nb", "/a b", "/\x00", "/a\\b", "/\x7f\r\n\r\nGET / x"])
def test_an_address_cannot_smuggle_a_header_or_a_second_request(http: HttpClient, path: str) -> None:
    with ByteServer(answer()) as server:
        assert error_of(http, "GET", server.url + path).kind == "refused"
    assert server.requests == []


@pytest.mark.parametrize("headers", [
    {"X-Note": "a\r\nHost: evil.example"}, {"X-Note": "a\nb"}, {"X-Note: a\r\nX-Evil": "b"}, {"X-Note\n": "b"},
    {"X-Note": "\u20ac"}, {"": "x"}, {"X-Note": "\r\n\r\nGET / HTTP/1.1"}])
def test_a_header_cannot_smuggle_another_or_a_second_request(http: HttpClient, headers: dict[str, str]) -> None:
    with ByteServer(answer()) as server, pytest.raises(DeliveryError) as caught:
        http.request("GET", server.url, headers=headers)
    assert caught.value.kind == "refused"
    assert server.requests == []


def test_a_parameter_cannot_smuggle_another_or_a_header(http: HttpClient) -> None:
    with ByteServer(answer()) as server:
        OriginClient(http, server.url).get("search", params={"query": "a&admin=1#\r\nX-Evil: 1"})
    assert server.requests[0].line == "GET /search?query=a%26admin%3D1%23%0D%0AX-Evil%3A%201 HTTP/1.1"
    assert "x-evil" not in server.requests[0].headers


# --- Answers without an end ------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds pass each time somebody looks at the clock."""
    ticks = count(0, 10)
    monkeypatch.setattr(http_module, "TIMES", (1.0, 1.0))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=next(ticks)))


@pytest.mark.parametrize(("words", "piece"), [
    (b"", b"H"), (b"HTTP/1.1 200 OK\r\nX-Long: ", b"."), (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;"),
    (b"HTTP/1.1 200 OK\r\n\r\n", b"."),
], ids=["status line", "header", "headers", "interim answers", "trailers", "chunks", "chunk extension", "body"])
def test_an_answer_that_never_ends_is_given_up_wherever_it_drips(
        http: HttpClient, hurried: None, words: bytes, piece: bytes) -> None:
    with ByteServer(words + DRIP, piece=piece) as server:
        error = error_of(http, "POST", server.url)
    assert (error.kind, str(error)) == ("unknown", "POST /: the answer takes too long")


@pytest.mark.parametrize("words", [
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, b"H" * 100_000,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000])
def test_an_answer_with_too_much_of_anything_is_given_up(http: HttpClient, words: bytes) -> None:
    with ByteServer(words) as server:
        assert error_of(http, "POST", server.url).kind == "unknown"


BOMB = gzip.compress(b" " * 30 * MAX_BYTES, mtime=0)
TINY = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize(("encoding", "packed"), [
    ("gzip", BOMB), ("x-gzip", BOMB), ("gzip, gzip", gzip.compress(BOMB, mtime=0)),
    ("deflate", zlib.compress(b" " * 30 * MAX_BYTES)), ("br", b"\x5b\xff\xff"), ("zstd", b"\x28\xb5"),
    ("chunked", b"x")], ids=["gzip", "x-gzip", "twice", "deflate", "br", "zstd", "nonsense"])
def test_a_small_answer_never_fills_the_memory(http: HttpClient, encoding: str, packed: bytes) -> None:
    with ByteServer(answer(packed, Content_Encoding=encoding)) as server:
        tracemalloc.start()
        error = error_of(http, "POST", server.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (error.kind, error.status) == ("unknown", 200)
    assert peak < 6 * MAX_BYTES


def test_an_answer_that_is_packed_although_nobody_asked_for_it_is_read(http: HttpClient) -> None:
    with ByteServer(answer(gzip.compress(b'{"id": 7}'), Content_Encoding="GZip")) as server:
        assert http.request("GET", server.url).object() == {"id": 7}
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("packed", [TINY[:-3], TINY + b"{}", b"{}", b"\x1f\x8b"],
                         ids=["cut off", "with more after it", "not packed", "hardly begun"])
def test_an_answer_that_is_packed_wrongly_is_not_half_read(http: HttpClient, packed: bytes) -> None:
    with ByteServer(answer(packed, Content_Encoding="gzip")) as server:
        assert "is not packed the way it says" in str(error_of(http, "GET", server.url))


# --- What is written down --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [b"HTTP/1.1 200 OK\r\nno header\r\n\r\n{}", b"garbage\r\n\r\n", answer()])
def test_no_log_names_a_whole_address_which_may_hold_a_secret(
        http: HttpClient, words: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ByteServer(words) as server:
        try:
            http.request("GET", f"{server.url}/hook/8f3c1d0b2a4e4f6e9d7c?code=s3cr3t", headers=SIGNED_IN)
        except DeliveryError as error:
            assert "s3cr3t" not in str(error)  # noqa: PT017  either end is right
    assert "8f3c1d0b2a4e4f6e9d7c" not in caplog.text
    assert "s3cr3t" not in caplog.text
