"""An operation of the REST API: one view, its address, the scope it takes, what it reads and answers.

The same description makes the route, guards it, and is printed in the OpenAPI document, so that none can differ.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps

from flask import Blueprint, Response
from pydantic import BaseModel

from entitlements.errors import NotFound
from entitlements.web.api.auth import authorize
from entitlements.web.api.values import Told
from entitlements.web.problems import speak_problems, speak_problems_below

PREFIX = "/api/v1"
ALWAYS_POSSIBLE = ("unauthorized", "missing-scope", "internal", "unavailable")

bp = Blueprint("api", __name__)
speak_problems(bp)
speak_problems_below(bp, "/api")

View = Callable[..., Response]


@dataclass(frozen=True)
class Answers:
    """One way an operation can end well: its status, what is told, and the headers that come with it."""

    status: int
    model: type[Told]
    when: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document says of a view; `about` is the view's docstring.

    `problems` are those beyond the ones that any operation can end with, or any that reads a body or a query.
    """

    method: str
    path: str
    scope: str
    summary: str
    answers: tuple[Answers, ...]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: tuple[str, ...] = ()
    idempotent_by_key: bool = False
    about: str = ""

    @property
    def rule(self) -> str:
        """The address as the router knows it; ids arrive as text, so that a wrong one is not found, not misread."""
        return PREFIX + re.sub(r"\{(\w+)\}", r"<\1>", self.path)

    @property
    def parameters(self) -> list[str]:
        """The names of the variable parts of the address."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Every problem it can answer with, those that reading a body or a query brings included."""
        read: tuple[str, ...] = ("invalid",) if self.body or self.query else ()
        read += ("malformed-json", "unsupported-media-type", "too-large") if self.body else ()
        key = ("invalid-header", "idempotency-mismatch") if self.idempotent_by_key else ()
        named = ("not-found",) if self.parameters else ()
        return tuple(dict.fromkeys((*ALWAYS_POSSIBLE, *read, *key, *named, *self.problems)))


OPERATIONS: list[Operation] = []


def serves(operation: Operation) -> Callable[[View], View]:
    """Decorate a view: it is reached at the operation's address, with its scope, and listed in the document."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**names: str) -> Response:
            authorize(operation.scope)
            if any("\x00" in name for name in names.values()):
                raise NotFound("there is no such thing")  # PostgreSQL would refuse to look for it
            return view(**names)

        OPERATIONS.append(replace(operation, about=inspect.getdoc(view) or ""))
        bp.add_url_rule(operation.rule, view.__name__, guarded, methods=[operation.method])
        return guarded

    return decorate
