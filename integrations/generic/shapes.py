"""Reading the fields of a description: where each value is, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from entitlements.helpdesk import Author
from entitlements.rules.ticket import Severity
from integrations.desk.ticket import Standing
from integrations.generic.fields import SWITCHES, Field, Shape, Sort
from integrations.generic.near import hint
from integrations.generic.section import Section
from integrations.generic.times import FORMS, LENGTHS, is_form

OURS: Mapping[Sort, type[StrEnum]] = {Sort.SEVERITY: Severity, Sort.AUTHOR: Author, Sort.STANDING: Standing}
WORDED = frozenset({*OURS, Sort.TEXT, Sort.ID, Sort.FLAG, Sort.EMAIL})


@dataclass(frozen=True)
class Words:
    """What a description says once for all fields: how instants are written, and its words for severities and
    statuses, by the helpdesk's word in lower case."""

    form: str = "auto"
    zone: str = ""
    severities: Mapping[str, str] | None = None
    statuses: Mapping[str, str] | None = None

    def of(self, sort: Sort) -> Mapping[str, str]:
        found = {Sort.SEVERITY: self.severities, Sort.STANDING: self.statuses}.get(sort)
        return found or {}


def read_shape(section: Section, sorts: Mapping[str, Sort], words: Words) -> Shape:
    """The fields of one kind of thing."""
    found = {}
    for name in section.values:
        if name not in sorts:
            section.raw(name)
            section.note(name, f"there is no such field{hint(name, sorts)}")
            continue
        found[name] = _field(section, name, sorts[name], words)
    return Shape(found)


def _field(section: Section, name: str, sort: Sort, words: Words) -> Field:
    where, told = section.place(name), section.raw(name)
    if isinstance(told, str):
        return Field(where, sort, section.expression(name), words.of(sort), form=words.form, zone=words.zone)
    inside = section.table(name)
    form, zone = read_form(inside, words) if sort is Sort.INSTANT else (words.form, words.zone)
    found = Field(
        where, sort, inside.expression("path"), _words(inside, sort) if inside.has("map") else words.of(sort),
        _usual(inside, sort), form, zone,
        inside.text("unit", "seconds", choices=LENGTHS) if sort is Sort.LENGTH else "seconds",
        inside.text("separator") if sort is Sort.LIST else "",
        inside.text("key") if sort is Sort.OBJECT else "", inside.text("value", "value") if sort is Sort.OBJECT else "")
    if found.path is None and not found.usual:
        section.note(name, "needs a path that leads to the value, or a default")
    inside.end()
    return found


def read_form(section: Section, words: Words) -> tuple[str, str]:
    """The form of instants and their zone where they name none."""
    form, zone = section.text("form", words.form), section.text("zone", words.zone)
    if not is_form(form):
        section.note("form", f"is one of {', '.join(FORMS)}, or a pattern such as %Y-%m-%d %H:%M:%S, not {form[:40]!r}"
                             f"{hint(form, FORMS)}")
        form = "auto"
    try:
        if zone:
            ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        section.note("zone", f"{zone[:40]!r} is no time zone; it is called like Europe/Berlin, or UTC")
        zone = ""
    return form, zone


def _usual(inside: Section, sort: Sort) -> str:
    value = inside.raw("default")
    told = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    if sort in OURS and told:
        return _ours(inside, "default", told, OURS[sort])
    if sort is Sort.FLAG and told and told.lower() not in SWITCHES:
        inside.note("default", "must be true or false")
        return ""
    return told


def _words(inside: Section, sort: Sort) -> Mapping[str, str]:
    """The helpdesk's words, in lower case, and what they mean."""
    told = inside.table("map")
    if sort not in WORDED:
        inside.note("map", f"cannot be where the value is a {sort}")
    found = {}
    for name in told.values:
        value = told.raw(name)
        meant = str(value).lower() if isinstance(value, bool) else value
        if not isinstance(meant, str):
            told.note(name, "must be a text")
            continue
        found[name.strip().lower()] = _ours(told, name, meant, OURS[sort]) if sort in OURS else meant
    return found


def _ours(section: Section, name: str, told: str, words: type[StrEnum]) -> str:
    if told not in set(words):
        section.note(name, f"{told[:40]!r} is none of {', '.join(words)}")
        return ""
    return told


def read_words(section: Section, words: type[StrEnum]) -> tuple[dict[str, str], dict[str, str]]:
    """A table of our words and the helpdesk's for each: the first one of each to send, and what all of them mean."""
    send: dict[str, str] = {}
    meaning: dict[str, str] = {}
    for name in section.values:
        theirs = section.texts(name)
        if name not in set(words):
            section.note(name, f"is none of ours{hint(name, list(words))}")
            continue
        if theirs:
            send[name] = theirs[0]
        for each in theirs:
            if meaning.setdefault(each.strip().lower(), name) != name:
                section.note(name, f"{each!r} stands for two of ours")
    return send, meaning
