"""Tries that were cut short: by a worker that died, or by a database that did not take what came of them; and
tries that could not even be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from entitlements.errors import ConfigError, DeliveryError
from entitlements.rules.retry import UNKNOWN_DELAY
from entitlements.steps import release
from entitlements.steps.claims import Trying, take_up_lost
from entitlements.steps.deliver import deliver
from entitlements.steps.release import release_due
from entitlements.steps.settle import give_up_claim
from entitlements.store import tables
from entitlements.store.connections import get_connection, resume
from entitlements.store.database import transaction
from tests.fakes import FakeHelpdesk
from tests.steps.house import OPS, House


def test_what_came_of_a_try_and_could_not_be_written_down_is_not_repeated_before_it_may_have_had_its_effect(owing):
    (claim,) = owing.claims()
    assert give_up_claim(claim, owing.deskgate, 0.5) == "waiting"
    until = owing.clock.now() + timedelta(seconds=UNKNOWN_DELAY)
    owing.clock.go_on(seconds=6)
    assert owing.work(1) == ["route"]
    assert owing.helpdesk.applied[0].repeat_from == until


def test_a_delivery_that_had_failed_before_is_taken_up_at_once_when_its_worker_dies(owing: House):
    owing.helpdesk.fails = [DeliveryError("somebody edits it", status=409)] * 6
    for _ in range(6):
        owing.work(1)
        owing.clock.at = owing.delivery().due_at
    assert owing.claims("one that dies")
    owing.clock.go_on(seconds=6)
    assert take_up_lost(owing.clock.now()) == 1
    assert owing.delivery().due_at <= owing.clock.now()
    assert owing.claims("another that dies")
    owing.clock.go_on(seconds=6)
    assert take_up_lost(owing.clock.now()) == 1
    assert owing.delivery().due_at > owing.clock.now()


def test_a_ticket_that_was_routed_while_it_could_not_be_looked_at_has_no_wake_up(house: House, monkeypatch):
    house.created("7", OPS)
    ticket_id = house.ticket("7").id

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(release, "due_ticket_ids", lambda *_: [ticket_id])
    monkeypatch.setattr(release, "release_one", fails)
    assert release_due(house.deskgate) == 1
    assert (house.ticket("7").state, house.ticket("7").due_at) == ("routed", None)


def test_a_connection_that_is_set_up_wrong_is_paused_and_nothing_dies(owing: House):
    def refuse(*_: object) -> FakeHelpdesk:
        raise ConfigError("route_queue is missing")

    deliver(owing.claim()[0], replace(owing.deskgate, helpdesk=refuse), Trying("test"))
    assert (owing.delivery().state, owing.delivery().tries) == ("waiting", 0)
    assert owing.rows(tables.Connection)[0].pause_reason == "the connection cannot work: route_queue is missing"
    with transaction():
        resume(get_connection("desk"))
    assert owing.work() == ["route"]
