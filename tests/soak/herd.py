"""Monday at nine in full: 5,000 queued tickets of 400 customers, a helpdesk that allows 100 changes a minute, agents
who make 40, live tickets that come at 20. Prints the figures; fails when a promise is broken.

    python -m tests.soak.herd [--tickets 5000] [--bulk 100] [--database-url URL]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.databases import _migrated
from tests.herd.figures import Figures, figures_of
from tests.herd.morning import Morning, Plan
from tests.steps.house import House

MEMORY = Path("/dev/shm")  # what is synced here nobody needs again


def main() -> int:
    parser = argparse.ArgumentParser()
    for name, usual in (("tickets", 5000), ("customers", 400), ("bulk", 100), ("minutes", 400), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args()
    plan = Plan(tickets=wanted.tickets, customers=wanted.customers, bulk=wanted.bulk, seed=wanted.seed)
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        url = f"sqlite:///{Path(folder) / 'herd.sqlite3'}"
        _migrated(url)
        figures = run(House(url), plan, wanted.minutes)
    click.echo(f"{plan}\n" + "\n".join(figures.lines()))
    return 0 if keeps(figures, plan) else 1


def run(house: House, plan: Plan, minutes: int) -> Figures:
    with house.app.app_context():
        house.furnish()
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
    sys.exit(main())
