"""`connection try`: what a pasted webhook says, before a connection is there and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.store import db
from tests.fakes import FakeClock
from tests.source_tree import ROOT

ACME = ROOT / "docs/helpdesks/generic/acme.toml"
SENT = json.dumps({"event": "ticket.created", "event_id": "evt_1", "occurred_at": "2026-03-09T09:59:00Z", "ticket": {
    "id": 7, "status": "new", "priority": "P1", "requester": {"email": "it@acme.example"}, "lock_version": 1,
    "created_by": {"role": "customer"}, "description": "It burns.", "created_at": "2026-03-09T09:59:00Z"}})


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "PORT": 8123,
                      "CLOCK": FakeClock("2026-03-09 10:00")})
    yield app
    with app.app_context():
        db.engine.dispose()


def run(app: Flask, *arguments: str, fails: int = 0, text: str = SENT) -> Result:
    result = app.test_cli_runner().invoke(args=["gateway", "connection", *arguments], input=text)
    assert result.exit_code == fails, result.output
    assert "Traceback" not in result.output
    return result


def test_a_description_is_tried_on_a_webhook_before_anything_is_saved(app: Flask) -> None:
    told = run(app, "try", "acme", "--kind", "generic", "--set", f"description=@{ACME}", "--payload", "-").stdout
    assert "event created: ticket_id=7, email=it@acme.example" in told
    assert 'queue: PATCH tickets/7 {"status": "on_hold"' in told
    assert run(app, "list").stdout.count("\n") == 1


def test_a_saved_connection_is_tried_with_other_settings_for_this_once(app: Flask, tmp_path: Path) -> None:
    run(app, "add", "acme", "--kind", "generic", "--url", "https://acme.example/api/v2", "--token", "k3y", "--set",
        f"description=@{ACME}")
    other = tmp_path / "other.toml"
    text = ACME.read_text(encoding="utf-8").partition("[[samples]]")[0]
    other.write_text(text.replace('urgent = "P1"', 'urgent = "P0"'))
    told = run(app, "try", "acme", "--payload", "-", "--set", f"description=@{other}", fails=1).stdout
    assert "BAD  ticket.severity: nothing: 'P1' at priority has no meaning here; add it to map" in told
    assert "ok   ticket.severity: urgent from priority" in run(app, "try", "acme", "--payload", "-").stdout


def test_a_description_that_is_wrong_is_not_saved_and_all_of_it_told(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "x"\n[webhook]\nsgin = "path"\n[requests.rout]\npath = "x"\n')
    told = run(app, "add", "acme", "--kind", "generic", "--set", f"description=@{broken}", fails=1).output
    assert "webhook.sgin: is not known here; did you mean sign?" in told
    assert "requests.rout: there is no such request; did you mean route?" in told
    assert run(app, "list").stdout.count("\n") == 1


@pytest.mark.parametrize(("kind", "text", "line"), [
    ("standard", '{"headers": {"webhook-id": "m"}, "body": {"type": "ticket.created", "data": {"id": 7}}}',
     "ok   event created: key=m, ticket_id=7"),
    ("standard", '{"type": "ticket.created"}', "BAD  payload: data must be an object"),
    ("sandbox", "no JSON", "BAD  payload: the body is not JSON")])
def test_other_kinds_say_what_they_read_too(app: Flask, kind: str, text: str, line: str) -> None:
    told = run(app, "try", "new", "--kind", kind, "--payload", "-", text=text, fails=int(line.startswith("BAD"))).stdout
    assert line in told


def test_what_was_typed_wrongly_is_named(app: Flask) -> None:
    sandbox = ("try", "x", "--kind", "sandbox", "--payload", "-")
    assert "is not NAME: VALUE" in run(app, *sandbox, "--header", "x", fails=1).output
    assert "there is no connection named 'nobody'" in run(app, "try", "nobody", "--payload", "-", fails=1).output
