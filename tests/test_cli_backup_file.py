"""The file of `gateway backup`: what it never replaces, and what becomes of it on file systems that can do less."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from entitlements.cli import backup_file
from entitlements.cli import database as commands
from tests.day_of_work import counts, run


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_the_running_database_is_never_replaced_by_whatever_name(sqlite_url: str, link: str | None) -> None:
    live = path_of(sqlite_url)
    name = live
    if link is not None:
        name = live.with_name("other.sqlite3")
        getattr(name, link)(live)
    before = live.stat().st_ino
    told = run(sqlite_url, "backup", str(name), "--force", fails=True)
    assert "is the running database itself; name another file" in told.stderr
    assert (live.stat().st_ino, name.exists()) == (before, True)


def test_only_regular_files_are_replaced(sqlite_url: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    told = run(sqlite_url, "backup", str(tmp_path / "pipe"), "--force", fails=True)
    assert "is no regular file" in told.stderr
    assert (tmp_path / "pipe").is_fifo()
    assert run(sqlite_url, "backup", str(tmp_path), "--force", fails=True).exit_code == 2


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"), sqlite3.OperationalError("database or disk is full"),
])
def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(sqlite_url: str, tmp_path: Path, error: Exception,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(commands, "write_snapshot", full)
    told = run(sqlite_url, "backup", str(tmp_path / "backup.sqlite3"), fails=True)
    why = error.strerror if isinstance(error, OSError) else error
    assert told.stderr == f"Error: cannot write the backup into {tmp_path}: {why}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(sqlite_url: str, tmp_path: Path) -> None:
    told = run(sqlite_url, "backup", str(tmp_path / "nowhere" / "backup.sqlite3"), fails=True)
    assert told.stderr == f"Error: cannot write the backup into {tmp_path / 'nowhere'}: No such file or directory\n"


class TestWithoutHardLinks:
    @pytest.fixture(autouse=True)
    def no_links(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(backup_file.os, "link", refuse)

    def test_the_backup_gets_its_name_all_the_same(self, sqlite_url: str, tmp_path: Path) -> None:
        file = tmp_path / "backup.sqlite3"
        run(sqlite_url, "backup", str(file))
        assert [each.name for each in tmp_path.iterdir()] == [file.name]
        assert counts(f"sqlite:///{file}") == counts(sqlite_url)

    def test_whoever_was_faster_keeps_the_name(self, tmp_path: Path) -> None:
        (tmp_path / "part").write_text("backup")
        (tmp_path / "file").write_text("precious")
        with pytest.raises(backup_file.click.ClickException, match="nothing was replaced"):
            backup_file.put_in_place(tmp_path / "part", tmp_path / "file", force=False)
        assert (tmp_path / "file").read_text() == "precious"


def test_a_file_system_without_modes_is_not_said_to_keep_others_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    assert backup_file.who_may_read(tmp_path / "file") == "Only you may read it (mode 0600)."
    (tmp_path / "file").chmod(0o755)
    assert "Others may be able to read it" in backup_file.who_may_read(tmp_path / "file")


@pytest.mark.parametrize("name", ["deskgate [monday].sqlite3", "what?.sqlite3", "50%.sqlite3"])
def test_whatever_its_name_nothing_is_left_beside_it(sqlite_url: str, tmp_path: Path, name: str) -> None:
    run(sqlite_url, "backup", str(tmp_path / name))
    assert [each.name for each in tmp_path.iterdir()] == [name]
