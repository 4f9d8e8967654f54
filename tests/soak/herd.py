"""Monday at nine in full: `python -m tests.soak.herd`.

5,000 queued tickets of 400 customers, a helpdesk that allows 100 changes a minute, agents who make 40, live tickets
that come at 20. Prints the figures; fails when a promise is broken. With `--bulk 1` the helpdesk has no bulk calls.
"""

from __future__ import annotations

import logging
import sys
import time

import click

from tests.herd.figures import Figures, figures_of
from tests.herd.morning import Morning, Plan
from tests.soak.in_memory import furnished_house
from tests.steps.house import House


@click.command()
@click.option("--tickets", default=5000, show_default=True)
@click.option("--customers", default=400, show_default=True)
@click.option("--bulk", default=100, show_default=True, help="Tickets that one call may change.")
@click.option("--minutes", default=400, show_default=True, help="When to stop watching.")
@click.option("--seed", default=1, show_default=True)
@click.option("--database", type=click.Choice(("sqlite", "postgres")), default="sqlite", show_default=True)
def main(minutes: int, database: str, **plan: int) -> None:
    logging.disable(logging.ERROR)
    wanted = Plan(**plan)
    with furnished_house(database) as house:
        figures = play(house, wanted, minutes)
    click.echo(f"{wanted}\n" + "\n".join(figures.lines()))
    sys.exit(not keeps(figures, wanted))


def play(house: House, plan: Plan, minutes: int) -> Figures:
    morning = Morning(house, plan)
    morning.fill()
    morning.look()
    began = time.monotonic()
    morning.run(minutes)
    click.echo(f"the morning took {time.monotonic() - began:.0f} s to play", err=True)
    return figures_of(morning)


def keeps(figures: Figures, plan: Plan) -> bool:
    """The promises. Without bulk calls the herd takes as long as the helpdesk's limit makes it."""
    return (figures.released == plan.tickets and figures.early == figures.refused_agents == 0
            and figures.urgent_within <= 60 and figures.live_p99 <= 10 and figures.near >= 0.99
            and (figures.all_out <= 65 or plan.bulk == 1))


if __name__ == "__main__":
    main()
