"""The text of an iCalendar file, taken apart into its events and their content lines, each with its line number.

The `icalendar` package splits a line into name, parameters and value. Its own reading of a whole file is not used: it
takes a text without line breaks for the path of a file, builds a time zone out of every VTIMEZONE however long that
takes, keeps it for all files to come, and knows no line numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline

from entitlements.errors import ConfigError
from entitlements.rules.written import shown

LARGEST_FILE = 1024 * 1024
EVENT = ["VCALENDAR", "VEVENT"]

# What else an event says, from its description to its alarms, is not looked at and may be as broken as it likes.
_LOOKED_AT = frozenset({"UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID",
                        "RRULE", "EXRULE", "RDATE", "EXDATE"})
_BEGIN_OR_END = re.compile(r"(BEGIN|END):[ \t]*([A-Za-z0-9-]+)[ \t]*", re.IGNORECASE)
_NAMED = re.compile(r"([A-Za-z-]+)[ \t]*[:;]")


def wrong(why: str, field: str = "content") -> ConfigError:
    """The error for something in the text."""
    return ConfigError(why, field=field)


def understood(reader: Callable[[str], object], text: str, name: str) -> object:
    """What a reader of the `icalendar` package makes of the text; raises ConfigError, whatever the package raises."""
    try:
        return reader(text)
    except Exception as error:  # ValueError for the most part, but IndexError, TypeError and others get out, too
        raise wrong(f"its {name} cannot be read: {shown(text)}") from error


@dataclass(frozen=True)
class Line:
    """One property of an event. Parameters are text; of one with several values the first is kept."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(frozen=True)
class EventText:
    """What the file says of one event, in its own words."""

    number: int
    lines: list[Line] = field(default_factory=list)

    def every(self, name: str) -> list[Line]:
        """All lines of that name."""
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line | None:
        """The first line of that name, which is the one that counts where there should be but one."""
        return next(iter(self.every(name)), None)

    def text(self, name: str) -> str:
        """The text of a property fit to be shown and kept: blanks tidied, what cannot be printed left out."""
        line = self.first(name)
        words = " ".join(line.value.split()) if line else ""
        return "".join(sign for sign in words if sign.isprintable())

    def __str__(self) -> str:
        called = self.text("SUMMARY") or self.text("UID")
        return f"The event {shown(called)} (line {self.number})" if called else f"The event in line {self.number}"


def decoded(content: bytes | str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; raises ConfigError for anything else."""
    if len(content) > LARGEST_FILE:
        raise wrong("The file is larger than 1 MiB.")
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise wrong("The file is not text in UTF-8; save it in that encoding.") from None


def read_events(text: str) -> list[EventText]:
    """The events of every VCALENDAR in the text; raises ConfigError when there is none, or it is not complete."""
    events: list[EventText] = []
    inside: list[str] = []
    seen = False
    for number, line in _unfolded(text):
        edge = _BEGIN_OR_END.fullmatch(line)
        if edge and edge[1].upper() == "BEGIN":
            inside.append(edge[2].upper())
            seen = seen or inside == EVENT[:1]
            if inside == EVENT:
                events.append(EventText(number))
        elif edge:
            _close(inside, edge[2].upper(), number)
        elif inside == EVENT and _name_of(line) in _LOOKED_AT:
            events[-1].lines.append(_read_line(number, line))
    if not seen:
        raise wrong("This is not an iCalendar file: it has no BEGIN:VCALENDAR.")
    if inside:
        raise wrong(f"The file is cut short: it ends inside a {shown(inside[-1])}.")
    return events


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each content line with the number of its first line; a line that begins with a blank continues the one before."""
    begun, pieces = 0, [""]
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t"):
            pieces.append(line[1:])
        elif line:
            yield begun, "".join(pieces)
            begun, pieces = number, [line]
    yield begun, "".join(pieces)


def _name_of(line: str) -> str:
    named = _NAMED.match(line)
    return named[1].upper() if named else ""


def _close(inside: list[str], part: str, number: int) -> None:
    if not inside or inside[-1] != part:
        raise wrong(f"Line {number} ends a {shown(part)} that was not begun.")
    inside.pop()


def _read_line(number: int, line: str) -> Line:
    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]  # its own are not typed
    except Exception as error:  # as in `understood`
        raise wrong(f"Line {number} cannot be read: {shown(line)}.") from error
    firsts = {key.upper(): told if isinstance(told, str) else next(iter(told), "") for key, told in parameters.items()}
    return Line(number, _name_of(line), firsts, value.strip())
