"""What the tests about changes share: Acme's ticket that waits, and short ways to work a change out and save it."""


from __future__ import annotations

from datetime import date

from entitlements.steps.changes import Outlook, save, work_out
from entitlements.steps.holiday_change import with_country
from entitlements.steps.schedule_change import ScheduleChange, present, schedule_change
from entitlements.store.database import transaction
from entitlements.store.licenses import licenses_of
from tests.builders import a_schedule, utc, weekly
from tests.steps.house import House

SATURDAY, SUNDAY = "2026-03-07 12:00", "2026-03-08 12:00"
MONDAY_NINE, TUESDAY_NINE = utc("2026-03-09 08:00"), utc("2026-03-10 08:00")  # nine o'clock in Paris
MONDAY = date(2026, 3, 9)


def paris() -> str:
    """The name of Acme's schedule."""
    return licenses_of("Acme")[0].terms.schedule_name


def saved(house: House, change: object) -> Outlook:
    shown = work_out(change, house.clock.now(), house.deskgate)
    with transaction():
        return save(change, shown, "desk-1", house.clock.now(), house.deskgate)


def half_past_seven(house: House) -> ScheduleChange:
    return schedule_change(paris(), a_schedule(week=weekly(start="07:30")).to_dict(), ())


def moves(outlook: Outlook) -> list[tuple]:
    return [(move.what, move.number, move.before, move.after) for move in outlook.impact.moves]


def wait_for_monday(house: House, since: str = SATURDAY) -> House:
    """Acme's ticket 7 came on a weekend and waits for Monday, nine in the morning in Paris."""
    house.clock.set(since)
    house.created()
    house.work()
    house.helpdesk.applied.clear()
    return house


def give_holidays(house: House) -> House:
    """Acme's schedule gets the holidays of a set, France, which knows the public holidays of 2026."""
    saved(house, with_country("France", "FR", "", [2026]))
    saved(house, schedule_change(paris(), present(paris()).written, ("France",)))
    return house
