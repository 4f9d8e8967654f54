"""What a license file would change: each row against the licenses there are, before anything is written.

A row with a license name is that license, new or changed. A row without one is a new license, unless it equals one
that the customer has; one with the same start but other terms could mean either, so nobody guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from entitlements.errors import ConfigError
from entitlements.rules.license import Standing, Terms
from entitlements.rules.license_fields import Problem
from entitlements.rules.license_row import LicenseRow
from entitlements.rules.plan import Plan
from entitlements.rules.schedule import Schedule

GIVE_IT_A_NAME = "give it a License name"


class Kind(StrEnum):
    """What a row does to its license."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True)
class Held:
    """A license of a customer, as it is or as the file would leave it."""

    name: str
    terms: Terms
    plan: str = ""


@dataclass(frozen=True)
class Change:
    """What one row comes to: which license of which customer it adds or changes. `was` is None for a new one."""

    row: LicenseRow
    kind: Kind
    customer: str
    held: Held
    was: Held | None = None


@dataclass(frozen=True)
class Kept:
    """A schedule that is kept under a name: as people wrote it, and what it comes to with its holiday sets."""

    name: str
    written: Schedule
    comes_to: Schedule


@dataclass(frozen=True)
class Known:
    """What there is before the import: plans and customers by their names in lower case, licenses by customer,
    schedules, the oldest first."""

    plans: Mapping[str, Plan]
    customers: Mapping[str, str]
    licenses: Mapping[str, Sequence[Held]]
    schedules: Sequence[Kept] = ()


class Planner:
    """Goes through the rows of a file and works out what each would change. What earlier rows do counts for later ones.

    Rows with a license name come first, so that the order of the rows does not matter.
    """

    def __init__(self, known: Known):
        self.problems: list[Problem] = []
        self.changes: list[Change] = []
        self.after: dict[str, dict[str, Held]] = {}
        self.plans = dict(known.plans)
        self._known = known
        self._names = dict(known.customers)
        self._told_by: dict[tuple[str, str], LicenseRow] = {}
        self._told: dict[tuple[str, str], str] = {}
        self._by_name = {each.name.lower(): each for each in known.schedules}
        self._by_hours = {each.written: each for each in reversed(known.schedules)}

    def go_through(self, rows: Iterable[LicenseRow]) -> None:
        """Plan all rows; what is wrong lands in `problems`, the rest in `changes` and `after`."""
        for row in sorted(rows, key=lambda each: not each.license):
            try:
                self._plan(row)
            except ConfigError as error:
                self.problems.append(Problem(row.number, error.field, str(error)))
        self.problems.sort(key=lambda problem: problem.row)

    def _plan(self, row: LicenseRow) -> None:
        customer = self._names.setdefault(row.customer.lower(), row.customer)
        held = self.after.setdefault(customer, {each.name.lower(): each
                                                for each in self._known.licenses.get(customer, ())})
        self._check_same("customer_zone", row.known_by.zone, customer)
        self._check_same("language", row.known_by.language, customer)
        plan = self._plan_of(row)
        change = self._named(row, customer, plan) if row.license else self._nameless(row, customer, plan)
        self.changes.append(change)
        self._told_by.setdefault((customer, change.held.name.lower()), row)
        held[change.held.name.lower()] = change.held

    def _plan_of(self, row: LicenseRow) -> Plan | None:
        if not row.plan:
            return None
        plan = self.plans.get(row.plan.lower())
        if plan is None and row.hours.weekly is not None:
            plan = self.plans[row.plan.lower()] = row.as_plan()
        if plan is None:
            names = ", ".join(each.name for each in self.plans.values())
            raise ConfigError(f"there is no plan {row.plan!r}; there are: {names}. A row that says its hours itself "
                              "may name a new one", field="plan")
        return plan

    def _check_same(self, field: str, said: str, customer: str) -> None:
        """What rows say of a customer, rather than of a license, they must agree on."""
        if said and self._told.setdefault((field, customer), said) != said:
            raise ConfigError(f"another row says {self._told[field, customer]} for {customer}", field=field)

    def _named(self, row: LicenseRow, customer: str, plan: Plan | None) -> Change:
        was = self.after[customer].get(row.license.lower())
        held = self._held(row, plan, was, row.license)
        told_by = self._told_by.get((customer, row.license.lower()))
        if told_by is not None and was != held:
            raise ConfigError(f"row {told_by.number} says other terms for the same license", field="license")
        return Change(row, _kind(was, held), customer, held, was)

    def _nameless(self, row: LicenseRow, customer: str, plan: Plan | None) -> Change:
        others = self.after[customer].values()
        same = next((each for each in others if self._terms(row, plan, each) == each.terms), None)
        if same is not None:
            return Change(row, Kind.SAME, customer, same, same)
        held = self._held(row, plan, None, f"{plan.name if plan else 'Support'} from {row.starts_on}")
        for other in others:
            if other.terms.starts_on == row.starts_on:
                raise ConfigError(f"{customer} has a license that starts on {row.starts_on}, {other.name!r}, with "
                                  f"other terms: {GIVE_IT_A_NAME}", field="license")
            if other.name.lower() == held.name.lower():
                raise ConfigError(f"{customer} has another license named {other.name!r}: {GIVE_IT_A_NAME}",
                                  field="license")
        return Change(row, Kind.ADD, customer, held)

    def _held(self, row: LicenseRow, plan: Plan | None, was: Held | None, name: str) -> Held:
        return Held(name=was.name if was else name, terms=self._terms(row, plan, was), plan=plan.name if plan else "")

    def _terms(self, row: LicenseRow, plan: Plan | None, was: Held | None) -> Terms:
        """What the row says, with the schedule that it names, or that is kept for the hours it says."""
        said = row.terms(plan, was.terms.standing if was else Standing.IN_FORCE)
        if row.hours.schedule:
            kept = self._by_name.get(row.hours.schedule.lower())
            if kept is None:
                names = ", ".join(each.name for each in self._known.schedules[:20]) or "none yet"
                raise ConfigError(f"there is no schedule {row.hours.schedule!r}; there are: {names}", field="schedule")
        else:
            usual = self._by_name.get(was.terms.schedule_name.lower()) if was else None
            kept = usual if usual and usual.written == said.schedule else self._by_hours.get(said.schedule)
        return replace(said, schedule=kept.comes_to, schedule_name=kept.name) if kept else said


def _kind(was: Held | None, held: Held) -> Kind:
    if was is None:
        return Kind.ADD
    same = was == held and was.terms.schedule_name == held.terms.schedule_name
    return Kind.SAME if same else Kind.CHANGE
