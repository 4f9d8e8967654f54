"""Ten thousand tickets, and every twentieth webhook lost: `python -m tests.soak.lost_webhooks`.

Looks must find all that was lost and take none of it in twice; each ticket must end as it is in the helpdesk. Then a
desk with as many old tickets is connected: no row may come of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import click
from sqlalchemy import func, select

from entitlements.helpdesk import Event
from entitlements.steps.reconcile import Look, due_looks
from entitlements.store import db, tables
from tests.crash.databases import KINDS
from tests.soak.in_memory import furnished_house
from tests.steps.histories import SUNDAY_NOON, TOLD_BY, History, a_history, differences, in_any_order
from tests.steps.house import House
from tests.steps.listing import connected, desk, knows, look_now, told

LONG_AGO = timedelta(days=30)
MOST_SHOWN = 20


@dataclass
class Report:
    tickets: int
    webhooks: int = 0
    lost: int = 0
    found: int = 0
    looks: int = 0
    looked_for: float = 0.0
    differences: list[str] = field(default_factory=list)

    def add(self, looked: Sequence[Look], seconds: float) -> None:
        self.found += sum(each.admitted for each in looked)
        self.looks, self.looked_for = self.looks + len(looked), self.looked_for + seconds

    def __str__(self) -> str:
        return (f"{self.tickets} tickets, {self.webhooks} webhooks, {self.lost} of them lost, {self.found} found by "
                f"{self.looks} looks in {self.looked_for:.0f} s; {len(self.differences)} differences")


def looked(house: House) -> list[Look]:
    """As many looks as are due, one after the other."""
    found = []
    while due_looks(house.deskgate):
        found.append(look_now(house))
    return found


def lose(house: House, histories: list[History], random: Random, share: float, report: Report) -> None:
    """All that happened, some of it untold; then the helpdesk is asked, twice."""
    events = [event for history in histories for event in history.events]
    lost = {event.key for event in events if random.random() < share}
    knows(house).happened = events
    house.clock.at = TOLD_BY
    told(house, [event for event in in_any_order(histories, random, repeats=0) if event.key not in lost])
    report.webhooks, report.lost = len(events), len(lost)
    for _ in range(2):
        began = time.perf_counter()
        report.add(looked(house), time.perf_counter() - began)
        house.clock.go_on(minutes=6)
    report.differences += [line for each in histories for line in differences(house, each)]
    report.differences += stored_wrong(events)


def stored_wrong(events: list[Event]) -> list[str]:
    keys = list(db.session.scalars(select(tables.Event.event_key)))
    return [] if sorted(keys) == sorted(event.key for event in events) else ["stored are other events than happened"]


def connect_full_desk(house: House, histories: list[History]) -> list[str]:
    """A desk on which all of it happened a month before it is connected."""
    before = rows()
    knows(house).happened = [replace(event, key=f"old {event.key}", at=event.at - LONG_AGO,
                                     created_at=event.created_at and event.created_at - LONG_AGO)
                             for history in histories for event in history.events if event.at]
    desk(house).looked_at, desk(house).look_at, desk(house).admit_from = None, None, SUNDAY_NOON
    db.session.commit()
    written = len(house.helpdesk.applied)
    looked(house)
    fresh = rows()
    is_quiet = (before, written) == (fresh, len(house.helpdesk.applied))
    return [] if is_quiet else [f"connecting made rows: {before} {fresh}"]


def rows() -> tuple[int, ...]:
    return tuple(int(db.session.scalar(select(func.count(table.id))) or 0)
                 for table in (tables.Event, tables.Ticket, tables.Decision, tables.Delivery))


@click.command()
@click.option("--tickets", default=10_000)
@click.option("--lost", "share", default=0.05, show_default=True)
@click.option("--seed", default=1)
@click.option("--database", type=click.Choice(KINDS), default="sqlite")
def main(tickets: int, share: float, seed: int, database: str) -> None:
    """Lose a share of the webhooks of so many tickets, and find them."""
    random, report = Random(seed), Report(tickets)
    histories = [a_history(str(number), random, most=4) for number in range(tickets)]
    with furnished_house(database) as house:
        connected(house, SUNDAY_NOON - timedelta(minutes=1))
        lose(house, histories, random, share, report)
        report.differences += connect_full_desk(house, histories)
    click.echo(str(report))
    click.echo("\n".join(report.differences[:MOST_SHOWN]))
    sys.exit(bool(report.differences) or report.lost != report.found)


if __name__ == "__main__":
    main()
