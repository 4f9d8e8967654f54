"""Outages in full, on the simulated clock: each kind for two hours and for three days, tickets coming in all the while.

    python -m tests.soak.outage
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta

import click

from entitlements.rules.circuit import PROBE_EVERY
from entitlements.store import tables
from tests.outage.story import KINDS, Outage, some_tickets
from tests.soak.in_memory import furnished_house

PATIENCE = timedelta(minutes=10)
LENGTHS = {"two hours": (timedelta(hours=2), timedelta(seconds=10)),
           "three days": (timedelta(days=3), timedelta(seconds=30))}
TICKETS, PARTS = 400, 40


def main() -> int:
    logging.disable(logging.ERROR)
    kept = [play(kind, name) for name in LENGTHS for kind in sorted(KINDS)]
    return 0 if all(kept) else 1


def play(kind: str, name: str) -> bool:
    """One outage of one kind; prints what came of it. False when a promise was broken."""
    with furnished_house("sqlite") as house:
        return _kept(Outage(house, KINDS[kind]), kind, name)


def _kept(outage: Outage, kind: str, name: str) -> bool:
    house, (length, step) = outage.house, LENGTHS[name]
    for part in range(PARTS):
        some_tickets(house, TICKETS // PARTS, part * TICKETS // PARTS)
        outage.lasts(step, seconds=(length / PARTS).total_seconds())
    pause, asked = outage.shortest_pause(), len(outage.calls)
    made_up = outage.made_up_after(PATIENCE)
    applied = sorted(int(each.ticket_id) for each in house.helpdesk.applied)
    dead = sum(row.state == "dead" for row in house.rows(tables.Delivery))
    click.echo(f"{kind} for {name}: tickets={TICKETS} asked={asked} shortest_pause={pause.total_seconds():.0f}s "
               f"dead={dead} delivered={len(applied)} made_up_after={made_up}")
    return made_up is not None and pause >= PROBE_EVERY and dead == 0 and applied == list(range(TICKETS))


if __name__ == "__main__":
    sys.exit(main())
