"""How values of a stranger's system are understood: by the words, forms and units that a description gives them."""

from __future__ import annotations

from datetime import timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.errors import TicketError
from integrations.generic.expression import context_of
from integrations.generic.fields import ENTRY, EVENT, TICKET, Shape, Sort
from integrations.generic.section import Problems, Section
from integrations.generic.shapes import Words, read_shape
from tests.builders import utc

ODD = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                   lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))
AT = utc("2026-03-02 09:30")


def shape(fields: dict[str, Any], sorts: dict[str, Sort] | None = None, words: Words = Words()) -> Shape:
    problems = Problems()
    found = read_shape(Section(fields, "ticket", problems), sorts or {**TICKET, **ENTRY, **EVENT}, words)
    problems.end()
    return found


def value(name: str, told: Any, field: Any = "v", words: Words = Words()) -> Any:
    return shape({name: field}, words=words).read(name, context_of({"v": told}, {"X-Event": "e"}))


@pytest.mark.parametrize(("told", "field"), [
    ("2026-03-02T09:30:00Z", "v"), ("2026-03-02T10:30:00+01:00", "v"), (1772443800, "v"), ("1772443800000", "v"),
    (1772443800.0, "v"), ("Mon, 02 Mar 2026 10:30:00 +0100", "v"), (1772443800, {"path": "v", "form": "unix"}),
    ("1772443800.0", {"path": "v", "form": "unix"}), (1772443800000, {"path": "v", "form": "unix_ms"}),
    ("02.03.2026 10:30", {"path": "v", "form": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}),
    ("2026-03-02 09:30:00", {"path": "v", "zone": "UTC"}),
    ("2026-03-02 04:30", {"path": "v", "zone": "America/New_York"}),
    ("Mon, 02 Mar 2026 09:30:00 +0000", {"path": "v", "form": "rfc2822"})])
def test_instants(told: Any, field: Any) -> None:
    found = value("at", told, field)
    assert found == AT
    assert found.tzinfo is timezone.utc


@pytest.mark.parametrize(("told", "field", "why"), [
    ("yesterday", "v", "is no instant in the form auto"), ("2026-03-02 09:30:00", "v", "say which is meant with zone"),
    (True, {"path": "v", "form": "unix"}, "no text and no number"), (1e300, {"path": "v", "form": "unix"}, "outside"),
    ({"a": 1}, "v", "no text"), ("0001-01-01T00:00:00+23:59", "v", "outside"),
    (float("nan"), {"path": "v", "form": "unix"}, "outside")])
def test_what_is_no_instant_is_named_with_its_place(told: Any, field: Any, why: str) -> None:
    with pytest.raises(TicketError, match=why) as caught:
        value("at", told, field)
    assert str(caught.value).startswith("ticket.at: ")


@pytest.mark.parametrize(("told", "unit", "seconds"), [
    (90, "seconds", 90), ("1.5", "hours", 5400), (30, "minutes", 1800), (1500, "milliseconds", 2),
    ("1:30", "clock", 5400), ("01:30:15", "clock", 5415), ("1 00:00:10", "clock", 86410),
    ("-1 23:30:00", "clock", -1800), ("-0:30", "clock", -1800),
    ("PT1H30M", "iso", 5400), ("P1DT5S", "iso", 86405), (-5, "minutes", -300)])
def test_lengths_of_time(told: Any, unit: str, seconds: int) -> None:
    assert value("seconds", told, {"path": "v", "unit": unit}) == seconds


@pytest.mark.parametrize(("told", "unit"), [("long", "seconds"), ("1h", "clock"), ("P", "iso"), (1e12, "hours"),
                                            (True, "seconds"), ("nan", "seconds"), ([1], "minutes")])
def test_what_is_no_length_of_time_is_named(told: Any, unit: str) -> None:
    with pytest.raises(TicketError, match=r"ticket\.seconds"):
        value("seconds", told, {"path": "v", "unit": unit})


@pytest.mark.parametrize(("told", "found"), [
    (True, True), (False, None), ("false", None), ("No", None), (0, None), ("yes", True), ([], None), ([1], True),
    (None, None), ("", None), ("whatever", True)])
def test_true_and_false_in_the_words_of_all_systems(told: Any, found: bool | None) -> None:
    assert (value("assigned", told) or None) is found


def test_words_are_translated_whatever_their_case_and_the_default_is_for_all_others() -> None:
    field = {"path": "v", "map": {"P1": "urgent", "2": "high"}, "default": "low"}
    found = [value("severity", told, field) for told in ("p1", 2, 2.0, "P9", None)]
    assert found == ["urgent", "high", "high", "low", "low"]
    assert value("severity", "Urgent") == "urgent"
    assert value("severity", "critical") is None
    assert value("public", "memo", {"path": "v", "map": {"memo": False, "reply": True}}) is False


def test_the_words_that_a_description_has_for_all_its_fields() -> None:
    words = Words(severities={"p1": "urgent"}, statuses={"wip": "open"}, form="unix")
    assert value("severity", "P1", words=words) == "urgent"
    assert value("standing", "WIP", words=words) == "open"
    assert value("at", 1772443800, words=words) == AT


@pytest.mark.parametrize(("name", "told", "found"), [
    ("email", "Dana <dana@acme.example>", "dana@acme.example"), ("product", " VPN\n\tclient\x00 ", "VPN client"),
    ("product", "x" * 400, "x" * 300), ("ticket_id", 7, "7"), ("ticket_id", 7.0, "7"), ("ticket_id", 2**60, str(2**60)),
    ("tags", ["a", 5, "", None], frozenset({"a", "5"})), ("tags", None, None)])
def test_texts_and_ids(name: str, told: Any, found: Any) -> None:
    assert (value(name, told) or None) == found


def test_a_list_in_a_text_is_split() -> None:
    assert value("tags", "a, b,,c ", {"path": "v", "separator": ","}) == {"a", "b", "c"}


def test_custom_fields_are_an_object_or_a_list_of_names_and_values() -> None:
    told = [{"id": 5, "value": "gold"}, {"id": 6, "value": None}, "odd"]
    assert value("fields", told, {"path": "v", "key": "id"}) == {"5": "gold", "6": ""}
    assert value("fields", {"tier": "gold", "list": [1]}) == {"tier": "gold"}


def test_an_address_in_the_place_of_an_id_stands_for_its_last_part() -> None:
    assert value("ticket_id", "https://acme.example/api/tickets/7/") == "7"
    assert value("ticket_id", "/api/tickets/7") == "7"
    assert value("ticket_id", "L/7") == "L/7"


def test_headers_are_found_by_their_names_in_lower_case() -> None:
    assert value("key", None, '_headers."x-event"') == "e"


@given(name=st.sampled_from(sorted({**TICKET, **ENTRY, **EVENT})), told=ODD)
def test_whatever_comes_is_read_or_named(name: str, told: Any) -> None:
    try:
        value(name, told)
    except TicketError as error:
        assert str(error).startswith(f"ticket.{name}: ")  # noqa: PT017  either way is right
