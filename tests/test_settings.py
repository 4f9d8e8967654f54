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


@pytest.mark.parametrize("url", [
    "postgresql://root:p@passw0rd:w@127.0.0.1:1/db", "postgresql://root:p@passw0rd@127.0.0.1/db",
    "postgresql://passw0rd:port/db",
])
def test_an_address_that_cannot_be_taken_apart_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL: is not an address; write @ and : in a password as %40") as no:
        load_settings({**KEY, "DATABASE_URL": url})
    assert "passw0rd" not in str(no.value)
    assert no.value.__cause__ is None and no.value.__suppress_context__


@pytest.mark.parametrize("url", ["postgresql://a:passw0rd@db/x?port=abc", "sqlite:///x.sqlite3?timeout=long"])
def test_an_option_of_an_address_that_cannot_be_read_is_told(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL: has something after the . that cannot be read$"):
        load_settings({**KEY, "DATABASE_URL": url})


def test_a_sqlite_address_with_two_slashes_is_told_how_many_it_needs() -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL: must begin with sqlite:/// and the path of a file"):
        load_settings({**KEY, "DATABASE_URL": "sqlite://deskgate.sqlite3"})


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
