"""A schedule's proof as text of at most a hundred columns: openings to come, and a year with a sign for each date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from textwrap import wrap

from entitlements.rules.proof import OpenStretch, ProvenDay, ProvenMonth, ProvenYear, Turn, Upcoming
from entitlements.rules.schedule import DayKind, Schedule
from entitlements.wording import city
from entitlements.wording.proof import about_text, day_hours_text, open_text, stay_text, then_text, unknown_text

WIDTH, BAR, WIDEST_CELL = 100, 30, 26
MARGIN = "  "
SIGNS = {"#": "open", "+": "open, less than half as long", ".": "closed", "H": "holiday", "h": "holiday hours",
         "x": "exception", "~": "clocks change", "/": "skipped", "?": "not known"}
KIND_SIGNS = {DayKind.HOLIDAY: "H", DayKind.CLOSURE: "h", DayKind.EXCEPTION: "x"}


def turns_lines(schedule: Schedule, coming: Upcoming) -> Iterator[str]:
    """The next openings and closings as a table, local and UTC, and why there are no more of them."""
    place = city(schedule.zone)
    if coming.change:
        yield from in_columns([(f"opens ({place})", "UTC", f"closes ({place})", "UTC", "open for"),
                               *map(_turns_row, coming.stretches)])
    yield from in_lines(then_text(schedule, coming))


def _turns_row(stretch: OpenStretch) -> tuple[str, ...]:
    stay = stay_text(stretch.seconds) or "-"
    if stretch.opens is None:
        return "open now", "", *_turn_cells(stretch.closes), f"{stay} more"
    return *_turn_cells(stretch.opens), *_turn_cells(stretch.closes), stay


def _turn_cells(turn: Turn | None) -> tuple[str, str]:
    if turn is None:
        return "-", "-"
    local = f"{_day_cell(turn.wall)} {turn.wall.year} {_clock(turn.wall)}"
    return local, f"{turn.at.day:2} {turn.at:%b} {_clock(turn.at)}"


def _day_cell(day: date) -> str:
    return f"{day:%a} {day.day:2} {day:%b}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def moment(wall: datetime) -> str:
    """`Mon 9 Mar 2026 09:00`."""
    return f"{wall:%a} {wall.day} {wall:%b %Y} {_clock(wall)}"


def year_lines(year: ProvenYear) -> Iterator[str]:
    """A line for each month, with a sign for each date under its weekday, the month's open time, and a bar of it."""
    open_texts = [open_text(month.open_seconds) for month in year.months]
    width = max(map(len, open_texts))
    busiest = max(month.open_seconds for month in year.months)
    yield f"{MARGIN}     {_in_weeks('MTWTFSS' * 5 + 'MT')}  {'open':>{width}}"
    for month, text in zip(year.months, open_texts, strict=True):
        bar = "#" * round(BAR * month.open_seconds / busiest) if busiest else ""
        yield f"{MARGIN}{month.first:%b}  {_in_weeks(_signs(month, year.most)):42}  {text:>{width}}  {bar}".rstrip()
    yield ""
    # Each sign stays beside its meaning: blanks at which no line may be broken, until the lines are there.
    meanings = (f"{sign} {SIGNS[sign]}".replace(" ", "\xa0") for sign in _signs_used(year))
    yield from (line.replace("\xa0", " ") for line in in_lines("   ".join(meanings)))


def _in_weeks(days: str) -> str:
    return " ".join(days[start:start + 7] for start in range(0, len(days), 7))


def _signs(month: ProvenMonth, most: int) -> str:
    return " " * month.first.weekday() + "".join(sign_of(day, most) for day in month.days)


def _signs_used(year: ProvenYear) -> list[str]:
    used = {sign_of(day, year.most) for day in year.days}
    return [sign for sign in SIGNS if sign in used]


def sign_of(day: ProvenDay, most: int) -> str:
    """The sign of one date in a year whose fullest date has `most` open seconds."""
    if not day.length:
        return "/" if day.is_known else "?"
    if day.kind in KIND_SIGNS:
        return KIND_SIGNS[day.kind]
    if day.changes:
        return "~"
    return "." if not day.open_seconds else "+" if 2 * day.open_seconds < most else "#"


def special_lines(year: ProvenYear, zone: str) -> Iterator[str]:
    """The dates with something to say about them: hours, what they are, and where that comes from."""
    rows = [(_day_cell(day.day), day_hours_text(day), about_text(day)) for day in year.special_days]
    if rows:
        yield from in_columns([("date", "open", "what, and where it comes from"), *rows])
    else:
        yield f"{MARGIN}none: every date has the usual hours of its weekday"
    yield from in_lines(unknown_text(year, zone))


def in_lines(text: str, label: str = MARGIN) -> list[str]:
    """The text in lines that fit, behind a label; no line for no text."""
    return wrap(text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label))


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, with cells wrapped so that they fit."""
    widths = [min(WIDEST_CELL, max(map(len, column))) for column in zip(*rows, strict=True)]
    widths[-1] = WIDTH - len(MARGIN) - sum(width + 2 for width in widths[:-1])
    for row in rows:
        cells = [wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            yield MARGIN + "  ".join(f"{part:{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()
