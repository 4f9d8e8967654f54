"""Short ways to make the values that tests speak of, so that a test names only what it is about."""

from __future__ import annotations

from datetime import date, datetime, timezone

from entitlements.rules.license import License, Terms
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Targets
from entitlements.rules.target_cells import targets_cell
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKDAYS, "sat", "sun")


def utc(text: str) -> datetime:
    """The aware UTC instant written as `2026-03-09 08:00` or with seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def weekly(days: tuple[str, ...] = WORKDAYS, start: str = "09:00", end: str = "17:00") -> dict[str, list[list[str]]]:
    return {day: [[start, end]] for day in days}


def a_schedule(zone: str = "Europe/Paris", week: object = None, **special: object) -> Schedule:
    """Business hours in Paris unless said otherwise."""
    return Schedule.from_dict({"zone": zone, "weekly": weekly() if week is None else week, **special})


ALWAYS = a_schedule("UTC", weekly(EVERY_DAY, "00:00", "24:00"))


def a_license(name: str = "Business hours", schedule: Schedule | None = None, *, id: int = 1,
              starts_on: str = "2026-01-01", ends_on: str = "2026-12-31", **terms: object) -> License:
    """A license of Acme's for the year 2026."""
    return License(id=id, version=id, name=name, customer="Acme", plan="", terms=Terms(
        schedule=schedule or a_schedule(), starts_on=date.fromisoformat(starts_on),
        ends_on=date.fromisoformat(ends_on), **terms))  # type: ignore[arg-type]


def targets(respond: str = "none", resolve: str = "none") -> Targets:
    """What a license promises, as its file would say it."""
    return (targets_cell(MilestoneKind.RESPOND)(respond, "respond")
            | targets_cell(MilestoneKind.RESOLVE)(resolve, "resolve"))


def a_requester(customer: str = "Acme", contact: str = "it@acme.example", **more: object) -> Requester:
    return Requester(customer=customer, contact=contact, step=MatchStep.CONTACT, **more)  # type: ignore[arg-type]


def a_ticket(created_at: str, severity: Severity = Severity.NORMAL, requester: Requester | None = None,
             **more: object) -> Ticket:
    """A ticket of a contact of Acme's."""
    return Ticket(requester=requester or a_requester(), created_at=utc(created_at), severity=severity,
                  **more)  # type: ignore[arg-type]
