"""How long looking after a large database takes: `python -m tests.soak.large_database --tickets 100000`.

A day of work is multiplied in a SQLite file; then it is checked, backed up, and moved to PostgreSQL, twice. It prints
the seconds of each, and ends with 1 when one of them fails or finds something broken.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import func, insert, select

from entitlements.store import db, tables
from entitlements.store.database import in_slices
from entitlements.store.invariants import broken_invariants
from tests.databases import migrated
from tests.day_of_work import opened, run, worked_in
from tests.soak.store_trouble import postgres

ALL_OF = (tables.Ticket, tables.Decision, tables.Delivery, tables.Attempt, tables.Event)
OWN_KEYS = {"tickets": "remote_id", "events": "event_key"}
POINTERS = {"ticket_id": tables.Ticket, "decision_id": tables.Decision, "delivery_id": tables.Delivery}


def multiply(url: str, wanted: int) -> None:
    """Add the tickets of the day again and again, with all that hangs on them, until there are so many."""
    with opened(url), db.engine.begin() as connection:
        rows = {table: [dict(row) for row in connection.execute(select(table.__table__)).mappings()]
                for table in ALL_OF}
        rows[tables.Event] = [row for row in rows[tables.Event] if row["state"] != "parked"]  # whose bodies are sealed
        step = {table: connection.scalar(select(func.max(table.id))) or 0 for table in ALL_OF}
        rounds = wanted // len(rows[tables.Ticket])
        for some in in_slices(range(1, rounds)):
            for table in ALL_OF:
                connection.execute(insert(table.__table__), [
                    again(table, row, step, number) for number in some for row in rows[table]])


def again(table: type, row: dict, step: dict[type, int], number: int) -> dict:
    """A row once more, as that of another ticket."""
    new = {**row, "id": row["id"] + number * step[table]}
    for name, pointed_at in POINTERS.items():
        if row.get(name) is not None:
            new[name] = row[name] + number * step[pointed_at]
    own = OWN_KEYS.get(table.__tablename__)
    return new if own is None else {**new, own: f"{row[own]}-{number}"}


def timed(what: str, do: Callable[[], object]) -> None:
    began = time.monotonic()
    do()
    click.echo(f"{what}: {time.monotonic() - began:.1f} s")


def found_well(url: str) -> None:
    with opened(url) as house:
        house.clock.set("2026-03-09 20:00:05")
        assert broken_invariants(house.clock.now()) == []
        began = time.monotonic()
        broken_invariants(house.clock.now(), fast=True)
        click.echo(f"  the fast ones alone: {time.monotonic() - began:.2f} s")


def once_more(url: str) -> None:
    """How long the fast ones take where there is little, as a simulator asks after each step."""
    with opened(url) as house:
        house.clock.set("2026-03-09 20:00:05")
        broken_invariants(house.clock.now(), fast=True)
        began = time.monotonic()
        for _ in range(100):
            broken_invariants(house.clock.now(), fast=True)
        click.echo(f"the fast ones on {db.session.query(tables.Ticket).count()} tickets: "
                   f"{(time.monotonic() - began) * 10:.1f} ms")


@click.command()
@click.option("--tickets", default=100_000, show_default=True)
def main(tickets: int) -> None:
    """Fill a database, and look after it."""
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory(prefix="deskgate-large-") as name:
        folder = Path(name)
        url, file = f"sqlite:///{folder / 'deskgate.sqlite3'}", folder / "backup.sqlite3"
        migrated(url)
        worked_in(url).close()
        once_more(url)
        timed(f"filling a database with {tickets} tickets", lambda: multiply(url, tickets))
        click.echo(f"  {(folder / 'deskgate.sqlite3').stat().st_size // 1_000_000} MB")
        timed("all invariants at once, SQLite", lambda: found_well(url))
        timed("gateway check, SQLite", lambda: run(url, "check"))
        timed("gateway backup, SQLite", lambda: run(url, "backup", str(file)))
        with postgres(folder) as target:
            timed("gateway move to PostgreSQL", lambda: run(url, "move", "--to", target))
            timed("gateway move, nothing changed", lambda: run(url, "move", "--to", target))
            timed("gateway check, PostgreSQL", lambda: run(target, "check"))
            timed("gateway backup, PostgreSQL", lambda: run(target, "backup", str(file), "--force"))
    sys.exit(0)


if __name__ == "__main__":
    main()
