"""A Deskgate's database, furnished for the experiments by its own commands, and what is to be read in it afterwards."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from app import create_app
from entitlements.store import db, tables
from entitlements.store.database import in_slices, transaction

CONFIG = {"SECRET_KEY": "for tests only", "ALLOW_LOOPBACK": True}
CUSTOMERS = 5  # of each kind
ROUTE_QUEUE, TRIAGE_QUEUE = 2, 3
ROUTED, QUEUED = "always", "closed"


def email_of(number: int) -> str:
    """Who asks in a numbered ticket: every other is of a customer served round the clock, the others of closed ones.

    Each has an address of its own, since nobody is told twice that we are closed.
    """
    kind = QUEUED if number % 2 else ROUTED
    return f"u{number}@{kind}{number // 2 % CUSTOMERS}.example"


def is_queued(email: str) -> bool:
    return email.partition("@")[2].startswith(QUEUED)


def licenses() -> list[dict[str, object]]:
    """Customers round the clock, and customers whose only open hours are three days away."""
    today = datetime.now(timezone.utc).date()
    year = {"starts_on": str(today - timedelta(days=200)), "ends_on": str(today + timedelta(days=200))}
    hours = {ROUTED: "mon-sun 00:00-24:00", QUEUED: f"{today + timedelta(days=3):%a} 09:00-17:00".lower()}
    return [{"customer": f"{kind}{number}", "domains": [f"{kind}{number}.example"], "weekly": weekly, **year}
            for kind, weekly in hours.items() for number in range(CUSTOMERS)]


class Furnished:
    """Customers and a connection to the stand-in. `hook` is the path of its webhooks. To be used in a `with`."""

    def __init__(self, url: str, desk_url: str, folder: Path):
        self.url, self._folder = url, folder
        self.app = create_app({"DATABASE_URL": url, **CONFIG})
        path = folder / "licenses.json"
        path.write_text(json.dumps(licenses()))
        self.command("import-licenses", str(path))
        added = self.command("connection", "add", "desk", "--kind", "django_helpdesk", "--url", f"{desk_url}/api",
                             "--token", "t0ken", "--mode", "enforce", "--set", f"route_queue={ROUTE_QUEUE}",
                             "--set", f"triage_queue={TRIAGE_QUEUE}")
        self.hook = urlsplit(added.strip().splitlines()[-1]).path

    def __enter__(self) -> Furnished:
        return self

    def __exit__(self, *_: object) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    @property
    def environment(self) -> dict[str, str]:
        """What processes of the same Deskgate need to be told."""
        return {"DATABASE_URL": self.url, "SECRET_KEY": str(CONFIG["SECRET_KEY"]), "ALLOW_LOOPBACK": "1"}

    def command(self, *arguments: str) -> str:
        """Run `gateway ...` in this process; returns what it printed."""
        done = self.app.test_cli_runner().invoke(args=["gateway", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    def deliveries(self) -> Counter[str]:
        """How many there are in each state."""
        return Counter(dict(self._rows(select(tables.Delivery.state, func.count()).group_by(tables.Delivery.state))))

    def events(self) -> Counter[str]:
        return Counter(dict(self._rows(select(tables.Event.state, func.count()).group_by(tables.Event.state))))

    def decisions(self) -> int:
        return self.count(select(func.count()).select_from(tables.Decision))

    def failed_deliveries(self) -> int:
        """How many are owed that have been tried in vain."""
        row = tables.Delivery
        return self.count(select(func.count()).select_from(row).where(row.state == "waiting", row.tries > 0))

    def count(self, query: Any) -> int:
        return int(self._rows(query)[0][0] or 0)

    def is_anything_owed(self) -> bool:
        states = self.deliveries()
        return bool(states["waiting"] + states["sending"])

    def attempts(self) -> Counter[str]:
        return Counter(dict(self._rows(select(tables.Attempt.result, func.count()).group_by(tables.Attempt.result))))

    def is_taken_up(self, remote_id: int) -> bool:
        """Whether what is owed to that ticket is no longer in the hands of the worker that claimed it first."""
        row = tables.Delivery
        return self.count(select(func.count()).select_from(row).join(tables.Ticket, tables.Ticket.id == row.ticket_id)
                          .where(tables.Ticket.remote_id == str(remote_id),
                                 row.repeat_from.is_not(None) | (row.generation > 1))) > 0

    def unsettled(self) -> list[tuple[Any, ...]]:
        """Deliveries that are not done, with what is known of them."""
        row = tables.Delivery
        return self._rows(select(row.id, row.state, row.detail, row.tries, row.due_at)
                          .where(row.state != "done").limit(20))

    def hurry(self) -> None:
        """Make all that waits for a later try due now, as if that time had passed."""
        with self.app.app_context(), transaction():
            now, row = datetime.now(timezone.utc), tables.Delivery
            # Those that a worker holds just now are left for the next time: nobody is to wait for us, nor we for them.
            waiting = list(db.session.scalars(select(row.id).where(row.state == "waiting").order_by(row.id)
                                              .with_for_update(skip_locked=True)))
            for some in in_slices(waiting):
                db.session.execute(update(row).where(row.id.in_(some), row.due_at > now).values(due_at=now))
                db.session.execute(update(row).where(row.id.in_(some)).values(repeat_from=None))
            db.session.execute(update(tables.Connection).values(
                failures=0, broken_since=None, probe_at=None, calm_until=None, pace=1.0))

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self.app.app_context():
            found = [tuple(row) for row in db.session.execute(query)]
            db.session.rollback()
            return found
