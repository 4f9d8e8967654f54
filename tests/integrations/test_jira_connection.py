"""Connecting Jira: creating tickets there, searching, addresses and tokens, and what a check finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, NewTicket
from integrations import build
from integrations.jira.api import root_of
from integrations.jira.creating import MARKUP
from integrations.jira.searching import since_jql, wall_minute
from integrations.jira.settings import authorization
from integrations.tools import Tools
from tests.builders import utc
from tests.fakes import FakeClock
from tests.integrations.jira_payloads import jira_at_work, site
from tests.integrations.parts import a_config
from tests.integrations.stories import Connected
from tests.standins.jira_site import US
from tests.standins.serving import Fault

NOBODY = NewTicket("Printer\non fire", "It {burns}.", "new@acme.example")


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    yield from jira_at_work(tools, clock)


def refusal(at_work: Connected, ticket_id: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        at_work.apply(at_work.owed(Action.RELEASE, ticket_id))
    return caught.value


# --- Creating --------------------------------------------------------------------------------------------------------


def test_a_customer_that_jira_does_not_know_is_added_and_the_request_is_theirs(at_work: Connected) -> None:
    receipt = at_work.apply(at_work.owed(Action.CREATE, new_ticket=NOBODY))
    fields = site(at_work).issues[receipt.ticket_id]["fields"]
    assert site(at_work).accounts[fields["reporter"]]["emailAddress"] == "new@acme.example"
    assert (fields["summary"], fields["description"]) == ("Printer on fire", "It {burns}.\n\nRef. dg-17")


def test_a_customer_who_cannot_be_added_is_left_to_jira_to_refuse(at_work: Connected) -> None:
    site(at_work).wrong.add("no admin")
    with pytest.raises(DeliveryError, match="The user does not exist") as caught:
        at_work.apply(at_work.owed(Action.CREATE, new_ticket=NOBODY))
    assert caught.value.kind == "refused"


def test_a_customer_whose_address_privacy_hides_is_the_only_one_that_is_found(at_work: Connected) -> None:
    at_work.bench.opens()
    site(at_work).hides_addresses = True
    known = len(site(at_work).accounts)
    receipt = at_work.apply(at_work.owed(Action.CREATE))
    assert len(site(at_work).accounts) == known
    assert at_work.helpdesk.read(receipt.ticket_id).identity.organization_id == "146"


def test_without_a_request_type_a_plain_issue_is_created_with_its_labels(at_work: Connected) -> None:
    at_work = at_work.set(service_desk="", request_type="", issue_type="Task")
    receipt = at_work.apply(at_work.owed(Action.CREATE))
    assert at_work.helpdesk.read(receipt.ticket_id).marker == "dg-17"
    assert [method for method, path in at_work.bench.serving.calls if path == "/rest/api/3/issue"] == ["POST"]
    assert "deskgate_routed" in at_work.state(receipt.ticket_id).tags


def test_without_either_nothing_can_be_created_and_that_is_said(at_work: Connected) -> None:
    with pytest.raises(DeliveryError, match="set service_desk and request_type") as caught:
        at_work.set(service_desk="", request_type="").apply(at_work.owed(Action.CREATE))
    assert caught.value.kind == "setting"


def test_a_rehearsal_makes_no_customer_and_is_closed_where_it_cannot_be_deleted(at_work: Connected) -> None:
    known = len(site(at_work).accounts)
    ticket_id = at_work.helpdesk.rehearse(at_work.owed(Action.CREATE, new_ticket=NOBODY)).ticket_id
    assert len(site(at_work).accounts) == known
    site(at_work).wrong.add("no delete")
    assert at_work.helpdesk.discard(ticket_id) == "closed, since our account may not delete it"
    assert at_work.state(ticket_id).standing == "closed"
    site(at_work).wrong.clear()
    assert at_work.helpdesk.discard(ticket_id) == "deleted"


@pytest.mark.parametrize(("words", "sent"), [
    ("Help! {code}", "Help! \\{code}"), ("[~accountid:1] !", "\\[~accountid:1] !"),
    ("!a.png! and !b", "\\!a.png! and !b"),
    ("a | b\n| c |", "a | b\n\\| c |")])
def test_words_of_customers_are_no_markup_and_look_no_different(words: str, sent: str) -> None:
    assert MARKUP.sub(lambda mark: f"\\{mark.group()}", words) == sent


# --- Searching -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "zone", "minute"), [
    ("2026-03-09 10:00", "UTC", "2026-03-09 10:00"), ("2026-03-09 10:00", "America/New_York", "2026-03-09 06:00"),
    ("2026-03-09 10:00:59", "Asia/Kathmandu", "2026-03-09 15:45"), ("2026-03-09 10:00", "", "2026-03-08 22:00"),
    ("2026-03-09 10:00", "../../etc", "2026-03-08 22:00"), ("2026-03-09 10:00", "Mars/Olympus", "2026-03-08 22:00"),
    # Between one and two in the morning the clocks of New York are set back.
    ("2026-11-01 05:30", "America/New_York", "2026-10-31 23:30"),
    ("2026-11-01 06:30", "America/New_York", "2026-10-31 23:30"),
    ("2026-11-01 07:00", "America/New_York", "2026-11-01 02:00")])
def test_a_search_is_never_later_than_what_is_asked_for_whatever_the_time_zone(since: str, zone: str,
                                                                               minute: str) -> None:
    assert wall_minute(utc(since), zone) == minute


def test_a_search_is_bound_to_service_projects() -> None:
    at = utc("2026-03-09 10:00")
    assert since_jql("updated", at, "UTC", ("SUP", "OPS")) == (
        'project in ("SUP", "OPS") AND updated >= "2026-03-09 10:00" ORDER BY updated ASC')
    assert since_jql("created", at, "UTC", ()).startswith("projectType = service_desk AND created >= ")


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", ""])
def test_a_look_finds_what_changed_whatever_the_time_zone_of_our_account(at_work: Connected, zone: str) -> None:
    site(at_work).accounts[US]["timeZone"] = zone or "Pacific/Kiritimati"
    site(at_work).wrong |= set() if zone else {"no zone"}
    since = at_work.clock.now()
    at_work.clock.go_on(seconds=30)
    ticket_id = at_work.bench.opens()
    assert [event.ticket_id for event in at_work.helpdesk.find_changed(since)] == [ticket_id]
    assert list(at_work.helpdesk.find_changed(at_work.clock.now() + (at_work.clock.now() - since))) == []


def test_a_search_that_fails_has_changed_nothing(at_work: Connected) -> None:
    at_work.bench.serving.fault = Fault(status=504, changes_only=False, times=99)
    with pytest.raises(DeliveryError) as caught:
        list(at_work.helpdesk.find_changed(at_work.clock.now()))
    assert caught.value.kind == "temporary"
    at_work.bench.serving.fault = None
    at_work.helpdesk.api.me()  # type: ignore[attr-defined]
    list(at_work.helpdesk.find_changed(at_work.clock.now()))
    at_work.bench.serving.fault = Fault(status=504, changes_only=False, times=99)
    with pytest.raises(DeliveryError) as caught:
        list(at_work.helpdesk.find_changed(at_work.clock.now()))
    assert caught.value.kind == "temporary"


# --- Addresses, tokens and settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "root"), [
    ("https://acme.atlassian.net", "https://acme.atlassian.net"),
    ("https://acme.atlassian.net/", "https://acme.atlassian.net"),
    ("https://acme.atlassian.net/jira/servicedesk/projects/SUP/queues/1", "https://acme.atlassian.net"),
    ("https://acme.atlassian.net/rest/api/3/", "https://acme.atlassian.net"),
    ("https://api.atlassian.com/ex/jira/1234-5678/rest/api/3", "https://api.atlassian.com/ex/jira/1234-5678"),
    ("https://help.acme.example/rest/servicedeskapi", "https://help.acme.example"), ("", "")])
def test_the_address_of_any_page_leads_to_the_site(url: str, root: str) -> None:
    assert root_of(url) == root


@pytest.mark.parametrize(("token", "header"), [
    ("it@acme.example:abc", "Basic aXRAYWNtZS5leGFtcGxlOmFiYw=="), ("eyJhbGciOi", "Bearer eyJhbGciOi"), ("", None)])
def test_a_token_with_a_colon_is_an_address_and_an_api_token(token: str, header: str | None) -> None:
    assert authorization(token).get("Authorization") == header


@pytest.mark.parametrize(("change", "message"), [
    ({"token": "it@acme.example"}, "must be EMAIL:API_TOKEN"), ({"token": "a b"}, "must be EMAIL:API_TOKEN"),
    ({"settings": {"route_group": "Service Desk"}}, "cannot be a label"),
    ({"settings": {"route_tags": "two words"}}, "cannot be a label"),
    ({"settings": {"project": "SUP 1"}}, "project must be keys"),
    ({"settings": {"severities": "P1"}}, "severities must be pairs"),
    ({"settings": {"severities": "P1=dire"}}, "severities must be pairs"),
    ({"settings": {"service_desk": "1"}}, "are needed together"),
    ({"settings": {"service_desk": "x", "request_type": "1"}}, "service_desk must be a number"),
    ({"settings": {"issue_type": "Task"}}, "issue_type needs project"),
    ({"settings": {"tags": "off", "notice": "none"}}, "tags=off needs queue_status"),
    ({"settings": {"webhooks": "yes"}}, "webhooks must be admin or automation")])
def test_a_connection_that_cannot_work_is_refused_when_it_is_built(tools: Tools, change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(a_config("jira", **{"url": "https://acme.atlassian.net", **change}), tools)


# --- Limits and credentials ------------------------------------------------------------------------------------------


def test_the_limit_that_was_reached_is_named(at_work: Connected) -> None:
    fault = Fault(status=429, headers={"RateLimit-Reason": "jira-quota-tenant-based",
                                       "X-RateLimit-Reset": "2026-03-09T10:30Z"})
    error = at_work.fails(fault, at_work.owed(Action.ROUTE, at_work.bench.opens()))
    assert (error.is_busy, error.retry_after) == (True, 1800)
    assert "jira-quota-tenant-based" in str(error)


def test_a_refusal_for_too_many_calls_need_not_name_a_wait(at_work: Connected) -> None:
    error = at_work.fails(Fault(status=429), at_work.owed(Action.ROUTE, at_work.bench.opens()))
    assert (error.is_busy, error.retry_after) == (True, None)


def test_one_ticket_takes_twenty_writes_in_two_seconds_and_we_stay_below(at_work: Connected) -> None:
    at_work = at_work.set(notice="reply", reject="close")
    ticket_id = at_work.bench.opens()
    for action in (Action.QUEUE, Action.RELEASE, Action.REJECT):
        at_work.apply(at_work.owed(action, ticket_id))
    assert at_work.state(ticket_id).standing == "closed"


def test_a_ticket_that_only_we_may_not_see_any_more_is_not_gone(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    site(at_work).wrong.add("token")
    assert refusal(at_work, ticket_id).kind == "unauthorized"
    page = Fault(status=404, body="<html>Your site is being moved</html>", changes_only=False)
    site(at_work).wrong.clear()
    assert at_work.fails(page, at_work.owed(Action.RELEASE, ticket_id)).kind == "temporary"


def test_a_login_that_failed_is_told_apart_from_what_is_answered_to_strangers(at_work: Connected) -> None:
    fault = Fault(status=200, body="{}", headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, changes_only=False)
    assert at_work.fails(fault, at_work.owed(Action.ROUTE, at_work.bench.opens())).kind == "unauthorized"


# --- Checks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "settings", "what", "says"), [
    ("data center", {}, "address", "Jira Server"),
    ("suspended", {}, "token", "suspended"),
    ("deactivated", {}, "token", "deactivated"),
    ("portal account", {}, "token", "customer's account"),
    ("", {"project": "NOPE"}, "project", "there is no project NOPE"),
    ("", {"project": "DEV"}, "project", "type software"),
    ("", {"project": "OLD"}, "project", "archived"),
    ("no project", {"project": ""}, "project", "sees no service project"),
    ("no EDIT_ISSUES", {}, "permissions", "EDIT_ISSUES"),
    ("no TRANSITION_ISSUES", {}, "permissions", "TRANSITION_ISSUES"),
    ("no SERVICEDESK_AGENT", {}, "permissions", "license of Jira Service Management"),
    ("no MODIFY_REPORTER", {}, "permissions", "MODIFY_REPORTER"),
    ("", {"queue_status": "Parked"}, "queue_status", "there are Waiting for support"),
    ("", {"queue_status": "Resolved"}, "queue_status", "done"),
    ("", {"waiting_status": "Pending"}, "waiting_status", "there is no status pending"),
    ("", {"outcome_field": "customfield_99999"}, "outcome_field", "there is no field customfield_99999"),
    ("field twice", {}, "outcome_field", "customfield_10050, customfield_10077"),
    ("", {"license_field": "Story points"}, "license_field", "of type float"),
    ("", {"license_field": "Deskgate release"}, "license_field", "is a date and time"),
    ("", {"notice_field": "Deskgate outcome"}, "notice_field", "paragraph"),
    ("", {"group_field": "Story points"}, "group_field", "of type float"),
    ("", {"group_field": "component", "route_group": "Nobody"}, "route_group", "no component Nobody"),
    ("Triage archived", {"group_field": "component"}, "triage_group", "archived"),
    ("labels off screen", {}, "screen", "no Labels to edit"),
    ("customfield_10050 off screen", {}, "screen", "no Deskgate outcome to edit"),
    ("own priority", {}, "severities", "P1=high"),
    ("", {"service_desk": "9"}, "service_desk", "there is no service desk 9"),
    ("", {"request_type": "9"}, "request_type", "no request type 9"),
    ("due date", {}, "request_type", "Due date"),
    ("no description", {}, "request_type", "no description"),
    ("not on behalf", {}, "request_type", "on behalf of customers"),
])
def test_each_usual_mistake_is_named(at_work: Connected, wrong: str, settings: dict[str, str], what: str,
                                     says: str) -> None:
    at_work.bench.opens()
    site(at_work).wrong.add(wrong)
    bad = [finding for finding in at_work.set(**settings).helpdesk.check() if not finding.ok]
    assert what in [finding.what for finding in bad], bad
    assert any(says in finding.detail for finding in bad if finding.what == what), bad


@pytest.mark.parametrize(("change", "says"), [
    ({"url": "https://d.example/hooks/other"}, "none leads to .../hooks/desk"), ({"enabled": False}, "switched off"),
    ({"isSigned": False}, "not signed"), ({"excludeBody": True}, "without its body"),
    ({"events": ["jira:issue_created"]}, "does not tell of jira:issue_updated")])
def test_what_is_wrong_with_the_webhook_is_named_to_who_may_see_it(at_work: Connected, change: dict, says: str) -> None:
    site(at_work).hooks[0] |= change
    bad = {finding.what: finding.detail for finding in at_work.helpdesk.check() if not finding.ok}
    assert list(bad) == ["webhook"]
    assert says in bad["webhook"]
    site(at_work).wrong.add("no admin")
    assert all(finding.ok for finding in at_work.helpdesk.check())


def test_a_token_without_an_address_at_a_site_is_explained(at_work: Connected) -> None:
    alone = replace(at_work, config=replace(at_work.config, token="ATATT3xFf"))
    assert "EMAIL:API_TOKEN" in str([finding for finding in alone.helpdesk.check() if not finding.ok])


def test_without_an_address_the_guide_can_be_read_and_nothing_is_found(tools: Tools) -> None:
    jira = build(a_config("jira"), tools)
    assert not jira.finds_changes
    assert [finding.what for finding in jira.check() if not finding.ok] == ["address"]
    assert jira.guide("https://d.example/hooks/desk")


def test_the_guide_wakes_tickets_by_the_field_that_knows_when(at_work: Connected) -> None:
    steps = at_work.set(release_field="Deskgate release", notice_field="Deskgate notice").helpdesk.guide("https://d.example")
    pasted = "\n".join(step.paste for step in steps)
    for part in ('labels = deskgate_queued AND "Deskgate release" <= "-15m"', "deskgate_tell_queued",
                 "{{issue.Deskgate notice}}", "labels in (deskgate_routed, deskgate_triage)"):
        assert part in pasted
