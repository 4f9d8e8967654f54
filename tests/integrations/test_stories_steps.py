"""A ticket's whole life in every helpdesk, through the real steps and a real database: webhooks in, changes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from entitlements.helpdesk import ConnectionConfig, Inbound, Permit
from entitlements.rules.reasons import Reason
from entitlements.steps.hooks import receive
from entitlements.steps.reading import read, take_up
from entitlements.store import db, tables
from entitlements.store.connections import add_connection
from entitlements.store.database import transaction
from integrations import build
from integrations.tools import Tools
from tests.integrations.stories import Connected, connected
from tests.standins.all import BENCHES
from tests.steps.house import NEW_YEAR, House
from tests.steps.unread import claimed

NIGHT, MORNING, DAY = "2026-03-09 20:00", "2026-03-10 08:00", "2026-03-09 10:00"
NAME = "real"


@dataclass
class Story:
    """A small Deskgate with Acme's business hours, and a helpdesk in which Acme's people write."""

    house: House
    desk: Connected

    def goes_on(self) -> None:
        """What the helpdesk would send is received, what is owed is delivered, until both are done."""
        for _ in range(5):
            sent = self.receive(self.desk.bench.webhooks()) + self.receive(self.desk.bench.echoes())
            if not (sent or self.read() or self.deliver()):
                return

    def read(self) -> int:
        """Read the tickets of webhooks that did not say who asks."""
        due = claimed(self.house)
        for each in due:
            read(take_up(each, self.house.deskgate), self.house.deskgate)
        return len(due)

    def deliver(self) -> int:
        """Release and deliver what is due. Returns how many changes were carried out."""
        before = self._done()
        self.house.work()
        return self._done() - before

    def _done(self) -> int:
        return sum(row.state == "done" for row in self.house.rows(tables.Delivery))

    def receive(self, inbounds: Sequence[Inbound]) -> int:
        for inbound in inbounds:
            assert receive(NAME, inbound, self.house.deskgate).status in (200, 202)
        return len(inbounds)

    def at(self, moment: str) -> None:
        self.desk.clock.set(moment)
        self.goes_on()

    def decided(self, ticket_id: str) -> tuple[str, str]:
        ticket = self.house.ticket(ticket_id)
        return ticket.state, ticket.decision.reason

    def parked(self) -> list[str]:
        return [row.trouble for row in self.house.rows(tables.Event) if row.state == "parked"]


@pytest.fixture(params=sorted(BENCHES))
def story(request: pytest.FixtureRequest, sqlite_url: str, tools: Tools) -> Iterator[Story]:
    house = House(sqlite_url)
    tools = replace(tools, clock=house.clock)
    bench = BENCHES[request.param](house.clock)
    bench.serving.go_by(house.clock)
    with house.app.app_context(), bench.serving:
        house.furnish()
        desk = connected(bench, tools, house.clock)
        house.deskgate = replace(house.deskgate, helpdesk=lambda config, permit=None: _built(config, permit, tools))
        with transaction():
            add_connection(replace(desk.config, name=NAME), NEW_YEAR, "enforce")
        yield Story(house, desk)
    house.close()


def _built(config: ConnectionConfig, permit: Permit | None, tools: Tools) -> object:
    return build(config, tools if permit is None else replace(tools, http=tools.http.permitted(permit)))


def test_a_ticket_of_the_night_waits_and_is_let_go_in_the_morning(story: Story) -> None:
    story.at(NIGHT)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    assert story.decided(ticket_id) == ("queued", Reason.OUTSIDE_HOURS)
    state = story.desk.state(ticket_id)
    assert (state.standing, state.group) == ("held", story.desk.groups["queue"])
    story.at(MORNING)
    story.house.clock.go_on(minutes=1)
    story.goes_on()
    assert story.decided(ticket_id)[0] == "routed"
    after = story.desk.state(ticket_id)
    assert (after.standing, after.group, after.told) == ("open", story.desk.groups["route"], state.told)
    assert story.parked() == []


def test_a_ticket_of_the_day_goes_straight_to_the_agents(story: Story) -> None:
    story.at(DAY)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    assert story.decided(ticket_id) == ("routed", Reason.WITHIN_HOURS)
    assert story.desk.state(ticket_id).group == story.desk.groups["route"]
    assert len(story.house.rows(tables.Decision)) == 1, "our own changes coming back have led to another decision"


def test_an_agent_who_takes_a_waiting_ticket_keeps_it(story: Story) -> None:
    story.at(NIGHT)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    story.house.clock.go_on(minutes=10)
    story.desk.bench.agent_takes(ticket_id)
    story.goes_on()
    assert story.decided(ticket_id) == ("routed", Reason.TAKEN_EARLY)
    state = story.desk.state(ticket_id)
    assert state.standing == "open"
    assert state.assignee


def test_a_customer_who_writes_again_is_put_back_once_and_told_nothing_more(story: Story) -> None:
    story.at(NIGHT)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    before = story.desk.state(ticket_id)
    for _ in range(2):
        story.house.clock.go_on(minutes=10)
        story.desk.bench.customer_writes(ticket_id)
        story.goes_on()
        assert story.decided(ticket_id)[0] == "queued"
    state = story.desk.state(ticket_id)
    assert (state.told, state.notes) == (before.told, before.notes)


def test_a_closing_withdraws_what_is_owed(story: Story) -> None:
    story.at(NIGHT)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    story.house.clock.go_on(minutes=10)
    story.desk.bench.agent_closes(ticket_id)
    story.goes_on()
    before = story.desk.state(ticket_id)
    assert story.house.ticket(ticket_id).closed_at is not None
    story.at(MORNING)
    assert story.desk.state(ticket_id) == before
    assert before.standing == "closed"


def test_a_closed_ticket_that_the_customer_opens_again_at_night_is_queued_anew(story: Story) -> None:
    story.at(DAY)
    ticket_id = story.desk.bench.opens()
    story.goes_on()
    story.house.clock.go_on(minutes=10)
    story.desk.bench.agent_closes(ticket_id)
    story.goes_on()
    story.desk.clock.set(NIGHT)
    story.desk.bench.customer_reopens(ticket_id)
    story.goes_on()
    assert story.decided(ticket_id) == ("queued", Reason.OUTSIDE_HOURS)
    assert story.desk.state(ticket_id).standing == "held"


def test_somebody_unknown_is_looked_at_by_a_person(story: Story) -> None:
    story.at(DAY)
    ticket_id = story.desk.bench.opens(email="someone@nowhere.example")
    story.goes_on()
    assert story.decided(ticket_id) == ("routed", Reason.UNKNOWN_CUSTOMER)
    assert story.desk.state(ticket_id).group == story.desk.groups["triage"]


def test_webhooks_that_come_twice_and_in_the_wrong_order_end_the_same(story: Story) -> None:
    story.at(NIGHT)
    ticket_id = story.desk.bench.opens()
    story.house.clock.go_on(minutes=1)
    story.desk.bench.customer_writes(ticket_id)
    sent = story.desk.bench.webhooks()
    story.receive([*reversed(sent), *sent])
    story.goes_on()
    assert story.decided(ticket_id)[0] == "queued"
    assert story.desk.state(ticket_id).standing == "held"
    db.session.rollback()
    assert len(story.house.rows(tables.Ticket)) == 1
