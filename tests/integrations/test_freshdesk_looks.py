"""What is found in Freshdesk when it is looked at: trash and spam, all that changed, and time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, EventKind
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.freshdesk_parts import api_of, bench_of, desk_of
from tests.integrations.stories import Connected, connected
from tests.standins.freshdesk import FreshdeskBench
from tests.standins.freshdesk_desk import AGENT


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = FreshdeskBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


# --- Trash and spam --------------------------------------------------------------------------------------------------


def test_a_ticket_among_the_spam_is_over_and_left_alone(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).mark_as_spam(AGENT, int(ticket_id))
    assert at_work.helpdesk.read(ticket_id).closed
    assert at_work.bring(Action.QUEUE, ticket_id).overtaken


def test_a_ticket_that_goes_to_the_trash_between_look_and_change_is_gone(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.helpdesk.check()
    api_of(at_work).us()
    desk_of(at_work).after_next_look[int(ticket_id)] = lambda: at_work.bench.deletes(ticket_id)
    with pytest.raises(DeliveryError) as caught:
        at_work.apply(at_work.owed(Action.ROUTE, ticket_id))
    assert (caught.value.kind, caught.value.status) == ("gone", 405)


def test_a_look_finds_deletions_and_spam_which_lists_leave_out(at_work: Connected) -> None:
    gone, spam = at_work.bench.opens(), at_work.bench.opens()
    at_work.clock.go_on(minutes=1)
    since = at_work.clock.now()
    at_work.bench.deletes(gone)
    desk_of(at_work).mark_as_spam(AGENT, int(spam))
    found = {event.ticket_id: event for event in at_work.helpdesk.find_changed(since)}
    assert found[gone].kind is EventKind.DELETED
    assert (found[spam].kind, found[spam].closed) == (EventKind.CREATED, True)


def test_a_merged_ticket_looks_like_any_other_that_people_closed(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    bench_of(at_work).agent(ticket_id, status=5)
    at_work.bench.agent_notes(ticket_id, "This ticket is closed and merged into ticket 7")
    assert at_work.bring(Action.RELEASE, ticket_id).overtaken


# --- Looks -----------------------------------------------------------------------------------------------------------


def test_more_tickets_than_a_page_that_changed_in_the_same_second_are_all_found(at_work: Connected) -> None:
    tickets = [at_work.bench.opens() for _ in range(230)]
    rows = api_of(at_work).since(at_work.clock.now())
    assert [str(row["id"]) for row in rows] == tickets


def test_a_ticket_that_changes_while_pages_are_turned_hides_no_other(at_work: Connected) -> None:
    began, tickets = at_work.clock.now(), []
    for _ in range(150):
        at_work.clock.go_on(seconds=1)
        tickets.append(at_work.bench.opens())
    rows = api_of(at_work).since(began)
    found = [str(next(rows)["id"])]
    at_work.clock.go_on(minutes=1)
    for ticket_id in tickets[:50]:
        at_work.bench.agent_notes(ticket_id)
    found += [str(row["id"]) for row in rows]
    assert set(found) == set(tickets)


# --- Time ------------------------------------------------------------------------------------------------------------


def logged(at_work: Connected) -> list[tuple[str, int]]:
    return [(event.entry_id, event.seconds) for event in at_work.helpdesk.find_changed(at_work.clock.now())
            if event.kind is EventKind.TIME_LOGGED]


def test_a_running_timer_is_not_billed_until_it_is_stopped(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk = desk_of(at_work)
    entry = desk.log(AGENT, int(ticket_id), time_spent="00:20", timer_running=True)
    assert logged(at_work) == []
    entry["timer_running"] = False
    assert logged(at_work) == [("47000001", 1200)]


def test_an_entry_that_is_corrected_is_told_as_it_stands_at_last(at_work: Connected) -> None:
    entry = desk_of(at_work).log(AGENT, int(at_work.bench.opens()), time_spent="00:20")
    before = [each for each in at_work.helpdesk.find_changed(at_work.clock.now()) if each.entry_id]
    entry |= {"time_spent": "00:10", "updated_at": "2026-03-09T10:05:00Z"}
    after = [each for each in at_work.helpdesk.find_changed(at_work.clock.now()) if each.entry_id]
    assert [(each.entry_id, each.seconds) for each in before + after] == [("47000001", 1200), ("47000001", 600)]
    assert before[0].entry_version < after[0].entry_version
    assert before[0].key != after[0].key


@pytest.mark.parametrize(("spent", "seconds"), [("00:10", 600), ("123:59", 446_340), ("1:5", 0), ("", 0), (None, 0),
                                                ("-1:00", 0), ("00:60", 0)])
def test_time_is_told_as_hours_and_minutes(at_work: Connected, spent: str | None, seconds: int) -> None:
    desk_of(at_work).log(AGENT, int(at_work.bench.opens()), time_spent=spent)
    assert [each for _, each in logged(at_work)] == [seconds]


def test_time_on_a_ticket_that_did_not_change_itself_is_found(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.clock.go_on(days=1)
    since = at_work.clock.now()
    at_work.clock.go_on(minutes=1)
    at_work.bench.agent_logs(ticket_id, 1800)
    found = list(at_work.helpdesk.find_changed(since))
    assert [(event.kind, event.ticket_id, event.seconds) for event in found] == [
        (EventKind.TIME_LOGGED, ticket_id, 1800)]
    assert found[0].identity.organization_id == "45000001"


def test_a_plan_that_keeps_no_account_of_time_is_asked_in_vain(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).keeps_times = False
    assert [event.ticket_id for event in at_work.helpdesk.find_changed(at_work.clock.now())] == [ticket_id]
