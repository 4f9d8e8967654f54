"""The first look: demo data, and demo tickets sent through the real webhook."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from entitlements.cli.speaking import deskgate, now, remark, result
from entitlements.errors import NotFound
from entitlements.helpdesk import Inbound, NewTicket
from entitlements.rules.ticket import Severity
from entitlements.steps.seed import DEMO, FIRST_ADMIN, DemoCustomer, first_admin, seconds_left, seed
from entitlements.store import db
from entitlements.store.connections import SANDBOX, config_of, find_connection
from entitlements.store.database import transaction
from entitlements.store.tickets import get_ticket

LOOPBACK = "127.0.0.1"
PATIENCE = 30


@dataclass(frozen=True)
class DemoTicket:
    """A ticket to send: from whom, how bad, and about what."""

    sender: str
    subject: str
    severity: Severity = Severity.NORMAL
    customer: DemoCustomer | None = None


def demo_tickets() -> Iterator[DemoTicket]:
    """One ticket of each demo customer, an urgent one outside business hours, and one of a stranger."""
    for customer in DEMO:
        yield DemoTicket(customer.address, f"A question from {customer.name}", customer=customer)
    yield DemoTicket("it@lutece.example", "Nothing works any more", Severity.URGENT)
    yield DemoTicket("somebody@stranger.example", "Do you support us?")


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Make the demo data and the first admin, and print where and how to sign in."""
    at = now()
    with transaction():
        seeded, password = seed(at), first_admin(at)
    if seeded.demo:
        remark("Demo customers: " + "; ".join(f"{each.name} ({each.about})" for each in DEMO))
    else:
        remark("This database has customers of its own: no demo data was added.")
    result(f"Address:  {deskgate().public_url}")
    result(f"User:     {FIRST_ADMIN}")
    result(f"Password: {password}  (one-time: choose your own after signing in)" if password
           else "Password: the one that the admin has chosen")


@click.command("demo-ticket")
@click.option("--port", type=click.IntRange(1, 65535), help="Where Deskgate listens. [default: PORT, else 8000]")
@with_appcontext
def demo_ticket(port: int | None) -> None:
    """Send signed tickets of the demo customers through the webhook and print each decision."""
    desk = Desk(port or current_app.extensions["deskgate_settings"].PORT)
    desk.require_answer()
    for ticket in demo_tickets():
        created = desk.open(ticket)
        if ticket.customer is not None and ticket.customer.used_up:
            desk.use_up(ticket.customer, created)
        _tell(desk.send(created), ticket)


def _tell(answer: dict[str, Any], ticket: DemoTicket) -> None:
    if not answer.get("ticket"):
        raise click.ClickException(f"the ticket of {ticket.sender} was not decided: {json.dumps(answer)}")
    db.session.rollback()
    decided = get_ticket(int(answer["ticket"]))
    customer = decided.customer.name if decided.customer else ticket.sender
    result(f"{answer['outcome']:<6}  {answer['reason']:<19}  {customer:<25}  {decided.decision.agent_text}")


class Desk:
    """The sandbox, whose webhooks are sent over HTTP to a running Deskgate on this machine."""

    def __init__(self, port: int):
        self._port = port
        row = find_connection(SANDBOX)
        if row is None:
            raise NotFound("there is no sandbox to send from; run: flask --app app gateway seed")
        self._helpdesk: Any = deskgate().helpdesk(config_of(row))
        db.session.rollback()

    def open(self, ticket: DemoTicket) -> Inbound:
        """A customer opens a ticket in the sandbox. Returns the webhook about it, not sent yet."""
        new = NewTicket(ticket.subject, "A ticket sent by `make demo-ticket`.", ticket.sender)
        opened: Inbound = self._helpdesk.open_ticket(new, ticket.severity)
        return opened

    def use_up(self, customer: DemoCustomer, created: Inbound) -> None:
        """An agent logs what is left of the customer's time for today."""
        left = seconds_left(customer, now())
        db.session.rollback()
        if left > 0:
            self.send(self._helpdesk.log_time(json.loads(created.body)["data"]["id"], left))
            remark(f"{customer.name}: logged the {left} seconds that were left of today's time")

    def require_answer(self) -> None:
        """Raises ClickException when no Deskgate listens."""
        self._exchange("GET", "/healthz")

    def send(self, inbound: Inbound) -> dict[str, Any]:
        """Send a webhook. Returns the answer."""
        status, body = self._exchange(inbound.method, inbound.url, inbound.body, dict(inbound.headers))
        if status not in (200, 202):
            raise click.ClickException(f"the webhook was answered {status}: {body[:200].decode(errors='replace')}; is "
                                       f"the Deskgate at port {self._port} the one with this database?")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None = None,
                  headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise click.ClickException(f"no Deskgate answers at http://{LOOPBACK}:{self._port} ({error}); start one: "
                                       f"make run PORT={self._port}") from None
        finally:
            connection.close()
