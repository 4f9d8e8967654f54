"""One row of a license file: what it says, all that is wrong with it, and the terms it makes, with a plan or without.

A row says all terms of its license. What it leaves out comes from its plan, or is as if no one had asked for it; only
whether a license is suspended or cancelled stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from entitlements.errors import ConfigError
from entitlements.rules import license_cells as cells
from entitlements.rules.license import Exemption, OverLimit, Standing, Terms
from entitlements.rules.license_fields import Cell, Problem, header_problems, named_cells
from entitlements.rules.plan import Plan
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Targets
from entitlements.rules.target_cells import targets_cell
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import DAY, parse_days, parse_time, parse_window

T = TypeVar("T")
Week = Mapping[str, list[list[str]]]

LONGEST_CUSTOMER, LONGEST_LICENSE, LONGEST_PLAN, LONGEST_SCHEDULE = 80, 120, 80, 160
LONGEST_PRODUCT, LONGEST_CHANNEL, LONGEST_ID = 120, 40, 120


@dataclass(frozen=True)
class Hours:
    """When the license may be used. `weekly` is None when the row does not say; `schedule` names one that is kept."""

    schedule: str = ""
    zone: str = "UTC"
    weekly: Week | None = None
    holidays: frozenset[str] = frozenset()
    exceptions: Week = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How far the license goes. None: the row does not say. A `daily_limit` of a whole day: there is no limit."""

    daily_limit: int | None = None
    over_limit: OverLimit | None = None
    exempt_severities: frozenset[Severity] | None = None
    exempt_from: frozenset[Exemption] | None = None
    grace_days: int | None = None
    reserve_minutes: int | None = None
    standing: Standing | None = None


@dataclass(frozen=True)
class Promises:
    """How soon tickets are answered and resolved. None: the row does not say."""

    respond: Targets | None = None
    resolve: Targets | None = None

    def targets(self, usual: Targets) -> Targets:
        """All targets; of a kind that the row does not say, the usual ones."""
        said = {MilestoneKind.RESPOND: self.respond, MilestoneKind.RESOLVE: self.resolve}
        return frozenset(each for kind, targets in said.items()
                         for each in (usual if targets is None else targets) if each.kind is kind)


@dataclass(frozen=True)
class Cover:
    """Who and what is covered; an empty list covers all."""

    contacts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KnownBy:
    """What else the customer is recognized by, besides the contacts that are covered; and how they are spoken to."""

    domains: frozenset[str] = frozenset()
    organization_ids: frozenset[str] = frozenset()
    external_ids: frozenset[str] = frozenset()
    zone: str = ""
    language: str = ""


@dataclass(frozen=True)
class LicenseRow:
    """What a row says: whose license, which (its name may be empty), and the terms as far as the row tells them."""

    number: int
    customer: str
    starts_on: date
    ends_on: date
    license: str = ""
    plan: str = ""
    hours: Hours = Hours()
    limits: Limits = Limits()
    promises: Promises = Promises()
    cover: Cover = Cover()
    known_by: KnownBy = KnownBy()

    def terms(self, plan: Plan | None = None, standing: Standing = Standing.IN_FORCE) -> Terms:
        """The terms, filled up from the plan, and with this standing where the row names none. Raises ConfigError."""
        said, base = self.limits, plan or Plan(name="", weekly={})
        limit = _said(said.daily_limit, base.daily_limit)
        return Terms(
            schedule=self._schedule(_said(self.hours.weekly, base.weekly)), starts_on=self.starts_on,
            ends_on=self.ends_on, daily_limit=None if limit == DAY else limit, standing=_said(said.standing, standing),
            over_limit=_said(said.over_limit, base.over_limit), grace_days=_said(said.grace_days, base.grace_days),
            reserve_seconds=60 * _said(said.reserve_minutes, base.reserve_minutes),
            exempt_severities=_said(said.exempt_severities, base.exempt_severities),
            exempt_from=_said(said.exempt_from, base.exempt_from), targets=self.promises.targets(base.targets),
            contacts=self.cover.contacts, products=self.cover.products, channels=self.cover.channels)

    def as_plan(self) -> Plan:
        """A new plan by the name that the row says, with what the row says of hours, limits and targets."""
        said, usual = self.limits, Plan(name="", weekly={})
        limit = said.daily_limit
        return Plan(
            name=self.plan, weekly=_said(self.hours.weekly, usual.weekly), daily_limit=None if limit == DAY else limit,
            over_limit=_said(said.over_limit, usual.over_limit), grace_days=_said(said.grace_days, usual.grace_days),
            reserve_minutes=_said(said.reserve_minutes, usual.reserve_minutes),
            exempt_severities=_said(said.exempt_severities, usual.exempt_severities),
            exempt_from=_said(said.exempt_from, usual.exempt_from), targets=self.promises.targets(frozenset()))

    def _schedule(self, weekly: Week) -> Schedule:
        return Schedule.from_dict({"zone": self.hours.zone, "weekly": weekly, "holidays": sorted(self.hours.holidays),
                                   "exceptions": self.hours.exceptions})


