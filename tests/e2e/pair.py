"""A desk and a gateway that know each other, and short ways to say what customers and agents do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.desk import Desk
from tests.gateway import Gateway, wait_until
from tests.source_tree import ROOT

CLOSED_ALWAYS = "closed@closed.example"
ROUND_THE_CLOCK = "ops@always.example"
EXPIRED = "it@expired.example"
LIMITED = "it@limited.example"
DESCRIPTION = ROOT / "docs/helpdesks/generic/django-helpdesk.toml"
CLOSED_REASON = "license_cancelled"


class Pair:
    """The desk's inbox is queue `inbox`; Deskgate routes to `priority` round the clock and to `standard` otherwise."""

    def __init__(self, desk: Desk, gateway: Gateway):
        self.desk, self.gateway, self.connection = desk, gateway, "desk"

    def start(self) -> None:
        self.desk.start()
        self.gateway.upgrade()
        self.gateway.import_licenses(*licenses())
        queues = self.desk.queues
        added = self.gateway.gateway(
            "connection", "add", "desk", "--kind", "django_helpdesk", "--url", self.desk.api_url,
            "--token", self.desk.token("gateway"), "--set", f"route_queue={queues['standard']}",
            "--set", f"route_queue.always_open={queues['priority']}", "--set", f"triage_queue={queues['inbox']}",
            "--set", f"renewals_queue={queues['no-cover']}", "--set", f"reject.{CLOSED_REASON}=close",
            "--set", "outcome_field=entitlement")
        self.hook = added.strip().splitlines()[-1]
        self.gateway.gateway("connection", "mode", "desk", "enforce")
        self.gateway.start()
        self.desk.set_hooks([self.hook])

    @contextmanager
    def described(self) -> Iterator[None]:
        """The desk talks to a connection that only a description makes; the usual one looks on."""
        self.gateway.gateway("connection", "mode", "desk", "observe")
        queues = self.desk.queues
        added = self.gateway.gateway(
            "connection", "add", "described", "--kind", "generic", "--url", self.desk.api_url,
            "--token", self.desk.token("gateway"), "--set", f"description=@{DESCRIPTION}", "--mode", "enforce",
            "--set", f"route_group={queues['standard']}", "--set", f"route_group.always_open={queues['priority']}",
            "--set", f"renewals_group={queues['no-cover']}")
        self.desk.set_hooks([added.strip().splitlines()[-1]])
        self.connection = "described"
        yield
        self.connection = "desk"
        self.desk.set_hooks([self.hook])
        self.gateway.gateway("connection", "mode", "desk", "enforce")

    def stop(self) -> None:
        self.gateway.stop()
        self.desk.stop()

    def decided(self, ticket_id: int) -> dict[str, Any]:
        """Deskgate's ticket for one of the desk's, once it knows it."""
        return wait_until(lambda: self._find(ticket_id), what=f"Deskgate's decision about {ticket_id}")

    def _find(self, ticket_id: int) -> dict[str, Any] | None:
        tickets = self.gateway.api("GET", "/tickets?limit=200").json()["tickets"]
        wanted = (str(ticket_id), self.connection)
        return next((each for each in tickets if (each["remote_id"], each["connection"]) == wanted), None)

    def settled(self, ticket_id: int) -> dict[str, Any]:
        """The desk's ticket, once Deskgate owes it nothing more."""
        ours = self.decided(ticket_id)["id"]

        def is_done() -> bool:
            deliveries = self.gateway.api("GET", f"/tickets/{ours}").json()["deliveries"]
            return bool(deliveries) and all(each["state"] in ("done", "gone") for each in deliveries)

        wait_until(is_done, what=f"the deliveries about {ticket_id}")
        return self.desk.ticket(ticket_id)

    def until(self, ticket_id: int, condition: Callable[[dict[str, Any]], bool], seconds: float = 20) -> dict[str, Any]:
        """The desk's ticket, once it is as wanted."""
        def look() -> dict[str, Any] | None:
            ticket = self.desk.ticket(ticket_id)
            return ticket if condition(ticket) else None

        return wait_until(look, seconds, f"the change of ticket {ticket_id}")

    def ours(self, ticket: dict[str, Any]) -> list[dict[str, Any]]:
        """What Deskgate wrote below a ticket."""
        us = self.desk.users["gateway"]["id"]
        return [each for each in ticket["followup_set"] if each["user"] == us]


def licenses() -> list[dict[str, object]]:
    """One customer of each kind. Closed hours are on the weekday three days away, whenever this is run."""
    today = datetime.now(timezone.utc).date()
    year = {"starts_on": str(today - timedelta(days=200)), "ends_on": str(today + timedelta(days=200))}
    other_day = (today + timedelta(days=3)).strftime("%a").lower()
    always = "mon-sun 00:00-24:00"
    return [
        {"customer": "Closed", "contacts": [CLOSED_ALWAYS], "weekly": f"{other_day} 09:00-17:00", **year},
        {"customer": "Always", "contacts": [ROUND_THE_CLOCK], "weekly": always, **year},
        {"customer": "Limited", "contacts": [LIMITED], "weekly": always, "daily_limit": "3hrs", **year},
        {"customer": "Expired", "contacts": [EXPIRED], "weekly": always,
         "starts_on": str(today - timedelta(days=400)), "ends_on": str(today - timedelta(days=2))},
        {"customer": "Cancelled", "contacts": ["it@cancelled.example"], "weekly": always, "state": "cancelled", **year},
    ]
