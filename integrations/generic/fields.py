"""One field of a description: where its value is, which words mean what, and how it becomes a value of ours.

Everything that does not fit is a TicketError which names the place in the description and what came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Any, TypeVar

from entitlements.errors import TicketError
from entitlements.helpdesk import Author
from entitlements.rules.ticket import Severity
from integrations.desk.ticket import Standing
from integrations.generic.expression import Context, Expression, is_something
from integrations.generic.times import read_instant, read_length
from integrations.payload import LARGEST_ID

LONGEST_TEXT, LONGEST_ID = 300, 100
SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
Word = TypeVar("Word", bound=StrEnum)


class Sort(StrEnum):
    """What a field's value is to become."""

    TEXT = "text"
    ID = "id"
    EMAIL = "email"
    WORDS = "words"
    FLAG = "flag"
    INSTANT = "instant"
    LENGTH = "length"
    SEVERITY = "severity"
    AUTHOR = "author"
    STANDING = "standing"
    LIST = "list"
    OBJECTS = "objects"
    OBJECT = "object"


@dataclass(frozen=True)
class Field:
    """Where a value is found, and how to understand it. `words` are in lower case; `usual` stands for nothing, and for
    a word that `words` do not have. `form` and `zone` belong to instants, `unit` to lengths, `separator` to lists;
    `key` and `told` name what stands in each thing of a list of custom fields."""

    where: str
    sort: Sort
    path: Expression | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""
    form: str = "auto"
    zone: str = ""
    unit: str = "seconds"
    separator: str = ""
    key: str = ""
    told: str = ""

    def found(self, context: Context) -> Any:
        """The value as it came."""
        return self.path.find(context) if self.path else None

    def value(self, context: Context) -> Any:
        """The value as one of ours; what stands for nothing depends on the sort. Raises TicketError."""
        return READERS[self.sort](self, self.found(context))

    def wrong(self, value: Any, why: str) -> TicketError:
        return TicketError(f"{self.where}: {str(value)[:60]!r}: {why}")


@dataclass(frozen=True)
class Shape:
    """Fields by name: how one kind of thing is read."""

    fields: Mapping[str, Field] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.fields

    def read(self, name: str, context: Context, usual: Any = None) -> Any:
        """The value of a field; the usual one where it is not described or nothing came."""
        value = self.fields[name].value(context) if name in self.fields else None
        return usual if value in (None, "") else value

    def over(self, other: Shape) -> Shape:
        """These fields, and those of another where there is none of these."""
        return Shape({**other.fields, **self.fields})


