"""What the bodies of triggers say, whole and broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, EventKind
from entitlements.rules.ticket import Severity
from entitlements.steps.told import completed
from integrations.tools import Tools
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import LATE, bench_of, told
from tests.standins.zendesk.parts import ACME, ADMIN, AGENT, CUSTOMER_ID

# --- Triggers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "by", "kind", "author"), [
    ("created", CUSTOMER_ID, EventKind.CREATED, Author.CUSTOMER),
    ("replied", AGENT, EventKind.REPLIED, Author.CUSTOMER),
    ("answered", AGENT, EventKind.REPLIED, Author.AGENT), ("updated", AGENT, EventKind.UPDATED, Author.UNKNOWN),
    ("updated", ADMIN, EventKind.UPDATED, Author.DESKGATE), ("solved", AGENT, EventKind.CLOSED, Author.UNKNOWN),
    ("reopened", CUSTOMER_ID, EventKind.REOPENED, Author.CUSTOMER)])
def test_a_trigger_says_what_happened_and_the_ticket_is_read(desk_zendesk: Connected, what: str, by: int,
                                                             kind: EventKind, author: Author) -> None:
    bench = bench_of(desk_zendesk)
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, acting_as=str(ADMIN)))
    inbound = bench.triggered(what, bench.opens(severity="high"), by=by)
    desk.helpdesk.verify(inbound, desk.clock.now())
    (event,) = desk.helpdesk.parse(inbound)
    assert (event.kind, event.author, event.incomplete) == (kind, author, True)
    assert event.at == desk.clock.now()
    whole = completed(event, desk.helpdesk.read(event.ticket_id))
    assert (whole.identity.organization_id, whole.severity) == (str(ACME), Severity.HIGH)


def test_the_attempts_of_one_call_have_one_key_and_other_calls_have_others(desk_zendesk: Connected) -> None:
    bench = bench_of(desk_zendesk)
    ticket_id = bench.opens()
    first = bench.triggered("updated", ticket_id, by=AGENT, invocation="1")
    again = bench.triggered("updated", ticket_id, by=AGENT, invocation="1")
    other = bench.triggered("updated", ticket_id, by=AGENT, invocation="2")
    keys = [desk_zendesk.helpdesk.parse(each)[0].key for each in (first, again, other)]
    assert keys[0] == keys[1] != keys[2]
    assert not desk_zendesk.helpdesk.parse(first)[0].key_is_signed


def test_calls_without_an_id_are_told_apart_by_when_they_were_signed(tools: Tools) -> None:
    stamp = "X-Zendesk-Webhook-Signature-Timestamp"
    bodies = [told(tools, {"ticket_id": "7"}, headers={stamp: at}).key for at in (LATE, LATE, "2026-03-02T11:00:01Z")]
    assert bodies[0] == bodies[1] != bodies[2]


@pytest.mark.parametrize("body", [
    '{"event": "created", "ticket_id": "35436", "title": "The "big" one"}',
    '{"ticket_id": 35436, "event": "created", "title": "two\nlines"}',
    "<hook><event>created</event><ticket_id>35436</ticket_id></hook>", "event=created&ticket_id=35436&title=x"],
    ids=["quotes", "lines", "xml", "form"])
def test_a_body_that_is_broken_still_says_which_ticket_it_is_about(tools: Tools, body: str) -> None:
    event = told(tools, body)
    assert (event.kind, event.ticket_id, event.incomplete) == (EventKind.CREATED, "35436", True)


def test_a_broken_body_that_says_nothing_else_is_an_update(tools: Tools) -> None:
    assert told(tools, '{"ticket_id": "35436", "title": "a "b" c"').kind is EventKind.UPDATED


@pytest.mark.parametrize("body", ['{"title": "a "b" c"}', '{"ticket_id": "{{ticket.id}}", "x": "a "b"}', "",
                                  '{"ticket_id": "12345678901234567890123", "x": "a "b"}'])
def test_a_broken_body_without_a_number_is_parked(tools: Tools, body: str) -> None:
    with pytest.raises(TicketError, match="not JSON"):
        told(tools, body)


@pytest.mark.parametrize("body", [{}, {"ticket_id": ""}, {"ticket_id": "{{ticket.id}}"}, {"ticket": {"id": None}}])
def test_a_trigger_without_a_ticket_is_told_what_its_body_lacks(tools: Tools, body: dict[str, Any]) -> None:
    with pytest.raises(TicketError, match="ticket_id is missing: the body of the trigger must hold"):
        told(tools, body)


def test_dates_in_the_language_of_the_account_are_passed_over(tools: Tools) -> None:
    event = told(tools, {"ticket_id": "7", "updated_at": "2. März 2026", "event": "created"})
    assert (event.at, event.kind) == (None, EventKind.CREATED)
