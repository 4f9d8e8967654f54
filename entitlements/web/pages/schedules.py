"""Schedules: all of them at a glance, and the proof of each: the next openings and closings, and a year of dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from entitlements.rules.proof import YEARS, Upcoming, origins_in, prove_year, upcoming
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_warnings import ScheduleWarning, warnings_of
from entitlements.store import tables
from entitlements.store.holidays import set_value
from entitlements.store.schedule_use import count_uses, license_counts, uses_of
from entitlements.store.schedules import all_schedules, get_schedule, schedule_value, written_value
from entitlements.web.pages.guard import for_agents, now
from entitlements.web.pages.strip import week_strip
from entitlements.wording import proof as words

bp = Blueprint("schedules", __name__)
for_agents(bp)
PER_PAGE = 100
MOST_LICENSES = 20


@dataclass(frozen=True)
class Line:
    """A schedule in the list, with what it is about to do, how many licenses use it, and what is odd about it."""

    name: str
    schedule: Schedule
    coming: Upcoming
    licenses: int
    warnings: tuple[ScheduleWarning, ...]


@bp.get("/schedules")
def index() -> str:
    named = request.args.get("q", "").strip()[:80]
    found = [row for row in all_schedules() if named.lower() in row.name.lower()]
    page = max(1, request.args.get("page", 1, type=int))
    shown = found[(page - 1) * PER_PAGE:page * PER_PAGE]
    counts = license_counts()
    return render_template("pages/schedules.html", lines=[_line(row, counts.get(row.id, 0)) for row in shown],
                           named=named, page=page, total=len(found), has_next=len(found) > page * PER_PAGE)


def _line(row: tables.Schedule, licenses: int) -> Line:
    schedule = schedule_value(row)
    return Line(row.name, schedule, upcoming(schedule, now(), count=1), licenses, _warnings(schedule))


def _warnings(schedule: Schedule) -> tuple[ScheduleWarning, ...]:
    return warnings_of(schedule, schedule.local(now()).date())


@bp.get("/schedules/<path:name>")
def show(name: str) -> str:
    row = get_schedule(name)
    schedule, sets = schedule_value(row), [set_value(each) for each in row.sets]
    today = schedule.local(now()).date()
    year = _year(today)
    proven = prove_year(schedule, year, origins_in(year, written_value(row), sets))
    return render_template(
        "pages/schedule.html", row=row, schedule=schedule, sets=sets, today=today, week=week_strip(schedule, now()),
        warnings=_warnings(schedule), coming=upcoming(schedule, now()), year=proven, years=YEARS,
        uses=uses_of(row.id, MOST_LICENSES), use_count=count_uses(row.id))


def _year(today: date) -> int:
    """The year asked for, if it is one that can be shown; else the present one."""
    wanted = request.args.get("year", today.year, type=int)
    return wanted if wanted in YEARS else today.year


for named, words_of in (("open_now", words.now_text), ("open_then", words.then_text), ("proven", words.proven_text),
                        ("what_day", words.what_text), ("day_hours", words.day_hours_text),
                        ("source", words.source_text), ("stay", words.stay_text), ("unknown", words.unknown_text),
                        ("month_name", words.month_text), ("open_amount", words.open_text)):
    bp.add_app_template_filter(words_of, named)