def _plain(field: Field, value: Any) -> str:
    """Text, a number or a truth value as text. Whole floats are numbers that went through JavaScript."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_ID:
        return str(int(value))
    if not isinstance(value, str | int | float):
        raise field.wrong(value, "a text or a number is needed, and this is neither; lead the path further in")
    return str(value)


def _clean(field: Field, value: Any) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in _plain(field, value)).split())


def _word(field: Field, value: Any) -> str:
    """The value, translated where the field has words."""
    told = _clean(field, value)
    return field.words.get(told.lower(), field.usual) if field.words else told or field.usual


def _text(field: Field, value: Any) -> str:
    return _word(field, value)[:LONGEST_TEXT]


def _id(field: Field, value: Any) -> str:
    told = last_segment(_word(field, value))
    if len(told) > LONGEST_ID:
        raise field.wrong(told, f"an id has at most {LONGEST_ID} characters")
    return told


def last_segment(told: str) -> str:
    """What an address or a path ends with, as some systems name things; all else as it is."""
    return told.rstrip("/").rpartition("/")[2] if told.startswith(("https://", "http://", "/")) else told


def _email(field: Field, value: Any) -> str:
    told = _word(field, value)
    address = parseaddr(told)[1] if "<" in told else told
    if len(address) > LONGEST_TEXT:
        raise field.wrong(told, "the address is too long")
    return address


def _flag(field: Field, value: Any) -> bool | None:
    if field.words:
        value = field.words.get(_clean(field, value).lower(), field.usual)
    if value is None or value == "":
        return SWITCHES.get(field.usual)
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int | float):
        return SWITCHES.get(str(value).strip().lower(), True)
    return is_something(value)


def _instant(field: Field, value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        return read_instant(value, field.form, field.zone)
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise field.wrong(value, f"is no instant in the form {field.form}: {error}") from None


def _length(field: Field, value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        return read_length(value, field.unit)
    except (ValueError, OverflowError) as error:
        raise field.wrong(value, f"is no length of time in {field.unit}: {error}") from None


def _one_of(words: type[Word]) -> Callable[[Field, Any], Word | None]:
    """One of our own words. Without a translation of its own a field is understood where it says the word itself."""
    def read(field: Field, value: Any) -> Word | None:
        told = _word(field, value).lower()
        return words(told) if told in set(words) else None
    return read


def _list(field: Field, value: Any) -> frozenset[str]:
    if isinstance(value, str):
        value = value.split(field.separator) if field.separator else [value]
    if value is not None and not isinstance(value, list):
        raise field.wrong(value, "must be a list")
    return frozenset(filter(None, (_clean(field, each) for each in value or [])))


def _objects(field: Field, value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise field.wrong(value, "must be a list")
    return value or []


def _object(field: Field, value: Any) -> dict[str, str]:
    """Custom fields by name; what is no text or number counts for nothing."""
    if field.key and isinstance(value, list):
        rows = [each for each in value if isinstance(each, dict)]
        value = {_plain(field, each.get(field.key)): each.get(field.told) for each in rows}
    if value is not None and not isinstance(value, dict):
        raise field.wrong(value, "must be an object")
    return {name: "" if each is None else str(each) for name, each in (value or {}).items()
            if each is None or isinstance(each, str | int | float)}


READERS: Mapping[Sort, Callable[[Field, Any], Any]] = {
    Sort.TEXT: _text, Sort.ID: _id, Sort.EMAIL: _email, Sort.WORDS: _plain, Sort.FLAG: _flag, Sort.INSTANT: _instant,
    Sort.LENGTH: _length, Sort.SEVERITY: _one_of(Severity), Sort.AUTHOR: _one_of(Author),
    Sort.STANDING: _one_of(Standing), Sort.LIST: _list, Sort.OBJECTS: _objects, Sort.OBJECT: _object}

SHARED = {"email": Sort.EMAIL, "organization_id": Sort.ID, "external_id": Sort.ID, "customer": Sort.TEXT,
          "severity": Sort.SEVERITY, "created_at": Sort.INSTANT, "product": Sort.TEXT, "channel": Sort.TEXT,
          "staff_made": Sort.FLAG, "auto_submitted": Sort.FLAG, "marker": Sort.WORDS}
EVENT = {**SHARED, "ticket_id": Sort.ID, "key": Sort.ID, "at": Sort.INSTANT, "author": Sort.AUTHOR,
         "author_id": Sort.ID, "public": Sort.FLAG, "seconds": Sort.LENGTH, "entry_id": Sort.ID,
         "assigned": Sort.FLAG, "answered": Sort.FLAG, "waiting": Sort.FLAG, "closed": Sort.FLAG}
TICKET = {**SHARED, "id": Sort.ID, "standing": Sort.STANDING, "group": Sort.TEXT, "assignee": Sort.ID,
          "tags": Sort.LIST, "fields": Sort.OBJECT, "updated_at": Sort.INSTANT, "version": Sort.TEXT,
          "opened_by": Sort.ID, "requester_id": Sort.ID, "until": Sort.INSTANT, "merged": Sort.FLAG,
          "entries": Sort.OBJECTS, "logged": Sort.OBJECTS}
ENTRY = {"id": Sort.ID, "author": Sort.AUTHOR, "author_id": Sort.ID, "at": Sort.INSTANT, "public": Sort.FLAG,
         "text": Sort.WORDS, "marker": Sort.WORDS, "seconds": Sort.LENGTH}
LOGGED = {"id": Sort.ID, "at": Sort.INSTANT, "seconds": Sort.LENGTH}
