"""Reading what a stranger's system sent: strictly, and with an error that names what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.errors import TicketError
from integrations import payload
from tests.builders import utc


@pytest.mark.parametrize("body", [
    b"", b"no", b"[]", b'"text"', b"null", b"\xff{}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}',
    b'{"a": "\\ud800"}', b'{"a": 1, "a": 2}', b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 1', b'\xef\xbb\xbf{"a": 1}',
    b'{"a":' * 64 + b"1" + b"}" * 64 + b" x", b"[" * 200_000, b'{"a":' * 65 + b"1" + b"}" * 65])
def test_what_is_not_one_strict_json_object_is_not_understood(body: bytes) -> None:
    with pytest.raises(TicketError):
        payload.read_fields(body)


def test_sixty_four_levels_are_not_too_deep() -> None:
    assert payload.read_fields(b'{"a":' * 64 + b"1" + b"}" * 64)


@given(st.binary(max_size=80))
def test_no_bytes_at_all_bring_anything_but_a_ticket_error(body: bytes) -> None:
    try:
        assert isinstance(payload.read_fields(body), dict)
    except TicketError as error:
        assert str(error)  # noqa: PT017  either way is right; there is nothing else to say about random bytes


@pytest.mark.parametrize(("read", "value", "message"), [
    (payload.text, 5, "a must be a text"), (payload.text, "x" * 301, "at most 300"),
    (payload.text, "two\nlines", "control characters"), (payload.text, "null\x00", "control characters"),
    (payload.identifier, True, "a must be a text or a whole number"), (payload.identifier, 2**64, "whole number"),
    (payload.required_id, None, "a is missing"), (payload.required_id, "  ", "a is missing"),
    (payload.number, "5", "whole number"), (payload.number, 1.5, "whole number"), (payload.number, True, "whole"),
    (payload.seconds, 400 * 86400, "a year"), (payload.flag, "true", "true or false"), (payload.flag, 1, "true or"),
    (payload.instant, "2026-03-09T10:00:00", "no time zone"), (payload.instant, "yesterday", "not an ISO 8601"),
    (payload.instant, "0001-01-01T00:00:00+14:00", "not an ISO 8601"), (payload.section, [], "must be an object"),
    (payload.rows, {}, "list of objects"), (payload.rows, [1], "list of objects"),
])
def test_a_field_of_the_wrong_kind_is_named(read: object, value: object, message: str) -> None:
    with pytest.raises(TicketError, match=message):
        read({"a": value}, "a")  # type: ignore[operator]


@pytest.mark.parametrize(("read", "value", "found"), [
    (payload.text, "  Drucker – brennt ", "Drucker – brennt"), (payload.text, None, ""),
    (payload.identifier, 4711, "4711"), (payload.identifier, "T-1", "T-1"), (payload.number, None, None),
    (payload.seconds, -60, -60), (payload.flag, None, False), (payload.flag, True, True),
    (payload.instant, "2026-03-09T11:00:00+01:00", utc("2026-03-09 10:00")), (payload.instant, None, None),
    (payload.instant, "2026-03-09T10:00:00.500Z", utc("2026-03-09 10:00:00.500")),
])
def test_a_field_of_the_right_kind_is_read(read: object, value: object, found: object) -> None:
    assert read({"a": value}, "a") == found  # type: ignore[operator]
