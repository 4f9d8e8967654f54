"""A House for a soak, on an empty database that lies in memory where there is such a place: nobody needs it again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash.databases import empty_database
from tests.steps.house import House

MEMORY = Path("/dev/shm")


@contextmanager
def furnished_house(kind: str) -> Iterator[House]:
    """Acme, Globex and one connection, within an application context."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with TemporaryDirectory(dir=place, prefix="deskgate-soak-") as folder, empty_database(kind, Path(folder)) as url:
        house = House(url)
        with house.app.app_context():
            house.furnish()
            yield house
        house.close()
