"""Webhooks that no helpdesk sends, made out of those that it does, which are in `samples/<kind>/*.json`.

A field is missing, has another type, is absurdly long, deep, large or odd; bytes are cut, doubled or no text at all.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SAMPLES = Path(__file__).parent / "samples"
DEEP, TOO_DEEP, VERY_DEEP = 20, 100, 100_000  # the second is refused, at the third a parser that recurses falls over


@dataclass(frozen=True)
class Sample:
    """One webhook: its headers, and its body, which may be a JSON object or any bytes."""

    name: str
    headers: Mapping[str, str]
    body: dict[str, Any] | bytes

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@cache
def samples_of(kind: str) -> tuple[Sample, ...]:
    """What is kept of a kind of helpdesk."""
    return tuple(_sample(path) for path in sorted((SAMPLES / kind).glob("*.json")))


def _sample(path: Path) -> Sample:
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Sample(path.stem, kept["headers"], kept["body"] if "body" in kept else kept["text"].encode())


class Again(str):
    """A name that may occur twice in an object, since no two of these are the same."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def nested(value: object, deep: int) -> object:
    for level in range(deep):
        value = [value] if level % 2 else {"a": value}
    return value


ODD_TEXTS = st.one_of(st.text(max_size=20), st.sampled_from([
    "", " ", "0", "-1", "1e9", "NaN", "null", "true", "9" * 400, "\x00", "\ud800", "\udfff\ud800", "\u202e\u200b\ufeff",
    "\U0001f600" * 50, "a" * 100_000, "\r\nX: y", "../../etc/passwd", "{{ 7*7 }}", "{% now %}", "<b>&amp;</b>", "%00%s",
    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-03-09T10:00:00",
    "1772443800", "-1 99:99:99", "99:99", "P1Y", "a@b@c", "@", "dg-" + "9" * 30, "\u0660\u0661\u0662", "\uff11\uff12"]))
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), ODD_TEXTS, st.floats(),
    st.sampled_from([2**31, 2**63, -2**63, 2**70, 10**39, 10**41, 10**400, 1e308, -0.0, 1772443800123, [], {}, [[]],
                     [None], [{}], {"id": {}}, {"": ""}]),
    st.builds(nested, st.integers(), st.sampled_from([DEEP, DEEP, TOO_DEEP])), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2))


def spots(value: Any, path: tuple = ()) -> list[tuple]:
    """The way to every value inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inside for found in [(*path, key), *spots(each, (*path, key))]]


@st.composite
def mutated_objects(draw: st.DrawFn, original: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with one or two things wrong in it."""
    found = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 2))):
        ways = spots(found)
        if ways:
            *way, last = draw(st.sampled_from(ways))
            place = found
            for key in way:
                place = place[key]
            draw(st.sampled_from(CHANGES))(draw, place, last)
    return found


def drop(draw: st.DrawFn, place: Any, key: Any) -> None:
    del place[key]


def replace(draw: st.DrawFn, place: Any, key: Any) -> None:
    place[key] = draw(ODD)


def make_null(draw: st.DrawFn, place: Any, key: Any) -> None:
    place[key] = None


def change_type(draw: st.DrawFn, place: Any, key: Any) -> None:
    value = place[key]
    place[key] = draw(st.sampled_from(
        [str(value), [value], {"value": value}, [value] * 3, nested(value, DEEP), bool(value)]))


def repeat(draw: st.DrawFn, place: Any, key: Any) -> None:
    """The same name twice in an object, or an element of a list many times."""
    if isinstance(place, dict):
        place[Again(key)] = draw(st.one_of(st.just(copy.deepcopy(place[key])), ODD))
    else:
        place.extend(copy.deepcopy(place[key]) for _ in range(draw(st.sampled_from([1, 200]))))


def rename(draw: st.DrawFn, place: Any, key: Any) -> None:
    if isinstance(place, dict):
        names = [str(key).upper(), f"{key} ", f"{key}\x00", "id", "__proto__", ""]
        place[draw(st.sampled_from(names))] = place.pop(key)


Change = Callable[[st.DrawFn, Any, Any], None]
CHANGES: tuple[Change, ...] = (*[drop, make_null, repeat, rename], *[replace] * 3, *[change_type] * 2)

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")
NO_OBJECTS = (b"", b"null", b"[]", b'"x"', b"1", b"{", b"}", b"\x00", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e999}',
              b'{"a": -Infinity}', b'{"a": 1' + b"0" * 5000 + b"}", b"[" * VERY_DEEP, b'{"a":' * VERY_DEEP, b"{}" * 2,
              b'{"a": "\\ud800"}', b'{"a": "\xed\xa0\x80"}', b"a=1&b=2", b"<xml/>", b"\xef\xbb\xbf{}")


@st.composite
def damaged_bytes(draw: st.DrawFn, body: bytes) -> bytes:
    """A body cut off, with bytes put in or taken out, doubled, in another encoding, or none of these."""
    at, to = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
    return draw(st.one_of(
        st.just(body[:at]), st.just(body[:at] + body[to:]), st.just(body + body),
        st.binary(max_size=4).map(lambda inside: body[:at] + inside + body[at:]),
        st.sampled_from(ENCODINGS).map(lambda name: body.decode("utf-8", "replace").encode(name, "replace")),
        st.sampled_from(NO_OBJECTS)))


HEADER_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
"""What a server lets through."""


@st.composite
def odd_headers(draw: st.DrawFn, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of which one may be missing or have another value, or another spelling."""
    found = dict(headers)
    if found and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(found)))
        value = found.pop(name)
        if draw(st.booleans()):
            found[draw(st.sampled_from([name, name.upper()]))] = draw(st.one_of(
                HEADER_TEXTS, st.sampled_from([value * 2, value[:-1], "x" * 5000])))
    return found


@st.composite
def odd_webhooks(draw: st.DrawFn, kind: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a webhook of this kind with something wrong in it."""
    sample = draw(st.sampled_from(samples_of(kind)))
    body = sample.raw
    is_structured = isinstance(sample.body, dict) and draw(st.integers(0, 9)) > 0
    if is_structured:
        body = json.dumps(draw(mutated_objects(sample.body)), ensure_ascii=draw(st.booleans())).encode(
            "utf-8", "surrogatepass")
    if not is_structured or draw(st.integers(0, 19)) == 0:
        body = draw(damaged_bytes(body))
    return draw(odd_headers(sample.headers)), body
