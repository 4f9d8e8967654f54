"""Deskgate and its peers, each used as its documentation intends, with aware UTC datetimes in and out.

What a package needs converted is converted here, in the quickest way known: to naive office time or to a Timestamp
through zoneinfo. Objects that can be kept between calls are kept. A question that a package has no answer to is None,
and its footnote in `notes` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pandas
import pytz
from business_duration import businessDuration
from businesstime import BusinessTime

from benchmarks.business_time.scenario import CLOSES, EIGHT_HOURS, OPENS, ZONE, Scenario
from entitlements.rules.schedule import Schedule

DESKGATE, BUSINESSTIMEDELTA, BUSINESS_DURATION = "Deskgate", "businesstimedelta", "business-duration"
BUSINESSTIME, PANDAS = "businesstime", "pandas"
PACKAGES = (BUSINESSTIMEDELTA, BUSINESS_DURATION, BUSINESSTIME, PANDAS)

OFFICE_CLOCK = ZoneInfo(ZONE)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class Peer:
    """One way to count business time, built for one scenario. `between` answers in seconds."""

    name: str
    construct: Callable[[], object] | None = None
    is_open: Callable[[datetime], bool] | None = None
    between: Callable[[datetime, datetime], float] | None = None
    add_8h: Callable[[datetime], datetime | None] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def office_time(at: datetime) -> datetime:
    """What the office's clock shows, naive, for the packages that know no zones."""
    return at.astimezone(OFFICE_CLOCK).replace(tzinfo=None)


def schedule_of(scenario: Scenario) -> Schedule:
    """The office as a schedule of Deskgate's."""
    hours = [[f"{OPENS:%H:%M}", f"{CLOSES:%H:%M}"]]
    return Schedule.from_dict({"zone": ZONE, "weekly": {day: hours for day in WORKDAYS},
                               "holidays": [str(each) for each in scenario.holidays]})


def deskgate(scenario: Scenario) -> Peer:
    schedule = schedule_of(scenario)
    return Peer(DESKGATE, lambda: schedule_of(scenario), schedule.is_open, schedule.between,
                lambda at: schedule.add(at, EIGHT_HOURS))


def with_businesstimedelta(scenario: Scenario) -> Peer:
    zone, holidays = pytz.timezone(ZONE), list(scenario.holidays)

    def construct() -> Any:
        workday = businesstimedelta.WorkDayRule(start_time=OPENS, end_time=CLOSES, working_days=[0, 1, 2, 3, 4],
                                                tz=zone)
        time_off = [businesstimedelta.HolidayRule(holidays, tz=zone)] if holidays else []
        return businesstimedelta.Rules([workday, *time_off])

    rules = construct()
    eight_hours = businesstimedelta.BusinessTimeDelta(rules, seconds=EIGHT_HOURS)

    def is_open(at: datetime) -> bool:
        opens, _ = rules.next(at)
        return bool(opens == at)

    def between(start: datetime, end: datetime) -> float:
        counted = rules.difference(start, end)
        return float(counted.hours * 3600 + counted.seconds)

    def add_8h(at: datetime) -> datetime:
        later: datetime = at + eight_hours
        return later.astimezone(timezone.utc)

    return Peer(BUSINESSTIMEDELTA, construct, is_open, between, add_8h, {
        "is_open": "businesstimedelta has no such question; asked whether the next open block begins at the instant."})


def with_business_duration(scenario: Scenario) -> Peer:
    names = {holiday: "" for holiday in scenario.holidays}

    def between(start: datetime, end: datetime) -> float:
        return float(businessDuration(startdate=office_time(start), enddate=office_time(end), starttime=OPENS,
                                      endtime=CLOSES, weekendlist=[5, 6], holidaylist=names, unit="sec"))

    alone = "business-duration is one function: it constructs nothing and only counts between two instants."
    return Peer(BUSINESS_DURATION, between=between, notes={"construct": alone, "is_open": alone, "add_8h": alone})


def with_businesstime(scenario: Scenario) -> Peer:
    holidays = list(scenario.holidays)

    def construct() -> Any:
        return BusinessTime(business_hours=(OPENS, CLOSES), weekends=(5, 6), holidays=holidays)

    office = construct()

    def is_open(at: datetime) -> bool:
        return bool(office.isduringbusinesshours(office_time(at)))

    def between(start: datetime, end: datetime) -> float:
        return float(office.businesstime_hours(office_time(start), office_time(end)).total_seconds())

    return Peer(BUSINESSTIME, construct, is_open, between, notes={"add_8h": "businesstime cannot add."})


def with_pandas(scenario: Scenario) -> Peer:
    holidays = list(scenario.holidays)

    def construct(hours: int = 1) -> Any:
        return pandas.offsets.CustomBusinessHour(hours, start=OPENS, end=CLOSES, holidays=holidays)

    hour, eight_hours = construct(), construct(8)

    def stamp(at: datetime) -> Any:
        return pandas.Timestamp(at.astimezone(OFFICE_CLOCK))

    def is_open(at: datetime) -> bool:
        return bool(hour.is_on_offset(stamp(at)))

    def between(start: datetime, end: datetime) -> float:
        return 3600.0 * len(pandas.date_range(stamp(start), stamp(end), freq=hour))

    def add_8h(at: datetime) -> datetime:
        later: datetime = (stamp(at) + eight_hours).to_pydatetime()
        return later.astimezone(timezone.utc)

    whole_hours = "pandas has no such question; the whole hours of a date_range are counted, seconds cannot be."
    return Peer(PANDAS, construct, is_open, between, add_8h, {"between": whole_hours})


def peers_for(scenario: Scenario) -> tuple[Peer, ...]:
    """Deskgate first, then the four packages."""
    makers = (deskgate, with_businesstimedelta, with_business_duration, with_businesstime, with_pandas)
    return tuple(make(scenario) for make in makers)
