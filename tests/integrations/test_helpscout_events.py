"""What the webhooks of Help Scout say, by payloads of the documented shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entitlements.errors import ConfigError, TicketError
from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.ticket import Severity
from integrations.helpscout import HelpScout
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.parts import a_config, a_webhook

SAMPLES = Path(__file__).parent / "samples" / "helpscout"
US = "256"
MADE = utc("2026-03-09 09:00")


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def told(tools: Tools, sample: dict[str, Any], acting_as: str = US, **settings: str) -> list[Event]:
    desk = HelpScout(a_config("helpscout", settings, acting_as=acting_as), tools)
    return list(desk.parse(a_webhook(json.dumps(sample["body"]).encode(), sample["headers"])))


def one(tools: Tools, name: str, acting_as: str = US, **settings: str) -> Event:
    (event,) = told(tools, payload(name), acting_as, **settings)
    return event


# --- New conversations -----------------------------------------------------------------------------------------------


def test_a_new_conversation_says_who_asks_and_since_when(tools: Tools) -> None:
    event = one(tools, "created")
    assert (event.kind, event.key, event.ticket_id) == (EventKind.CREATED, "new:1001", "1001")
    assert (event.author, event.staff_made, event.channel, event.snapshot) == (Author.CUSTOMER, False, "email", False)
    assert (event.identity.email, event.created_at, event.at) == ("it@acme.example", MADE, MADE)
    assert (event.severity, event.incomplete, event.key_is_signed, event.closed) == (None, False, False, False)


def test_whom_the_webhook_names_by_number_alone_is_read(tools: Tools) -> None:
    event = one(tools, "created-without-an-address")
    assert (event.incomplete, event.identity.email) == (True, "")


def test_where_organizations_count_each_new_conversation_is_read(tools: Tools) -> None:
    assert one(tools, "created", organizations="on").incomplete
    assert not one(tools, "created", organizations="off").incomplete


def test_a_call_that_an_agent_typed_in_is_staff_made_and_answers_nobody(tools: Tools) -> None:
    event = one(tools, "created-by-phone")
    assert (event.author, event.staff_made, event.answered) == (Author.AGENT, True, False)


def test_a_conversation_of_our_own_is_known_by_its_tag(tools: Tools) -> None:
    event = one(tools, "created-by-deskgate", acting_as="")
    assert (event.marker, event.author) == ("dg-17", Author.DESKGATE)


@pytest.mark.parametrize(("settings", "severity"), [
    ({}, None), ({"severity_field": "urgency"}, Severity.URGENT), ({"severity_field": "Product"}, None),
    ({"severity_tags": "vip=high, x=urgent"}, Severity.HIGH),
    ({"severity_tags": "vip=low", "severity_field": "Urgency"}, Severity.URGENT)])
def test_urgency_is_told_by_a_field_or_by_tags(tools: Tools, settings: dict[str, str],
                                               severity: Severity | None) -> None:
    assert one(tools, "created", **settings).severity is severity


def test_what_a_list_holds_is_told_by_its_words(tools: Tools) -> None:
    assert one(tools, "created", product_field="Product").product == "VPN"


@pytest.mark.parametrize("value", ["p1", "p1=", "=high", "p1=very"])
def test_what_tags_mean_must_be_a_severity(tools: Tools, value: str) -> None:
    with pytest.raises(ConfigError, match="severity_tags must be like"):
        HelpScout(a_config("helpscout", {"severity_tags": value}), tools)


# --- What happened ---------------------------------------------------------------------------------------------------


def test_a_reply_is_known_by_its_thread_and_tells_how_the_conversation_stands(tools: Tools) -> None:
    reply, seen = told(tools, payload("customer-reply"))
    assert (reply.kind, reply.key, reply.author, reply.public) == (
        EventKind.REPLIED, "entry:1001:7002", Author.CUSTOMER, True)
    assert (reply.at, reply.marker) == (utc("2026-03-09 10:00"), "")
    assert (seen.kind, seen.snapshot, seen.author, seen.closed) == (EventKind.CREATED, True, Author.CUSTOMER, False)


def test_an_answer_takes_the_conversation(tools: Tools) -> None:
    event = one(tools, "agent-reply")
    assert (event.kind, event.author, event.public, event.answered, event.assigned) == (
        EventKind.REPLIED, Author.AGENT, True, True, True)


@pytest.mark.parametrize("acting_as", [US, ""])
def test_an_answer_of_ours_is_ours_even_before_we_know_our_user(tools: Tools, acting_as: str) -> None:
    event = one(tools, "reply-by-deskgate", acting_as)
    assert (event.author, event.answered) == (Author.DESKGATE, False)


def test_a_note_is_internal(tools: Tools) -> None:
    event = one(tools, "note")
    assert (event.kind, event.author, event.public) == (EventKind.REPLIED, Author.AGENT, False)


@pytest.mark.parametrize(("name", "author", "closed"), [
    ("closed", Author.AGENT, True), ("closed-by-deskgate", Author.DESKGATE, False),
    ("opened-by-an-agent", Author.AGENT, False), ("opened-by-a-reply", Author.CUSTOMER, False)])
def test_a_status_is_told_as_it_stands_and_by_whom_from_the_latest_thread(tools: Tools, name: str, author: Author,
                                                                         closed: bool) -> None:
    event = one(tools, name)
    stands_as = EventKind.UPDATED if author is Author.DESKGATE else EventKind.CREATED  # what we closed is not open
    assert (event.kind, event.snapshot, event.author, event.closed) == (stands_as, True, author, closed)


def test_only_people_take_a_conversation_not_teams(tools: Tools) -> None:
    assert one(tools, "assigned").assigned
    assert not one(tools, "assigned", default_owners="257").assigned
    assert not one(tools, "assigned-to-a-team").assigned


def test_an_agent_who_snoozes_waits_and_a_snooze_of_ours_does_not(tools: Tools) -> None:
    assert one(tools, "snoozed").waiting
    sample = payload("snoozed")
    sample["body"]["tags"] = [{"id": 1, "tag": "deskgate_queued"}]
    assert told(tools, sample)[0].waiting, "an agent has snoozed it anew"
    assert not told(tools, sample, acting_as="")[0].waiting
    sample["body"]["snooze"]["snoozedBy"] = 256
    assert not told(tools, sample)[0].waiting
    sample["body"]["snooze"]["snoozedUntil"] = "2026-03-09T09:59:00Z"
    sample["body"]["tags"] = []
    assert not told(tools, sample)[0].waiting


def test_a_move_of_ours_is_ours(tools: Tools) -> None:
    assert one(tools, "moved-by-deskgate").author is Author.DESKGATE


def test_which_conversation_was_merged_away_shows_when_it_is_read(tools: Tools) -> None:
    event = one(tools, "merged")
    assert (event.kind, event.incomplete) == (EventKind.UPDATED, True)


def test_a_deletion_carries_a_number_and_nothing_else(tools: Tools) -> None:
    event = one(tools, "deleted")
    assert (event.kind, event.ticket_id, event.incomplete) == (EventKind.DELETED, "1001", False)


@pytest.mark.parametrize("name", ["tags", "custom-fields", "a-test"])
def test_what_changes_with_every_decision_is_passed_over(tools: Tools, name: str) -> None:
    assert told(tools, payload(name)) == []


def test_tags_and_fields_are_looked_at_where_urgency_is_told_by_them(tools: Tools) -> None:
    event = one(tools, "tags", severity_tags="p1=urgent, p2=high")
    assert (event.kind, event.severity, event.snapshot, event.author) == (
        EventKind.UPDATED, Severity.URGENT, False, Author.UNKNOWN)
    assert one(tools, "custom-fields", severity_field="Urgency").severity is Severity.URGENT


# --- Traps -----------------------------------------------------------------------------------------------------------


def test_payloads_of_the_old_version_are_refused_with_what_to_do(tools: Tools) -> None:
    with pytest.raises(TicketError, match="version V1; choose V2"):
        told(tools, payload("payload-v1"))


def test_a_notification_without_the_conversation_has_it_read(tools: Tools) -> None:
    event = one(tools, "a-notification")
    assert (event.kind, event.incomplete) == (EventKind.UPDATED, True)


def test_the_name_of_an_event_is_not_signed_so_the_body_must_bear_it_out(tools: Tools) -> None:
    sample = payload("created")
    sample["headers"]["X-HelpScout-Event"] = "convo.agent.reply.created"
    (event,) = told(tools, sample)
    assert (event.kind, event.incomplete) == (EventKind.UPDATED, True)


def test_a_webhook_without_a_name_tells_how_the_conversation_stands(tools: Tools) -> None:
    sample = payload("closed")
    del sample["headers"]["X-HelpScout-Event"]
    assert told(tools, sample)[0].closed


def test_the_newest_reply_is_told_in_whatever_order_threads_come(tools: Tools) -> None:
    sample = payload("customer-reply")
    sample["body"]["_embedded"]["threads"].reverse()
    assert told(tools, sample)[0].key == "entry:1001:7002"


def test_a_draft_is_no_conversation_and_no_answer(tools: Tools) -> None:
    sample = payload("created")
    sample["body"]["state"] = "draft"
    assert told(tools, sample) == []
    sample = payload("agent-reply")
    sample["body"]["_embedded"]["threads"][0]["state"] = "draft"
    assert not told(tools, sample)[0].answered


def test_a_customer_who_quotes_a_mark_is_not_us(tools: Tools) -> None:
    sample = payload("customer-reply")
    sample["body"]["_embedded"]["threads"][0]["body"] = "As you said.<br>Ref. dg-17"
    assert [event.author for event in told(tools, sample, acting_as="")] == [Author.CUSTOMER, Author.CUSTOMER]


def test_another_user_who_quotes_our_note_is_not_us(tools: Tools) -> None:
    sample = payload("note")
    sample["body"]["_embedded"]["threads"][0]["body"] = "They say:<br>Ref. dg-17"
    assert told(tools, sample)[0].author is Author.AGENT


def test_the_same_webhook_has_the_same_key_and_another_another(tools: Tools) -> None:
    keys = [one(tools, name).key for name in ("closed", "closed", "opened-by-an-agent", "assigned", "snoozed")]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(("where", "value", "what"), [
    ("id", None, "id is missing"), ("id", [1], "id must be"), ("id", "x", "must be the number"),
    ("createdAt", "2026-03-09T09:00:00", "createdAt has no time zone"), ("closedAt", "then", "closedAt is not"),
    ("mailboxId", 1.5, "mailboxId must be")])
def test_what_cannot_be_understood_is_named(tools: Tools, where: str, value: object, what: str) -> None:
    sample = payload("closed")
    sample["body"][where] = value
    with pytest.raises(TicketError, match=what):
        told(tools, sample)
