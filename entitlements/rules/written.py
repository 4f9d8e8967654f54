"""Reading what people wrote: is it text, a list, an object of named values?

Knows how a refusal names its place and its value. What it reads may be anything that JSON can say, of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from entitlements.errors import ConfigError

QUOTED_LENGTH = 40


def refusal(field: str, why: str) -> ConfigError:
    """The error for the value at `field` (a dotted path such as `weekly.mon[0]`); its message begins with that path."""
    return ConfigError(f"{field}: {why}" if field else why, field=field)


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
        raise refusal(field, f"must be text, not {shown(value)}")
    return value


def as_list(value: object, field: str) -> Sequence[object]:
    """The value, which must be a list (or a tuple, from Python)."""
    if not isinstance(value, list | tuple):
        raise refusal(field, f"must be a list, not {shown(value)}")
    return value


def as_mapping(value: object, field: str) -> Mapping[object, object]:
    """The value, which must be an object of named values."""
    if not isinstance(value, Mapping):
        raise refusal(field, f"must be an object, not {shown(value)}")
    return value


def only(names: Iterable[object], known: Sequence[str], field: str) -> None:
    """Refuse the first name that is not among the known ones."""
    for name in names:
        if name not in known:
            raise refusal(within(field, name), f"{shown(name)} is unknown here; expected one of {', '.join(known)}")
