"""A helpdesk that is gone: few probes, no try used up, and everything delivered in order soon after it is back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, EventKind, Receipt
from entitlements.rules.circuit import PROBE_EVERY
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps.people import Override, override
from entitlements.store import tables
from entitlements.store.connections import get_connection, pause, resume
from entitlements.store.database import transaction
from tests.builders import utc
from tests.outage.story import KINDS, Outage, some_tickets
from tests.steps.house import OPS, House


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    yield from furnished(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=sorted(KINDS))
def outage(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Outage]:
    for house in furnished(sqlite_url):
        yield Outage(house, KINDS[request.param])


def furnished(url: str) -> Iterator[House]:
    house = House(url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def states(house: House) -> set[str]:
    return {row.state for row in house.rows(tables.Delivery)}


def test_while_it_is_gone_it_is_asked_once_in_half_a_minute_and_afterwards_gets_everything(outage: Outage):
    house = outage.house
    some_tickets(house, 8)
    outage.lasts(minutes=8)
    assert len(outage.calls) >= 12
    assert outage.shortest_pause() >= PROBE_EVERY
    made_up_after = outage.made_up_after(timedelta(minutes=10))
    assert made_up_after is not None
    assert sorted(each.ticket_id for each in house.helpdesk.applied) == [str(number) for number in range(8)]


def test_an_outage_uses_up_no_try_and_nothing_dies_of_it(house: House):
    outage = Outage(house, KINDS["answers 503"])
    some_tickets(house, 6)
    outage.lasts(minutes=5)
    tries = [row.tries for row in house.rows(tables.Delivery)]
    house.clock.go_on(days=9)
    outage.lasts(minutes=5)
    assert [row.tries for row in house.rows(tables.Delivery)] == tries
    assert states(house) == {"waiting"}


def test_what_was_overtaken_meanwhile_costs_no_probe(house: House):
    """All night tickets are queued, in the morning they are let go: nobody is told the first any more."""
    house.clock.at = utc("2026-03-08 20:00")
    outage = Outage(house, KINDS["answers 503"])
    for number in range(15):
        house.created(str(number))
    outage.lasts(minutes=3)
    house.clock.at = utc("2026-03-09 08:00")
    outage.lasts(minutes=1)
    outage.end()
    for _ in range(5):
        house.work(50)
        house.clock.go_on(seconds=10)
    assert house.helpdesk.actions() == ["release"] * 15
    assert states(house) == {"done", "gone"}


def test_a_helpdesk_that_says_when_it_is_back_is_not_asked_before(house: House):
    outage = Outage(house, DeliveryError("maintenance", status=503, retry_after=55))
    some_tickets(house, 6)
    outage.lasts(minutes=12)
    assert outage.shortest_pause() >= timedelta(seconds=55)
    assert len(outage.calls) > 12


def test_deliveries_of_a_ticket_stay_in_order_through_an_outage(house: House):
    house.clock.set("2026-03-08 12:00")
    outage = Outage(house, KINDS["refuses"])
    for number in range(6):
        house.created(str(number))
    outage.lasts(minutes=3)
    with transaction():
        override(1, Override(Outcome.ROUTE, "let it through"), "desk-1", house.clock.now(), house.deskgate)
    house.happened(EventKind.REPLIED, "2", public=True)
    outage.lasts(minutes=3)
    outage.end()
    for _ in range(12):
        house.work(1)
        house.clock.go_on(seconds=10)
    by_ticket = {number: [each.action.value for each in house.helpdesk.applied if each.ticket_id == str(number)]
                 for number in range(3)}
    assert by_ticket == {0: ["release"], 1: ["queue"], 2: ["queue", "queue"]}


def test_urgent_tickets_probe_first(house: House):
    outage = Outage(house, KINDS["refuses"])
    some_tickets(house, 5)
    outage.lasts(minutes=1)
    house.created("urgent", OPS, severity=Severity.URGENT)
    outage.end()
    house.clock.go_on(seconds=30)
    house.work(1)
    assert [each.ticket_id for each in house.helpdesk.applied] == ["urgent"]


def test_one_ticket_that_fails_alone_does_not_stop_the_others(house: House):
    apply = house.helpdesk.apply

    def bad_one(delivery: Delivery) -> Receipt:
        if delivery.ticket_id == "bad":
            raise DeliveryError("its page is broken", status=500)
        return apply(delivery)

    house.helpdesk.apply = bad_one  # type: ignore[method-assign]
    house.created("bad", OPS)
    for number in range(20):
        house.created(str(number), OPS)
        house.work(2)
        house.clock.go_on(seconds=30)
    assert len(house.helpdesk.applied) == 20
    assert house.rows(tables.Connection)[0].broken_since is None


def test_what_got_no_answer_a_moment_ago_is_not_repeated_before_it_may_have_had_its_effect(house: House):
    outage = Outage(house, KINDS["refuses"])
    some_tickets(house, 6)
    outage.lasts(minutes=2)
    outage.trouble = KINDS["hangs"]
    asked = len(outage.calls)
    while len(outage.calls) == asked:
        outage.lasts(seconds=10)
    unanswered = outage.calls[-1]
    outage.end()
    tried: list[datetime] = []
    apply = house.helpdesk.apply

    def noting(delivery: Delivery) -> Receipt:
        tried.append(house.clock.now())
        return apply(delivery)

    house.helpdesk.apply = noting  # type: ignore[method-assign]
    for _ in range(30):
        house.work(1)
        house.clock.go_on(seconds=10)
    assert states(house) == {"done"}
    assert max(tried) - unanswered >= timedelta(seconds=60)


def test_a_fault_of_ours_is_no_outage(house: House):
    house.helpdesk.apply = lambda _delivery: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    some_tickets(house, 9)
    house.work(3)
    assert house.rows(tables.Connection)[0].broken_since is None


def test_resuming_a_paused_connection_forgets_the_outage(house: House):
    outage = Outage(house, KINDS["refuses"])
    some_tickets(house, 5)
    outage.lasts(minutes=1)
    outage.end()
    with transaction():
        pause(get_connection("desk"), "moved", house.clock.now())
    with transaction():
        resume(get_connection("desk"))
    house.clock.go_on(minutes=10)
    assert house.work(1) == ["route"] * 5


def test_a_try_without_an_answer_is_given_a_minute_to_have_its_effect(house: House):
    house.created("7", OPS, severity=Severity.URGENT)
    house.helpdesk.fails = [KINDS["hangs"]]
    house.work(1)
    assert (house.rows(tables.Delivery)[0].due_at - house.clock.now()).total_seconds() >= 60
    house.clock.go_on(seconds=61)
    assert house.work(1) == ["route"]
    assert house.helpdesk.applied[0].try_number == 2


def test_a_helpdesk_that_asks_for_patience_gets_it_from_all_tickets(house: House):
    some_tickets(house, 1)
    house.helpdesk.fails = [DeliveryError("slow down", status=429, retry_after=40)]
    house.work(1)
    some_tickets(house, 3)
    assert house.work(3) == []
    house.clock.go_on(seconds=41)
    assert house.work(3) == ["route"] * 3
    assert house.rows(tables.Connection)[0].pace < 1


def test_an_odd_wish_to_wait_for_an_hour_keeps_others_a_minute_at_most(house: House):
    some_tickets(house, 1)
    house.helpdesk.fails = [DeliveryError("slow down", status=429, retry_after=3600)]
    house.work(1)
    house.created("9", OPS)
    house.clock.go_on(seconds=61)
    assert house.work(1) == ["route"]
    assert house.rows(tables.Delivery)[0].due_at >= house.clock.now() + timedelta(minutes=58)
