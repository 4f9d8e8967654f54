"""What Zendesk's webhooks say: the envelopes of event subscriptions, and the bodies of triggers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, EventKind, Identity
from entitlements.rules.ticket import Severity
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import AGENTS, CUSTOMERS, LATE, US, bench_of, sample, told
from tests.standins.zendesk.parts import AGENT


def changed(kind: str, event: dict[str, Any] | None = None, **detail: object) -> dict[str, Any]:
    """An envelope in which an agent did something to the ticket of the samples, later."""
    whole = sample("ticket-created")
    return {**whole, "type": f"zen:event-type:ticket.{kind}", "time": LATE, "event": event or {},
            "detail": {**whole["detail"], "actor_id": AGENTS, **detail}}


def commented(body: str = "We are on it.", author: str = AGENTS, *, is_staff: bool = True, public: bool = True,
              **detail: object) -> dict[str, Any]:
    return changed("comment_added", {"comment": {
        "id": "9876543210", "body": body, "is_public": public,
        "author": {"id": author, "is_staff": is_staff, "name": "-"}}}, **{"actor_id": author, **detail})


# --- Envelopes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind", "author"), [
    ("ticket-created", EventKind.CREATED, Author.CUSTOMER), ("comment-added-by-agent", EventKind.REPLIED, Author.AGENT),
    ("comment-added-by-customer", EventKind.REPLIED, Author.CUSTOMER),
    ("status-changed-to-solved", EventKind.CLOSED, Author.AGENT),
    ("status-changed-from-solved", EventKind.REOPENED, Author.CUSTOMER),
    ("priority-changed", EventKind.UPDATED, Author.AGENT),
    ("agent-assignment-changed", EventKind.UPDATED, Author.AGENT),
    ("custom-field-changed-time", EventKind.TIME_LOGGED, Author.AGENT), ("merged", EventKind.MERGED, Author.AGENT),
    ("soft-deleted", EventKind.DELETED, Author.AGENT), ("trigger", EventKind.REPLIED, Author.CUSTOMER)])
def test_each_documented_body_is_what_it_says(tools: Tools, name: str, kind: EventKind, author: Author) -> None:
    event = told(tools, sample(name))
    assert (event.kind, event.author, event.ticket_id) == (kind, author, "35436")
    assert event.at is not None


def test_a_new_ticket_is_read_before_it_is_decided_since_its_requester_is_told_by_number_only(tools: Tools) -> None:
    event = told(tools, sample("ticket-created"))
    assert (event.incomplete, event.identity) == (True, Identity())
    assert (event.key, event.key_is_signed) == ("event:2b24ef10-19d4-4740-93cf-8f98ec4776c0", True)
    assert (event.severity, event.channel, event.waiting) == (Severity.HIGH, "web", False)
    assert event.created_at == utc("2026-03-02 09:30")


def test_an_organization_is_enough_where_the_settings_say_so(tools: Tools) -> None:
    event = told(tools, sample("ticket-created"), identity="organization")
    assert (event.incomplete, event.identity) == (False, Identity(organization_id="509974"))
    for none in ("0", "", None):
        body = sample("ticket-created")
        body["detail"]["organization_id"] = none
        assert told(tools, body, identity="organization").incomplete


def test_what_an_agent_sets_needs_no_look_and_lets_no_unknown_ticket_in(tools: Tools) -> None:
    for body in (sample("priority-changed"), commented(public=False), sample("agent-assignment-changed")):
        event = told(tools, body)
        assert (event.incomplete, event.identity, event.created_at) == (False, Identity(), None)


@pytest.mark.parametrize("name", ["comment-added-by-customer", "comment-added-by-agent", "status-changed-from-solved"])
def test_what_is_said_or_opened_again_is_looked_at(tools: Tools, name: str) -> None:
    assert told(tools, sample(name)).incomplete


@pytest.mark.parametrize("kind", ["requester_changed", "organization_changed"])
def test_another_requester_is_looked_at(tools: Tools, kind: str) -> None:
    event = told(tools, changed(kind, {"current": "1", "previous": "2"}))
    assert (event.kind, event.incomplete) == (EventKind.UPDATED, True)


@pytest.mark.parametrize("now", ["solved", "Solved", "SOLVED", "CLOSED"])
def test_a_status_may_be_written_in_any_case(tools: Tools, now: str) -> None:
    event = told(tools, changed("status_changed", {"current": now, "previous": "Open"}, status=now))
    assert (event.kind, event.closed) == (EventKind.CLOSED, True)


@pytest.mark.parametrize(("before", "now", "kind", "waits"), [
    ("OPEN", "PENDING", EventKind.UPDATED, True), ("PENDING", "OPEN", EventKind.UPDATED, False),
    ("SOLVED", "PENDING", EventKind.REOPENED, True), ("NEW", "HOLD", EventKind.UPDATED, True)])
def test_a_change_of_status_says_whether_agents_wait(tools: Tools, before: str, now: str, kind: EventKind,
                                                     waits: bool) -> None:
    event = told(tools, changed("status_changed", {"current": now, "previous": before}, status=now))
    assert (event.kind, event.waiting) == (kind, waits)


@pytest.mark.parametrize("status", ["HOLD", "PENDING"])
def test_a_ticket_that_we_put_on_hold_does_not_wait_for_its_customer(tools: Tools, status: str) -> None:
    body = changed("tags_changed", {"tags_added": ["deskgate_queued"]}, status=status, tags=["deskgate_queued"])
    assert told(tools, body).waiting is False


@pytest.mark.parametrize(("priority", "severity"), [
    ("URGENT", Severity.URGENT), ("low", Severity.LOW), (None, Severity.NORMAL)])
def test_no_priority_is_a_normal_one(tools: Tools, priority: str | None, severity: Severity) -> None:
    assert told(tools, changed("priority_changed", priority=priority)).severity is severity


def test_several_webhooks_of_one_action_have_keys_of_their_own(desk_zendesk: Connected) -> None:
    ticket_id = desk_zendesk.bench.opens()
    bench = bench_of(desk_zendesk)
    bench.webhooks()
    bench.agent_does(ticket_id, comment={"body": "Done.", "public": True}, status="solved", assignee_id=AGENT)
    inbounds = bench.webhooks()
    sequences = {json.loads(each.body)["event"]["meta"]["sequence"]["id"] for each in inbounds}
    events = desk_zendesk.told(list(reversed(inbounds)))
    assert (len(sequences), len({event.key for event in events})) == (1, 3)
    assert {event.kind for event in events} == {EventKind.REPLIED, EventKind.CLOSED, EventKind.UPDATED}
    assert all(event.closed for event in events)


def test_the_opening_is_no_reply(tools: Tools) -> None:
    """A comment is told for it besides the ticket: it must not count as the customer writing again."""
    opening = commented("Cannot connect since 9:00", CUSTOMERS, is_staff=False)
    assert told(tools, {**opening, "time": "2026-03-02T09:30:01.5Z"}).kind is EventKind.UPDATED
    assert told(tools, opening).kind is EventKind.REPLIED


@pytest.mark.parametrize(("author", "is_staff", "expected"), [
    (AGENTS, True, Author.AGENT), (CUSTOMERS, False, Author.CUSTOMER), ("5", False, Author.CUSTOMER),
    (CUSTOMERS, True, Author.CUSTOMER), (US, True, Author.DESKGATE)],
    ids=["agent", "customer", "a colleague in copy", "an agent who asks", "ourselves"])
def test_who_wrote_is_told_by_who_it_is_to_the_ticket(tools: Tools, author: str, is_staff: bool,
                                                      expected: Author) -> None:
    event = told(tools, commented(author=author, is_staff=is_staff))
    assert (event.author, event.answered) == (expected, expected is Author.AGENT)


def test_an_internal_comment_is_no_answer(tools: Tools) -> None:
    event = told(tools, commented(public=False))
    assert (event.public, event.answered, event.author) == (False, False, Author.AGENT)


def test_our_first_note_is_known_by_its_marker_as_long_as_our_account_is_not(tools: Tools) -> None:
    ours = commented("Outside hours.\n\nRef. dg-17", US, public=False)
    assert (told(tools, ours, acting_as="").author, told(tools, ours, acting_as="").marker) == (
        Author.DESKGATE, "dg-17")
    quoted = commented("See below.\n\nRef. dg-17", CUSTOMERS, is_staff=False)
    assert (told(tools, quoted, acting_as="").author, told(tools, quoted, acting_as="").marker) == (
        Author.CUSTOMER, "")
    assert told(tools, {**ours, "detail": {**ours["detail"], "actor_id": AGENTS}, "event": commented(
        "Copied.\n\nRef. dg-17", AGENTS)["event"]}).author is Author.AGENT


def test_our_first_closing_is_known_by_its_tag_as_long_as_our_account_is_not(tools: Tools) -> None:
    body = changed("status_changed", {"current": "SOLVED", "previous": "NEW"}, status="SOLVED", actor_id=US,
                   tags=["deskgate_closed"])
    assert told(tools, body, acting_as="").author is Author.DESKGATE
    assert told(tools, body).closed is False
    by_agent = {**body, "detail": {**body["detail"], "actor_id": AGENTS}}
    assert told(tools, by_agent).author is Author.AGENT


@pytest.mark.parametrize("kind", ["soft_deleted", "permanently_deleted", "marked_as_spam"])
def test_deleted_is_deleted_in_every_way(tools: Tools, kind: str) -> None:
    assert told(tools, changed(kind, status="DELETED")).kind is EventKind.DELETED


def test_a_ticket_back_from_the_dead_is_decided_anew_and_taken_by_nobody(tools: Tools) -> None:
    event = told(tools, changed("undeleted"))
    assert (event.kind, event.author, event.incomplete) == (EventKind.REOPENED, Author.UNKNOWN, True)
    assert told(tools, changed("undeleted", status="CLOSED")).closed


def test_being_assigned_to_an_account_that_gets_everything_takes_nothing(tools: Tools) -> None:
    assert told(tools, sample("agent-assignment-changed")).assigned
    assert not told(tools, sample("agent-assignment-changed"), default_owners=f"1, {AGENTS}").assigned
    assert not told(tools, changed("agent_assignment_changed", assignee_id="0")).assigned


def test_a_ticket_that_an_agent_typed_in_is_theirs(tools: Tools) -> None:
    body = sample("ticket-created")
    body["detail"]["submitter_id"] = AGENTS
    event = told(tools, body)
    assert (event.author, event.staff_made) == (Author.AGENT, True)


def test_what_zendesk_does_itself_is_nobodys(tools: Tools) -> None:
    body = changed("status_changed", {"current": "CLOSED", "previous": "SOLVED"}, status="CLOSED", actor_id="-1")
    assert (told(tools, body).kind, told(tools, body).author) == (EventKind.CLOSED, Author.UNKNOWN)


def test_a_kind_of_event_that_is_new_to_us_is_an_update(tools: Tools) -> None:
    assert told(tools, changed("csat_received")).kind is EventKind.UPDATED


def test_an_event_of_something_else_is_named_with_what_to_do(tools: Tools) -> None:
    with pytest.raises(TicketError, match="tells of user.created, not of tickets: take it off"):
        told(tools, {**sample("ticket-created"), "type": "zen:event-type:user.created"})


# --- Time ------------------------------------------------------------------------------------------------------------


def field_changed(before: object, now: object, title: str = "Total time spent (sec)") -> dict[str, Any]:
    return changed("custom_field_changed", {
        "custom_field": {"id": "27644", "title": title, "type": "integer"}, "current": now, "previous": before})


@pytest.mark.parametrize(("before", "now", "seconds"), [
    ({"value": "60"}, {"value": "1860"}, 1800), ({"value": None}, {"value": 90}, 90), ("60", "0", -60),
    (None, "15.0", 15)])
def test_the_growth_of_the_total_is_the_time_logged(tools: Tools, before: object, now: object, seconds: int) -> None:
    event = told(tools, field_changed(before, now))
    assert (event.kind, event.seconds) == (EventKind.TIME_LOGGED, seconds)
    assert event.entry_id.startswith("35436:")


def test_other_fields_log_no_time(tools: Tools) -> None:
    assert told(tools, field_changed("60", "1860", "Time spent last update (sec)")).kind is EventKind.UPDATED
    assert told(tools, field_changed("vpn", "mail", "Product")).kind is EventKind.UPDATED
    assert told(tools, field_changed("60", "60")).kind is EventKind.UPDATED


@pytest.mark.parametrize("now", ["an hour", "-5", "9" * 12, {"value": [1, 2]}])
def test_a_total_that_is_no_time_is_named(tools: Tools, now: object) -> None:
    with pytest.raises(TicketError, match="must be a whole number of seconds"):
        told(tools, field_changed("0", now))


def test_a_total_of_more_than_a_year_is_named(tools: Tools) -> None:
    with pytest.raises(TicketError, match="a year"):
        told(tools, field_changed("0", "99999999"))
