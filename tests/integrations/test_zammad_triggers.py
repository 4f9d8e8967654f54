"""What Zammad's own triggers make of a change: those of the guide, which tell of it, and the one that it comes with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from entitlements.helpdesk import Action, Author, EventKind
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.stories import Connected, connected
from tests.standins.zammad import ZammadBench
from tests.standins.zammad_parts import AGENT, US


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = ZammadBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def zammad(at_work: Connected) -> ZammadBench:
    assert isinstance(at_work.bench, ZammadBench)
    return at_work.bench


def test_a_ticket_that_gets_nothing_but_tags_is_changed_all_the_same_so_that_rules_run(at_work: Connected) -> None:
    at_work = replace(at_work, config=replace(at_work.config, settings={}))
    ticket_id = at_work.bench.opens()
    zammad(at_work).desk.happened.clear()
    at_work.apply(at_work.owed(Action.ROUTE, ticket_id, note="", message=""))
    (sent,) = zammad(at_work).desk.happened
    assert (sent.trigger, sent.by) == ("deskgate: updated", US)
    assert "deskgate_routed" in at_work.state(ticket_id).tags
    assert [event.author for event in at_work.told(at_work.bench.echoes())] == [Author.DESKGATE]


def test_an_opening_of_ours_is_nobody_elses_although_a_trigger_changed_the_ticket_last(at_work: Connected) -> None:
    at_work = at_work.set(reject="close")
    ticket_id = at_work.bench.opens()
    at_work.bring(Action.REJECT, ticket_id)
    closing = at_work.told(at_work.bench.echoes())
    assert EventKind.CLOSED not in {event.kind for event in closing}
    at_work.bring(Action.ROUTE, ticket_id, note="", message="")
    assert zammad(at_work).desk.tickets[int(ticket_id)]["updated_by_id"] == 1
    opened = [event for event in at_work.told(at_work.bench.echoes()) if event.kind is EventKind.REOPENED]
    assert [event.author for event in opened] == [Author.DESKGATE]
    at_work.clock.go_on(minutes=5)
    at_work.bench.agent_closes(ticket_id)
    at_work.clock.go_on(minutes=5)
    zammad(at_work).desk.update(AGENT, zammad(at_work).desk.tickets[int(ticket_id)], {"state": "open"})
    reopened = [event for event in at_work.happened() if event.kind is EventKind.REOPENED]
    assert [event.author for event in reopened] == [Author.AGENT]


def test_a_merge_is_told_although_it_is_no_update(at_work: Connected) -> None:
    ticket_id, other = at_work.bench.opens(), at_work.bench.opens()
    at_work.bench.webhooks()
    at_work.bench.merges(ticket_id, other)
    assert [(event.kind, event.ticket_id) for event in at_work.happened()] == [
        (EventKind.MERGED, ticket_id), (EventKind.UPDATED, other)]


def test_a_note_on_a_ticket_that_we_closed_is_no_closing_and_a_closing_by_people_is_one(at_work: Connected) -> None:
    at_work = at_work.set(reject="close")
    ticket_id = at_work.bench.opens()
    at_work.bring(Action.REJECT, ticket_id)
    at_work.bench.webhooks()
    at_work.bench.agent_notes(ticket_id)
    assert [(event.kind, event.closed) for event in at_work.happened()] == [(EventKind.REPLIED, False)]
    at_work.bench.customer_reopens(ticket_id)
    at_work.bench.webhooks()
    at_work.bench.agent_closes(ticket_id)
    assert EventKind.CLOSED in [event.kind for event in at_work.happened()]
    assert not at_work.bring(Action.ROUTE, ticket_id).changed


def test_a_rehearsal_mails_nobody(at_work: Connected) -> None:
    """Not even the receipt that Zammad sends for every new ticket."""
    ticket_id = at_work.helpdesk.rehearse(at_work.owed(Action.CREATE)).ticket_id
    assert zammad(at_work).desk.receipts == []
    created = at_work.apply(at_work.owed(Action.CREATE))
    assert zammad(at_work).desk.receipts == [int(created.ticket_id)]
    at_work.bring(Action.QUEUE, ticket_id)
    assert {row["type"] for row in zammad(at_work).desk.articles_of(int(ticket_id))} == {"web", "note"}
