"""A Monday morning on the simulated clock: what waits since the weekend, what comes in live, what agents do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from entitlements.helpdesk import EventKind, Identity
from entitlements.rules.license import Terms
from entitlements.rules.ticket import Severity
from entitlements.steps.claims import Trying
from entitlements.steps.deliver import deliver
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.forecast import expected_releases
from entitlements.steps.release import release_due
from entitlements.steps.tidy import beat
from entitlements.store import tables
from entitlements.store.database import transaction
from entitlements.store.deliveries import is_any_due
from tests.builders import a_schedule, utc
from tests.fakes import fake_builder
from tests.herd.desk import LimitedDesk
from tests.steps.house import OPS, YEAR, Handed, House, event

NINE = utc("2026-03-09 08:00")  # in Paris
ROUNDS_A_SECOND = 2


@dataclass(frozen=True)
class Plan:
    """How large everything is. Rates are by the minute. `tells`: the helpdesk says what is left of its limit."""

    tickets: int = 5000
    customers: int = 400
    urgent: int = 10
    live: int = 20
    agents: int = 40
    per_minute: int = 100
    bulk: int = 100
    tells: bool = True
    seed: int = 1


@dataclass
class Morning:
    """Runs a plan and remembers when each live ticket came in and when each queued one was expected."""

    house: House
    plan: Plan
    made_at: dict[str, datetime] = field(default_factory=dict)
    expected: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)
        self.desk = LimitedDesk(self.house.clock, self.plan.per_minute, self.plan.bulk, self.plan.tells)
        self.house.helpdesk = self.desk
        self.house.deskgate = self.house.deskgate.__class__(
            clock=self.house.clock, policy=self.house.deskgate.policy, public_url="https://deskgate.example",
            helpdesk=fake_builder(self.desk))
        self._dispatcher = Dispatcher(self.house.deskgate, "test")

    def fill(self) -> None:
        """The weekend: tickets of closed customers pile up, a few large ones with most of them."""
        self.house.clock.at = NINE - timedelta(hours=10)
        with transaction():
            for number in range(self.plan.customers):
                self.house.customer(f"Customer {number}", f"it@c{number}.example", Terms(schedule=a_schedule(), **YEAR))
        for number in range(self.plan.tickets):
            customer = int(self.plan.customers * self.random.random() ** 2)
            severity = Severity.URGENT if number < self.plan.urgent else self.random.choice([Severity.NORMAL] * 4
                                                                                             + [Severity.HIGH])
            self.house.created(f"q{number}", Identity(email=f"it@c{customer}.example"), severity=severity)
            self.house.clock.go_on(seconds=6 * 3600 / self.plan.tickets)
        while is_any_due(self.house.clock.now()):  # putting them on hold is over long before nine
            self._work()
            self.house.clock.go_on(seconds=1)
        assert self.house.clock.now() < NINE - timedelta(hours=1)
        self.desk.applied.clear()
        self.desk.out_at.clear()
        self.desk.is_open = True
        self._dispatcher = Dispatcher(self.house.deskgate, "test")

    def look(self) -> None:
        """What the pages show shortly before nine."""
        self.house.clock.at = NINE - timedelta(seconds=30)
        numbers = {row.id: row.remote_id for row in self.house.rows(tables.Ticket)}
        found = expected_releases(self.house.clock.now(), self.house.deskgate)
        self.expected = {str(numbers[ticket_id]): at for ticket_id, at in found.items()}

    def run(self, minutes: int) -> None:
        """From shortly before nine on, until the herd is out or the time is."""
        end = NINE + timedelta(minutes=minutes)
        while self.house.clock.now() < end and not self._is_out():
            self.desk.agents_work(self._happens(self.plan.agents))
            for _ in range(self._happens(self.plan.live)):
                self._live_ticket()
            for _ in range(ROUNDS_A_SECOND):
                self._work()
            self.house.clock.go_on(seconds=1)

    def _is_out(self) -> bool:
        return sum(ticket.startswith("q") for ticket in self.desk.out_at) == self.plan.tickets

    def _happens(self, per_minute: int) -> int:
        """How often something that happens so often a minute happens in this second."""
        return sum(self.random.random() < per_minute / 600 for _ in range(10))

    def _live_ticket(self) -> None:
        number = f"l{len(self.made_at)}"
        self.made_at[number] = self.house.clock.now()
        self.house.hook(event(EventKind.CREATED, number, OPS, created_at=self.house.clock.now()))

    def _work(self) -> int:
        now, hands = self.house.clock.now(), Handed()
        beat("test", now, 8)
        released = release_due(self.house.deskgate)
        self._dispatcher.dispatch(hands)
        for batch in hands.batches:
            deliver(batch, self.house.deskgate, Trying("test", chance=self.random.random()))
        return released + len(hands.batches)
