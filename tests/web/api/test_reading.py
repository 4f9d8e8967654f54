"""How a body is read: what is no JSON, what is too much of it, and how wrong values are pointed at."""

from __future__ import annotations

from io import BytesIO

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.web.api.desk import Desk, pointers, problem

TICKETS = "/api/v1/tickets"
PREVIEW = "/api/v1/decisions/preview"
RIGHT = b'{"customer": "Acme", "severity": "low"}'


@pytest.mark.parametrize("body", [
    b"", b" ", b"{", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} x', b"\xff\xfe{}",
    b'\xef\xbb\xbf{"a": 1}', b'{"customer": "caf\xe9"}', b'{"a": NaN}', b'{"a": -Infinity}',
    b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": 1, "a": 2}', b'{"b": {"a": 1, "a": 2}}', b'{"a": "\n"}',
    b'{"a": 01}', b'{"a": "\\x"}', b"[1", b'{"a": ' + b"9" * 5000,
])
def test_what_is_not_strict_json_is_malformed(desk: Desk, body: bytes) -> None:
    problem(desk.post(PREVIEW, body), 400, "malformed-json")


@pytest.mark.parametrize(("body", "pointer"), [
    (b"[]", ""), (b"null", ""), (b'"text"', ""), (b"1", ""), (b"9" * 5000, ""), (b'{"a": ' + b"9" * 5000 + b"}", "/a"),
    (b'{"a": -' + b"9" * 41 + b"}", "/a"), (b'{"a": 1e999}', "/a"),
    (b'{"a": [1, {"b/c": ' + b"9" * 41 + b"}]}", "/a/1/b~1c"),
])
def test_json_that_cannot_be_meant_is_pointed_at(desk: Desk, body: bytes, pointer: str) -> None:
    assert pointers(desk.post(PREVIEW, body)) == [pointer]


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 40_000, b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}"])
def test_absurd_depth_is_malformed_and_never_a_crash(desk: Desk, deep: bytes) -> None:
    assert "64 deep" in problem(desk.post(PREVIEW, deep), 400, "malformed-json")["detail"]


def test_brackets_inside_texts_are_no_depth(desk: Desk) -> None:
    body = b'{"customer": "Acme", "severity": "low", "product": "' + b'\\"[{' * 30 + b'"}'
    assert desk.post(PREVIEW, body).status_code == 200


def test_nesting_of_64_is_read_and_then_judged_by_the_model(desk: Desk) -> None:
    body = b'{"customer": ' + b"[" * 63 + b"]" * 63 + b', "severity": "low"}'
    assert pointers(desk.post(PREVIEW, body)) == ["/customer"]


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                   "application/jsonx", "json", "application/json; charset=latin-1", "text/x+json"])
def test_another_media_type_is_unsupported(desk: Desk, media: str) -> None:
    response = desk.post(PREVIEW, RIGHT, Content_Type=media)
    problem(response, 415, "unsupported-media-type")
    assert response.headers["Accept"] == "application/json"


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=UTF-8", "application/cloud+json"])
def test_json_by_any_of_its_names_is_read(desk: Desk, media: str) -> None:
    assert desk.post(PREVIEW, RIGHT, Content_Type=media).status_code == 200


@pytest.mark.parametrize("path", [TICKETS, PREVIEW, "/api/v1/usage"])
def test_a_body_of_more_than_256_kib_is_too_large(desk: Desk, path: str) -> None:
    problem(desk.post(path, b'{"a": "' + b"x" * 256 * 1024 + b'"}'), 413, "too-large")


def test_a_body_of_unknown_length_is_bounded_too(desk: Desk) -> None:
    environ = create_environ(PREVIEW, method="POST", content_type="application/json", headers={
        "Authorization": f"Bearer {desk.token}", "Transfer-Encoding": "chunked"})
    environ.pop("CONTENT_LENGTH", None)
    environ.update({"wsgi.input": BytesIO(b'{"a": "' + b"x" * 300_000 + b'"}'), "wsgi.input_terminated": True})
    body, status, _ = run_wsgi_app(desk.app, environ)
    assert (status.partition(" ")[0], b"/problems/too-large" in b"".join(body)) == ("413", True)


def test_many_unknown_fields_are_told_in_a_bounded_answer(desk: Desk) -> None:
    response = desk.post(PREVIEW, {f"{n}" + "x" * 500: n for n in range(300)})
    assert len(pointers(response)) == 50
    assert len(response.data) < 20_000


@pytest.mark.parametrize("at", [
    "2026-03-09", "2026-03-09T10:00:00", "2026-03-09 10:00:00Z", "1773050400", 1773050400, True, "", "tomorrow",
    "2026-02-30T10:00:00Z", "2026-03-09T25:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2038-01-01T00:00:00Z", "2037-12-31T23:00:00-01:00",
    "1969-12-31T23:59:59Z", "٢٠٢٦-03-09T10:00:00Z", "2026-03-09T10:00:00+25:00",
])
def test_an_instant_without_zone_or_outside_the_known_years_is_refused(desk: Desk, at: object) -> None:
    assert pointers(desk.post(PREVIEW, {"customer": "Acme", "severity": "low", "at": at})) == ["/at"]


@pytest.mark.parametrize("at", ["2026-03-09T16:00:00Z", "2026-03-09T17:00:00+01:00", "2026-03-09T11:00-05:00",
                                "2026-03-09T16:00:00.000Z", "2026-03-09t16:00:00z"])
def test_one_instant_may_be_written_in_any_zone(desk: Desk, at: str) -> None:
    told = desk.post(PREVIEW, {"customer": "Acme", "severity": "low", "at": at}).get_json()
    assert (told["outcome"], told["release_at"]) == ("queue", "2026-03-10T08:00:00Z")


def test_the_last_second_of_2037_can_be_asked_about(desk: Desk) -> None:
    body = {"customer": "Globex", "severity": "low", "at": "2037-12-31T23:59:59Z"}
    assert desk.post(PREVIEW, body).get_json()["reason"] == "license_expired"


@pytest.mark.parametrize(("query", "wrong"), [
    ("limit=0", ["/limit"]), ("limit=201", ["/limit"]), ("limit=many", ["/limit"]), ("limit=1&limit=2", ["/limit"]),
    ("cursor=0", ["/cursor"]), ("cursor=99999999999", ["/cursor"]), ("cursor=-1", ["/cursor"]), ("page=2", ["/page"]),
    ("state=lost", ["/state"]), ("customer=a%00b", ["/customer"]), ("limit=" + "9" * 5000, ["/limit"]),
])
def test_a_wrong_query_is_pointed_at(desk: Desk, query: str, wrong: list[str]) -> None:
    response = desk.client.get(f"{TICKETS}?{query}", headers={"Authorization": f"Bearer {desk.token}"})
    assert pointers(response) == wrong
