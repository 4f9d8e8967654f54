"""A running Deskgate as the browser tests need it: set up by its own commands, with windows that open in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.builders import EVERY_DAY
from tests.gateway import Gateway

HOURS = 5 * 3600
CONTOSO = "it@contoso.example"
LONG_ADDRESS = f"a.long.address.of.somebody@{'x' * 40}.example"


class RunningDesk:
    """Web and worker in a process of their own, on a free port of loopback.

    Contoso, and somebody with a long name, are closed for five hours from the start on: until `opens`.
    """

    def __init__(self, folder: Path):
        self._gateway = Gateway(folder)
        self._gateway.environment["LOGIN_LIMIT"] = "200 per minute"  # each test signs in, from the same address
        self.url = self._gateway.url
        self.password = ""
        self.opens = datetime.now(timezone.utc)

    def start(self) -> None:
        self._gateway.upgrade()
        self.password = self._gateway.gateway("user", "add", "desk-1", "--role", "admin").strip()
        self._gateway.gateway("connection", "add", "sandbox", "--kind", "sandbox")
        self.opens = self._opening(HOURS)
        self._gateway.import_licenses(
            _license("Contoso", CONTOSO, self.opens, exempt_severities=["urgent"]),
            _license("A customer whose name is as long as names of customers get", LONG_ADDRESS, self.opens))
        self._gateway.start()

    def stop(self) -> None:
        self._gateway.stop()

    def add_customer(self, name: str, contact: str, opens_in: float) -> None:
        """A customer whose support opens in so many seconds."""
        self._gateway.import_licenses(_license(name, contact, self._opening(opens_in)))

    def link(self, contact: str) -> str:
        """A customer's personal link to the submit page."""
        return self._gateway.gateway("link", contact).strip()

    def _opening(self, seconds: float) -> datetime:
        return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).replace(microsecond=0)


def _license(name: str, contact: str, opens: datetime, **more: object) -> dict[str, object]:
    """One that is open for an hour a day from that instant on."""
    start, end = (at.strftime("%H:%M:%S") for at in (opens, opens + timedelta(hours=1)))
    return {"customer": name, "license": "An hour a day", "zone": "UTC", "contacts": [contact],
            "starts_on": str((opens - timedelta(days=30)).date()), "ends_on": str((opens + timedelta(days=30)).date()),
            "weekly": {day: [[start, end]] for day in EVERY_DAY}, **more}
