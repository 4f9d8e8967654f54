"""Everything that can go wrong over HTTP, told as `application/problem+json` (RFC 9457).

Each kind of problem has a name, under which its type address `/problems/<name>` is known, and a fixed status and title.
What is raised inside a view becomes one of them; nothing else leaves, and never a traceback.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from entitlements.errors import ConfigError, Conflict, DeskgateError, NotFound
from entitlements.store.database import UNAVAILABLE
from entitlements.web.logs import masked

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TRY_AGAIN_AFTER = 5  # seconds


@dataclass(frozen=True)
class Kind:
    """One kind of problem; `meaning` says to a person what it is and what to do."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"/problems/{self.name}"


KINDS = {kind.name: kind for kind in (
    Kind("bad-request", 400, "The request cannot be understood", "The detail says what is wrong with it."),
    Kind("malformed-json", 400, "The body is not JSON", "The body must be JSON in UTF-8: no NaN or Infinity, no name "
         "twice in an object, no lone surrogates, nested at most 64 deep."),
    Kind("invalid-header", 400, "A header has a wrong value", "The detail names the header and what it may hold."),
    Kind("unauthorized", 401, "A valid token is needed", "Send `Authorization: Bearer <token>` with a token that is "
         "known, not expired and not revoked."),
    Kind("unverified-webhook", 401, "The webhook cannot be verified", "Its signature, or the secret in its address, is "
         "not that of the connection it is sent to, or there is no such connection. Nothing of it was kept."),
    Kind("missing-scope", 403, "The token lacks a scope", "`scope` names the one that is needed. An admin adds tokens "
         "with `flask --app app gateway token add`."),
    Kind("ticket-rejected", 403, "The ticket is rejected", "The customer's license does not cover it. `reason` and "
         "`explanation` say why; the ticket and its receipt are kept in Deskgate."),
    Kind("not-found", 404, "There is no such thing", "The address, or the thing it names, does not exist."),
    Kind("method-not-allowed", 405, "The method does not fit this address", "The `Allow` header lists those that do."),
    Kind("conflict", 409, "Its state does not allow this", "The thing exists but is in a state in which this cannot be "
         "done; the detail says which."),
    Kind("too-large", 413, "The body is too large", "A body may have 256 KiB."),
    Kind("unsupported-media-type", 415, "The body is not said to be JSON", "Send `Content-Type: application/json`."),
    Kind("invalid", 422, "Some values are wrong", "`errors` lists each wrong value: `pointer` is a JSON Pointer into "
         "the body (in a query, a slash and the parameter's name; empty for the whole body), `detail` says what is "
         "wrong with it."),
    Kind("idempotency-mismatch", 422, "The Idempotency-Key was used before", "The same key came with another body, at "
         "which `errors` points as a whole. Use a new key for a new request."),
    Kind("too-many-requests", 429, "Too many requests", "Slow down, and try again later."),
    Kind("internal", 500, "Deskgate failed", "A fault of ours. It is in the log; nothing was changed."),
    Kind("unavailable", 503, "The database does not answer", "Nothing was changed. Try again after the seconds in "
         "`Retry-After`."),
)}
KIND_OF_STATUS = {kind.status: kind.name for kind in reversed(KINDS.values())}  # the first of each status


@dataclass(frozen=True)
class Wrong:
    """One wrong value: a JSON Pointer to it, and what is wrong."""

    pointer: str
    detail: str


class Problem(DeskgateError):
    """A problem to answer with. `members` are added to the JSON object, `headers` to the response."""

    def __init__(self, name: str, detail: str, errors: tuple[Wrong, ...] = (), *,
                 members: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.kind = KINDS[name]
        self.errors = errors
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def body(self) -> str:
        """The JSON object, as text."""
        told: dict[str, Any] = {"type": self.kind.type, "title": self.kind.title, "status": self.kind.status,
                                "detail": str(self), **self.members}
        if self.errors:
            told["errors"] = [{"pointer": wrong.pointer, "detail": wrong.detail} for wrong in self.errors]
        return json.dumps(told, ensure_ascii=False)

    def response(self) -> Response:
        answer = Response(self.body(), self.kind.status, mimetype=MEDIA_TYPE)
        answer.headers.update(self.headers)
        return answer


def invalid(*errors: Wrong) -> Problem:
    """Some values are wrong: all that are known to be."""
    told = (f"{wrong.pointer}: {wrong.detail}" if wrong.pointer else wrong.detail for wrong in errors[:3])
    return Problem("invalid", "; ".join(told), errors)


def pointer_to(field_path: str) -> str:
    """The JSON Pointer of a dotted path such as `weekly.mon[0]`."""
    steps = field_path.replace("[", ".").replace("]", "").split(".")
    return pointer(*(step for step in steps if step))


def pointer(*steps: str | int) -> str:
    """The JSON Pointer (RFC 6901) that takes these steps; none point at the whole body."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def problem_of(error: Exception) -> Problem:
    """The problem that an error means to the caller. What nobody foresaw is logged and told as ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFound):
        return Problem("not-found", str(error))
    if isinstance(error, Conflict):
        return Problem("conflict", str(error))
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, UNAVAILABLE):
        return _unavailable(error)
    if isinstance(error, ConfigError) and not error.field.isupper():  # upper case: a setting, which no caller can mend
        return invalid(Wrong(pointer_to(error.field), str(error)))
    log.error("%s %r failed", request.method, masked(request.path), exc_info=error)
    return Problem("internal", "Something went wrong on our side; it has been logged.")


def _unavailable(error: Exception) -> Problem:
    log.warning("%s %r: the database does not answer: %s", request.method, masked(request.path), error)
    return Problem("unavailable", "The database does not answer or is busy; nothing was changed.",
                   headers={"Retry-After": str(TRY_AGAIN_AFTER)})


def _of_http(error: HTTPException) -> Problem:
    code = error.code or 500
    name = KIND_OF_STATUS.get(code, "internal" if code >= 500 else "bad-request")
    headers = {key: value for key, value in error.get_headers() if key in {"Allow", "Retry-After"}}
    return Problem(name, KINDS[name].meaning.replace("`", ""), headers=headers)


def problem(status: int, name: str, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a response, for those that stand in front of the views and have nothing to raise it to."""
    answer = Problem(name, detail, headers=headers).response()
    answer.status_code = status
    return answer


def speak_problems(bp: Blueprint) -> None:
    """Have every error raised in the blueprint's views answered with a problem."""
    bp.register_error_handler(Exception, lambda error: problem_of(error).response())


def speak_problems_below(bp: Blueprint, *places: str) -> None:
    """Have unknown addresses and methods at these places and below answered with a problem, not with a page."""
    below = tuple(f"{place}/" for place in places)

    @bp.before_app_request
    def refuse_unknown() -> Response | None:
        unknown = request.routing_exception
        if isinstance(unknown, HTTPException) and (unknown.code or 0) >= 400 and f"{request.path}/".startswith(below):
            return problem_of(unknown).response()
        return None
