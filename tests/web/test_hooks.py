"""Webhooks over HTTP: signed as Standard Webhooks are, by the official package on the other side."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import text
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from app import create_app, install
from entitlements.helpdesk import ConnectionConfig
from entitlements.rules.license import Terms
from entitlements.store import db, tables
from entitlements.store.connections import add_connection
from entitlements.store.database import transaction
from entitlements.store.vault import new_webhook_secret
from entitlements.web.gate import Gate
from entitlements.web.logs import mask_secrets, masked
from tests.builders import ALWAYS
from tests.steps.house import House

LIMIT = 4096


class Sender:
    """A system that sends its tickets to Deskgate."""

    def __init__(self, url: str):
        self.config = {"DATABASE_URL": url, "SECRET_KEY": "for tests", "MAX_HOOK_BYTES": LIMIT}
        self.app = create_app(self.config)
        self.client: FlaskClient = self.app.test_client()
        self.secret = new_webhook_secret()
        with self.app.app_context(), transaction():
            now = datetime.now(timezone.utc)
            house = object.__new__(House)
            house.clock = self.app.extensions["deskgate"].clock
            house.customer("Globex", "ops@globex.example", Terms(ALWAYS, date(2020, 1, 1), date(2037, 1, 1)))
            for name, kind in (("ours", "standard"), ("plain", "django_helpdesk")):
                add_connection(ConnectionConfig(name=name, kind=kind, secrets=(self.secret,)), now - timedelta(days=1))

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def send(self, body: object, message_id: str = "msg_1", path: str = "/hooks/ours", **headers: str) -> TestResponse:
        raw = body if isinstance(body, str) else json.dumps(body)
        at = datetime.now(timezone.utc)
        signature = Webhook(self.secret).sign(message_id, at, raw)
        signed = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())),
                  "webhook-signature": signature, "Content-Type": "application/json", **headers}
        return self.client.post(path, data=raw, headers=signed)

    def count(self, table: type) -> int:
        with self.app.app_context():
            return db.session.query(table).count()


@pytest.fixture
def sender(sqlite_url: str) -> Iterator[Sender]:
    sender = Sender(sqlite_url)
    yield sender
    sender.close()


def created(ticket_id: str = "44", **data: object) -> dict[str, object]:
    return {"type": "ticket.created", "timestamp": "2026-03-09T09:00:00Z",
            "data": {"id": ticket_id, "requester_email": "ops@globex.example", **data}}


def test_a_signed_ticket_is_decided_and_answered(sender: Sender):
    response = sender.send(created(created_at=datetime.now(timezone.utc).isoformat()))
    assert response.status_code == 200
    assert response.json == {"event": "1", "status": "decided", "ticket": "1", "outcome": "route",
                             "reason": "always_open", "release_at": None}


def test_a_repeat_gets_the_same_bytes(sender: Sender):
    first, again = sender.send(created()), sender.send(created())
    assert first.data == again.data
    assert sender.count(tables.Decision) == 1


def test_the_same_id_with_another_body_is_parked(sender: Sender):
    sender.send(created())
    response = sender.send(created("45"))
    assert (response.status_code, response.json["status"]) == (202, "parked")
    assert sender.count(tables.Ticket) == 1


@pytest.mark.parametrize("headers", [
    {"webhook-signature": "v1,AAAA"}, {"webhook-signature": ""}, {"webhook-timestamp": "1"},
    {"webhook-timestamp": "nan"}, {"webhook-id": ""}, {"webhook-signature": "\x80nonsense"},
])
def test_what_is_not_signed_right_is_refused_and_leaves_nothing(sender: Sender, headers):
    response = sender.send(created(), **headers)
    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"
    assert sender.count(tables.Event) == 0


def test_an_unknown_connection_answers_like_a_wrong_signature(sender: Sender):
    unknown = sender.send(created(), path="/hooks/nowhere")
    wrong = sender.send(created(), **{"webhook-signature": "v1,AAAA"})
    assert (unknown.status_code, unknown.data) == (wrong.status_code, wrong.data)


@pytest.mark.parametrize("body", [
    "", "no JSON", "[]", "null", "1", '{"type": "ticket.created"}', '{"type": "ticket.created", "data": {}}',
    '{"type": "ticket.created", "data": {"id": null}}', '{"type": 5, "data": {"id": "1"}}',
    '{"type": "ticket.created", "data": {"id": "1", "severity": "terrible"}}',
    '{"type": "ticket.created", "data": {"id": "1", "created_at": "yesterday"}}',
    '{"type": "ticket.created", "data": {"id": "1", "subject": "\\ud800"}}',
    '{"a": NaN}', "[" * 2000, '{"a":' * 500 + "1" + "}" * 500,
])
def test_what_is_authentic_but_unreadable_is_parked(sender: Sender, body):
    response = sender.send(body)
    assert response.status_code == 202
    assert response.json["status"] == "parked"
    assert sender.count(tables.Event) == 1
    assert sender.count(tables.Ticket) == 0


def test_too_large_a_body_is_refused_before_its_signature_is_looked_at_and_counted(sender: Sender):
    for path, expected in (("/hooks/ours", 1), ("/hooks/nowhere", 1)):
        assert sender.client.post(path, data=b"x" * (LIMIT + 1)).status_code == 413
        with sender.app.app_context():
            counts = {row.name: row.oversized_hooks for row in db.session.query(tables.Connection)}
        assert counts == {"ours": expected, "plain": 0}
    assert sender.count(tables.Event) == 0


def test_a_sender_that_cannot_sign_has_the_secret_in_its_address(sender: Sender):
    ticket = {"ticket": {"id": 1, "queue": 1, "title": "x", "description": "x", "status": 1, "priority": 3,
                         "submitter_email": "ops@globex.example", "on_hold": False, "followup_set": []},
              "queue_slug": "inbox"}
    assert sender.client.post(f"/hooks/plain/{sender.secret}", json=ticket).status_code == 200
    assert sender.client.post("/hooks/plain/wrong", json=ticket).status_code == 401
    assert sender.client.post("/hooks/plain", json=ticket).status_code == 401


@pytest.mark.parametrize("address", [
    "/hooks/desk/s3cret", "/hooks/desk/a'b\"s3cret", "/hooks/desk/a/b/s3cret/", "/hooks/desk/a b s3cret",
    "/hooks/desk/a HTTP/1.1 s3cret", "/hooks/desk/a?s3cret", "/hooks//desk/s3cret", "//hooks/desk//s3cret",
    "/HOOKS/desk/s3cret", "/Hooks/desk/s3cret", "/hooks%2Fdesk%2fs3cret", "/hooks/de%73k/s3cret",
    "/hooks/./desk/s3cret", "https://deskgate.example/hooks/desk/s3cret",
])
def test_the_secret_in_an_address_is_masked_in_logs(caplog: pytest.LogCaptureFixture, address: str):
    mask_secrets()
    logger = logging.getLogger("werkzeug")
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        logger.info('127.0.0.1 - "POST %s HTTP/1.1" 200 -', address)
        logger.info("bad request: %s", address)
    assert "s3cret" not in caplog.text
    assert '*** HTTP/1.1" 200 -' in caplog.text


@pytest.mark.parametrize("line", ['"POST /hooks/desk HTTP/1.1" 200 -', '"GET /tickets/1?next=/hooks HTTP/1.1" 200 -'])
def test_a_line_without_a_secret_is_left_as_it_is(line: str):
    assert masked(line) == line


def test_a_fault_of_ours_is_a_problem_and_keeps_the_secret_out_of_the_log(
        sender: Sender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def broken(*_args: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("entitlements.web.gate.receive", broken)
    response = sender.client.post("/hooks/plain/s3cret'\"x", json={})
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert "/hooks/plain/***" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/hooks/ours", 405), ("PUT", "/hooks/plain/s3cret", 405), ("POST", "/hooks", 404), ("POST", "/hooks/", 404),
    ("POST", "/hooks//plain/s3cret", 404), ("POST", "/hooks/plain//s3cret", 404), ("POST", "/metrics", 405),
    ("POST", "/healthz", 405), ("DELETE", "/readyz", 405), ("GET", "/readyz/more", 404),
])
def test_what_no_machine_can_do_here_is_told_as_a_problem_and_repeats_nothing(
        sender: Sender, method: str, path: str, status: int):
    response = sender.client.open(path, method=method)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert "Location" not in response.headers
    assert "s3cret" not in response.get_data(as_text=True)
    assert ("Allow" in response.headers) == (status == 405)


def test_a_database_that_cannot_store_is_a_503_with_retry_after(sender: Sender, monkeypatch):
    def locked(*_args: object) -> None:
        db.session.execute(text("select * from no_such_table"))

    monkeypatch.setattr("entitlements.steps.hooks._store", locked)
    response = sender.send(created())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"


def test_the_same_gate_stands_in_front_of_a_view_of_ones_own(sender: Sender):
    own = Flask("own")
    install(own, sender.config)
    gate = Gate(own)

    @own.post("/my-tickets")
    @gate.checked("ours")
    def my_view() -> dict[str, str]:
        return {"mine": json.loads(g.deskgate_answer.body)["outcome"]}

    sender.client = own.test_client()
    assert sender.send(created(), path="/my-tickets").json == {"mine": "route"}
    assert sender.send(created(), path="/my-tickets", **{"webhook-signature": "v1,AAAA"}).status_code == 401


def test_a_secret_that_comes_in_a_header_is_not_stored_with_the_webhook(sender: Sender):
    sender.send("gibberish", **{"X-Deskgate-Secret": "the-secret-itself", "X-Other": "kept"})
    with sender.app.app_context():
        (raw,) = db.session.query(tables.RawBody).all()
        assert "X-Other" in raw.headers
        assert "the-secret-itself" not in raw.headers
