"""Simulated weeks at length: `python -m tests.soak.simulator --seeds 300`.

It prints what was played, which faults and crash points fired and how often, and each broken promise with the command
that shows it again; it fails if there is one, or if a fault or crash point never fired.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

import click

from tests.simulator.stage import stage
from tests.simulator.trouble import CRASH_POINTS, FAULTS
from tests.simulator.world import TICKETS, World

PORTION = 10
ENOUGH = 100  # seeds, from which on every fault must have fired
STORY = 40


@dataclass
class Played:
    """What some weeks were like."""

    weeks: int = 0
    tickets: int = 0
    decisions: int = 0
    effects: int = 0
    steps: int = 0
    seconds: float = 0.0
    fired: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: Played) -> None:
        for name in ("weeks", "tickets", "decisions", "effects", "steps", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fired.update(other.fired)
        self.crashed.update(other.crashed)
        self.broken += other.broken

    def never_fired(self) -> list[str]:
        """Faults and crash points that are only on paper."""
        return ([name for name in FAULTS if not self.fired[name]]
                + [name for name in CRASH_POINTS if not self.crashed[name]])


def play(seeds: range, tickets: int = TICKETS) -> Played:
    """These weeks, one after the other on one stage."""
    played = Played()
    with stage() as place:
        for seed in seeds:
            began = time.process_time()
            try:
                report = World(place, seed, tickets).run()
            except Exception:  # the simulator itself fails: that is no week without a broken promise
                played.broken.append(f"seed {seed}: {traceback.format_exc()}")
                continue
            played.add(Played(1, report.tickets, report.decisions, report.effects, report.steps,
                              time.process_time() - began, report.fired, report.crashed))
            if report.broken is not None:
                played.broken.append(f"seed {seed}: {str(report.broken)[:600]}\n"
                                     f"  again: python -m tests.soak.simulator --seed {seed} --tickets {tickets}")
    return played


def tell_story(seed: int, tickets: int) -> None:
    """One week, with the last of what happened in it."""
    with stage() as place:
        world = World(place, seed, tickets)
        report = world.run()
        for line in world.trouble.story[-STORY:]:
            click.echo(line[:240])
    click.echo(report.broken or "kept all promises")
    sys.exit(1 if report.broken else 0)


@click.command()
@click.option("--seeds", default=300, show_default=True, help="How many weeks.")
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option("--seed", type=int, help="Only this week, with the last of what happened in it.")
@click.option("--tickets", default=TICKETS, show_default=True, help="Tickets of a week, besides what comes in bursts.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def soak(seeds: int, first: int, seed: int | None, tickets: int, workers: int) -> None:
    """Play simulated weeks. Exit status 1 where a promise is broken or a fault never fired."""
    if seed is not None:
        tell_story(seed, tickets)
    parts = [range(start, min(start + PORTION, first + seeds)) for start in range(first, first + seeds, PORTION)]
    played = Played()
    with ProcessPoolExecutor(workers) as processes:
        for done in as_completed([processes.submit(play, part, tickets) for part in parts]):
            played.add(done.result())
    missing = played.never_fired() if seeds >= ENOUGH else []
    report(played, missing, f"seeds {first} to {first + seeds - 1}")
    sys.exit(1 if played.broken or missing else 0)


def report(played: Played, missing: list[str], which: str) -> None:
    for broken in played.broken:
        click.echo(broken)
    for title, counts in (("Faults that fired:", played.fired), ("Killed:", played.crashed)):
        click.echo(title)
        for name, count in sorted(counts.items()):
            click.echo(f"{count:>10,} {name}")
    for name in missing:
        click.echo(f"never: {name}")
    click.echo(f"{which}: {played.weeks} weeks, {played.tickets:,} tickets, {played.decisions:,} decisions, "
               f"{played.effects:,} changes in the helpdesk, {played.steps:,} steps")
    click.echo(f"{played.seconds / max(1, played.weeks):.2f} s of processor time a week, {len(played.broken)} broken")


if __name__ == "__main__":
    soak()
