"""Connections to the database: one for each thread that needs one, however many these are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from entitlements.store import db
from tests.databases import bare_app

THREADS = 40


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_thread_waits_for_another_ones_connection(request: pytest.FixtureRequest, database: str) -> None:
    app = bare_app(request.getfixturevalue(f"{database}_url"))
    all_have_one = Barrier(THREADS, timeout=20)

    def read(_number: int) -> int:
        with app.app_context():
            found = db.session.scalar(text("SELECT 1"))
            all_have_one.wait()
            db.session.remove()
            return int(found or 0)

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(read, range(THREADS))) == THREADS
    with app.app_context():
        db.engine.dispose()
