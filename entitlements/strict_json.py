"""JSON from strangers, read strictly: one object in UTF-8, and nothing that two readers could understand differently.

At most 64 deep, counted before parsing, since the parser itself recurses; no name twice in an object, no NaN or
Infinity, no lone surrogates. JSON that is well formed but not what is read here, a list or a number of absurd length,
is told apart by `NotMeant`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 40  # enough for any number that is meant; converting thousands of digits is refused by Python itself

_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


class NotMeant(ValueError):
    """Well-formed JSON that cannot be meant: no object, or with a number too long. `path` leads to what is wrong."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()):
        super().__init__(message)
        self.path = path


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that the bytes are. Raises ValueError, whose text says in half a sentence what is wrong;
    NotMeant, which is one, for JSON that is well formed.
    """
    try:
        text = body.decode("utf-8")
        _refuse_depth(text)
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer,
                           parse_float=float)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no bytes
    except ValueError as error:  # bad UTF-8, bad JSON and surrogates are all ValueErrors
        raise ValueError(_said(error)) from None
    if not isinstance(found, dict):
        raise NotMeant("the body must be an object")
    path = next(_too_long(found, ()), None)
    if path is not None:
        raise NotMeant(f"a number has more than {MAX_DIGITS} digits, or is too large", path)
    return found


def _too_long(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The places of the numbers that were not read."""
    if value == math.inf or value == -math.inf:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield from _too_long(each, (*path, step))


def _said(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    return "a text holds half of a surrogate pair" if isinstance(error, UnicodeEncodeError) else str(error)


def _refuse_depth(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found.group()[0]
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _integer(digits: str) -> int | float:
    """Infinity stands for a number too long, until all has been parsed: JSON itself cannot say infinity."""
    return math.inf if len(digits) > MAX_DIGITS else int(digits)
