"""A small Deskgate for step tests: customers with licenses, one connection, and short ways to make things happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timezone

from sqlalchemy import select

from entitlements.helpdesk import Author, ConnectionConfig, Event, EventKind, Identity, Inbound
from entitlements.rules.decision import Policy
from entitlements.rules.license import Terms
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import targets_list
from entitlements.steps.claims import Batch, Claim, Trying
from entitlements.steps.context import Deskgate
from entitlements.steps.deliver import deliver
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.hooks import Answer, receive
from entitlements.steps.release import release_due
from entitlements.steps.tidy import beat
from entitlements.store import db, tables
from entitlements.store.connections import add_connection
from entitlements.store.database import transaction
from entitlements.store.licenses import license_value
from entitlements.store.schedules import save_schedule
from tests.builders import ALWAYS, a_schedule
from tests.databases import bare_app
from tests.fakes import RIGHT_SECRET, FakeClock, FakeHelpdesk, fake_builder

IT = Identity(email="it@acme.example")
OPS = Identity(email="ops@globex.example")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)
YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


class House:
    """It is Monday 9 March 2026, ten in the morning in Paris, unless a test says otherwise."""

    def __init__(self, url: str):
        self.app = bare_app(url)
        self.clock = FakeClock("2026-03-09 09:00")
        self.helpdesk = FakeHelpdesk()
        self.deskgate = Deskgate(clock=self.clock, policy=Policy(), public_url="https://deskgate.example",
                                 helpdesk=fake_builder(self.helpdesk))
        self.count = 0

    def furnish(self) -> None:
        with transaction():
            self.customer("Acme", "it@acme.example", Terms(schedule=a_schedule(), **YEAR))
            self.customer("Globex", "ops@globex.example", Terms(schedule=ALWAYS, **YEAR))
            self.connect("desk", mode="enforce")

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def connect(self, name: str, mode: str, **settings: str) -> None:
        add_connection(ConnectionConfig(name=name, kind="fake", url="https://desk.example", settings=settings),
                       NEW_YEAR, mode)

    def customer(self, name: str, contact: str, terms: Terms) -> tables.License:
        customer = tables.Customer(name=name, contacts=[tables.Contact(email=contact)])
        license = tables.License(customer=customer, name=f"{name} license")
        db.session.add_all([customer, license])
        db.session.flush()
        self.set_terms(license, terms)
        return license

    def set_terms(self, license: tables.License, terms: Terms) -> None:
        number = len(license.versions) + 1
        license.versions.append(tables.LicenseVersion(
            number=number, schedule=_schedule_row(terms.schedule), starts_on=terms.starts_on, ends_on=terms.ends_on,
            grace_days=terms.grace_days, standing=terms.standing, daily_limit=terms.daily_limit,
            over_limit=terms.over_limit, reserve_seconds=terms.reserve_seconds,
            exempt_severities=sorted(terms.exempt_severities), exempt_from=sorted(terms.exempt_from),
            targets=targets_list(terms.targets), contacts=sorted(terms.contacts), changed_at=self.clock.now(),
            changed_by="test"))
        db.session.flush()

    def change_terms(self, customer: str, **changes: object) -> None:
        """Give a customer's license a new version, in a transaction of its own."""
        with transaction():
            row = db.session.scalars(select(tables.License).join(tables.Customer)
                                     .where(tables.Customer.name == customer)).one()
            self.set_terms(row, replace(license_value(row).terms, **changes))

    def hook(self, *events: Event, connection: str = "desk", body: str = "", secret: str = RIGHT_SECRET) -> Answer:
        """A webhook with these events arrives."""
        self.count += 1
        body = body or f"hook {self.count}"
        if events:
            self.helpdesk.says[body] = events
        inbound = Inbound("POST", "http://127.0.0.1/hooks/desk", {"X-Secret": secret}, body.encode(),
                          self.clock.now())
        return receive(connection, inbound, self.deskgate)

    def created(self, ticket_id: str = "7", identity: Identity = IT, **more: object) -> Answer:
        """A customer has made a ticket just now."""
        more.setdefault("created_at", self.clock.now())
        return self.hook(event(EventKind.CREATED, ticket_id, identity, **more))

    def happened(self, kind: EventKind, ticket_id: str = "7", identity: Identity = Identity(),
                 **more: object) -> Answer:
        return self.hook(event(kind, ticket_id, identity, **more))

    def ticket(self, remote_id: str = "7") -> tables.Ticket:
        db.session.rollback()
        return db.session.scalars(select(tables.Ticket).where(tables.Ticket.remote_id == remote_id)).one()

    def delivery(self) -> tables.Delivery:
        """The first that is owed, or was."""
        return self.rows(tables.Delivery)[0]

    def work(self, rounds: int = 10) -> list[str]:
        """Deliver and release what is due now; returns the actions that reached the helpdesk meanwhile."""
        before = len(self.helpdesk.applied)
        for _ in range(rounds):
            looked_at, batches = release_due(self.deskgate), self.claim()
            for batch in batches:
                deliver(batch, self.deskgate, Trying("test", chance=0.5))
            if not looked_at and not batches:
                break
        return self.helpdesk.actions()[before:]

    def claim(self, worker: str = "test", capacity: int = 50) -> list[Batch]:
        """Have a worker that is alive claim what may go out now."""
        beat(worker, self.clock.now(), capacity)
        hands = Handed()
        Dispatcher(self.deskgate, worker).dispatch(hands)
        return hands.batches

    def claims(self, worker: str = "test") -> list[Claim]:
        return [claim for batch in self.claim(worker) for claim in batch.claims]

    def rows(self, table: type) -> list:
        db.session.rollback()
        return list(db.session.scalars(select(table).order_by(table.id)))


class Handed:
    """Keeps what was handed over."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def hand_over(self, batches: Sequence[Batch]) -> None:
        self.batches = list(batches)

    def begin(self) -> None:
        """A test begins when it likes."""


def event(kind: EventKind, ticket_id: str = "7", identity: Identity = Identity(), **more: object) -> Event:
    event.number = getattr(event, "number", 0) + 1  # type: ignore[attr-defined]
    more.setdefault("key", f"key-{event.number}")  # type: ignore[attr-defined]
    more.setdefault("author", Author.CUSTOMER)
    return Event(kind=kind, ticket_id=ticket_id, identity=identity, **more)  # type: ignore[arg-type]


def _schedule_row(schedule: Schedule) -> tables.Schedule:
    """The stored schedule with that definition; its repr serves as a name."""
    name = repr(schedule)
    found = db.session.scalar(select(tables.Schedule).where(tables.Schedule.name == name))
    return found or save_schedule(name, schedule, (), NEW_YEAR, "test")
