"""Reading what a stranger's system sent: bytes to a JSON object, strictly, and its fields to typed values.

What strict means stands in `entitlements.strict_json`. Everything wrong is a TicketError whose message names the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from entitlements.errors import TicketError
from entitlements.strict_json import read_object

MAX_TEXT = 300
A_YEAR = 366 * 86400
LARGEST_ID = 2**63 - 1

Fields = Mapping[str, Any]


def read_fields(body: bytes) -> Fields:
    """The JSON object that the bytes are, read strictly. Raises TicketError."""
    try:
        return read_object(body)
    except ValueError as error:
        raise TicketError(f"the body is not JSON as it is read here: {error}") from None


def section(fields: Fields, name: str) -> Fields:
    """A required object inside the object."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise TicketError(f"{name} must be an object")
    return value


def rows(fields: Fields, name: str) -> list[Fields]:
    """A required list of objects."""
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TicketError(f"{name} must be a list of objects")
    return value


def text(fields: Fields, name: str, *, longest: int = MAX_TEXT) -> str:
    """A short text without control characters, stripped; empty when missing or null."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise TicketError(f"{name} must be a text of at most {longest} characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise TicketError(f"{name} must not contain control characters")
    return value.strip()


def texts(fields: Fields, name: str) -> list[str]:
    """A list of short texts; empty when missing or null."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise TicketError(f"{name} must be a list of texts")
    return [text({name: each}, name) for each in value]


def identifier(fields: Fields, name: str) -> str:
    """An id as text, sent as text or as a whole number; empty when missing or null."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_ID:
        return str(value)
    if value is not None and not isinstance(value, str):
        raise TicketError(f"{name} must be a text or a whole number")
    return text(fields, name, longest=100)


def required_id(fields: Fields, name: str) -> str:
    """An id that must be there."""
    value = identifier(fields, name)
    if not value:
        raise TicketError(f"{name} is missing")
    return value


def number(fields: Fields, name: str) -> int | None:
    """A whole number that a database can keep, None when missing or null."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_ID:
        raise TicketError(f"{name} must be a whole number")
    return value


def seconds(fields: Fields, name: str) -> int | None:
    """A length of time in whole seconds, at most a year either way; None when missing or null."""
    value = number(fields, name)
    if value is not None and abs(value) > A_YEAR:
        raise TicketError(f"{name} must be at most a year in seconds")
    return value


def flag(fields: Fields, name: str, *, default: bool = False) -> bool:
    """true or false; the default when missing or null."""
    value = maybe_flag(fields, name)
    return default if value is None else value


def maybe_flag(fields: Fields, name: str) -> bool | None:
    """true or false; None when missing or null."""
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise TicketError(f"{name} must be true or false")
    return value


def instant(fields: Fields, name: str) -> datetime | None:
    """An ISO 8601 instant with its zone, in UTC; None when missing or null."""
    told = text(fields, name)
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            raise TicketError(f"{name} has no time zone: {told}")
        return at.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise TicketError(f"{name} is not an ISO 8601 instant: {told[:40]}") from None
