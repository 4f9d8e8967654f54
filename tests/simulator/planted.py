"""The planted bugs, each with the seed that catches it and the promise by which it is caught.

`python -m tests.simulator.planted` plays them all; with `--find` it looks for the first seed that catches each.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from tests.simulator.mutations import MUTATIONS, broken
from tests.simulator.promises import Broken
from tests.simulator.stage import Stage, stage
from tests.simulator.world import TICKETS, World

LOOKED_FOR = 60


@dataclass(frozen=True)
class Caught:
    """The first seed that notices a planted bug, and what it notices."""

    seed: int
    promise: str
    tickets: int = TICKETS


CAUGHT: dict[str, Caught] = {}


def play_broken(place: Stage, name: str, seed: int, tickets: int = TICKETS) -> Broken | None:
    """A week with that bug in it; what it broke."""
    with broken(name):
        return World(place, seed, tickets).run().broken


@click.command()
@click.option("--find", is_flag=True, help="Look for the first seed that catches each, instead of the known one.")
@click.option("--only", default="", help="Only the bugs with this in their name.")
@click.option("--first", default=0, help="The first seed to look at.")
@click.option("--tickets", default=TICKETS, help="Tickets of a week, where a seed is looked for.")
def main(find: bool, only: str, first: int, tickets: int) -> None:
    """Play every planted bug. Exit status 1 when one is not caught."""
    missed = 0
    with stage() as place:
        for name in MUTATIONS:
            if only in name and find:
                missed += not _tell(place, name, range(first, first + LOOKED_FOR), tickets)
            elif only in name:
                missed += not _tell(place, name, [CAUGHT[name].seed], CAUGHT[name].tickets)
    sys.exit(1 if missed else 0)


def _tell(place: Stage, name: str, seeds: range | list[int], tickets: int) -> bool:
    for seed in seeds:
        found = play_broken(place, name, seed, tickets)
        if found is not None:
            click.echo(f"{name}: seed {seed}, {found.promise}")
            return True
    click.echo(f"{name}: NOT CAUGHT in {len(seeds)} seeds")
    return False


if __name__ == "__main__":
    main()
