"""How commands speak: results, remarks, tables, and errors in one line that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, ScriptInfo

from entitlements.errors import DeskgateError
from entitlements.steps.context import Deskgate
from entitlements.store import db
from entitlements.store.condition import database_facts
from entitlements.store.turn import Unavailable
from entitlements.web.operations import is_served

ACTOR = "the command line"
NOT_MIGRATED = "the database is not migrated; run: flask --app app db upgrade"


class Gateway(AppGroup):
    """A group of commands whose errors are told in one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        with ctx.ensure_object(ScriptInfo).load_app().app_context():
            return self._told_in_a_line(ctx)

    def _told_in_a_line(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DeskgateError as error:
            raise click.ClickException(str(error)) from error
        except db.exc.SQLAlchemyError as error:
            raise click.ClickException(_about_database(error)) from error


def _about_database(error: Exception) -> str:
    if isinstance(error, Unavailable):
        return str(error)
    try:
        if not is_migrated():
            return NOT_MIGRATED
    except db.exc.SQLAlchemyError:
        pass
    cause = getattr(error, "orig", None) or error
    return f"the database does not answer as it should: {str(cause).strip().splitlines()[0]}"


def is_migrated() -> bool:
    """Whether the database has the schema that this code needs, or that of a later version."""
    db.session.rollback()
    return is_served(database_facts().migration)


def require_migrated() -> None:
    """Raises ClickException for a database that is not migrated."""
    if not is_migrated():
        raise click.ClickException(NOT_MIGRATED)
    db.session.rollback()


def deskgate() -> Deskgate:
    found: Deskgate = current_app.extensions["deskgate"]
    return found


def now() -> datetime:
    return deskgate().clock.now()


def result(text: str) -> None:
    """One line of the command's result, on stdout."""
    click.echo(text)


def remark(text: str) -> None:
    """Something said about the result, on stderr."""
    click.echo(text, err=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; the last column may be as wide as it likes."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        result("  ".join(cells).rstrip())
