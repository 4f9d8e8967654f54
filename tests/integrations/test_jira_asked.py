"""Who asks in Jira, how urgently, and how much time was spent; and what its rules send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import EventKind
from entitlements.rules.ticket import Severity
from integrations.jira import Jira
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.jira_payloads import (
    a_jira,
    issue,
    jira_at_work,
    only,
    organization,
    sent,
    site,
)
from tests.integrations.parts import a_webhook
from tests.integrations.stories import Connected
from tests.standins.jira_site import AGENT, CANCELED, ORGANIZATIONS, RESOLVED


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    yield from jira_at_work(tools, clock)


@pytest.fixture
def jira(tools: Tools) -> Jira:
    return a_jira(tools)


# --- Who asks, and how urgently --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("numbers", "told"), [(["146"], "146"), ([], ""), (["146", "7"], "")])
def test_several_organizations_name_nobody_and_the_address_decides(jira: Jira, numbers: list[str], told: str) -> None:
    fields = {"customfield_10999": [organization(each) for each in numbers], "customfield_10021": ["x", {"id": "3"}]}
    identity = only(jira, sent(issue=issue(**fields))).identity
    assert (identity.organization_id, identity.email) == (told, "customer@acme.example")


def test_the_field_of_organizations_is_found_by_its_type_whatever_its_number(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    assert at_work.helpdesk.read(ticket_id).identity.organization_id == "146"
    bare = issue(**{ORGANIZATIONS: [{"id": "146", "name": "Acme"}], "customfield_10021": [organization("7")]})
    assert only(at_work.helpdesk, sent(issue=bare)).identity.organization_id == "146"


def test_an_address_that_privacy_hides_is_asked_of_the_service_desk(at_work: Connected) -> None:
    site(at_work).hides_addresses = True
    ticket_id = at_work.bench.opens(email="someone@nowhere.example")
    (inbound,) = at_work.bench.webhooks()
    assert [event.incomplete for event in at_work.helpdesk.parse(inbound)] == [True]
    assert at_work.helpdesk.read(ticket_id).identity.email == "someone@nowhere.example"
    site(at_work).wrong.add("no request")
    assert at_work.helpdesk.read(ticket_id).identity.email == ""


@pytest.mark.parametrize(("priority", "severity"), [
    ({"name": "Highest"}, Severity.URGENT), ({"name": "blocker"}, Severity.URGENT), ({"name": "Lowest"}, Severity.LOW),
    ({"name": "P1"}, Severity.HIGH), ({"id": "10007", "name": "Egal"}, Severity.LOW), ({"name": "P9"}, None),
    (None, None)])
def test_a_priority_is_known_by_its_usual_names_and_by_those_that_are_set(tools: Tools, priority: Any,
                                                                          severity: Severity | None) -> None:
    jira = a_jira(tools, severities="p1=high, 10007=low")
    assert only(jira, sent(issue=issue(priority=priority))).severity is severity


def test_product_and_channel_are_read_from_the_fields_that_are_named(tools: Tools) -> None:
    jira = a_jira(tools, product_field="customfield_10060", channel_field="customfield_10061")
    event = only(jira, sent(issue=issue(customfield_10060={"value": "VPN"}, customfield_10061=[{"name": "Phone"}])))
    assert (event.product, event.channel, event.incomplete) == ("VPN", "phone", False)
    by_name = a_jira(tools, product_field="Product")
    assert only(by_name, sent()).incomplete, "which field that is has not been asked yet"


def test_a_ticket_that_cannot_be_understood_does_not_keep_the_others_from_being_found(at_work: Connected) -> None:
    strange, other = at_work.bench.opens(), at_work.bench.opens()
    site(at_work).issues[strange]["fields"]["labels"] = "none"
    assert {event.ticket_id for event in at_work.helpdesk.find_changed(at_work.clock.now())} == {other}


# --- Time ------------------------------------------------------------------------------------------------------------


def test_each_state_of_a_worklog_is_told_so_that_the_latest_counts(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.webhooks()
    work = site(at_work).issues[ticket_id]
    worklog = site(at_work).log(AGENT, work, 3600)
    for seconds in (1800, 0):
        at_work.clock.go_on(minutes=1)
        site(at_work).log(AGENT, work, seconds, worklog["id"])
    told = at_work.happened()
    assert [(event.kind, event.seconds, event.entry_id) for event in told] == [
        (EventKind.TIME_LOGGED, seconds, worklog["id"]) for seconds in (3600, 1800, 0)]
    versions = [event.entry_version for event in told]
    assert versions == sorted(versions)
    assert len({event.key for event in told} | set(versions)) == 6


def test_a_look_tells_of_corrected_time_as_its_webhook_did(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    worklog = site(at_work).log(AGENT, site(at_work).issues[ticket_id], 3600)
    at_work.clock.go_on(days=1)
    site(at_work).log(AGENT, site(at_work).issues[ticket_id], 1800, worklog["id"])
    told = [event for event in at_work.happened() if event.kind is EventKind.TIME_LOGGED][-1]
    found = [event for event in at_work.helpdesk.find_changed(at_work.clock.now()) if event.seconds]
    assert [(event.key, event.seconds, event.entry_version) for event in found] == [
        (told.key, 1800, told.entry_version)]


def test_time_is_counted_in_seconds_never_by_its_text(jira: Jira) -> None:
    worklog = {"id": "100", "issueId": "10101", "timeSpent": "1d", "timeSpentSeconds": 28800,
               "created": "2026-03-09T10:00:00.000+0000", "updated": "2026-03-09T10:00:00.000+0000"}
    assert only(jira, sent("worklog_created", worklog=worklog)).seconds == 28800
    assert only(jira, sent("worklog_created", worklog=worklog, issue=issue())).ticket_id == "10101"


# --- What is not ours ------------------------------------------------------------------------------------------------


def test_tickets_of_other_projects_are_nothing_to_us(tools: Tools, jira: Jira) -> None:
    software = issue(project={"key": "DEV", "projectTypeKey": "software"})
    assert jira.parse(sent(issue=software)) == ()
    named = a_jira(tools, project="OPS, SUP")
    assert named.parse(sent(issue=software)) == ()
    assert only(named, sent()).ticket_id == "10101"


def test_a_ticket_that_was_moved_to_another_project_is_gone(jira: Jira) -> None:
    moved = sent(issue=issue(project={"key": "DEV", "projectTypeKey": "software"}),
                 changelog={"id": "1", "items": [{"field": "project", "from": "1", "to": "2"}]})
    assert only(jira, moved).kind is EventKind.DELETED


def test_events_that_are_about_no_ticket_are_passed_over(jira: Jira) -> None:
    assert jira.parse(sent("user_created")) == ()
    assert jira.parse(a_webhook(b'{"webhookEvent": "jira:version_released", "version": {"id": 1}}')) == ()


# --- Rules of Jira Automation ----------------------------------------------------------------------------------------


@pytest.fixture
def ruled(at_work: Connected) -> Connected:
    return at_work.set(webhooks="automation")


def test_a_rule_cannot_sign_so_the_address_carries_the_secret(ruled: Connected) -> None:
    ticket_id = ruled.bench.opens()
    body = json.dumps({"webhookEvent": "jira:issue_created", "issue": {"id": ticket_id}}).encode()
    inbound = a_webhook(body, path_secret=ruled.bench.secret)
    (event,) = ruled.told([inbound])
    assert (event.kind, event.ticket_id, event.identity.email) == (EventKind.CREATED, ticket_id, "it@acme.example")
    for wrong in (replace(inbound, path_secret="other"), replace(inbound, path_secret="")):
        with pytest.raises(VerificationError):
            ruled.helpdesk.verify(wrong, ruled.clock.now())


def test_a_body_in_the_form_of_an_issue_is_understood(ruled: Connected) -> None:
    (event,) = ruled.helpdesk.parse(a_webhook(json.dumps(issue()).encode()))
    assert (event.kind, event.ticket_id, event.identity.email) == (EventKind.UPDATED, "10101", "customer@acme.example")


def test_a_body_that_words_have_broken_still_names_its_ticket(ruled: Connected, jira: Jira) -> None:
    broken = a_webhook(b'{"issue": {"id": "10101", "title": "He said "no""}}')
    (event,) = ruled.helpdesk.parse(broken)
    assert (event.kind, event.ticket_id, event.incomplete) == (EventKind.UPDATED, "10101", True)
    with pytest.raises(TicketError):
        jira.parse(broken)


def test_the_bodies_of_the_guide_are_what_is_understood(ruled: Connected) -> None:
    ticket_id = ruled.bench.opens()
    steps = ruled.helpdesk.guide("https://d.example/hooks/desk/x")
    bodies = [step.paste for step in steps if "webhookEvent" in step.paste]
    filled = [body.replace("{{issue.id}}", ticket_id).replace("{{initiator.accountId}}", AGENT)
              .replace("{{comment.id}}", "7").replace("{{comment.internal}}", "false")
              .replace("{{comment.author.accountId}}", AGENT) for body in bodies]
    told = [ruled.helpdesk.parse(a_webhook(body.encode())) for body in filled]
    assert [event.kind for (event,) in told] == [EventKind.CREATED, EventKind.UPDATED, EventKind.UPDATED]
    assert all(event.incomplete for (event,) in told)


def test_a_closing_through_another_transition_is_a_closing_as_well(at_work: Connected) -> None:
    tickets = [at_work.bench.opens(), at_work.bench.opens()]
    at_work.bench.webhooks()
    for ticket_id, status in zip(tickets, (RESOLVED, CANCELED), strict=True):
        site(at_work).move(AGENT, site(at_work).issues[ticket_id], status)
    assert [event.kind for event in at_work.happened()] == [EventKind.CLOSED, EventKind.CLOSED]
