"""Importing licenses from the command line."""

from __future__ import annotations

import sys
from typing import BinaryIO

import click
from flask.cli import with_appcontext

from entitlements.cli.changing import tell_moves
from entitlements.cli.speaking import ACTOR, deskgate, now, remark, result
from entitlements.steps.changes import keep_moves, work_out
from entitlements.steps.import_licenses import How, ImportReport, import_licenses, plan_import
from entitlements.steps.license_change import license_change
from entitlements.store.changes import add_draft
from entitlements.store.database import transaction

NOT_KEPT = {"content": "", "base": {}}  # a file may be large, and it is imported every night


@click.command("import-licenses")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--confirm", type=click.IntRange(0), metavar="N", help="Yes, N customers shall lose cover.")
@with_appcontext
def import_licenses_command(file: BinaryIO, dry_run: bool, confirm: int | None) -> None:
    """Import licenses from FILE, CSV or JSON (- is stdin): all rows or none.

    Tells which promised times would move; at a terminal it asks before it moves any.
    """
    content = file.read()
    planned = plan_import(content)
    if planned.problems:
        _tell_problems(planned.report(now()))
        raise click.exceptions.Exit(1)
    change = license_change(content, planned)
    impact = work_out(change, now(), deskgate()).impact
    tell_moves(impact.moves)
    if impact.moves and not dry_run and confirm is None and sys.stdin.isatty():
        click.confirm("Import it?", abort=True, err=True)
    with transaction():
        report = import_licenses(content, How(ACTOR, dry_run, confirm), now())
        if report.applied and (report.added or report.changed):
            keep_moves(add_draft(change.kind, change.subject, NOT_KEPT, now(), ACTOR), impact, ACTOR, now())
    _tell(report)
    if report.refusal and not dry_run:
        raise click.ClickException(f"nothing was imported: {report.refusal}")
    if report.refusal:
        remark(f"Note: {report.refusal}")
    if dry_run:
        remark("This was a dry run: nothing was written.")


def _tell_problems(report: ImportReport) -> None:
    for problem in report.problems:
        remark(str(problem))
    count = len(report.problems)
    remark(f"Error: nothing was imported: {count} problem{'s' if count > 1 else ''} in {_rows(report.rows)}")


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _tell(report: ImportReport) -> None:
    would = "" if report.applied else "would be "
    result(f"{_rows(report.rows)}: {len(report.added)} {would}added, {len(report.changed)} {would}changed, "
           f"{report.unchanged} unchanged; {len(report.new_customers)} new customers")
    for label, names in (("added", report.added), ("changed", report.changed), ("loses cover", report.cover.loses),
                         ("gains cover", report.cover.gains), ("changes cover", report.cover.changes)):
        for name in names:
            result(f"{label}: {name}")
    if report.replanned:
        result(f"queued tickets looked at again: {report.replanned}")
    for warning in report.warnings:
        remark(f"Warning: {warning}")