def _said(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value


def parse_row(number: int, written: Mapping[str, object]) -> tuple[LicenseRow | None, list[Problem]]:
    """The row with that number, or None with everything that is wrong with it."""
    reading = _Reading(number, named_cells(written))
    row = reading.row()
    problems = header_problems(number, written) + reading.problems
    return (None if problems else row), problems


class _Reading:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, number: int, by_name: Mapping[str, Cell]):
        self.number, self.problems = number, list[Problem]()
        self.cells = {name: cell for name, cell in by_name.items() if not cell.is_blank}

    def row(self) -> LicenseRow:
        """The row, with stand-ins for what is wrong in it."""
        starts_on, ends_on = self.required("starts_on", cells.date_cell), self.required("ends_on", cells.date_cell)
        row = LicenseRow(
            number=self.number, customer=self.required("customer", cells.name_cell(LONGEST_CUSTOMER)) or "",
            starts_on=starts_on or date.min, ends_on=ends_on or date.max,
            license=self.read("license", cells.name_cell(LONGEST_LICENSE), ""),
            plan=self.read("plan", cells.name_cell(LONGEST_PLAN), ""),
            hours=self._hours(), limits=self._limits(), promises=self._promises(), cover=self._cover(),
            known_by=self._known_by())
        self._check_dates(starts_on, ends_on, row.hours.zone)
        return row

    def _hours(self) -> Hours:
        return Hours(schedule=self.read("schedule", cells.name_cell(LONGEST_SCHEDULE), ""),
                     zone=self.read("zone", cells.zone_cell, "UTC"), weekly=self._weekly(),
                     holidays=self.read("holidays", cells.dates_cell, frozenset()),
                     exceptions=self.read("exceptions", cells.exceptions_cell, {}))

    def _limits(self) -> Limits:
        return Limits(daily_limit=self.read("daily_limit", cells.limit_cell, None),
                      over_limit=self.read("over_limit", cells.choice_cell(OverLimit), None),
                      exempt_severities=self.read("exempt_severities", cells.choices_cell(Severity), None),
                      exempt_from=self.read("exempt_from", cells.choices_cell(Exemption), None),
                      grace_days=self.read("grace_days", cells.count_cell(cells.LONGEST_GRACE), None),
                      reserve_minutes=self.read("reserve_minutes", cells.count_cell(cells.LONGEST_RESERVE), None),
                      standing=self.read("state", cells.standing_cell, None))

    def _promises(self) -> Promises:
        respond, resolve = (self.read(kind.value, targets_cell(kind), None) for kind in MilestoneKind)
        return Promises(respond, resolve)

    def _cover(self) -> Cover:
        return Cover(contacts=self.read("contacts", cells.addresses_cell, frozenset()),
                     products=self.read("products", cells.names_cell(LONGEST_PRODUCT), frozenset()),
                     channels=self.read("channels", cells.names_cell(LONGEST_CHANNEL), frozenset()))

    def _known_by(self) -> KnownBy:
        ids = cells.names_cell(LONGEST_ID)
        return KnownBy(domains=self.read("domains", cells.domains_cell, frozenset()),
                       organization_ids=self.read("organization_ids", ids, frozenset()),
                       external_ids=self.read("external_ids", ids, frozenset()),
                       zone=self.read("customer_zone", cells.zone_cell, ""),
                       language=self.read("language", cells.language_cell, ""))

    def _weekly(self) -> Week | None:
        """The week, told by `weekly` or by a daily fence."""
        fence = [name for name in ("daily_start", "daily_end", "days") if name in self.cells]
        told = [name for name in ("weekly", *fence, "zone", "holidays", "exceptions") if name in self.cells]
        if "schedule" in self.cells and told:
            self.refuse(self.label(told[0]), f"the hours are told by {self.label('schedule')} already")
        elif "weekly" in self.cells and fence:
            self.refuse(self.label(fence[0]), f"the hours are told by {self.label('weekly')} already")
        elif fence:
            return self._fence()
        elif not {"schedule", "weekly", "plan"} & set(self.cells):
            self.refuse("weekly", "is missing: say the hours by weekly, or by DailyStartTime and DailyEndTime, or name "
                                  "a schedule or a plan")
        return self.read("weekly", cells.weekly_cell, None)

    def _fence(self) -> Week | None:
        missing = [name for name in ("daily_start", "daily_end") if name not in self.cells]
        for name in missing:
            self.refuse({"daily_start": "DailyStartTime", "daily_end": "DailyEndTime"}[name], "is missing")
        start, end = self.read("daily_start", _time, ""), self.read("daily_end", _time, "")
        days = self.read("days", cells.days_cell, parse_days(""))
        if not start or not end:
            return None
        try:
            parse_window(start, end, self.label("daily_end"))
        except ConfigError as error:
            self._note(error, self.label("daily_end"))
        return {day: [[start, end]] for day in days}

    def _check_dates(self, starts_on: date | None, ends_on: date | None, zone: str) -> None:
        if starts_on and ends_on and ends_on < starts_on:
            self.refuse(self.label("ends_on"), f"the end {ends_on} is before the start {starts_on}")
        try:
            Schedule.from_dict({"zone": zone, "weekly": {}}).first_instant_of(starts_on or date(2000, 1, 1))
        except ValueError:
            self.refuse(self.label("starts_on"), f"what the clocks of {zone} will show on {starts_on} is not known yet")

    def required(self, name: str, reader: Callable[[object, str], T]) -> T | None:
        if name not in self.cells:
            self.refuse(name, "is missing")
        return self.read(name, reader, None)

    def read(self, name: str, reader: Callable[[object, str], T], otherwise: T) -> T:
        """What the cell says, or `otherwise` when it is blank or wrong."""
        cell = self.cells.get(name)
        if cell is None:
            return otherwise
        try:
            return reader(cell.value, cell.label)
        except ConfigError as error:
            self._note(error, cell.label)
            return otherwise

    def label(self, name: str) -> str:
        """What the file calls the field."""
        return self.cells[name].label if name in self.cells else name

    def refuse(self, label: str, why: str) -> None:
        self.problems.append(Problem(self.number, label, why))

    def _note(self, error: ConfigError, label: str) -> None:
        for each in (error, *error.others):
            named = each.field or label
            self.refuse(named, str(each).removeprefix(f"{named}: "))


def _time(value: object, label: str) -> str:
    """A time of day, as it was written."""
    text = value.strip() if isinstance(value, str) else value
    parse_time(text, label)
    return str(text)
