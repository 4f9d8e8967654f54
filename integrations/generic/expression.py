"""JMESPath as descriptions use it: compiled once, looked for in what a stranger's system said.

What is searched is a JSON object; a list stands in it as `_items`. `_headers` are added to it, by their names in lower
case, and `_status` to an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from entitlements.errors import ConfigError, TicketError
from integrations.generic.near import hint

LONGEST = 2000
Context = Mapping[str, Any]
FUNCTIONS = Functions.FUNCTION_TABLE


@dataclass(frozen=True)
class Expression:
    """One expression, and the place in the description where it stands."""

    text: str
    where: str
    _compiled: ParsedResult = field(repr=False, compare=False)

    @classmethod
    def read(cls, text: str, where: str) -> Expression:
        """Raises ConfigError for what is no JMESPath."""
        if len(text) > LONGEST:
            raise ConfigError(f"{where}: an expression has at most {LONGEST} characters", field=where)
        try:
            compiled = jmespath.compile(text)
        except (JMESPathError, RecursionError) as error:
            nested = isinstance(error, RecursionError)
            said = "it is nested too deep" if nested else str(error).partition("\n")[0]
            raise ConfigError(f"{where}: {text[:80]!r} is no JMESPath: {said.removesuffix(':')}", field=where) from None
        for called in _calls(compiled.parsed):
            _require_callable(called, where)
        return cls(text, where, compiled)

    @property
    def reads_headers(self) -> bool:
        return any(node.get("type") == "field" and node.get("value") == "_headers"
                   for node in _nodes(self._compiled.parsed))

    def find(self, context: Context) -> Any:
        """What it leads to, None for nothing. Raises TicketError when it does not fit what is there."""
        try:
            return self._compiled.search(context)
        except Exception as error:  # whatever a stranger sends, the caller has one error to deal with
            said = " ".join(str(error).split())[:200] or "it is nested too deep"
            raise TicketError(f"{self.where}: {self.text[:80]!r} does not fit what came: {said}") from None

    def holds(self, context: Context) -> bool:
        """Whether it leads to something: anything but null, false, an empty text, list or object."""
        return is_something(self.find(context))


def is_something(value: Any) -> bool:
    """Truth as JMESPath has it: 0 is something."""
    return not (value is None or value is False or value in ("", [], {}))


def context_of(said: Any, headers: Mapping[str, str], *, status: int | None = None) -> Context:
    """What expressions are looked for in."""
    told = dict(said) if isinstance(said, dict) else {"_items": said}
    told["_headers"] = {name.lower(): value for name, value in headers.items()}
    if status is not None:
        told["_status"] = status
    return told


def within(found: Any, context: Context) -> Context:
    """A part of it, with the same `_headers` and `_status`."""
    told = dict(found) if isinstance(found, dict) else {"_items": found}
    return {**told, **{name: context[name] for name in ("_headers", "_status") if name in context}}


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _nodes(child)


def _calls(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Every function that is called, and with how many arguments."""
    return ((each["value"], len(each["children"])) for each in _nodes(node) if each["type"] == "function_expression")


def _require_callable(called: tuple[str, int], where: str) -> None:
    name, given = called
    if name not in FUNCTIONS:
        raise ConfigError(f"{where}: JMESPath has no function {name}(){hint(name, FUNCTIONS)}", field=where)
    wanted = FUNCTIONS[name]["signature"]
    is_open = bool(wanted) and bool(wanted[-1].get("variadic"))
    if given < len(wanted) or (given > len(wanted) and not is_open):
        raise ConfigError(f"{where}: {name}() takes {len(wanted)} argument{'' if len(wanted) == 1 else 's'}"
                          f"{' or more' if is_open else ''}, not {given}", field=where)
