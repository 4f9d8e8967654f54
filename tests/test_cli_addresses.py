"""Which databases `gateway move` takes an address for, and which it refuses before it connects to anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from entitlements.cli.addresses import file_of, name_of
from entitlements.store import db
from tests.day_of_work import counts, run


@pytest.fixture
def backup(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup in the working directory."""
    monkeypatch.chdir(tmp_path)
    run(sqlite_url, "backup", "b.sqlite3")
    return tmp_path / "b.sqlite3"


def test_relative_paths_count_from_the_working_directory(sqlite_url: str, backup: Path) -> None:
    run(sqlite_url, "move", "--from", "sqlite:///b.sqlite3", "--to", "sqlite:///c.sqlite3")
    assert counts(f"sqlite:///{backup.with_name('c.sqlite3')}") == counts(f"sqlite:///{backup}")


@pytest.mark.parametrize("source", ["sqlite:///./b.sqlite3", "sqlite:///file:b.sqlite3?uri=true", "sqlite:///{full}"])
def test_the_same_file_is_known_however_it_is_written(sqlite_url: str, backup: Path, source: str) -> None:
    told = run(sqlite_url, "move", "--from", source.format(full=backup), "--to", "sqlite:///b.sqlite3", fails=True)
    assert "source and target are the same database" in told.stderr


def test_a_source_that_is_missing_or_empty_is_refused_and_not_made(sqlite_url: str, tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.sqlite3", tmp_path / "empty.sqlite3"
    empty.touch()
    target = f"sqlite:///{tmp_path / 'target.sqlite3'}"
    for file in (missing, empty):
        told = run(sqlite_url, "move", "--from", f"sqlite:///{file}", "--to", target, fails=True)
        assert told.stderr == f"Error: --from: there is no database in {file}\n"
    told = run(f"sqlite:///{missing}", "move", "--to", target, fails=True)
    assert told.stderr == f"Error: DATABASE_URL: there is no database in {missing}\n"
    assert sorted(tmp_path.iterdir()) == [empty]


@pytest.mark.parametrize("address", [
    "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true",
    "sqlite:///file::memory:?uri=true",
])
@pytest.mark.parametrize("option", ["--to", "--from"])
def test_a_database_in_memory_is_neither_source_nor_target(sqlite_url: str, tmp_path: Path, option: str,
                                                           address: str) -> None:
    other = ("--to", f"sqlite:///{tmp_path / 'target.sqlite3'}") if option == "--from" else ()
    told = run(sqlite_url, "move", option, address, *other, fails=True)
    assert f"{option} names no file; what is in memory only is gone when this ends" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--to", "--from"])
def test_an_address_that_was_left_empty_does_not_mean_the_usual_database(sqlite_url: str, option: str) -> None:
    other = ("--to", "sqlite:///x.sqlite3") if option == "--from" else ()
    assert f"{option} is empty" in run(sqlite_url, "move", option, "", *other, fails=True).stderr


def test_an_address_that_cannot_be_taken_apart_is_told_without_its_password(sqlite_url: str) -> None:
    told = run(sqlite_url, "move", "--to", "postgresql://root:p@passw0rd:w@127.0.0.1:1/db", fails=True)
    assert "is not an address; write @ and : in a password as %40 and %3A" in told.stderr
    assert "passw0rd" not in told.output
    assert told.stderr.count("\n") == 1


def test_a_server_is_the_same_whoever_asks() -> None:
    assert name_of("postgresql://a:b@db/x") == name_of("postgresql://c@db/x") != name_of("postgresql://c@db:1/x")
    assert file_of("postgresql://a:b@db/x") is None


def test_a_relative_path_in_the_settings_counts_from_the_instance_folder() -> None:
    app = create_app({"DATABASE_URL": "sqlite:///deskgate.sqlite3", "SECRET_KEY": "for tests only"})
    with app.app_context():
        assert file_of(db.engine.url) == Path(app.instance_path) / "deskgate.sqlite3"
