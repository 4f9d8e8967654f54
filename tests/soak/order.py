"""Thousands of tickets whose webhooks come in any order and more than once: `python -m tests.soak.order`.

Each ticket must end as it is in the helpdesk: open or closed, taken or queued, with its severity, its logged time
counted once; and on Monday exactly those are let go that were waiting.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

import click

from entitlements.store import tables
from tests.crash.databases import KINDS
from tests.soak.in_memory import furnished_house
from tests.steps.histories import (
    MONDAY,
    TOLD_BY,
    History,
    a_history,
    differences,
    in_any_order,
    tell,
    wrong_releases,
)
from tests.steps.house import House

TOGETHER = 100  # tickets whose webhooks are shuffled into each other
MOST_SHOWN = 20


def told(house: House, histories: list[History], random: Random) -> list[str]:
    """Tell of these tickets, and see what came of it."""
    tell(house, in_any_order(histories, random))
    return [line for each in histories for line in differences(house, each)]


def let_go(house: House) -> None:
    """It becomes Monday, and the worker goes on until there is nothing left to do."""
    house.clock.at = MONDAY
    while house.work():
        pass


@click.command()
@click.option("--tickets", default=5000)
@click.option("--seed", default=1)
@click.option("--database", type=click.Choice(KINDS), default="sqlite")
def main(tickets: int, seed: int, database: str) -> None:
    """Compare so many tickets."""
    began, found, everything = time.perf_counter(), [], []
    with furnished_house(database) as house:
        house.clock.at = TOLD_BY
        for first in range(0, tickets, TOGETHER):
            random = Random(f"{seed}/{first}")
            histories = [a_history(str(number), random) for number in range(first, min(first + TOGETHER, tickets))]
            found += told(house, histories, random)
            everything += histories
            click.echo(f"\r{first + len(histories)} tickets", nl=False, err=True)
        let_go(house)
        found += wrong_releases(house, everything)
        decisions = len(house.rows(tables.Decision))
    report(everything, found, decisions, time.perf_counter() - began)


def report(histories: list[History], found: list[str], decisions: int, seconds: float) -> None:
    """Say what was compared, and end with 1 if something differs."""
    states = Counter(each.state for each in histories)
    events = sum(len(each.events) for each in histories)
    click.echo(f"\n{len(histories)} tickets, {events} events in any order, some told twice; {decisions} decisions; "
               f"{', '.join(f'{count} {state}' for state, count in sorted(states.items()))}; {seconds:.0f} s")
    click.echo(f"{len(found)} differences")
    click.echo("\n".join(found[:MOST_SHOWN]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
