"""The sandbox is asked what happened: it tells exactly what its webhooks told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.helpdesk import Action, Event, EventKind
from entitlements.inbox import Did, InboxMessage, Role
from entitlements.rules.ticket import Severity
from integrations.sandbox import PORTION, Sandbox
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import DECIDED_AT, PROBLEM, ListInbox, a_config, a_delivery


@pytest.fixture
def inbox(tools: Tools) -> ListInbox:
    assert isinstance(tools.inbox, ListInbox)
    return tools.inbox


@pytest.fixture
def sandbox(tools: Tools) -> Sandbox:
    return Sandbox(a_config("sandbox"), tools)


def found(sandbox: Sandbox) -> list[Event]:
    return list(sandbox.find_changed(DECIDED_AT))


def test_it_tells_what_the_webhooks_told_with_the_same_keys(sandbox: Sandbox, clock: FakeClock) -> None:
    told: list[Event] = []

    def do(act: str, *more: object, **named: object) -> None:
        clock.go_on(seconds=61.5)
        told.extend(sandbox.parse(getattr(sandbox, act)(*more, **named)))

    do("open_ticket", PROBLEM, Severity.HIGH, product="Printers", channel="web")
    for act, *more in (("take",), ("log_time", 600), ("answer", "Which one?"), ("wait",), ("customer_reply", "All."),
                       ("wait",), ("go_on",), ("wait",), ("take",), ("close",), ("customer_reply", "Still."),
                       ("close",), ("reopen",), ("log_time", -60)):
        do(act, "1", *more)
    do("open_ticket", PROBLEM, by_agent=True)
    assert [(each.kind, each.key, each.at, each.author, each.waiting, each.public, each.staff_made, each.seconds)
            for each in found(sandbox)] == [
        (each.kind, each.key, each.at, each.author, each.waiting, each.public, each.staff_made, each.seconds)
        for each in told]
    assert len({each.key for each in told}) == len(told) == 16
    assert all(each.created_at is not None for each in told)


def test_only_what_happened_since_is_told(sandbox: Sandbox, clock: FakeClock) -> None:
    sandbox.open_ticket(PROBLEM)
    clock.go_on(hours=1)
    sandbox.answer("1", "On it.")
    assert [each.kind for each in sandbox.find_changed(clock.now() - timedelta(minutes=1))] == [EventKind.REPLIED]


def test_what_deskgate_writes_is_not_told(sandbox: Sandbox) -> None:
    sandbox.open_ticket(PROBLEM)
    sandbox.apply(a_delivery(Action.QUEUE, ticket_id="1", message="We open at nine.", note="Closed."))
    assert [each.kind for each in found(sandbox)] == [EventKind.CREATED]


def test_a_ticket_that_deskgate_created_is_known_by_its_marker(sandbox: Sandbox) -> None:
    sandbox.apply(a_delivery(Action.CREATE))
    assert [each.marker for each in found(sandbox)] == ["dg-17"]


def test_a_ticket_closed_meanwhile_says_so_unless_it_was_closed_by_us(sandbox: Sandbox, tools: Tools) -> None:
    sandbox.open_ticket(PROBLEM)
    sandbox.close("1")
    closing = Sandbox(a_config("sandbox", {"reject": "close"}), tools)
    closing.open_ticket(PROBLEM)
    closing.apply(a_delivery(Action.REJECT, ticket_id="2", message="Sorry."))
    assert [(each.ticket_id, each.kind, each.closed) for each in found(sandbox)] == [
        ("1", EventKind.CREATED, True), ("1", EventKind.CLOSED, False), ("2", EventKind.CREATED, False)]


def test_entries_from_before_it_was_kept_what_they_are_are_passed_over(sandbox: Sandbox, inbox: ListInbox) -> None:
    sandbox.open_ticket(PROBLEM)
    inbox.post(InboxMessage("1", Role.CUSTOMER, "it@acme.example", True, "Hello?", DECIDED_AT, did=Did.BEFORE))
    assert [each.kind for each in found(sandbox)] == [EventKind.CREATED]


def test_more_than_a_portion_is_read_on(sandbox: Sandbox) -> None:
    for _ in range(PORTION + 3):
        sandbox.open_ticket(PROBLEM)
    assert len(found(sandbox)) == PORTION + 3
