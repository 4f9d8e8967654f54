"""Reading what a caller sent into a pydantic model: the body as strict JSON, or the query. Any other way in is closed.

Strict: UTF-8, one object at the top, nested at most 64 deep, no name twice in an object, no NaN or Infinity, no lone
surrogates, no number of absurd length. Depth is counted before parsing, since the parser itself recurses.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from entitlements.web.problems import Problem, Wrong, invalid, pointer

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
MAX_DIGITS = 40  # enough for any number that is meant; converting thousands of digits is refused by Python itself
MAX_TOLD = 50  # errors listed in one answer
MAX_STEP = 100  # characters of a name that a pointer repeats

Model = TypeVar("Model", bound=BaseModel)

_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
_OUR_WORDS = {"missing": "is required", "extra_forbidden": "is not known here"}


def read_json(request: Request, model: type[Model]) -> Model:
    """The request's body as the model. Raises Problem: 413, 415, 400 or 422 with a pointer to each wrong value."""
    _refuse_other_media(request)
    return _checked(model, parse(read_body(request)))


def read_query(request: Request, model: type[Model]) -> Model:
    """The request's query as the model, each parameter at most once. Raises Problem 422."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise invalid(*(Wrong(_pointer(name), "is given more than once") for name in repeated[:MAX_TOLD]))
    return _checked(model, request.args.to_dict())


def read_body(request: Request) -> bytes:
    """The body, at most MAX_BYTES long, whether its length was announced or not. Raises Problem 413."""
    request.max_content_length = MAX_BYTES + 1  # one more, since a body of untold length is cut off there in silence
    body = request.get_data()  # kept by the request, so that it can be read again
    if len(body) > MAX_BYTES:
        raise Problem("too-large", f"The body may have {MAX_BYTES} bytes.")
    return body


def _refuse_other_media(request: Request) -> None:
    media = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if not (media == "application/json" or (media.startswith("application/") and media.endswith("+json"))):
        raise Problem("unsupported-media-type", "Send the body as Content-Type: application/json.",
                      headers={"Accept": "application/json"})
    if charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported-media-type", "JSON is sent in UTF-8.", headers={"Accept": "application/json"})


def parse(body: bytes) -> dict[str, Any]:
    """The object that the bytes are. Raises Problem 400."""
    try:
        text = body.decode("utf-8")
        _refuse_depth(text)
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer,
                           parse_float=_fraction)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no bytes
    except ValueError as error:  # bad UTF-8, bad JSON and surrogates are all ValueErrors
        raise _malformed(_said(error)) from None
    if not isinstance(found, dict):
        raise _malformed("the body must be an object")
    return found


def _said(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    return "a text holds half of a surrogate pair" if isinstance(error, UnicodeEncodeError) else str(error)


def _malformed(why: str) -> Problem:
    return Problem("malformed-json", f"Not JSON as it is read here: {why}.")


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


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _checked(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise invalid(*(_wrong(each) for each in found[:MAX_TOLD])) from None


def _wrong(error: ErrorDetails) -> Wrong:
    """A check over several fields names the one to point at in its context."""
    about = error.get("ctx", {}).get("field")
    steps = (about,) if isinstance(about, str) else error["loc"]
    return Wrong(_pointer(*steps), _OUR_WORDS.get(error["type"], _sentence(error["msg"])))


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ")


def _pointer(*steps: str | int) -> str:
    return pointer(*(str(step)[:MAX_STEP] for step in steps))
