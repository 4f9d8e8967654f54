"""What a change makes different, as words: what goes and what comes, part by part, for people to read before saving."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.errors import NotFound
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.license import OverLimit, Standing, Terms
from entitlements.rules.target import MilestoneKind, targets_text
from entitlements.steps.holiday_change import HolidayChange
from entitlements.steps.import_plan import Held
from entitlements.steps.schedule_change import ScheduleChange, present
from entitlements.web.pages.typed import date_lines, week_lines
from entitlements.wording import date_text, duration_text

STANDINGS = {Standing.DRAFT: "draft", Standing.IN_FORCE: "in force", Standing.SUSPENDED: "suspended",
             Standing.CANCELLED: "cancelled"}
OVER_LIMITS = {OverLimit.QUEUE: "tickets wait for the next day", OverLimit.ALLOW: "tickets are let through"}
EXEMPT_FROM = {"schedule": "the hours", "daily_limit": "the daily limit"}
EVERYBODY = {"contacts": "everybody", "products": "all products", "channels": "all channels"}


@dataclass(frozen=True)
class Difference:
    """One part of a thing: what is said of it now and no longer, and what is said from then on."""

    what: str
    goes: tuple[str, ...] = ()
    comes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.goes or self.comes)


def compared(what: str, before: Iterable[str], after: Iterable[str]) -> Difference:
    """What is only before, and what is only after, in their order."""
    before, after = [*before], [*after]
    return Difference(what, tuple(each for each in before if each not in set(after)),
                      tuple(each for each in after if each not in set(before)))


def schedule_differences(change: ScheduleChange) -> list[Difference]:
    """How a schedule would differ from what it is; all that a new one says."""
    try:
        before = _schedule_parts(*_said(present(change.name)))
    except NotFound:
        before = {}
    return _differences(before, _schedule_parts(*_said(change)))


def schedule_as_saved(change: ScheduleChange) -> list[Difference]:
    """All that a schedule says by this change."""
    return _differences({}, _schedule_parts(*_said(change)))


def _said(change: ScheduleChange) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    return change.schedule().to_dict(), change.sets


def _schedule_parts(written: Mapping[str, Any], sets: tuple[str, ...]) -> dict[str, list[str]]:
    return {"Time zone": [written["zone"]], "Usual hours": week_lines(written["weekly"]).split("\n"),
            "Holiday sets": sorted(sets), "Dates with other hours": date_lines(written["exceptions"]),
            "Own holidays": list(written["holidays"]),
            "Closed hours of single dates": date_lines(written.get("closures", {}))}


def _differences(before: Mapping[str, Collection[str]], after: Mapping[str, Collection[str]]) -> list[Difference]:
    found = (compared(what, filter(None, before.get(what, ())), filter(None, said)) for what, said in after.items())
    return [each for each in found if each]


def terms_differences(was: Held | None, held: Held) -> list[Difference]:
    """How a license would differ from what it is; all that a new one says."""
    return _differences(dict(_terms_parts(was)) if was else {}, dict(_terms_parts(held)))


def _terms_parts(held: Held) -> Iterator[tuple[str, list[str]]]:
    terms = held.terms
    yield "Plan", [held.plan]
    yield "Schedule", [terms.schedule_name or "a new one"]
    yield "Hours", week_lines(terms.schedule.week()).split("\n")
    yield "Time zone", [terms.schedule.zone]
    yield "Starts on", [date_text(terms.starts_on)]
    yield "Ends on", [date_text(terms.ends_on)]
    yield "State", [STANDINGS[terms.standing]]
    yield "Grace", [_counted(terms.grace_days, "day") if terms.grace_days else "none"]
    yield from _limit_parts(terms)
    for kind, what in ((MilestoneKind.RESPOND, "To respond within"), (MilestoneKind.RESOLVE, "To resolve within")):
        yield what, targets_text(terms.targets, kind).split("; ")
    for name, everything in EVERYBODY.items():
        yield name.capitalize(), sorted(getattr(terms, name)) or [everything]


def _limit_parts(terms: Terms) -> Iterator[tuple[str, list[str]]]:
    limit = terms.daily_limit
    yield "Daily limit", ["none" if limit is None else duration_text(limit)]
    yield "Past the limit", [OVER_LIMITS[terms.over_limit]]
    yield "Set aside for a ticket", [duration_text(terms.reserve_seconds) if terms.reserve_seconds else "nothing"]
    yield "Exempt severities", sorted(map(str, terms.exempt_severities)) or ["none"]
    yield "Exempt from", [EXEMPT_FROM[each] for each in sorted(terms.exempt_from)] or ["nothing"]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Dates:
    """The dates of a holiday set that a change adds, tells otherwise (before and after), and drops; in order."""

    added: tuple[Holiday, ...]
    retold: tuple[tuple[Holiday, Holiday], ...]
    dropped: tuple[Holiday, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.retold or self.dropped)


def date_differences(change: HolidayChange) -> Dates:
    """What a change of a holiday set comes to, date by date."""
    known = {each.day: each for each in change.base.holidays()} if change.base else {}
    new = change.added()
    return Dates(tuple(each for each in new if each.day not in known),
                 tuple((known[each.day], each) for each in new if each.day in known), change.dropped())
