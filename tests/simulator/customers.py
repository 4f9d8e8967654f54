"""The thirty customers of the simulated world, and the database they are entered in, made once and then copied."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from entitlements.helpdesk import ConnectionConfig
from entitlements.steps.import_licenses import How, import_licenses
from entitlements.store import db
from entitlements.store.access import add_token
from entitlements.store.connections import add_connection
from entitlements.store.database import transaction
from tests.rules.oracle import Oracle
from tests.simulator.agenda import BEGINNING

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKDAYS, "sat", "sun")
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Sao_Paulo", "UTC")
QUEUES = {"route_queue": "2", "triage_queue": "4", "renewals_queue": "5", "marker_field": "marker"}
SECRET = "a-secret-in-the-address-of-the-hooks"
DESK = ConnectionConfig(name="desk", kind="django_helpdesk", url="https://desk.example/helpdesk", token="a-token",
                        secrets=(SECRET,), settings=QUEUES)


@dataclass(frozen=True)
class Buyer:
    """A customer as its license was written down."""

    name: str
    zone: str
    weekly: dict[str, list[list[str]]]
    limit: int | None = None
    exempt: tuple[str, ...] = ()
    reserve_minutes: int = 0
    state: str = ""
    holidays: tuple[str, ...] = ()
    dates: tuple[str, str] = ("2026-01-01", "2026-12-31")

    @property
    def people(self) -> tuple[str, str]:
        return f"it@{self.name}.example", f"ops@{self.name}.example"

    @property
    def is_in_force(self) -> bool:
        return not self.state and self.dates[1] >= "2026-03-20"

    def row(self) -> dict[str, Any]:
        """The license as a row of an import."""
        more: dict[str, Any] = {"daily_limit": self.limit} if self.limit else {}
        more |= {"state": self.state} if self.state else {}
        more |= {"exempt_severities": list(self.exempt)} if self.exempt else {}
        more |= {"reserve_minutes": self.reserve_minutes} if self.reserve_minutes else {}
        return {"customer": self.name, "license": f"{self.name} support", "zone": self.zone, "weekly": self.weekly,
                "holidays": list(self.holidays), "starts_on": self.dates[0], "ends_on": self.dates[1],
                "domains": [f"{self.name}.example"], **more}

    @property
    def oracle(self) -> Oracle:
        """The slow reading of its schedule."""
        return _oracle(json.dumps({"zone": self.zone, "weekly": self.weekly, "holidays": self.holidays}))


@cache
def _oracle(written: str) -> Oracle:
    return Oracle(json.loads(written), 60)


def _week(start: str, end: str, days: tuple[str, ...] = WORKDAYS) -> dict[str, list[list[str]]]:
    return {day: [[start, end]] for day in days}


def _buyers() -> tuple[Buyer, ...]:
    found = [Buyer(f"office{n}", zone, _week("09:00", "17:00")) for n, zone in enumerate(ZONES)]
    found += [Buyer(f"limited{n}", zone, _week("08:00", "18:00", EVERY_DAY), limit=3 * 3600)
              for n, zone in enumerate(ZONES)]
    found += [Buyer(f"tight{n}", zone, _week("00:00", "24:00", EVERY_DAY), limit=3600, reserve_minutes=30)
              for n, zone in enumerate(ZONES)]
    found += [Buyer(f"night{n}", zone, _week("22:00", "06:00")) for n, zone in enumerate(ZONES[:2])]
    found += [Buyer(f"exempt{n}", zone, _week("09:00", "12:00"), exempt=("urgent",))
              for n, zone in enumerate(ZONES[:3])]
    found += [Buyer(f"feast{n}", zone, _week("09:00", "17:00"), holidays=("2026-03-04", "2026-03-06"))
              for n, zone in enumerate(ZONES[:2])]
    found += [Buyer(f"always{n}", "UTC", _week("00:00", "24:00", EVERY_DAY)) for n in range(2)]
    found += [Buyer("former0", "Europe/Paris", _week("09:00", "17:00"), dates=("2025-01-01", "2025-12-31")),
              Buyer("former1", "UTC", _week("09:00", "17:00"), state="suspended"),
              Buyer("lunch0", "Europe/Paris", {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in WORKDAYS})]
    return tuple(found)


BUYERS = _buyers()
BY_NAME = {buyer.name: buyer for buyer in BUYERS}


@dataclass(frozen=True)
class Template:
    """A database with all of this in it, and the token that its REST API knows."""

    path: Path
    token: str = field(repr=False)


def make_template(app: Flask, path: Path) -> Template:
    """Enter customers, licenses, the connection and a token into the fresh database of the application."""
    before = BEGINNING - timedelta(days=1)
    rows = json.dumps([buyer.row() for buyer in BUYERS]).encode()
    with app.app_context():
        upgrade()
        with transaction():
            report = import_licenses(rows, How("simulator", confirmed=len(BUYERS)), before)
            assert report.applied, report
        with transaction():
            add_connection(DESK, before, "enforce")
            token = add_token("simulator", ["tickets:write"], before)
        db.session.remove()
        db.engine.dispose()
    return Template(path, token)
