"""Reading what people wrote: is it text, a list, an object of named values?

Knows how a refusal names its place, its value and the rule, and how to gather several of them. What it reads may be
anything that JSON can say, of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from entitlements.errors import ConfigError
from entitlements.rules.schedule_rules import Rule

T = TypeVar("T")

QUOTED_LENGTH = 40
MOST_REFUSALS = 100


def refusal(field: str, why: str, rule: str = "") -> ConfigError:
    """The error for the value at `field` (a dotted path such as `weekly.mon[0]`); its message begins with that path."""
    return ConfigError(f"{field}: {why}" if field else why, field=field, rule=rule)


class Refusals:
    """Gathers the refusals of the parts of a whole, so that they can all be told at once.

    Each part is read inside a `with` of its own; `settle` comes before anything that was read is used. Reading ends
    early, as if settled, with MOST_REFUSALS refusals.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[ConfigError] = []

    def __enter__(self) -> None:
        """Begin to read a part."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> bool:
        if not isinstance(error, ConfigError):
            return False
        self.add(error)
        return True

    def add(self, error: ConfigError) -> None:
        """Keep what was refused; raises as `settle` does when that is enough."""
        self._found += (error, *error.others)
        if len(self._found) >= MOST_REFUSALS:
            self.settle()

    def settle(self) -> None:
        """Raise the first refusal, with the others in its `others`, if there was any."""
        if self._found:
            first, *others = self._found[:MOST_REFUSALS]
            first.others = tuple(others)
            raise first from None


def read_each(read: Callable[[object, str], T], places: Iterable[tuple[object, str]]) -> list[T]:
    """What `read` makes of each value and its path; raises ConfigError with all that it refuses."""
    values: list[T] = []
    refusals = Refusals()
    for value, field in places:
        try:
            values.append(read(value, field))
        except ConfigError as error:
            refusals.add(error)
    refusals.settle()
    return values


def shown(value: object) -> str:
    """The value as a message quotes it: text in quotes and cut when long, anything else by what it is."""
    if isinstance(value, str):
        return repr(value) if len(value) <= QUOTED_LENGTH else repr(value[:QUOTED_LENGTH] + "...")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        # A number can have thousands of digits, more than Python agrees to print.
        return f"the number {value}" if abs(value) < 10**12 else "a huge number"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, Sequence) else "another kind of value"


def within(field: str, key: object) -> str:
    """The path of the value named `key` inside the object at `field`."""
    name = key[:QUOTED_LENGTH] if isinstance(key, str) else "?"
    return f"{field}.{name}" if field else name


def as_text(value: object, field: str) -> str:
    """The value, which must be text."""
    if not isinstance(value, str):
        raise refusal(field, f"must be text, not {shown(value)}", Rule.RIGHT_KIND)
    return value


def as_list(value: object, field: str) -> Sequence[object]:
    """The value, which must be a list (or a tuple, from Python)."""
    if not isinstance(value, list | tuple):
        raise refusal(field, f"must be a list, not {shown(value)}", Rule.RIGHT_KIND)
    return value


def items_of(value: object, field: str) -> Iterable[tuple[object, str]]:
    """The values of a list, each with its path."""
    return ((item, f"{field}[{n}]") for n, item in enumerate(as_list(value, field)))


def as_mapping(value: object, field: str) -> Mapping[object, object]:
    """The value, which must be an object of named values."""
    if not isinstance(value, Mapping):
        raise refusal(field, f"must be an object, not {shown(value)}", Rule.RIGHT_KIND)
    return value


def required(parts: Mapping[object, object], name: str) -> object:
    """The part of that name, which must not be missing."""
    if name not in parts:
        raise refusal(name, "is missing", Rule.REQUIRED_PART)
    return parts[name]


def only(names: Iterable[object], known: Sequence[str], field: str, rule: str) -> None:
    """Refuse the names that are not among the known ones."""
    refusals = Refusals()
    for name in names:
        if name not in known:
            refusals.add(refusal(within(field, name), f"{shown(name)} is unknown here; expected one of "
                                                      f"{', '.join(known)}", rule))
    refusals.settle()
