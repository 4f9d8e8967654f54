"""Answers: models put into JSON, and answers kept so that a repeated call gets the same one, byte for byte."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from flask import Response, request

from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.listing import Listed, Span, find_answer
from entitlements.store.tables import StoredAnswer
from entitlements.web.api.asked import Page
from entitlements.web.api.auth import Caller
from entitlements.web.api.values import Told
from entitlements.web.problems import MEDIA_TYPE as PROBLEM
from entitlements.web.problems import Problem, Wrong
from entitlements.web.read_json import read_body

JSON = "application/json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Answer:
    """A finished answer: status, body, and the headers of its own."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The answer as Flask sends it."""
        response = Response(self.body, self.status, mimetype=PROBLEM if self.status >= 400 else JSON)
        response.headers.update(dict(self.headers))
        return response


def answer(told: Told, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer that tells this."""
    return Answer(status, told.model_dump_json(by_alias=True), headers or {})


def tell(told: Told) -> Response:
    """The answer that tells this, ready to be sent."""
    return answer(told).response()


def refuse(problem: Problem) -> Answer:
    """The answer that tells of a problem."""
    return Answer(problem.kind.status, problem.body(), problem.headers)


def span(page: Page) -> Span:
    """The part of a list that the caller asks for."""
    return Span(page.limit, page.cursor)


def next_of(listed: Listed[Made]) -> str | None:
    """The cursor of the page after this one."""
    return None if listed.next is None else str(listed.next)


@dataclass(frozen=True)
class Call:
    """A call that changes something: who makes it, which route, when, and under which Idempotency-Key, if any."""

    caller: Caller
    route: str
    now: datetime

    @property
    def owner(self) -> str:
        """Whose keys these are: two tokens may use the same one."""
        return f"token:{self.caller.id}"

    @property
    def key(self) -> str:
        """The key, or empty. Raises Problem for one that cannot be."""
        key = request.headers.get("Idempotency-Key", "")
        if "Idempotency-Key" in request.headers and not _KEY.fullmatch(key):
            raise Problem("invalid-header", "Idempotency-Key must have 1 to 255 printable ASCII characters, no blanks.")
        return key


def once(call: Call, make: Callable[[], tuple[Answer, Made]]) -> tuple[Answer, Made | None]:
    """Do a thing once for each key: `make` runs in a transaction, in which its answer is kept too.

    The same key with the same body gets the kept answer, and None for what was made then. Raises Problem when the
    same key comes with another body.
    """
    try:
        return _once(call, make)
    except db.exc.IntegrityError:
        if not call.key:
            raise
        return _once(call, make)  # the same call ran at the same time and was first: its answer is there now


def _once(call: Call, make: Callable[[], tuple[Answer, Made]]) -> tuple[Answer, Made | None]:
    digest = hashlib.sha256(read_body(request)).hexdigest()
    with transaction():
        kept = find_answer(call.owner, call.route, call.key) if call.key else None
        if kept is not None:
            return _same(kept, digest), None
        made, value = make()
        if call.key:
            db.session.add(StoredAnswer(owner=call.owner, route=call.route, key=call.key, digest=digest,
                                        status=made.status, headers=dict(made.headers), body=made.body,
                                        created_at=call.now))
    return made, value


def _same(kept: StoredAnswer, digest: str) -> Answer:
    if kept.digest != digest:
        detail = "This Idempotency-Key was used before, with another body."
        raise Problem("idempotency-mismatch", detail, (Wrong("", detail),))
    return Answer(kept.status, kept.body, kept.headers)
