"""Settings that cannot be meant are refused by name, in one line, before anything starts."""

from __future__ import annotations

import pytest
from flask.cli import NoAppException

from app import create_app
from entitlements.errors import ConfigError
from entitlements.settings import load_settings

KEY = {"SECRET_KEY": "for tests only"}


@pytest.mark.parametrize("url", [
    "mysql://x", "mysql+pymysql://root:passw0rd@localhost/x", "postgresql+psycopg2://localhost/x", "oracle://x", "x",
    "/var/lib/deskgate.sqlite3", "sqlite:deskgate.sqlite3", "sqlite+aiosqlite:///x",
])
def test_any_database_but_the_two_is_refused_by_name_and_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL") as refused:
        load_settings({**KEY, "DATABASE_URL": url})
    assert refused.value.field == "DATABASE_URL"
    assert "passw0rd" not in str(refused.value)


def test_the_application_does_not_start_with_it_and_says_so_in_one_line() -> None:
    with pytest.raises(NoAppException, match="Deskgate cannot start: wrong settings: DATABASE_URL") as refused:
        create_app({**KEY, "DATABASE_URL": "mysql://x"})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("url", "meant"), [
    ("postgres://u:p@localhost/x", "postgresql+psycopg://u:p@localhost/x"),
    ("postgresql://u:p@localhost:5432/x", "postgresql+psycopg://u:p@localhost:5432/x"),
    ("postgresql:///x?host=/run/postgresql", "postgresql+psycopg:///x?host=/run/postgresql"),
    ("postgresql+psycopg://localhost/x", "postgresql+psycopg://localhost/x"),
    ("sqlite:///deskgate.sqlite3", "sqlite:///deskgate.sqlite3"), ("sqlite://", "sqlite://"),
])
def test_the_two_databases_are_taken_by_their_usual_names(url: str, meant: str) -> None:
    address = load_settings({**KEY, "DATABASE_URL": url}).DATABASE_URL
    assert address == meant


@pytest.mark.parametrize(("name", "value"), [("RAW_DAYS", "9" * 30), ("PORT", "0"), ("MAX_HOOK_BYTES", "many")])
def test_numbers_that_cannot_be_meant_are_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load_settings({**KEY, "DATABASE_URL": "sqlite://", name: value})
