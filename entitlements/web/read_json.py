"""Reading what a caller sent into a pydantic model: the body as strict JSON, or the query. Any other way in is closed.

What strict means stands in `entitlements.strict_json`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from entitlements.strict_json import NotMeant, read_object
from entitlements.web.problems import Problem, Wrong, invalid, pointer

MAX_BYTES = 256 * 1024
MAX_TOLD = 50  # errors listed in one answer
MAX_STEP = 100  # characters of a name that a pointer repeats

Model = TypeVar("Model", bound=BaseModel)

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
    """The object that the bytes are. Raises Problem: 400, or 422 for JSON that is well formed but cannot be meant."""
    try:
        return read_object(body)
    except NotMeant as error:
        raise invalid(Wrong(_pointer(*error.path), str(error))) from None
    except ValueError as error:
        raise Problem("malformed-json", f"Not JSON as it is read here: {error}.") from None


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
