"""Importing licenses from a file: all rows or none, and not without a second look when many customers would lose cover.

A row that is missing from the file cancels nothing: what ends, ends by its date or because somebody says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from entitlements.rules.license import License, LicenseState, Terms
from entitlements.rules.license_fields import Problem
from entitlements.rules.plan import STANDARD_PLANS
from entitlements.steps.impact import Licenses, schedules_changed
from entitlements.steps.import_plan import Change, Held, Kept, Kind, Known, Planner
from entitlements.steps.license_file import read_license_file
from entitlements.steps.milestones import replan_milestones
from entitlements.steps.release import replan
from entitlements.store.access import audit
from entitlements.store.customers import (
    Identifiers,
    add_customer,
    add_identifiers,
    customer_names,
    find_customer,
    new_identifiers,
    set_language,
    shared_identifiers,
)
from entitlements.store.database import hold_terms
from entitlements.store.licenses import (
    add_license,
    add_plan,
    all_plans,
    find_license,
    find_plan,
    licenses_by_customer,
    plan_value,
    save_terms,
)
from entitlements.store.schedules import all_schedules, schedule_value, written_value
from entitlements.store.tables import Customer

REASON = "license import"
MANY_CUSTOMERS = 5
MANY_OF_ALL = Fraction(2, 100)
IN_FORCE = (LicenseState.ACTIVE, LicenseState.GRACE)


@dataclass(frozen=True)
class How:
    """Who imports, whether it is only a look, and how many losing customers they have confirmed."""

    actor: str
    dry_run: bool = False
    confirmed: int | None = None


@dataclass(frozen=True)
class Cover:
    """The customers whose cover at this moment an import changes, by name."""

    loses: tuple[str, ...] = ()
    gains: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. `applied` says which; `problems` or `refusal` say why not.

    Licenses are told as `customer: license`. `warnings` are worth a look and stop nothing.
    """

    rows: int
    problems: tuple[Problem, ...] = ()
    refusal: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    new_customers: tuple[str, ...] = ()
    cover: Cover = field(default_factory=Cover)
    warnings: tuple[str, ...] = ()
    replanned: int = 0
    applied: bool = False


def import_licenses(content: bytes, how: How, now: datetime) -> ImportReport:
    """Import a license file, CSV or JSON. Called inside a transaction; a dry run writes nothing.

    Raises ConfigError for a file that cannot be read at all.
    """
    if not how.dry_run:
        hold_terms()
    planned = plan_import(content)
    report = planned.report(now)
    refusal = _refusal(report.cover, len(planned.known.customers), how.confirmed)
    if report.problems or refusal or how.dry_run:
        return replace(report, refusal=refusal)
    changed = schedules_changed(*planned.licenses())
    replanned = apply_import(planned, how.actor, now)
    replan_milestones(changed, now)
    return replace(report, replanned=replanned, applied=True)


def apply_import(planned: PlannedImport, actor: str, now: datetime) -> int:
    """Write down what was planned. Returns how many queued tickets are looked at again. Called inside a transaction."""
    _add_plans(planned.planner)
    return _apply(planned.planner.changes, actor, now)


@dataclass(frozen=True)
class PlannedImport:
    """A license file against what there is: `planner` holds what each row would change."""

    count: int
    problems: tuple[Problem, ...]
    known: Known
    planner: Planner

    def report(self, now: datetime) -> ImportReport:
        """What an import at that instant would do, or what is wrong with the file."""
        if self.problems:
            return ImportReport(self.count, problems=self.problems)
        return _report(self.planner, self.known, now)


    def licenses(self) -> tuple[Licenses, Licenses]:
        """The licenses of the customers concerned, as they are and as they would be."""
        after = self.planner.after
        before = licenses_by_customer(after)
        return before, {customer: [*_as_they_would_be(held, before.get(customer, ()), customer)]
                        for customer, held in after.items()}


def _as_they_would_be(held: Mapping[str, Held], before: Sequence[License], customer: str) -> Iterator[License]:
    known = {each.name.lower(): each for each in before}
    for name, each in held.items():
        was = known.get(name) or License(0, 0, each.name, customer, each.terms)
        yield replace(was, terms=each.terms, plan=each.plan)


def plan_import(content: bytes) -> PlannedImport:
    """Read a license file and work out what it would change. Raises ConfigError when it cannot be read at all."""
    file = read_license_file(content)
    known = _known(row.customer for row in file.rows)
    planner = Planner(known)
    planner.go_through(file.rows)
    problems = tuple(sorted((*file.problems, *planner.problems), key=lambda problem: problem.row))
    return PlannedImport(file.count, problems, known, planner)


def _add_plans(planner: Planner) -> None:
    """Keep the plans that licenses of this file are issued from, if they are new."""
    for name in {change.held.plan for change in planner.changes} - {""}:
        if find_plan(name) is None:
            add_plan(planner.plans[name.lower()])


def _known(customers: Iterable[str]) -> Known:
    names = customer_names()
    told = {names[each.lower()] for each in customers if each.lower() in names}
    held = {name: [Held(each.name, each.terms, each.plan) for each in licenses]
            for name, licenses in licenses_by_customer(told).items()}
    plans = [*STANDARD_PLANS, *(plan_value(row) for row in all_plans())]
    return Known({plan.name.lower(): plan for plan in plans}, names, held, _kept_schedules())


def _kept_schedules() -> list[Kept]:
    rows = sorted(all_schedules(), key=lambda row: row.id)
    return [Kept(row.name, written_value(row), schedule_value(row)) for row in rows]


