"""The kinds of values that requests and answers are made of: texts without traps, instants, days, ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from entitlements.errors import NotFound
from entitlements.rules.language import Language

EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2038, 1, 1, tzinfo=timezone.utc)  # time zone data ends with 2037
OUT_OF_YEARS = "must lie between 1970 and 2037"
LONGEST_ADDRESS = 254
LANGUAGES = ("", *(each.value for each in Language))
LARGEST_ID = 2**31 - 1  # what an integer column of PostgreSQL holds

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DAY.pattern + r"[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_ID = re.compile(r"[1-9][0-9]{0,9}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class Asked(BaseModel):
    """Base of what callers send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """Base of what callers are told: every field is always there, null where there is nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must be one line, without control characters")
    return text.strip()


def _filled(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(Language)}, or empty")
    return text


def _address(text: str) -> str:
    if text and not _ADDRESS.fullmatch(text):
        raise ValueError("must be a mail address, as in name@example.com")
    if len(text.lower()) > LONGEST_ADDRESS:  # there are letters that become two in lower case
        raise ValueError("is too long")
    return text


def _written(form: re.Pattern[str], read: Callable[[str], Any], what: str) -> Callable[[object], Any]:
    """Reads a text of that form and nothing else: pydantic alone would also take numbers, as seconds since 1970."""

    def checked(value: object) -> Any:
        if isinstance(value, datetime | date):  # the application's own values, on the way out
            return value
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(f"must be {what}")
        return read(value)

    return checked


def _read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text.upper())  # RFC 3339 takes a small t and z too


def known_instant(at: datetime) -> datetime:
    """The aware instant in UTC. Raises ValueError for one in years of which too little is known."""
    try:
        at = at.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(OUT_OF_YEARS) from None
    if not EARLIEST <= at < LATEST:
        raise ValueError(OUT_OF_YEARS)
    return at


def _number(text: object) -> int:
    number = int(text) if isinstance(text, str) and _ID.fullmatch(text) else 0
    if not 0 < number <= LARGEST_ID:
        raise ValueError("must be an id, as it was answered before")
    return number


def id_in_address(text: str, what: str) -> int:
    """The number of the `what` that an address names. Raises NotFound for what cannot be one."""
    try:
        return _number(text)
    except ValueError:
        raise NotFound(f"there is no {what} {text[:40]!r}") from None


def instant_text(at: datetime) -> str:
    """The instant to the second, in UTC, as JSON has it: `2024-03-05T09:00:00Z`."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _optional_instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Product = Annotated[str, Field(max_length=120), AfterValidator(_one_line)]
Channel = Annotated[str, Field(max_length=40), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=300), AfterValidator(_one_line)]
FilledLine = Annotated[str, Field(max_length=200), AfterValidator(_one_line), AfterValidator(_filled)]
Why = Annotated[str, Field(max_length=500), AfterValidator(_one_line), AfterValidator(_filled)]
Text = Annotated[str, Field(max_length=60_000), AfterValidator(_without_nul)]
Address = Annotated[str, Field(max_length=LONGEST_ADDRESS), AfterValidator(_one_line), AfterValidator(_address)]

LanguageCode = Annotated[str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": [*LANGUAGES]})]

AskedInstant = Annotated[
    datetime, BeforeValidator(_written(_INSTANT, _read_instant, "an instant with its zone, as in "
                                       "2024-03-05T09:00:00Z")), AfterValidator(known_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2024-03-05T09:00:00Z"]})]
AskedDay = Annotated[date, BeforeValidator(_written(_DAY, date.fromisoformat, "a day, as in 2024-03-05")),
                     WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-03-05"]})]
AskedId = Annotated[int, BeforeValidator(_number),
                    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*$", "examples": ["12"]})]

Instant = Annotated[datetime, PlainSerializer(instant_text, return_type=str),
                    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2024-03-05T09:00:00Z"]})]
MaybeInstant = Annotated[datetime | None, PlainSerializer(_optional_instant, return_type=str | None),
                         WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]
Id = Annotated[int, PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string", "examples": ["12"]})]
MaybeId = Annotated[int | None, PlainSerializer(lambda id: None if id is None else str(id), return_type=str | None),
                    WithJsonSchema({"type": ["string", "null"], "examples": ["12"]})]
NextCursor = Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]
