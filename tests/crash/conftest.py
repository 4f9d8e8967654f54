"""Each experiment runs on both databases."""

from __future__ import annotations

import pytest

from tests.crash.databases import KINDS


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))
