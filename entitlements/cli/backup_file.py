"""The file of a backup: where it may be, how it gets its name all at once, and that nothing else is left of it."""

from __future__ import annotations

import errno
import glob
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


def require_place(file: Path, live: Path | None, *, force: bool) -> None:
    """Raises ClickException when a backup must not get this name. `live`: the file of the running database."""
    if not file.exists():
        return
    if live is not None and live.exists() and file.samefile(live):
        raise click.ClickException(f"{file} is the running database itself; name another file")
    if not file.is_file():
        raise click.ClickException(f"{file} is no regular file; name another one")
    if not force:
        raise click.ClickException(f"{file} is there already; name another file, or replace it with --force")


@contextmanager
def told_in_a_line(file: Path) -> Iterator[None]:
    """Tell what the file system or SQLite complains of as one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise click.ClickException(f"cannot write the backup into {file.parent}: {why}") from error


@contextmanager
def private_part(file: Path) -> Iterator[Path]:
    """An empty file beside, which only its owner may read. Gone in the end, unless it was put in place."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
    finally:
        for left in file.parent.glob(f"{glob.escape(part.name)}*"):
            left.unlink(missing_ok=True)


def put_in_place(part: Path, file: Path, *, force: bool) -> None:
    """Give the file its name, all at once. Raises ClickException when somebody was faster."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    if force:
        part.replace(file)
    else:
        _name_first(part, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def who_may_read(file: Path) -> str:
    """A sentence on it. Some file systems, those of most sticks, keep no modes."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode == 0o600:
        return "Only you may read it (mode 0600)."
    return f"Others may be able to read it: its file system made its mode {mode:04o}."


def _name_first(part: Path, file: Path) -> None:
    try:
        _link(part, file)
    except FileExistsError:
        raise click.ClickException(f"{file} has come to be meanwhile; nothing was replaced") from None


def _link(part: Path, file: Path) -> None:
    try:
        os.link(part, file)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _reserve_and_replace(part, file)


def _reserve_and_replace(part: Path, file: Path) -> None:
    """Where there are no hard links: take the name with an empty file, which is then replaced."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        part.replace(file)
    except OSError:
        file.unlink(missing_ok=True)
        raise
