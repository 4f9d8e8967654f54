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


CAUGHT: dict[str, Caught] = {
    "acknowledges before the commit": Caught(5, "what was acknowledged is stored"),
    "marks an event as seen before the work is done": Caught(8, "every ticket of the helpdesk is known"),
    "writes a result without looking at the generation": Caught(64, "what is settled stays so"),
    "is still open at closing time": Caught(16, "decisions are what the slow check of the schedule says"),
    "takes the day of a limit in UTC": Caught(5, "time counts on the local day it was used"),
    "counts time after the transaction": Caught(31, "all time that was logged is counted"),
    "drops what meets an open breaker": Caught(107, "nothing stays on hold that was let go", 16),
    "tries again without looking for its marker": Caught(8, "one effect per delivery"),
    "repeats a try of unknown outcome at once": Caught(13, "one effect per delivery"),
    "releases whatever was closed meanwhile": Caught(27, "the rows fit together"),
    "decides a repeated webhook again": Caught(11, "a repeat gets the same answer"),
    "forgets the wake-up of a delivery whose worker was silent": Caught(9, "all is delivered in the end"),
    "asks for no leave to write": Caught(110, "only the latest claim writes", 16),
    "takes its own words for an agent's": Caught(27, "only an agent takes a ticket early"),
    "lets an older event overwrite a newer one": Caught(3, "the severity is that of the helpdesk"),
    "sends a later delivery while an earlier one is owed": Caught(2, "one effect per delivery"),
    "never takes up what a dead worker left": Caught(27, "all settles when faults stop"),
    "loses the wake-up of a ticket that has to wait on": Caught(58, "every waiting ticket has a wake-up"),
    "tells a contact the same at every ticket of a night": Caught(28, "one notice in a closed stretch"),
    "gives a worker that was stopped its leave again": Caught(110, "only the latest claim writes", 16),
    "takes the word of a gateway that nothing was done": Caught(4, "one effect per delivery"),
    "wakes what may still take effect when a helpdesk is back": Caught(103, "one effect per delivery", 16),
    "makes a batch that it is given again while it makes it": Caught(142, "one effect per delivery"),
}


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
            elif only in name and name in CAUGHT:
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
