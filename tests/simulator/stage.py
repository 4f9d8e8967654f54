"""Where simulated weeks are played: three applications on one database file, made once and used for one seed after
another.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from flask import Flask

import app as wiring
from entitlements.store import db
from tests.simulator.agenda import BEGINNING, SimClock
from tests.simulator.customers import Template, make_template
from tests.simulator.line import Line

LOOKS_EVERY = 12 * 60  # minutes; every five, as usual, would be two thousand looks a week
KEY = "a key for the simulator, and for nothing else"


class Http:
    """The HTTP client of the applications: the line of whichever week is being played."""

    allow_loopback = False

    def __init__(self) -> None:
        self.line: Line

    def __getattr__(self, name: str) -> object:
        return getattr(self.line, name)


@dataclass
class Stage:
    """The applications, the clock they go by and the line they call over; `template` is how each week begins."""

    web: Flask
    workers: tuple[Flask, ...]
    clock: SimClock
    http: Http
    database: Path
    template: Template

    def clear(self) -> None:
        """The database as it was before the week, and nothing left of the one before."""
        for app in (self.web, *self.workers):
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        self.clock.at = BEGINNING
        shutil.copyfile(self.template.path, self.database)


@contextmanager
def stage() -> Iterator[Stage]:
    """Set it up; takes about a second."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="deskgate-sim-") as folder:
        clock, http = SimClock(), Http()
        with patch.object(wiring, "HttpClient", lambda **_: http):
            template = make_template(_app(Path(folder) / "template.sqlite3", clock), Path(folder) / "template.sqlite3")
            apps = [_app(Path(folder) / "week.sqlite3", clock) for _ in range(3)]
        found = Stage(apps[0], tuple(apps[1:]), clock, http, Path(folder) / "week.sqlite3", template)
        with _little_garbage_collected():
            yield found
        found.clear()


@contextmanager
def _little_garbage_collected() -> Iterator[None]:
    """A fifth of the time would go into looking through what stays anyhow."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _app(path: Path, clock: SimClock) -> Flask:
    return wiring.create_app({"DATABASE_URL": f"sqlite:///{path}", "SECRET_KEY": KEY, "CLOCK": clock,
                              "RECONCILE_MINUTES": LOOKS_EVERY})
