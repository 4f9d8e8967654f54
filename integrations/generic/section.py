"""Reading a description: each value by its name and type, everything wrong noted with its place, nothing passed over.

What is wrong does not end the reading: all of it is told at once, at the end.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from entitlements.errors import ConfigError
from entitlements.strict_json import read_object
from integrations.generic.expression import Expression
from integrations.generic.near import hint

LONGEST = 100_000
MOST_TOLD = 12


class Problems:
    """What is wrong with a description, in the order in which it was found."""

    def __init__(self) -> None:
        self.found: list[ConfigError] = []

    def note(self, where: str, what: str) -> None:
        self.found.append(ConfigError(f"{where}: {what}", field=where))

    def take(self, error: ConfigError) -> None:
        self.found.append(error)

    def end(self) -> None:
        """Raises ConfigError that tells of all of them, if there are any."""
        if not self.found:
            return
        told = [str(each) for each in self.found[:MOST_TOLD]]
        more = len(self.found) - len(told)
        error = ConfigError("the description cannot be used:\n  " + "\n  ".join(told)
                            + (f"\n  and {more} more" if more else ""), field="description")
        error.others = tuple(self.found[1:])
        raise error


@dataclass
class Section:
    """One table of a description. Each value that is asked for counts as known; `end` refuses the others."""

    values: Mapping[str, Any]
    where: str
    problems: Problems
    _known: set[str] = field(default_factory=set)

    def place(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def note(self, name: str, what: str) -> None:
        self.problems.note(self.place(name), what)

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def raw(self, name: str) -> Any:
        self._known.add(name)
        return self.values.get(name)

    def text(self, name: str, usual: str = "", *, choices: Collection[str] = (), required: bool = False) -> str:
        value = self.raw(name)
        if value is None:
            if required:
                self.note(name, "is missing")
            return usual
        if not isinstance(value, str):
            self.note(name, f"must be a text, not {_called(value)}")
            return usual
        if choices and value not in choices:
            self.note(name, f"is one of {', '.join(sorted(choices))}, not {value[:40]!r}{_maybe(value, choices)}")
            return usual
        return value

    def whole(self, name: str, usual: int, *, least: int = 0, most: int = 1_000_000) -> int:
        value = self.raw(name)
        if value is None:
            return usual
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.note(name, f"must be a whole number from {least} to {most}")
            return usual
        return value

    def switch(self, name: str, *, usual: bool = False) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.note(name, f"must be true or false, not {_called(value)}")
            return usual
        return usual if value is None else value

    def expression(self, name: str, *, required: bool = False) -> Expression | None:
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            return Expression.read(value, self.place(name))
        except ConfigError as error:
            self.problems.take(error)
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        """One text, or a list of them."""
        value = self.raw(name)
        each = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value or []
        if not isinstance(each, list) or not all(isinstance(one, str | int) for one in each):
            self.note(name, "must be a text or a list of texts")
            return ()
        return tuple(str(one) for one in each)

    def numbers(self, name: str) -> frozenset[int]:
        """One status, or a list of them."""
        value = self.raw(name)
        each = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(one, int) and not isinstance(one, bool) and 100 <= one <= 599 for one in each):
            self.note(name, "must be a status such as 404, or a list of them")
            return frozenset()
        return frozenset(each)

    def mapping(self, name: str) -> dict[str, str]:
        """A table of texts."""
        found = self.table(name)
        return {each: found.text(each) for each in found.values}

    def table(self, name: str) -> Section:
        """A table; empty where there is none."""
        value = self.raw(name)
        if value is not None and not isinstance(value, dict):
            self.note(name, f"must be a table, not {_called(value)}")
            value = None
        return Section(value or {}, self.place(name), self.problems)

    def rows(self, name: str) -> Iterator[Section]:
        """A list of tables; one table stands for a list of one."""
        value = self.raw(name)
        each = [value] if isinstance(value, dict) else value or []
        if not isinstance(each, list) or not all(isinstance(one, dict) for one in each):
            self.note(name, "must be a list of tables")
            each = []
        many = isinstance(value, list)
        for number, one in enumerate(each):
            yield Section(one, self.place(f"{name}[{number}]" if many else name), self.problems)

    def end(self) -> None:
        """Refuse what nobody asked for."""
        for name in self.values:
            if name not in self._known:
                self.note(name, f"is not known here{hint(name, self._known)}")


def opened(text: str, problems: Problems) -> Section:
    """The outermost table of a description in TOML, or in JSON when it begins with a brace. Raises ConfigError."""
    return Section(read_table(text), "", problems)


def read_table(text: str) -> dict[str, Any]:
    """Raises ConfigError for what is neither TOML nor a JSON object."""
    if len(text) > LONGEST:
        raise ConfigError(f"a description has at most {LONGEST} characters", field="description")
    is_json = text.lstrip().startswith("{")
    try:
        return read_object(text.encode("utf-8")) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOML, JSON and half a surrogate are all ValueErrors
        raise ConfigError(f"the description is not {'JSON' if is_json else 'TOML'}: {error}",
                          field="description") from None


def json_or_table(section: Section, name: str) -> Any:
    """A value as it is, or as JSON in a text."""
    value = section.raw(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        section.note(name, f"is a text, and so it must be JSON: {error}")
        return None


def _called(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "that")


def _maybe(value: str, choices: Collection[str]) -> str:
    found = hint(value, choices)
    return found if found.startswith("; did") else ""
