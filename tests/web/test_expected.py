"""When queued tickets are to be expected, as pages and API tell it: to the minute, and no more work than needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from entitlements.helpdesk import Identity, Limits
from entitlements.rules.license import Terms
from entitlements.rules.ticket import Severity
from entitlements.steps.release import release_due
from entitlements.store import tables
from entitlements.store.database import transaction
from entitlements.web import expected as module
from entitlements.web.expected import Expectations, OnTheWay, expectations
from tests.builders import a_schedule, utc
from tests.steps.house import YEAR
from tests.web.api.desk import Desk

NINE = utc("2026-03-09 08:00")  # in Paris


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A helpdesk that takes one change a minute from Deskgate, on the Saturday before."""
    desk = Desk(request.getfixturevalue(f"{request.param}_url"))
    monkeypatch.setattr(desk.helpdesk, "limits", lambda: Limits(per_minute=2, share=0.5))
    with desk.app.app_context():
        desk.furnish()
        desk.clock.set("2026-03-07 10:00")
        yield desk
    desk.close()


def queue(desk: Desk, *severities: Severity) -> list[tables.Ticket]:
    """A ticket of each severity, all of one customer, waiting for Monday."""
    for number, severity in enumerate(severities):
        desk.created(f"q{number}", severity=severity)
    desk.work()
    return [desk.ticket(f"q{number}") for number in range(len(severities))]


def seen(desk: Desk) -> Expectations:
    return expectations(desk.clock.now(), desk.deskgate)


def minutes(desk: Desk, tickets: list[tables.Ticket]) -> list[datetime | None]:
    found = seen(desk)
    return [found.of(ticket.id, ticket.release_at) for ticket in tickets]


def test_a_ticket_for_which_others_go_first_is_expected_later_than_it_is_released(desk: Desk) -> None:
    tickets = queue(desk, Severity.NORMAL, Severity.URGENT, Severity.HIGH)
    desk.clock.set("2026-03-09 07:30")
    assert minutes(desk, tickets) == [utc("2026-03-09 08:02"), NINE, utc("2026-03-09 08:01")]
    found = seen(desk)
    assert found.later(tickets[1].id, NINE) is None
    assert found.later(tickets[2].id, NINE) == utc("2026-03-09 08:01")
    assert [tickets[1].id, tickets[2].id, tickets[0].id] == list(found.first)


def test_without_a_limit_a_ticket_is_expected_when_it_is_released(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.helpdesk, "limits", Limits)
    tickets = queue(desk, Severity.NORMAL, Severity.NORMAL)
    assert minutes(desk, tickets) == [NINE, NINE]
    assert seen(desk).of(1, None) is None


def test_an_expected_minute_is_never_before_the_release_within_it(desk: Desk) -> None:
    at = NINE.replace(second=30)
    found = Expectations({1: at.replace(second=40)})
    assert (found.of(1, at), found.later(1, at)) == (at, None)


def test_what_is_released_and_still_owed_is_expected_from_now_on_in_fair_order(desk: Desk) -> None:
    tickets = queue(desk, Severity.NORMAL, Severity.NORMAL, Severity.HIGH)
    desk.clock.set("2026-03-09 08:00:01")
    release_due(desk.deskgate)
    desk.clock.set("2026-03-09 08:30:20")
    found = seen(desk)
    assert [found.of_owed(ticket.id) for ticket in tickets] == [
        utc("2026-03-09 08:31"), utc("2026-03-09 08:32"), utc("2026-03-09 08:30")]
    assert found.on_the_way == (OnTheWay("desk", 3, utc("2026-03-09 08:32")),)
    assert found.first == ()


def test_what_only_a_listener_is_still_to_be_told_is_not_on_its_way(desk: Desk) -> None:
    with transaction():
        desk.connect("books", mode="enforce", listen_only="yes")
    [ticket] = queue(desk, Severity.NORMAL)
    desk.clock.set("2026-03-09 08:00")
    desk.work(1)
    with transaction():
        for row in desk.rows(tables.Delivery):
            row.state = "waiting" if row.connection.name == "books" else row.state
    desk.clock.go_on(minutes=30)
    assert (seen(desk).of_owed(ticket.id), seen(desk).on_the_way) == (None, ())


def test_a_decision_or_another_setting_is_heeded_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(desk, Severity.NORMAL)
    assert len(seen(desk).at) == 1
    desk.created("8")
    assert len(seen(desk).at) == 2
    monkeypatch.setattr(desk.helpdesk, "limits", Limits)
    assert len(seen(desk).at) == 2
    with transaction():
        desk.rows(tables.Connection)[0].settings = {"share": "50"}
    assert len(seen(desk).at) == 0


def test_where_thousands_wait_it_is_not_worked_out_for_everybody_who_asks(
        desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_A_SECOND_FOR_EACH", 1)
    queue(desk, *[Severity.NORMAL] * 2)
    assert len(seen(desk).at) == 2
    desk.created("8")
    desk.clock.go_on(seconds=1.5)
    assert len(seen(desk).at) == 2
    desk.clock.go_on(seconds=1)
    assert len(seen(desk).at) == 3
    for _ in range(5):
        desk.created(f"more {_}")
        desk.clock.go_on(seconds=1.1)
    assert len(seen(desk).at) == 8


def test_the_api_tells_it_of_queued_tickets_and_of_no_others(desk: Desk) -> None:
    with transaction():
        desk.customer("Initech", "it@initech.example", Terms(schedule=a_schedule(), **YEAR))
    queue(desk, Severity.NORMAL, Severity.HIGH)
    desk.created("x", Identity(email="ops@globex.example"))
    desk.clock.set("2026-03-09 07:59")
    told = {each["remote_id"]: each["expected_at"] for each in desk.get("/api/v1/tickets").get_json()["tickets"]}
    assert told == {"q0": "2026-03-09T08:01:00Z", "q1": "2026-03-09T08:00:00Z", "x": None}
    assert desk.get(f"/api/v1/tickets/{desk.ticket('q0').id}").get_json()["expected_at"] == told["q0"]
    desk.clock.set("2026-03-09 08:00")
    release_due(desk.deskgate)
    assert desk.get(f"/api/v1/tickets/{desk.ticket('q0').id}").get_json()["expected_at"] is None
