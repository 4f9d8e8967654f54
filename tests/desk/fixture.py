"""The fixtures of the real desk. Import them in the conftest.py of a folder whose tests need a desk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import launch
from tests.desk.desk import Desk


@pytest.fixture(scope="session")
def desk_python() -> Path:
    """The interpreter that has django-helpdesk. Where pip cannot get it the test is skipped, but fails when CI=true."""
    try:
        return launch.install()
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"django-helpdesk cannot be installed with pip: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def desk(desk_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running desk, shared by the tests that import this fixture in the same conftest.py. No webhooks are set."""
    running = Desk(desk_python, tmp_path_factory.mktemp("desk")).start()
    yield running
    running.stop()
