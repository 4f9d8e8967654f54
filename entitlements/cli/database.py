"""Looking after the database: prove that it is whole, back it up, move it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import Migrate, upgrade

from entitlements.cli.addresses import address_of, address_of_file, file_of, name_of, own_address, require_database
from entitlements.cli.backup_file import private_part, put_in_place, require_place, told_in_a_line, who_may_read
from entitlements.cli.speaking import is_migrated, now, remark, require_migrated, result
from entitlements.store import db
from entitlements.store.condition import database_facts
from entitlements.store.copying import Copied, Copy, Progress, filling, mark_begun, mark_complete, one_state_of
from entitlements.store.database import init_database, turn
from entitlements.store.invariants import Broken, broken_invariants, examined
from entitlements.store.snapshot import counts_of, write_snapshot
from entitlements.web.operations import head

OWN_KEYS = ("Secrets and texts in it are encrypted with SECRETS_KEYS, else SECRET_KEY: keep those too, in another "
            "place. Without them they cannot be read.")
SHOWN_EVERY = 20_000


@click.command("check")
@with_appcontext
def check_database() -> None:
    """Prove that what must hold between the rows of the database does hold. Repairs nothing."""
    require_migrated()
    broken = 0
    for invariant, found in examined(now()):
        if found is None:
            result(f"ok       {invariant.name}")
            continue
        broken += not found.is_warning
        result(f"{'warning ' if found.is_warning else 'BROKEN  '} {invariant.name}: {_told(found)}")
    if broken:
        raise click.ClickException(f"{broken} of what must hold does not; nothing was changed")
    remark("Everything holds; nothing was changed.")


def _told(found: Broken) -> str:
    more = ", ..." if found.count > len(found.examples) else ""
    no_worker = "; no worker is at work" if found.is_warning else ""
    return f"{found.count}: {', '.join(found.examples)}{more} ({found.about}{no_worker})"


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@with_appcontext
def backup(file: Path, force: bool) -> None:
    """Write a copy of the running database into a SQLite file, and prove that it can be used."""
    require_migrated()
    at = now()
    with told_in_a_line(file):
        file = file.resolve()
        require_place(file, file_of(db.engine.url), force=force)
        with private_part(file) as part:
            counts = _write_backup(part)
            remark("Opening it as a database ...")
            for each in _prove(part, counts):
                remark(f"not as it should be, in the database as well: {each.name}; see gateway check")
            put_in_place(part, file, force=force)
        written = f"{file.stat().st_size} bytes; opened and compared. {who_may_read(file)}"
    result(str(file))
    remark(f"{sum(counts.values())} rows of {len(counts)} tables as of {at:%Y-%m-%d %H:%M:%S} UTC, {written}")
    remark(OWN_KEYS)


def _write_backup(part: Path) -> dict[str, int]:
    """Fill the file; returns how many rows of each table the database had at that moment."""
    with one_state_of(db.engine, alone=False) as source:
        counts = counts_of(source)
        if source.dialect.name == "sqlite":
            write_snapshot(source, part)
        else:
            with _application_for(address_of_file(part)):
                upgrade()
                Copy(source, db.engine, _Teller()).run()
        return counts


def _prove(part: Path, counts: dict[str, int]) -> list[Broken]:
    """Use the file as a database. Raises ClickException when it is not whole; returns what was broken before."""
    at = now()
    with _application_for(address_of_file(part)):
        if database_facts().migration != head():
            raise click.ClickException("the backup has another schema than the database; nothing was kept")
        with db.engine.connect() as connection:
            there = counts_of(connection)
        if there != counts:
            odd = next(name for name in counts if counts[name] != there.get(name))
            raise click.ClickException(f"the backup has {there[odd]} rows of {odd}, the database {counts[odd]}; "
                                       "nothing was kept")
        found = [each for each in broken_invariants(at) if not each.is_warning]
        for damage in (each for each in found if each.of_file):
            raise click.ClickException(f"the backup is damaged: {damage.examples[0]}; nothing was kept")
        return found


@click.command("move")
@click.option("--to", "target_url", required=True, metavar="URL", help="Where to: as DATABASE_URL is written.")
@click.option("--from", "source_url", metavar="URL", help="Where from. [default: DATABASE_URL]")
@click.option("--overwrite", is_flag=True, help="Fill the target whatever is in it: that is lost.")
@click.option("--rows-at-once", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@with_appcontext
def move(target_url: str, source_url: str | None, overwrite: bool, rows_at_once: int) -> None:
    """Copy the database into another, of either kind. What broke off is gone on with; nothing is written meanwhile."""
    target_url = address_of(target_url, "--to")
    origin = "DATABASE_URL" if source_url is None else "--from"
    source_url = own_address() if source_url is None else address_of(source_url, origin)
    if name_of(source_url) == name_of(target_url):
        raise click.ClickException("source and target are the same database")
    require_database(source_url, origin)
    with _application_for(source_url), turn():
        if database_facts().migration != head():
            raise click.ClickException("the source does not have the schema of this version; run on it: "
                                       "flask --app app db upgrade")
        db.session.rollback()
        with one_state_of(db.engine, alone=True) as source:
            copied = _fill(target_url, Copy(source, source.engine, _Teller(), rows_at_once), overwrite)
    for each in copied:
        result(f"{each.table}: {each.rows} rows, {each.digest}; {each.written} written, {each.deleted} deleted")
    remark(f"{sum(each.rows for each in copied)} rows of {len(copied)} tables are the same in source and target.")
    remark("Now set DATABASE_URL to the target, with the same SECRET_KEY and SECRETS_KEYS, and start Deskgate. What "
           "the source takes in from now on is not in the target; run this again if there is any.")


def _fill(target_url: str, copy: Copy, overwrite: bool) -> list[Copied]:
    name = name_of(str(copy.source.engine.url.render_as_string(hide_password=False)))
    with _application_for(target_url), filling(db.engine):
        _make_schema()
        with turn():
            mark_begun(db.engine, name, overwrite=overwrite)
            copied = replace(copy, target=db.engine).run()
            mark_complete(db.engine, name, copied)
        return copied


def _make_schema() -> None:
    """Bring the target to our schema. Raises ClickException when it is ahead of us."""
    is_made = is_migrated()
    db.session.rollback()
    if not is_made:
        remark("Making the schema of the target ...")
        upgrade()
    if database_facts().migration != head():
        raise click.ClickException("the target has the schema of a later version")
    db.session.rollback()


class _Teller:
    """Tells on stderr how far a copy is: each table, and large ones now and then."""

    def __init__(self) -> None:
        self._shown = 0

    def __call__(self, progress: Progress) -> None:
        if progress.done == progress.total or progress.done - self._shown >= SHOWN_EVERY:
            self._shown = 0 if progress.done == progress.total else progress.done
            remark(f"{progress.table}: {progress.done} of {progress.total}")


@contextmanager
def _application_for(url: Any) -> Iterator[Flask]:
    """An application that has that database, our keys, and nothing else."""
    app = Flask("database")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.extensions["deskgate_vault"] = current_app.extensions["deskgate_vault"]
    init_database(app)
    Migrate(app, db, directory=current_app.extensions["migrate"].directory, render_as_batch=True)
    with app.app_context():
        try:
            yield app
        finally:
            with suppress(db.exc.SQLAlchemyError):
                db.session.remove()
            db.engine.dispose()