def _report(planner: Planner, known: Known, now: datetime) -> ImportReport:
    changes = planner.changes
    customers = dict.fromkeys(change.customer for change in changes)
    return ImportReport(
        rows=len(changes), added=_named(changes, Kind.ADD), changed=_named(changes, Kind.CHANGE),
        unchanged=sum(change.kind is Kind.SAME for change in changes),
        new_customers=tuple(name for name in customers if name.lower() not in known.customers),
        cover=_cover(planner, known, now), warnings=(*_warnings(changes), *_left_behind(changes, known)))


def _named(changes: Iterable[Change], kind: Kind) -> tuple[str, ...]:
    return tuple(f"{change.customer}: {change.held.name}" for change in changes if change.kind is kind)


def _cover(planner: Planner, known: Known, now: datetime) -> Cover:
    """Who loses, gains or changes cover at this moment."""
    sides: dict[str, list[str]] = {"loses": [], "gains": [], "changes": []}
    for name, held in sorted(planner.after.items()):
        before = _in_force(known.licenses.get(name, ()), now)
        after = _in_force(held.values(), now)
        if before != after:
            sides["loses" if not after else "gains" if not before else "changes"].append(name)
    return Cover(*(tuple(sides[side]) for side in ("loses", "gains", "changes")))


def _in_force(licenses: Iterable[Held], now: datetime) -> frozenset[Terms]:
    return frozenset(each.terms for each in licenses
                     if License(0, 0, each.name, "", each.terms).state_at(now) in IN_FORCE)


def are_many(losing: int, customers: int) -> bool:
    """Whether so many of all customers would lose cover that somebody has to say it is meant."""
    return losing > MANY_CUSTOMERS or losing > customers * MANY_OF_ALL


def _refusal(cover: Cover, customers: int, confirmed: int | None) -> str:
    """Why this import needs a second look; empty when it does not, or has had it."""
    losing = len(cover.loses)
    if not are_many(losing, customers) or confirmed == losing:
        return ""
    not_that = f", not {confirmed}" if confirmed is not None else ""
    return (f"{losing} of {customers} customers would lose the cover they have now. If that is meant, confirm the "
            f"number{not_that}: --confirm {losing}")


def _warnings(changes: Iterable[Change]) -> tuple[str, ...]:
    """Addresses, domains and ids by which two customers would be known: their tickets could be of either."""
    told: dict[str, Identifiers] = {}
    for change in changes:
        told[change.customer] = told.get(change.customer, Identifiers()) | _identifiers(change)
    return tuple(f"{value} would stand for {' and '.join(names)}: their tickets could not be told apart by it"
                 for value, names in shared_identifiers(told).items())


def _left_behind(changes: Iterable[Change], known: Known) -> Iterator[str]:
    """Licenses that leave a schedule to which people gave holidays, because the file says other hours."""
    given = {kept.name for kept in known.schedules if kept.written != kept.comes_to}
    for change in changes:
        left = change.was.terms.schedule_name if change.was else ""
        if left in given and change.held.terms.schedule_name != left and not change.row.hours.schedule:
            yield (f"{change.customer}: {change.held.name} would leave the schedule {left!r} with its holiday sets, "
                   "since the file says other hours")


def _identifiers(change: Change) -> Identifiers:
    known_by = change.row.known_by
    return Identifiers(change.row.cover.contacts, known_by.domains, known_by.organization_ids, known_by.external_ids)


def _identifies(change: Change) -> bool:
    """Whether the row says anything about the customer besides its license."""
    known_by = change.row.known_by
    return bool(known_by.zone or known_by.language) or _identifiers(change) != Identifiers()


def tells_new(change: Change) -> bool:
    """Whether the row says anything about the customer, besides its license, that is not known yet."""
    customer = find_customer(change.customer)
    if customer is None:
        return _identifies(change)
    known_by = change.row.known_by
    return (known_by.zone not in ("", customer.zone) or known_by.language not in ("", customer.language)
            or new_identifiers(customer, _identifiers(change)) != Identifiers())


def _apply(changes: Iterable[Change], actor: str, now: datetime) -> int:
    """Write everything down. Returns how many queued tickets are looked at again."""
    touched: dict[int, None] = {}
    for change in changes:
        if change.kind is Kind.SAME and not _identifies(change):
            continue
        customer = _customer(change)
        new = add_identifiers(customer, _identifiers(change))
        if new != Identifiers():
            audit(actor=actor, action="customer.identify", subject=f"customer:{customer.name}", at=now,
                  reason=REASON, values={name: sorted(values) for name, values in vars(new).items() if values})
        if change.kind is not Kind.SAME:
            _save(change, customer, actor, now)
            touched[customer.id] = None
    return replan(touched, now)


def _customer(change: Change) -> Customer:
    customer = find_customer(change.customer) or add_customer(change.customer)
    if change.row.known_by.zone:
        customer.zone = change.row.known_by.zone
    if change.row.known_by.language:
        set_language(customer, change.row.known_by.language)
    return customer


def _save(change: Change, customer: Customer, actor: str, now: datetime) -> None:
    plan = find_plan(change.held.plan) if change.held.plan else None
    row = find_license(customer.id, change.held.name) or add_license(customer, change.held.name)
    row.plan = plan
    save_terms(row, change.held.terms, now, actor)
    audit(actor=actor, action=f"license.{change.kind}", subject=f"license:{customer.name}/{row.name}", at=now,
          reason=REASON, values=_told(change.held.terms))


def _told(terms: Terms) -> Mapping[str, object]:
    return {"starts_on": terms.starts_on.isoformat(), "ends_on": terms.ends_on.isoformat(),
            "standing": terms.standing.value, "daily_limit": terms.daily_limit, "zone": terms.schedule.zone}
