"""Addresses of databases, as a command is given them, and the SQLite files that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from entitlements.errors import ConfigError
from entitlements.settings import load_settings
from entitlements.store import db

FILE_SCHEME = "file:"


def own_address() -> str:
    """Where the database of this Deskgate is, with the path of its file in full."""
    return _in_full(db.engine.url, "DATABASE_URL")


def address_of(url: str, option: str) -> str:
    """The address that an option was given; the path of a file counts from the working directory."""
    if not url.strip():
        raise click.ClickException(f"{option} is empty")
    try:
        return _in_full(db.make_url(load_settings({"DATABASE_URL": url}).DATABASE_URL), option)
    except ConfigError as error:
        raise click.ClickException(f"{option}: {error}") from error


def address_of_file(file: Path) -> Any:
    """The address of a SQLite file, whatever characters its name has."""
    return db.URL.create("sqlite", database=str(file))


def file_of(url: Any) -> Path | None:
    """The SQLite file that an address names, if it names one."""
    made = db.make_url(url)
    name = made.database or ""
    if made.query.get("uri"):
        name = name.removeprefix(FILE_SCHEME)
    in_memory = name in ("", ":memory:") or made.query.get("mode") == "memory"
    return None if made.get_backend_name() != "sqlite" or in_memory else Path(name).resolve()


def name_of(url: str) -> str:
    """The database that an address names, whoever asks for it with whatever password."""
    made, file = db.make_url(url), file_of(url)
    if file is not None:
        return f"sqlite {file}"
    kind = made.get_backend_name()
    return f"{kind} {made.host or made.query.get('host', '')} {made.port or ''} {made.database or ''}"


def require_database(url: str, option: str) -> None:
    """Raises ClickException when the SQLite file is missing or empty: whoever connects to it would make it."""
    file = file_of(url)
    if file is not None and not (file.is_file() and file.stat().st_size):
        raise click.ClickException(f"{option}: there is no database in {file}")


def _in_full(made: Any, option: str) -> str:
    if made.get_backend_name() == "sqlite":
        file = file_of(made)
        if file is None:
            raise click.ClickException(f"{option} names no file; what is in memory only is gone when this ends")
        made = made.set(database=f"{FILE_SCHEME if made.query.get('uri') else ''}{file}")
    return str(made.render_as_string(hide_password=False))
