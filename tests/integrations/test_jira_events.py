"""What Jira tells of what people do: each trap of its webhooks has a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Action, Author, EventKind, Inbound
from entitlements.rules.ticket import Severity
from integrations.jira import Jira
from integrations.tools import Tools
from tests.builders import utc
from tests.fakes import FakeClock
from tests.integrations.jira_payloads import (
    ASKER,
    AT,
    DONE,
    OPEN,
    STAFF,
    a_jira,
    change,
    comment,
    issue,
    jira_at_work,
    only,
    sent,
    site,
)
from tests.integrations.stories import Connected
from tests.standins.jira_site import AGENT, PARTICIPANTS, RULES, WAITING


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    yield from jira_at_work(tools, clock)


@pytest.fixture
def jira(tools: Tools) -> Jira:
    return a_jira(tools)


# --- Whom to believe, and how often ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha512", "SHA256", ""])
def test_no_other_method_of_signing_is_taken_than_the_one_that_is_documented(at_work: Connected, method: str) -> None:
    at_work.bench.opens()
    (inbound,) = at_work.bench.webhooks()
    forged = {**inbound.headers, "x-hub-signature": inbound.headers["x-hub-signature"].replace("sha256", method)}
    with pytest.raises(VerificationError):
        at_work.helpdesk.verify(replace(inbound, headers=forged), at_work.clock.now())


def test_an_identifier_that_nobody_signs_neither_hides_an_event_nor_repeats_it(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.customer_writes(ticket_id)
    first, second = at_work.bench.webhooks()
    keys = [only(at_work.helpdesk, each).key for each in (
        first, replace(second, headers=first.headers), replace(first, headers=second.headers))]
    assert keys[0] == keys[2] != keys[1]


def test_two_changes_at_the_same_moment_are_two(jira: Jira) -> None:
    def numbered(number: str) -> Inbound:
        return sent(changelog={"id": number, "items": [{"field": "labels", "from": "", "to": ""}]})

    assert len({only(jira, numbered(number)).key for number in ("1", "2")}) == 2
    assert only(jira, numbered("1")) == only(jira, numbered("1"))


@pytest.mark.parametrize(("told", "at"), [(AT, "2026-03-09 10:00:00.123"), (AT // 1000, "2026-03-09 10:00"), (0, "")])
def test_a_timestamp_counts_milliseconds(jira: Jira, told: int, at: str) -> None:
    assert only(jira, sent(timestamp=told)).at == (utc(at) if at else utc("1970-01-01 00:00"))


# --- Closed and reopened ---------------------------------------------------------------------------------------------


def test_what_is_closed_is_told_by_what_a_status_means_not_by_its_name(jira: Jira) -> None:
    assert only(jira, change("In Arbeit", DONE)).kind is EventKind.CLOSED
    assert only(jira, change("In Arbeit", {**OPEN, "name": "Closed"})).kind is EventKind.UPDATED


@pytest.mark.parametrize(("inbound", "kind"), [
    (change("Erledigt", OPEN, resolution=("10000", None)), EventKind.REOPENED),
    (change("Resolved", OPEN), EventKind.REOPENED),
    (change("Erledigt", OPEN), EventKind.UPDATED),
    (change("Wartet", OPEN, resolution=("1", "2")), EventKind.UPDATED)])
def test_a_reopening_is_told_by_the_resolution_that_is_taken_back(jira: Jira, inbound: Inbound,
                                                                  kind: EventKind) -> None:
    assert only(jira, inbound).kind is kind


def test_where_a_workflow_keeps_resolutions_the_names_of_its_statuses_can_be_told(tools: Tools) -> None:
    jira = a_jira(tools, closed_status="Erledigt, 7")
    assert only(jira, change("erledigt", OPEN)).kind is EventKind.REOPENED
    assert only(jira, change("Fertig", OPEN)).kind is EventKind.REOPENED


def test_a_ticket_that_is_closed_when_something_else_is_told_of_it_is_said_to_be(jira: Jira) -> None:
    assert only(jira, sent(issue=issue(status=DONE))).closed
    assert not only(jira, sent(issue=issue(status=DONE, labels=["deskgate_closed"]))).closed
    assert not only(jira, change("In Arbeit", DONE)).closed


def test_who_waits_is_told_by_the_status_that_is_set_for_it(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    site(at_work).move(AGENT, site(at_work).issues[ticket_id], WAITING)
    assert [event.waiting for event in at_work.happened()] == [False, True]
    renamed = at_work.set(waiting_status="Wartet auf Kunde")
    assert not renamed.helpdesk.read(ticket_id).waiting


# --- Who said it -----------------------------------------------------------------------------------------------------


def test_a_comment_without_its_issue_is_found_by_its_own_address(jira: Jira) -> None:
    event = only(jira, sent("comment_created", comment=comment(ASKER)))
    assert (event.kind, event.ticket_id, event.author, event.key) == (
        EventKind.REPLIED, "10101", Author.CUSTOMER, "entry:10101:10200")
    with pytest.raises(TicketError, match=r"comment\.self"):
        jira.parse(sent("comment_created", comment=comment(ASKER, self=None)))


def test_of_somebody_with_an_atlassian_account_it_is_not_said_that_an_agent_answered_until_that_is_known(
        jira: Jira) -> None:
    unsure = only(jira, sent("comment_created", comment=comment(STAFF)))
    assert (unsure.kind, unsure.author, unsure.incomplete) == (EventKind.UPDATED, Author.UNKNOWN, True)
    sure = only(jira, sent("comment_created", comment=comment(STAFF), issue=issue()))
    assert (sure.kind, sure.author, sure.public) == (EventKind.REPLIED, Author.AGENT, True)
    assert unsure.key != sure.key, "a look would take the reply for told"


def test_a_customer_with_an_atlassian_account_is_the_customer_on_their_own_ticket(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    customer = site(at_work).issues[ticket_id]["fields"]["reporter"]
    site(at_work).accounts[customer]["accountType"] = "atlassian"
    at_work.bench.customer_writes(ticket_id)
    assert [event.author for event in at_work.happened()] == [Author.CUSTOMER, Author.CUSTOMER]
    assert not at_work.helpdesk.read(ticket_id).answered


def test_who_takes_part_in_a_request_is_a_customer(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    colleague = site(at_work).add_customer("colleague@acme.example")
    site(at_work).accounts[colleague]["accountType"] = "atlassian"
    site(at_work).edit(AGENT, site(at_work).issues[ticket_id], {PARTICIPANTS: [colleague]})
    at_work.bench.webhooks()
    site(at_work).comment(colleague, site(at_work).issues[ticket_id], "Hurry!")
    assert not at_work.helpdesk.read(ticket_id).answered
    assert [event.author for event in at_work.happened()] == [Author.CUSTOMER]


def test_where_staff_is_named_everybody_else_is_a_customer(tools: Tools) -> None:
    jira = a_jira(tools, staff="712020:agent")
    told = [only(jira, sent("comment_created", comment=comment({**STAFF, "accountId": account}))).author
            for account in ("712020:agent", "712020:somebody")]
    assert told == [Author.AGENT, Author.CUSTOMER]
    made = [only(jira, sent("jira:issue_created", issue=issue(creator={**STAFF, "accountId": account}))).staff_made
            for account in ("712020:agent", "712020:somebody")]
    assert made == [True, False]


def test_what_a_rule_writes_is_nobodys_answer(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.webhooks()
    site(at_work).comment(RULES, site(at_work).issues[ticket_id], "Thank you for your message.")
    assert [(event.kind, event.author) for event in at_work.happened()] == [(EventKind.UPDATED, Author.UNKNOWN)]
    found = list(at_work.helpdesk.find_changed(at_work.clock.now()))
    assert [event.kind for event in found] == [EventKind.CREATED]
    assert not found[0].answered


def test_comments_are_public_unless_they_say_otherwise(jira: Jira) -> None:
    def public(**more: Any) -> bool:
        told = {name: value for name, value in comment(STAFF, **more).items() if value is not None}
        return only(jira, sent("comment_created", comment=told, issue=issue())).kind is EventKind.REPLIED

    assert [public(), public(jsdPublic=False), public(jsdPublic=None), public(jsdPublic=None, internal=True),
            public(jsdPublic=None, visibility={"type": "role"})] == [True, False, True, False, False]


@pytest.mark.parametrize("name", ["comment_updated", "comment_deleted"])
def test_an_edit_of_a_comment_is_no_second_answer(jira: Jira, name: str) -> None:
    event = only(jira, sent(name, comment=comment(ASKER)))
    assert (event.kind, event.key.startswith("entry:")) == (EventKind.UPDATED, False)


def test_an_issue_that_comes_with_few_fields_is_not_said_to_be_what_it_does_not_say(jira: Jira) -> None:
    fields = {"summary": "VPN down", "status": DONE, "priority": {"name": "High"}, "project": {"key": "SUP"}}
    few = {"id": "10101", "key": "SUP-42", "fields": fields}
    event = only(jira, sent("comment_created", comment=comment(ASKER), issue=few))
    assert (event.closed, event.incomplete, event.severity) == (False, True, Severity.HIGH)


def test_a_customer_cannot_open_a_ticket_in_our_name(at_work: Connected) -> None:
    customer = site(at_work).add_customer("other@acme.example")
    made = site(at_work).create(customer, {"summary": "Mine"}, "Please.\n\nRef. dg-17")
    assert [event.marker for event in at_work.happened()] == [""]
    assert at_work.helpdesk.find_marked(at_work.owed(Action.CREATE), at_work.clock.now()) == ""
    assert at_work.helpdesk.read(made["id"]).marker == ""
