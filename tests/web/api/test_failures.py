"""When something is broken on our side: a problem without a traceback, and nothing half done."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from entitlements.errors import ConfigError
from entitlements.store import tables
from entitlements.web.api import decisions, tickets
from tests.web.api.desk import Desk, problem

QUESTION = {"customer": "Acme", "severity": "low"}


def raising(error: Exception):
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def test_a_database_that_does_not_answer_is_told_as_unavailable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))
    monkeypatch.setattr(tickets, "submit", raising(locked))
    response = desk.submit()
    told = problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "insert" not in str(told)


def test_a_fault_of_ours_is_logged_and_told_without_its_innards(desk: Desk, monkeypatch: pytest.MonkeyPatch,
                                                               caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(decisions, "preview", raising(RuntimeError("the secret innards")))
    with caplog.at_level(logging.ERROR):
        response = desk.post("/api/v1/decisions/preview", QUESTION)
    problem(response, 500, "internal")
    assert b"innards" not in response.data
    assert "the secret innards" in caplog.text


def test_a_wrong_setting_is_no_mistake_of_the_caller(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "preview", raising(ConfigError("SECRET_KEY has changed", field="SECRET_KEY")))
    problem(desk.post("/api/v1/decisions/preview", QUESTION), 500, "internal")


def test_a_ticket_that_fails_half_way_leaves_nothing_and_keeps_its_key(desk: Desk,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"customer": "Acme", "subject": "Help"}
    with monkeypatch.context() as broken:
        broken.setattr(tickets, "_answer_with", raising(RuntimeError("after the ticket was stored")))
        problem(desk.post("/api/v1/tickets", body, Idempotency_Key="k"), 500, "internal")
    with desk.app.app_context():
        assert desk.rows(tables.Ticket) == []
    assert desk.post("/api/v1/tickets", body, Idempotency_Key="k").status_code == 201
