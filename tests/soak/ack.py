"""Whether what is acknowledged is on disk: `python -m tests.soak.ack --deliveries 2000`.

A web process runs under strace, on SQLite on a real disk, and four clients send it webhooks. For each success answered,
each file of the database that was written for that request must have been synced before the answer was sent.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from app import create_app
from entitlements.store import db
from tests.crash.databases import empty_database, soak_folder
from tests.crash.furnished import CONFIG, Furnished, email_of
from tests.crash.programs import Web
from tests.crash.system_calls import LONGEST, TRACED, Answered, read_trace
from tests.standin.desk import Desk

CLIENTS = 4
FIRST = 7_000_001  # numbers that nothing else in the database looks like
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Report:
    sent: int
    answers: list[Answered]

    @property
    def not_on_disk(self) -> list[Answered]:
        return [each for each in self.answers if not each.was_on_disk]

    @property
    def is_good(self) -> bool:
        return len(self.answers) == self.sent and not self.not_on_disk

    def __str__(self) -> str:
        files = sorted({Path(file).name for each in self.answers for file in each.written})
        return (f"{self.sent} sent, {len(self.answers)} answered with success, {len(self.not_on_disk)} of them before "
                f"the disk had it (files written and synced: {', '.join(files)})"
                + "".join(f"\n  {each}" for each in self.not_on_disk[:5]))


def acknowledge(deliveries: int, database: Path, folder: Path, app: str = "app") -> Report:
    """Send so many webhooks to a traced web process on that SQLite file, and read the trace."""
    trace = folder / "trace.txt"
    before = ["strace", "-f", "--seccomp-bpf", "-y", "-s", str(LONGEST), "-e", f"trace={TRACED}", "-o", str(trace)]
    with Furnished(f"sqlite:///{database}", NOBODY, folder) as house:
        web = Web("web", house.environment, folder, before=before, app=app).start()
        try:
            web.wait_ready()
            _send_all(web.port, house.hook, deliveries, folder)
        finally:
            web.stop()
    return Report(deliveries, read_trace(trace, database.resolve()))


def _send_all(port: int, hook: str, deliveries: int, folder: Path) -> None:
    desk = Desk(folder / "opened.jsonl")
    tickets = [desk.open(email_of(number), number) for number in range(FIRST, FIRST + deliveries)]
    desk.close()
    clients = [threading.Thread(target=_send, args=(port, hook, tickets[each::CLIENTS])) for each in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _send(port: int, hook: str, tickets: list[dict[str, Any]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for ticket in tickets:
        connection.request("POST", f"{hook}?ticket={ticket['id']}", json.dumps({"ticket": ticket}))
        connection.getresponse().read()
    connection.close()


def waits_for_disk(url: str) -> str:
    """What the application's own connections to PostgreSQL say about waiting for the disk."""
    app = create_app({"DATABASE_URL": url, **CONFIG})
    with app.app_context():
        found = db.session.execute(text("SHOW synchronous_commit")).scalar_one()
        db.session.remove()
        db.engine.dispose()
        return str(found)


@click.command()
@click.option("--deliveries", default=2000, show_default=True)
def soak(deliveries: int) -> None:
    """Watch for syncs at length. Exit status 1 when an answer came before one."""
    with soak_folder() as folder, empty_database("sqlite", folder):
        report = acknowledge(deliveries, folder / "deskgate.sqlite3", folder)
        click.echo(f"ack --deliveries {deliveries}\n{report}")
        sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    soak()
