"""The store on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entitlements.store.database import db
from tests.databases import bare_app


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    """An empty database, in an application of its own."""
    app = bare_app(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
