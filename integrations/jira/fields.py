"""The fields of a Jira site: which there are, what each takes, and how its values read as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from integrations.jira.settings import folded
from integrations.jira.words import document, plain
from integrations.wire import written

ORGANIZATIONS, PARTICIPANTS = "sd-customer-organizations", "sd-request-participants"
LINE, WORDS, INSTANT = frozenset({"textfield", "url"}), frozenset({"textarea"}), frozenset({"datetime"})
CHOICE = frozenset({"select", "radiobuttons"})
GROUP, TEAM = frozenset({"grouppicker"}), frozenset({"atlassian-team", "rm-teams-custom-field-team"})
WRITABLE = LINE | WORDS | INSTANT | CHOICE
LONGEST_LINE = 255
DEEPEST = 4


@dataclass(frozen=True)
class Field:
    """One field: its id, the name people see, and its type, which is the last word of what Jira calls it."""

    id: str
    name: str
    type: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it can say which group a ticket belongs to."""
        return self.type in CHOICE | GROUP | TEAM | LINE

    def value(self, told: str) -> object:
        """A text as this field takes it; None empties it."""
        if not told:
            return None
        if self.type in WORDS:
            return document(told)
        if self.type in INSTANT:
            return told.removesuffix("Z") + ".000+0000"
        if self.type in CHOICE:
            return {"id" if told.isdecimal() else "value": told}
        if self.type in GROUP:
            return {"name": told}
        return told if self.type in TEAM else _line(told)

    def text(self, value: object) -> str:
        """What the field says, in the words in which it is told."""
        if self.type in INSTANT and isinstance(value, str) and value:
            return _instant(value)
        return plain(value) if self.type in WORDS else text_of(value)

    def says(self, value: object, group: str) -> bool:
        """Whether it names a group that settings name by name or id."""
        known = [value.get(key) for key in ("value", "name", "title", "id")] if isinstance(value, dict) else [value]
        return folded(group) in {folded(str(each)) for each in known if isinstance(each, str | int)}


@dataclass(frozen=True)
class FieldBook:
    """The fields that are known. A name may be that of several; an id is that of one."""

    fields: tuple[Field, ...] = ()

    def named(self, name: str) -> tuple[Field, ...]:
        exact = tuple(field for field in self.fields if field.id == name)
        return exact or tuple(field for field in self.fields if folded(field.name) == folded(name))

    def find(self, name: str) -> Field | None:
        """The field of an id or name; an id is believed also where fields have not been asked for."""
        found = self.named(name)
        return found[0] if found else Field(name, name) if name.startswith("customfield_") else None

    def of_type(self, type_: str) -> Field | None:
        """The first field of a type that a site has one of, whatever it is called there."""
        return next((field for field in self.fields if field.type == type_), None)

    @property
    def organizations(self) -> Field | None:
        return self.of_type(ORGANIZATIONS)

    @property
    def participants(self) -> Field | None:
        return self.of_type(PARTICIPANTS)


def read_book(listed: Sequence[Mapping[str, Any]]) -> FieldBook:
    """The fields as Jira lists them."""
    return FieldBook(tuple(_field(each) for each in listed if isinstance(each, dict) and each.get("id")))


def _field(told: Mapping[str, Any]) -> Field:
    schema = told.get("schema")
    named = (schema.get("custom") or schema.get("system") or "") if isinstance(schema, dict) else ""
    return Field(str(told["id"]), str(told.get("name") or ""), str(named).rpartition(":")[2])


def text_of(value: object, depth: int = 0) -> str:
    """Any value as one line of text, in the words that people see."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split())
    if isinstance(value, list) and depth < DEEPEST:
        return ", ".join(filter(None, (text_of(each, depth + 1) for each in value)))
    if not isinstance(value, dict) or depth >= DEEPEST:
        return ""
    if value.get("type") == "doc":
        return " ".join(plain(value).split())
    names = (value.get(key) for key in ("value", "name", "title", "requestType", "displayName", "id"))
    return text_of(next((each for each in names if each), None), depth + 1)


def _line(told: str) -> str:
    line = " ".join(told.split())
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE - 3] + "..."


def _instant(told: str) -> str:
    try:
        at = datetime.fromisoformat(told)
        return written(at.astimezone(timezone.utc)) or "" if at.tzinfo else told
    except (ValueError, OverflowError):
        return told
