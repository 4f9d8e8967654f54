"""A Deskgate for commands around connections, and a helpdesk to connect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.store import db
from tests.connecting.parts import Run
from tests.fakes import FakeClock
from tests.integrations.stub_desk import ROOT, TOKEN, StubDesk


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-07 09:00")


@pytest.fixture
def app(sqlite_url: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "PORT": 8123, "CLOCK": clock})
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a `connection` command that should succeed, or `fails=1` that should not."""
    def run(*arguments: str, fails: int = 0, **more: object) -> Result:
        result = app.test_cli_runner().invoke(args=["gateway", "connection", *arguments], **more)
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def desk(run: Run) -> Iterator[StubDesk]:
    """A django-helpdesk that is connected."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        stub = StubDesk(mock)
        run("add", "desk", "--kind", "django-helpdesk", "--url", ROOT, "--token", TOKEN, "--set", "route_queue=2",
            "--set", "triage_queue=4", "--set", "renewals_queue=5", "--set", "outcome_field=outcome")
        yield stub
