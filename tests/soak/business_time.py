"""The long comparison of business time with the slow oracle: `python -m tests.soak.business_time`.

A million situations made from a seed, a year walked in minutes now and then, and every clock change of every zone. It
prints what was compared, by kind, and each difference with the command that shows it again; it fails if there is one.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import click
import pytz

from tests.soak.around_changes import check, same_changes
from tests.soak.clock_changes import all_changes
from tests.soak.comparison import compare
from tests.soak.situations import Situation, for_a_year, situation, thrown_by

PORTION = 2_000  # cases that one process does before it tells
CHANGES_PORTION = 100
PATIENCE = 60  # seconds for one case, a walk of a year included
MOST_SHOWN = 20
AGAIN = "  again: python -m tests.soak.business_time --no-changes --seed {seed} --first {case} {count}"


@dataclass
class Found:
    """What a part of the soak has compared, and where the two differed."""

    kinds: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.kinds.update(other.kinds)
        self.answers.update(other.answers)
        self.differences += other.differences

    def compare(self, kind: str, ask: Callable[[], Counter[str]], again: str) -> None:
        """Ask, and keep the count, or the difference together with how to see it again."""
        self.kinds[kind] += 1
        signal.alarm(PATIENCE)
        try:
            self.answers.update(ask())
        except Exception as different:  # a question that ends in an error, or never, is a difference like any other
            self.differences.append(f"{type(different).__name__}: {different}\n{again}")
        finally:
            signal.alarm(0)


def cases(seed: int, first: int, count: int) -> Found:
    """So many situations from the seed, beginning with the numbered one."""
    found = Found()
    for case in range(first, first + count):
        made = situation(thrown_by(seed, case))
        found.compare(kind_of(made), lambda made=made: compare(made),
                      AGAIN.format(seed=seed, case=case, count="--cases 1 --years 0"))
        found.kinds["steps walked"] += made.count
    return found


def give_up(*_: object) -> None:
    raise TimeoutError(f"no answer in {PATIENCE} s")


def kind_of(made: Situation) -> str:
    return "cases walked in minutes" if made.step == 60 else "cases walked in seconds"


def years(seed: int, first: int, count: int) -> Found:
    """The same situations, as far as they are written in whole minutes, each walked for a year."""
    found = Found()
    for case in range(first, first + count):
        made = situation(thrown_by(seed, case))
        if made.step == 60:
            long = for_a_year(made)
            found.compare("years walked in minutes", lambda long=long: compare(long),
                          AGAIN.format(seed=seed, case=case, count="--cases 0 --years 1"))
            found.kinds["steps walked"] += long.count
    return found


def changes(first: int, count: int) -> Found:
    """So many clock changes, in the order of `all_changes`."""
    found = Found()
    for change in all_changes()[first:first + count]:
        found.compare("clock changes", lambda change=change: check(change), f"  around {change}")
        found.kinds["steps walked"] += 5 * 240
    return found


def zones() -> Found:
    """Each zone's list of changes: as the product reads it, and as the oracle's clock shows it every six hours."""
    found = Found()
    for name in pytz.all_timezones:
        found.compare("zones", lambda name=name: same_changes(name, timedelta(hours=6)), f"  in {name}")
    return found


def portions(total: int, size: int) -> Iterator[tuple[int, int]]:
    """First number and count of each portion."""
    return ((first, min(size, total - first)) for first in range(0, total, size))


@click.command()
@click.option("--cases", "case_count", default=1_000_000, show_default=True, help="Situations to compare.")
@click.option("--years", "year_count", default=200, show_default=True, help="Situations to walk for a whole year.")
@click.option("--changes/--no-changes", "with_changes", default=True, help="Every clock change of every zone.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--seed", default=1, show_default=True, help="Another seed makes other situations.")
@click.option("--first", default=0, help="The number of the first situation.")
def soak(case_count: int, year_count: int, with_changes: bool, workers: int, seed: int, first: int) -> None:
    """Compare business time with the slow oracle, at length. Exit status 1 where they differ."""
    began = time.monotonic()
    every_change = len(all_changes())  # listed before the processes start, so that they need not do it again
    work = [(cases, seed, first + start, count) for start, count in portions(case_count, PORTION)]
    work += [(years, seed, first + start, count) for start, count in portions(year_count, 10)]
    if with_changes:
        work += [(changes, start, count) for start, count in portions(every_change, CHANGES_PORTION)]
        work.append((zones,))
    found = done(work, workers)
    report(found, seed, time.monotonic() - began)
    sys.exit(1 if found.differences else 0)


def done(work: list[tuple], workers: int) -> Found:
    """All of the work, with a line each time another twentieth of it is done."""
    found = Found()
    with ProcessPoolExecutor(workers, initializer=signal.signal, initargs=(signal.SIGALRM, give_up)) as processes:
        for number, each in enumerate(as_completed([processes.submit(*part) for part in work]), 1):
            found.add(each.result())
            if number * 20 // len(work) != (number - 1) * 20 // len(work):
                now = datetime.now(timezone.utc)
                click.echo(f"{now:%H:%M:%S} {number * 100 // len(work)} %, {len(found.differences)} differences")
    return found


def report(found: Found, seed: int, took: float) -> None:
    for difference in found.differences[:MOST_SHOWN]:
        click.echo(difference)
    for kind, count in sorted(found.kinds.items()):
        click.echo(f"{count:>16,} {kind}")
    click.echo("Answers compared:")
    for question, count in sorted(found.answers.items()):
        click.echo(f"{count:>16,} {question}")
    click.echo(f"{sum(found.answers.values()):>16,} in all, seed {seed}, {took:,.0f} s")
    click.echo(f"{len(found.differences):>16,} differences")


if __name__ == "__main__":
    soak()
