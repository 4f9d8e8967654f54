"""`gateway connection look`: an admin has a helpdesk asked what happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.cli import connections
from entitlements.errors import DeliveryError
from entitlements.helpdesk import Event, NewTicket
from entitlements.steps.reconcile import Look
from entitlements.store.connections import config_of, find_connection
from integrations.sandbox import Sandbox
from tests.fakes import FakeClock


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    clock = FakeClock("2026-03-07 09:00")
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "CLOCK": clock})
    with app.app_context():
        yield app


def gateway(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(app.cli, ["gateway", "connection", *arguments])


def test_it_says_how_many_webhooks_were_missing(app: Flask):
    gateway(app, "add", "box", "--kind", "sandbox")
    sandbox = app.extensions["deskgate"].helpdesk(config_of(find_connection("box")))
    for _ in range(2):
        sandbox.open_ticket(NewTicket("Printer on fire", "It burns.", "it@acme.example"))  # nobody tells the gateway
    assert gateway(app, "look", "box").stdout == "2 of 2 webhooks were missing and are taken in now\n"
    assert gateway(app, "look", "box").stdout == "0 of 2 webhooks were missing and are taken in now\n"


@pytest.mark.parametrize(("kind", "more", "said"), [
    ("standard", (), "standard, which cannot be asked"),
    ("django_helpdesk", (), "django_helpdesk, which cannot be asked"),
    ("django_helpdesk", ("--url", "https://nowhere.invalid", "--token", "t"), "the worker looks again"),
])
def test_what_cannot_be_asked_is_told(app: Flask, kind: str, more: tuple[str, ...], said: str):
    gateway(app, "add", "desk", "--kind", kind, *more)
    done = gateway(app, "look", "desk")
    assert (done.exit_code, done.stdout, said in done.stderr) == (1, "", True), done.output


def test_a_look_whose_credentials_are_refused_says_that_the_connection_is_paused_and_how_to_go_on(
        app: Flask, monkeypatch: pytest.MonkeyPatch):
    gateway(app, "add", "box", "--kind", "sandbox")

    def refused(*_: object) -> list[Event]:
        raise DeliveryError("GET tickets answered 401", kind="unauthorized", status=401)

    monkeypatch.setattr(Sandbox, "find_changed", refused)
    done = gateway(app, "look", "box")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == ("Error: box: GET tickets answered 401; it is paused now; mend the token, then: "
                           "connection resume box\n")
    assert "paused: the helpdesk refuses our credentials" in gateway(app, "list").stdout


def test_what_was_found_before_trouble_came_is_counted(app: Flask, monkeypatch: pytest.MonkeyPatch):
    gateway(app, "add", "box", "--kind", "sandbox")
    monkeypatch.setattr(connections, "look", lambda *_, **__: Look(found=7, admitted=3, trouble="the line was cut"))
    done = gateway(app, "look", "box")
    assert done.stdout == "3 of 7 webhooks were missing and are taken in now\n"
    assert "box: the line was cut; the worker looks again" in done.stderr


def test_a_paused_connection_is_not_asked(app: Flask):
    gateway(app, "add", "box", "--kind", "sandbox")
    gateway(app, "pause", "box")
    assert "paused" in gateway(app, "look", "box").stderr
