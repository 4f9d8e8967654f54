"""The stand-in helpdesk: the real adapter works with it, every fault fires, and its log holds what was applied."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from entitlements.clock import SystemClock
from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.http import TIMES, HttpClient
from integrations.tools import Tools
from tests.gateway import wait_until
from tests.integrations.parts import ListInbox, a_config, a_delivery
from tests.standin import StandIn, faults

APPLIED = frozenset({faults.LOST, faults.CUT, faults.BROKEN_AFTER, faults.HTML_AFTER})
QUICK = sorted(set(faults.USUAL) - {faults.LATE, faults.HANGS})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(tmp_path) as desk:
        yield desk


@pytest.fixture
def adapter(desk: StandIn) -> Iterator[DjangoHelpdesk]:
    http = HttpClient(allow_loopback=True, clock=SystemClock())
    yield DjangoHelpdesk(a_config("django_helpdesk", {"route_queue": "2"}, url=f"{desk.url}/api", token="t0ken"),
                         Tools(http=http, clock=SystemClock(), inbox=ListInbox()))
    http.close()


def whats(desk: StandIn) -> list[str]:
    return [each["what"] for each in desk.changes()]


def test_the_adapter_finds_what_it_needs_and_its_own_marks_again(desk: StandIn, adapter: DjangoHelpdesk):
    desk.open([{"email": "it@acme.example", "number": 7}])
    delivery = a_delivery(Action.QUEUE, message="We are closed.", note="Queued.")
    assert adapter.apply(delivery).changed
    assert not adapter.apply(delivery).changed
    assert whats(desk) == ["opened", "changed", "noted", "answered"]
    assert [each["marker"] for each in desk.changes() if each["what"] == "answered"] == ["dg-17"]
    ticket = desk.tickets()[7]
    assert (ticket["on_hold"], len(ticket["followup_set"])) == (True, 3)


def test_a_created_ticket_is_found_again_in_the_list(desk: StandIn, adapter: DjangoHelpdesk):
    desk.list_tickets(True)
    first = adapter.apply(a_delivery(Action.CREATE))
    again = adapter.apply(a_delivery(Action.CREATE, try_number=2))
    assert first.ticket_id == again.ticket_id
    assert whats(desk).count("created") == 1


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_is_seen_by_the_adapter_and_the_log_tells_whether_it_was_applied(
        desk: StandIn, adapter: DjangoHelpdesk, fault: str):
    desk.open([{"email": "it@acme.example", "number": 7}])
    held = desk.tickets()[7]
    assert held["on_hold"] is False
    desk.misbehave(1, {fault: 1})
    with pytest.raises(DeliveryError):
        adapter._api.change("7", {"on_hold": True})
    assert desk.state()["faults"] == {fault: 1}
    assert whats(desk) == (["opened", "changed"] if fault in APPLIED else ["opened"])


@pytest.mark.parametrize(("fault", "applied"), [(faults.LATE, True), (faults.HANGS, False)])
def test_what_comes_late_comes_after_the_client_has_given_up(desk: StandIn, fault: str, applied: bool):
    assert faults.LATE_BY[0] > TIMES[1]
    desk.open([{"email": "it@acme.example", "number": 7}])
    desk.misbehave(1, {fault: 1}, late_by=(0.6, 0.7))
    began = time.monotonic()
    with pytest.raises(requests.Timeout):
        requests.patch(f"{desk.url}/api/tickets/7/", json={"on_hold": True}, timeout=0.2)
    wait_until(lambda: desk.state()["pending"] == 0, what="the end of the late request")
    assert [each["at"] > began + 0.6 for each in desk.changes() if each["what"] == "changed"] == [True] * applied


def test_the_same_seed_brings_the_same_faults():
    def thrown(seed: int) -> list[str]:
        made = faults.Faults(seed)
        made.set(0.3, None, faults.LATE_BY)
        return [made.next() for _ in range(200)]

    assert thrown(1) == thrown(1) != thrown(2)
    assert 30 <= sum(map(bool, thrown(1))) <= 90


def test_waits_are_asked_for_in_seconds_as_a_date_and_in_odd_ways():
    made = faults.Faults(1)
    waits = {made.wait() for _ in range(300)}
    assert set(faults.ODD_WAITS) <= waits
    assert any(each.endswith("GMT") and each not in faults.ODD_WAITS for each in waits)
