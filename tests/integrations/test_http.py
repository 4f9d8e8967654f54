"""The client for calls to helpdesks: what it sends, what it refuses, and what every kind of answer means."""

from __future__ import annotations

import gzip
import json
import ssl
from datetime import timedelta

import pytest
import requests
import responses

from entitlements.errors import DeliveryError
from integrations import http as http_module
from integrations.http import MAX_BYTES, HttpClient
from integrations.masking import piece_of
from integrations.waits import seconds_to_wait
from tests.builders import utc
from tests.fakes import FakeClock
from tests.integrations.server import CLOSE, DRIP, HANG, ByteServer, answer

NOW = utc("2026-03-09 10:00")
URL = "https://desk.example/api/tickets/7/"
CHANGES = ("POST", "PATCH", "PUT", "DELETE")


def failure_of(client: HttpClient, method: str, url: str = URL, **content: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        client.request(method, url, **content)  # type: ignore[arg-type]
    return caught.value


# --- What is sent ----------------------------------------------------------------------------------------------------


def test_a_call_carries_its_json_and_headers_and_brings_the_answer_back(http: HttpClient) -> None:
    with ByteServer(answer('{"id": 7}', X_Told="yes")) as server:
        found = http.request("PATCH", f"{server.url}/api/7/", headers={"Authorization": "Token t"}, json={"queue": 2})
    assert (found.status, found.object(), found.header("x-told")) == (200, {"id": 7}, "yes")
    sent = server.requests[0]
    assert sent.line == "PATCH /api/7/ HTTP/1.1"
    assert json.loads(sent.body) == {"queue": 2}
    assert sent.headers["authorization"] == "Token t"
    assert sent.headers["content-type"] == "application/json"


def test_neither_proxies_nor_netrc_of_the_machine_are_used(
        http: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with ByteServer(answer()) as server:
        http.request("GET", server.url)
    assert "authorization" not in server.requests[0].headers


def test_one_connection_never_gets_the_cookies_of_another(http: HttpClient) -> None:
    with ByteServer(answer(Set_Cookie="session=abc; Path=/"), answer()) as server:
        http.request("GET", server.url)
        http.request("GET", server.url)
    assert "cookie" not in server.requests[1].headers


def test_a_redirect_is_not_followed(http: HttpClient) -> None:
    with ByteServer(answer("", "302 Found", Location="http://127.0.0.1:1/elsewhere")) as server:
        error = failure_of(http, "POST", server.url)
    assert (error.kind, error.status) == ("temporary", 302)
    assert str(error) == "POST / answered 302: redirects are not followed"


@pytest.mark.parametrize("url", ["http://desk.example/", "https://user:pw@desk.example/", "file:///etc/passwd"])
def test_an_address_that_may_not_be_called_is_refused_before_anything_is_sent(url: str, clock: FakeClock) -> None:
    client = HttpClient(allow_loopback=False, clock=clock)
    assert failure_of(client, "GET", url).kind == "refused"


def test_loopback_is_not_called_unless_it_is_allowed(clock: FakeClock) -> None:
    client = HttpClient(allow_loopback=False, clock=clock)
    error = failure_of(client, "GET", "https://127.0.0.1:1/")
    assert (error.kind, str(error)) == ("refused", "127.0.0.1 is not called: 127.0.0.1 is loopback")


def test_a_header_that_would_smuggle_another_is_refused_without_being_quoted(http: HttpClient) -> None:
    error = failure_of(http, "GET", "http://127.0.0.1:1/", headers={"Authorization": "Token geheim\r\nX-Evil: 1"})
    assert error.kind == "refused"
    assert "geheim" not in str(error)


@pytest.mark.parametrize("name", ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection"])
def test_an_adapter_cannot_say_that_a_request_is_for_another_host_or_ends_elsewhere(
        http: HttpClient, name: str) -> None:
    error = failure_of(http, "POST", "http://127.0.0.1:1/", headers={name: "evil.example"}, body=b"{}")
    assert (error.kind, str(error)) == ("refused", f"POST /: the header {name} is not for an adapter to set")


@pytest.mark.parametrize("content", [{"json": "a" * MAX_BYTES}, {"body": b"a" * (MAX_BYTES + 1)}])
def test_a_body_larger_than_a_mebibyte_is_not_sent(http: HttpClient, content: dict[str, object]) -> None:
    error = failure_of(http, "POST", "http://127.0.0.1:1/", **content)
    assert (error.kind, str(error)) == ("refused", "POST /: the body is larger than 1 MiB")


@pytest.mark.parametrize("content", [float("nan"), {1: object()}, b"bytes"])
def test_what_is_no_json_is_not_sent(http: HttpClient, content: object) -> None:
    assert "cannot be written as JSON" in str(failure_of(http, "POST", "http://127.0.0.1:1/", json=content))


# --- What an answer means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@responses.activate
def test_every_2xx_is_success(status: int, http: HttpClient) -> None:
    responses.post(URL, status=status)
    assert http.request("POST", URL).status == status


@pytest.mark.parametrize(("status", "kind"), [
    (400, "refused"), (401, "unauthorized"), (403, "unauthorized"), (404, "gone"), (405, "refused"),
    (408, "temporary"), (409, "temporary"), (410, "gone"), (415, "refused"), (422, "refused"), (425, "temporary"),
    (429, "temporary"), (500, "temporary"), (502, "unknown"), (503, "temporary"), (504, "unknown"),
    (301, "temporary"), (307, "temporary"),
])
@responses.activate
def test_a_status_says_what_the_sender_may_do(status: int, kind: str, http: HttpClient) -> None:
    responses.patch(URL, status=status, json={"detail": "No."})
    error = failure_of(http, "PATCH")
    assert (error.kind, error.status) == (kind, status)


@pytest.mark.parametrize("status", [502, 504])
@responses.activate
def test_behind_a_gateway_that_fails_a_read_can_be_repeated_at_once(status: int, http: HttpClient) -> None:
    responses.get(URL, status=status)
    assert failure_of(http, "GET").kind == "temporary"


@pytest.mark.parametrize(("value", "wait"), [
    ("30", 30.0), ("0", 1.0), ("7200", 3600.0), (" 5 ", 5.0), ("999999999999999999999", None),
    ("Mon, 09 Mar 2026 10:02:00 GMT", 120.0), ("Monday, 09-Mar-26 10:00:30 GMT", 30.0),
    ("Mon, 09 Mar 2026 09:00:00 GMT", 1.0), ("Tue, 10 Mar 2026 10:00:00 GMT", 3600.0),
    ("Mon, 09 Mar 2026 12:00:00 +0200", 1.0), ("Mon Mar  9 10:01:00 2026", 60.0),
    ("1773050520", 120.0), ("1773050400", 1.0), ("99999999999", 3600.0), ("2026-03-09T10:02Z", 120.0),
    ("2026-03-09T11:02:00.5+01:00", 120.5), ("2026-03-09T10:02:00", 120.0), ("9999-12-31T23:59:59-23:59", None),
    ("", None), ("soon", None), ("-5", None), ("1.5", None), ("Mon, 99 Mar 2026 10:02:00 GMT", None),
])
def test_a_wait_is_read_in_seconds_and_as_an_instant_and_kept_within_an_hour(value: str, wait: float | None) -> None:
    assert seconds_to_wait(value, NOW) == wait


@pytest.mark.parametrize("value", ["90", "Mon, 09 Mar 2026 10:01:30 GMT"])
@pytest.mark.parametrize("status", [429, 503])
@responses.activate
def test_the_wait_that_a_busy_helpdesk_asks_for_is_passed_on(status: int, value: str, http: HttpClient) -> None:
    responses.post(URL, status=status, headers={"retry-after": value})
    assert failure_of(http, "POST").retry_after == 90.0


@pytest.mark.parametrize(("headers", "wait"), [
    ({"X-RateLimit-Retry-After": "30"}, 30.0), ({"X-RateLimit-Reset": "2026-03-09T10:01Z"}, 60.0),
    ({"X-RateLimit-Reset": "1773050445"}, 45.0), ({"ratelimit-reset": "20"}, 20.0),
    ({"Retry-After": "5", "X-RateLimit-Reset": "1773050445"}, 5.0),
    ({"Retry-After": "soon", "ratelimit-reset": "20"}, 20.0), ({"X-RateLimit-Limit": "5"}, None)])
@pytest.mark.parametrize("status", [429, 503])
@responses.activate
def test_every_product_names_the_wait_in_a_header_of_its_own(
        status: int, headers: dict[str, str], wait: float | None, http: HttpClient) -> None:
    responses.post(URL, status=status, headers=headers)
    assert failure_of(http, "POST").retry_after == wait


@responses.activate
def test_when_a_limit_begins_anew_matters_only_to_one_who_has_reached_it(http: HttpClient) -> None:
    responses.post(URL, status=500, headers={"X-RateLimit-Reset": "1773053000"})
    assert failure_of(http, "POST").retry_after is None


@responses.activate
def test_a_failure_that_waiting_does_not_mend_asks_for_no_wait(http: HttpClient) -> None:
    responses.post(URL, status=422, headers={"Retry-After": "90"})
    assert failure_of(http, "POST").retry_after is None


# --- What went wrong on the way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", *CHANGES])
def test_a_refused_connection_is_temporary_because_nothing_was_sent(method: str, http: HttpClient) -> None:
    with ByteServer() as server:
        url = server.url
    error = failure_of(http, method, url)
    assert (error.kind, str(error)) == ("temporary", "no connection to 127.0.0.1: connection refused")


@pytest.mark.parametrize(("method", "kind"), [("GET", "temporary"), *((each, "unknown") for each in CHANGES)])
@pytest.mark.parametrize("words", [HANG, CLOSE, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\": ",
                                   b"garbage\r\n\r\n"], ids=["silence", "hanging up", "half an answer", "garbage"])
def test_a_change_that_is_not_answered_may_have_been_made(
        words: bytes, method: str, kind: str, http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "TIMES", (1.0, 0.3))
    with ByteServer(words) as server:
        assert failure_of(http, method, server.url).kind == kind


@pytest.mark.parametrize(("method", "kind"), [("GET", "temporary"), ("POST", "unknown")])
@pytest.mark.parametrize("body", ["<html><body>Please sign in</body></html>", '{"id": ', "", "[1, 2]", "[" * 100_000])
def test_an_answer_that_cannot_be_read_leaves_open_whether_the_change_was_made(
        body: str, method: str, kind: str, http: HttpClient) -> None:
    with ByteServer(answer(body)) as server, pytest.raises(DeliveryError) as caught:
        http.request(method, server.url).object()
    assert (caught.value.kind, caught.value.status) == (kind, 200)


@pytest.mark.parametrize(("size", "is_read"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_an_answer_is_read_up_to_a_mebibyte(size: int, is_read: bool, http: HttpClient) -> None:
    with ByteServer(answer(b" " * size)) as server:
        if is_read:
            assert len(http.request("GET", server.url).body) == size
        else:
            assert "larger than 1 MiB" in str(failure_of(http, "GET", server.url))


def test_a_small_answer_that_unpacks_into_a_large_one_is_refused(http: HttpClient) -> None:
    packed = gzip.compress(b" " * 20 * MAX_BYTES)
    with ByteServer(answer(packed, Content_Encoding="gzip")) as server:
        assert "larger than 1 MiB" in str(failure_of(http, "GET", server.url))


def test_an_answer_that_drips_in_byte_by_byte_is_given_up(
        http: HttpClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "TIMES", (1.0, 1.0))
    with ByteServer(answer(b"12345", Content_Length="9999") + DRIP) as server:
        ticks = iter(range(0, 10_000, 10))
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=next(ticks)))
        error = failure_of(http, "POST", server.url)
    assert (error.kind, "takes too long" in str(error)) == ("unknown", True)


@pytest.mark.parametrize(("trouble", "kind"), [
    (requests.ConnectTimeout("t"), "temporary"), (requests.ReadTimeout("t"), "unknown"),
    (requests.ConnectionError("broken pipe"), "unknown"), (requests.exceptions.SSLError(ssl.SSLError()), "temporary"),
    (requests.exceptions.ChunkedEncodingError("cut"), "unknown"), (requests.exceptions.InvalidURL("bad"), "refused"),
])
@responses.activate
def test_each_trouble_of_the_library_has_its_kind(trouble: Exception, kind: str, http: HttpClient) -> None:
    responses.post(URL, body=trouble)
    assert failure_of(http, "POST").kind == kind


# --- What an error says ----------------------------------------------------------------------------------------------


@responses.activate
def test_an_error_names_method_path_and_status_and_repeats_a_little_of_the_answer(http: HttpClient) -> None:
    responses.post(URL + "?page=1", status=400, json={"queue": ["Invalid pk \"99\""]})
    error = failure_of(http, "POST", URL + "?page=1")
    assert str(error) == 'POST /api/tickets/7/ answered 400: {"queue": ["Invalid pk \\"99\\""]}'


@pytest.mark.parametrize("told", ["Token s3cr3t-t0ken", "s3cr3t-t0ken"])
@responses.activate
def test_an_error_never_repeats_our_credentials_even_when_the_answer_does(told: str, http: HttpClient) -> None:
    responses.get(URL, status=401, body=f"not accepted: {told}")
    error = failure_of(http, "GET", headers={"Authorization": "Token s3cr3t-t0ken"})
    assert str(error) == "GET /api/tickets/7/ answered 401: not accepted: ***"


@responses.activate
def test_a_long_part_of_an_address_is_not_repeated_because_it_may_be_a_secret(http: HttpClient) -> None:
    url = "https://hooks.example/in/8f3c1d0b2a4e4f6e9d7c/go?key=abc"
    responses.post(url, status=500)
    assert str(failure_of(http, "POST", url)) == "POST /in/***/go answered 500"


@pytest.mark.parametrize(("body", "piece"), [
    (b"<html><head><title>x</title></head><body><h1>Server\n Error</h1></body></html>", "Server Error"),
    (b"<script>alert(1)</script>Plain", "Plain"),
    (b"tab\tand\x00null\x1b[31m", "tab and null [31m"),
    (b"\xff\xfe", "\ufffd\ufffd"),
    (b"a" * 500, "a" * 197 + "..."),
    (b"", ""),
])
def test_a_piece_of_an_answer_is_one_clean_short_line(body: bytes, piece: str) -> None:
    assert piece_of(body) == piece
