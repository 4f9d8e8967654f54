"""Wording from the command line: setting replies, seeing what they come to, and choosing a customer's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.rules.language import Language
from entitlements.rules.reasons import Reason
from entitlements.store import db
from entitlements.store.connections import find_connection
from entitlements.store.customers import add_customer, find_customer
from entitlements.store.database import transaction
from tests.fakes import FakeClock

Run = Callable[..., Result]


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "PORT": 8123,
                      "CLOCK": FakeClock("2026-03-04 12:00")})
    with app.app_context(), transaction():
        add_customer("Acme")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command that should succeed, or `fails=1` that should not; there is a sandbox named desk."""
    def run(*arguments: str, fails: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=["gateway", *arguments])
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    run("connection", "add", "desk", "--kind", "sandbox", "--set", "reply.holiday=Closed: {{ why }}.")
    return run


def settings(app: Flask) -> dict[str, str]:
    with app.app_context():
        return find_connection("desk").settings


def test_a_reply_is_set_seen_and_taken_away(app: Flask, run: Run) -> None:
    run("connection", "set", "desk", "reply.outside_hours.fr=Bonjour {{ customer }}", "language=fr")
    assert settings(app) == {"reply.holiday": "Closed: {{ why }}.", "language": "fr",
                             "reply.outside_hours.fr": "Bonjour {{ customer }}"}
    told = run("connection", "words", "desk", "--reason", "outside_hours", "--language", "fr").stdout
    assert told == "outside_hours, queue, fr: reply.outside_hours.fr\n    Bonjour Lutece\n"
    run("connection", "set", "desk", "reply.outside_hours.fr=", "language=")
    assert settings(app) == {"reply.holiday": "Closed: {{ why }}."}


def test_a_reply_is_read_from_a_file(app: Flask, run: Run, tmp_path: Path) -> None:
    (tmp_path / "queue.txt").write_text("Hello,\n\n{{ text }}\n\nThe desk\n")
    run("connection", "set", "desk", f"reply.queue=@{tmp_path / 'queue.txt'}")
    told = run("connection", "words", "desk", "--reason", "daily_limit_reached", "--language", "en").stdout
    assert told.splitlines()[:2] == ["daily_limit_reached, queue, en: reply.queue", "    Hello,"]
    assert told.endswith("    The desk\n")


def test_all_words_are_told_for_every_reason_in_every_language(run: Run) -> None:
    lines = run("connection", "words", "desk").stdout.splitlines()
    heads = [line.split(", ") for line in lines if not line.startswith(" ")]
    assert {head[0] for head in heads} == set(Reason)
    assert {head[2].partition(":")[0] for head in heads} == set(Language)
    assert "holiday, queue, de: reply.holiday" in lines
    assert "    Closed: 休日のため、サポートはお休みをいただいております." in lines
    assert "outside_hours, queue, en: Deskgate" in lines


@pytest.mark.parametrize(("pair", "message"), [
    ("reply.holiday=a\n{{ wy }}", "reply.holiday: line 2: there is no value 'wy'; there are customer"),
    ("reply.outside=x", "there is no reason or outcome 'outside'"),
    ("language=klingon", "language: 'klingon' is no language that customers can be told things in; there are en (Engl"),
    ("group=x", "a sandbox connection has no setting 'group'"),
    ("reply.holiday", "is not KEY=VALUE"),
])
def test_what_cannot_be_set_is_refused_and_nothing_changes(app: Flask, run: Run, pair: str, message: str) -> None:
    told = run("connection", "set", "desk", pair, fails=2 if "=" not in pair else 1)
    assert message in told.output
    assert settings(app) == {"reply.holiday": "Closed: {{ why }}."}
    if "=" in pair:
        added = run("connection", "add", "other", "--kind", "sandbox", "--set", pair, fails=1)
        assert message in added.output


def test_words_of_what_does_not_exist_are_refused(run: Run) -> None:
    assert "there is no connection named 'nowhere'" in run("connection", "words", "nowhere", fails=1).output
    assert "is no language" in run("connection", "words", "desk", "--language", "xx", fails=1).output


def test_a_customers_language_is_chosen_and_given_up(app: Flask, run: Run) -> None:
    assert "Acme is told things in Japanese from now on." in run("customer", "language", "acme", "ja").stderr
    with app.app_context():
        assert find_customer("Acme").language == "ja"
    assert "in the language of each connection" in run("customer", "language", "Acme").stderr
    assert "there is no customer named 'Nobody'" in run("customer", "language", "Nobody", "fr", fails=1).output
    assert "there are en (English), de (German)" in run("customer", "language", "Acme", "xx", fails=1).output
