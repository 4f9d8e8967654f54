"""What is sent: whatever the words are, they change nothing in a request but the place that they were put into."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.errors import ConfigError, DeliveryError
from integrations.generic.template import OMITTED, Reader, filled
from integrations.origin import joined
from tests.builders import utc

KNOWN = frozenset({"ticket_id", "note", "group", "tags", "fields", "until", "subject"})
READER = Reader(KNOWN, "Europe/Berlin")
BODY = {"ticket": {"id": "{ticket_id}", "words": ["Note: {note}", "{note:html}"], "private": True, "at": None}}
UNTIL = utc("2026-07-01 08:00")


@given(st.text(), st.text(min_size=1))
def test_no_words_break_out_of_their_place(note: str, ticket_id: str) -> None:
    told = filled(READER.node(BODY, "body"), {"note": note, "ticket_id": ticket_id})
    assert list(told) == ["ticket"]
    assert set(told["ticket"]) == {"id", "words", "private", "at"}
    assert told["ticket"]["id"] == ticket_id
    assert told["ticket"]["words"][0] == f"Note: {note}"
    assert not {"<", ">"} & set(told["ticket"]["words"][1].replace("<br>", ""))
    assert json.loads(json.dumps(told)) == told


@given(st.text(min_size=1))
def test_no_id_breaks_out_of_its_segment_of_a_path(ticket_id: str) -> None:
    for template, parts in (("tickets/{ticket_id}/notes", 3), ("tickets/{ticket_id}/", 3), ("t/x-{ticket_id}", 2)):
        path = READER.path(template, "path")
        try:
            whole = joined(path.fill({"ticket_id": ticket_id}))
        except DeliveryError as error:
            assert error.kind == "refused"  # noqa: PT017  either way is right
        else:
            assert whole.count("/") == parts - 1
            assert not {"?", "#", " "} & set(whole)


def test_a_call_without_an_id_is_not_made() -> None:
    with pytest.raises(DeliveryError, match="there is no ticket_id"):
        READER.path("tickets/{ticket_id}", "path").fill({"ticket_id": ""})


@pytest.mark.parametrize(("template", "value"), [
    ("{ticket_id:number}", 7), ("{group:number}", 2.5), ("{tags:list}", ["a", "b"]), ("{tags:join |}", "a|b"),
    ("{tags}", "a, b"), ("{fields:object}", {"5": "x", "f": "y"}),
    ("{tags:objects name}", [{"name": "a"}, {"name": "b"}]),
    ("{fields:pairs id value}", [{"id": 5, "value": "x"}, {"id": "f", "value": "y"}]),
    ("{until}", "2026-07-01T08:00:00Z"), ("{until:unix}", 1782892800), ("{until:unix_ms}", 1782892800000),
    ("{until:%d.%m.%Y %H:%M}", "01.07.2026 10:00"), ("{until:rfc2822}", "Wed, 01 Jul 2026 08:00:00 +0000"),
    ("{subject:short 10}", "Printer..."), ("{{{ticket_id}}}", "{7}"), ("at {until:unix}", "at 1782892800"),
    ("{note:html}", "a &lt;b&gt;<br>\nc")])
def test_forms(template: str, value: object) -> None:
    values = {"ticket_id": "7", "group": "2.5", "tags": ["a", "b"], "fields": {"5": "x", "f": "y"}, "until": UNTIL,
              "subject": "Printer on fire", "note": "a <b>\nc"}
    assert filled(READER.node(template, "body"), values) == value


def test_what_is_optional_and_empty_takes_its_key_with_it() -> None:
    node = READER.node({"a": "{group?}", "b": {"c": "{note?}"}, "d": ["{group?}", "x"], "e": "{note}",
                        "...": "{fields?:object}"}, "body")
    assert filled(node, {"group": "", "note": None}) == {"d": ["x"], "e": ""}
    assert filled(READER.node({"a": "{group?}"}, "body"), {}) is OMITTED
    assert filled(READER.node({"tags": "{tags?:list}"}, "body"), {"tags": []}) == {"tags": []}, "all are taken off"


def test_a_number_that_is_none_is_named_before_anything_is_sent() -> None:
    with pytest.raises(DeliveryError, match="'Support', and a number is needed") as caught:
        filled(READER.node({"team": "{group:number}"}, "body"), {"group": "Support"})
    assert caught.value.kind == "setting"


@pytest.mark.parametrize(("template", "why"), [
    ("{ticket}", "{ticket} is no placeholder here; did you mean ticket_id?"), ("{", "write {{ for a brace"),
    ("a } b", "write }} for a brace"), ("{note:hmtl}", "there is no form 'hmtl'"),
    ("ids: {tags:list}", "it must stand alone"), ("{fields:pairs a}", "no form"),
    ("{tags:objects}", "no form"), ("{subject:short x}", "no form")])
def test_a_template_that_cannot_be_is_refused_with_its_place(template: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        READER.node({"a": [template]}, "requests.note.body")
    assert str(caught.value).startswith("requests.note.body.a[0]: ")
    assert why in str(caught.value)


@pytest.mark.parametrize("path", ["https://evil.example/x", "tickets?x=1", "a//b", "../x", "a/./b", "a/.."])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ConfigError):
        READER.path(path, "requests.read.path")
