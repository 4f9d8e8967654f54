"""A real django-helpdesk and a running Deskgate in front of it, connected as an admin would connect them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.desk.fixture import desk_python  # noqa: F401  (a fixture that `pair` asks for by name)
from tests.e2e.pair import Pair
from tests.gateway import Gateway


@pytest.fixture(scope="module")
def pair(desk_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:  # noqa: F811
    """Both running, in `enforce`, with customers of every kind. Module-wide, since starting them takes seconds."""
    folder = tmp_path_factory.mktemp("pair")
    pair = Pair(Desk(desk_python, folder / "desk"), Gateway(folder))
    pair.start()
    yield pair
    pair.stop()
