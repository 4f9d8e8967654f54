"""What is particular to ServiceNow: journals, texts for everything, data policies, and instances that differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entitlements.errors import ConfigError, DeliveryError, VerificationError
from entitlements.helpdesk import Action, Author, EventKind
from entitlements.rules.ticket import Severity
from integrations.servicenow import ServiceNow
from integrations.servicenow.adapter import CASE, INCIDENT, text_for
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config, a_delivery, a_webhook
from tests.standins.servicenow import ServiceNowBench
from tests.standins.serving import Fault


@pytest.fixture
def bench(clock: FakeClock) -> Iterator[ServiceNowBench]:
    bench = ServiceNowBench(clock)
    with bench.serving:
        bench.serving.go_by(clock)
        yield bench


@pytest.fixture
def snow(bench: ServiceNowBench, tools: Tools) -> ServiceNow:
    return connected(bench, tools)


def connected(bench: ServiceNowBench, tools: Tools, **more: Any) -> ServiceNow:
    settings = {**bench.settings(), **more.pop("settings", {})}
    config = a_config("servicenow", settings, url=bench.url, token=bench.token, secrets=(bench.secret,))
    return ServiceNow(replace(config, **more), tools)


def queue(bench: ServiceNowBench, ticket_id: str, **more: object) -> Any:
    now = bench.instance.clock.now()
    return a_delivery(Action.QUEUE, ticket_id=ticket_id, decided_at=now, message="We open at nine.",
                      note="Outside the hours.", release_at=now + timedelta(hours=12), **more)


def test_hold_reason_words_for_both_sides_and_tags_are_one_call(bench: ServiceNowBench, snow: ServiceNow) -> None:
    ticket_id = bench.opens()
    snow.apply(queue(bench, ticket_id))
    assert [method for method, _ in bench.serving.calls].count("PATCH") == 1
    row = bench.instance.tables["incident"][ticket_id]
    assert (row["state"], row["hold_reason"]) == ("3", "4")
    assert (len(bench.state(ticket_id).told), len(bench.state(ticket_id).notes)) == (1, 1)


def test_a_hold_of_somebody_else_is_not_ours_to_end(bench: ServiceNowBench, snow: ServiceNow) -> None:
    ticket_id = bench.opens()
    row = bench.instance.tables["incident"][ticket_id]
    bench.instance.update("beth", row, {"state": "3", "hold_reason": "3"})
    assert snow.inspect(ticket_id).standing == "waiting"
    assert snow.apply(a_delivery(Action.RELEASE, ticket_id=ticket_id)).overtaken
    assert row["state"] == "3"


def test_impact_and_urgency_make_the_severity_of_a_new_ticket(bench: ServiceNowBench, snow: ServiceNow) -> None:
    for severity, priority in (("urgent", "1"), ("high", "2"), ("normal", "3"), ("low", "5")):
        receipt = snow.apply(a_delivery(Action.CREATE, id=int(priority), marker=f"dg-{priority}",
                                        severity=Severity(severity)))
        event = snow.read(receipt.ticket_id)
        assert (event.severity, event.marker, event.identity.email) == (severity, f"dg-{priority}", "it@acme.example")
    shown = bench.instance.tables["incident"][receipt.ticket_id]
    assert shown["description"] == "It burns.", "the marker is in correlation_id, where nobody has to read it"


def test_a_requester_whom_servicenow_does_not_know_gets_a_ticket_all_the_same(bench: ServiceNowBench,
                                                                              snow: ServiceNow) -> None:
    new = replace(a_delivery(Action.CREATE).new_ticket, requester_email="new@else.example")
    receipt = snow.apply(a_delivery(Action.CREATE, new_ticket=new))
    assert bench.instance.tables["incident"][receipt.ticket_id]["caller_id"] == ""


def test_a_closing_keeps_the_data_policy(bench: ServiceNowBench, tools: Tools) -> None:
    snow = connected(bench, tools, settings={"reject": "close", "close_code": "Not covered"})
    ticket_id = bench.opens()
    snow.apply(a_delivery(Action.REJECT, ticket_id=ticket_id, message="Your license has expired."))
    row = bench.instance.tables["incident"][ticket_id]
    assert (row["state"], row["close_code"]) == ("6", "Not covered")
    assert row["close_notes"] == "Closed by Deskgate: license_expired"


def test_a_data_policy_that_refuses_is_told_and_not_taken_for_a_wrong_password(bench: ServiceNowBench,
                                                                               tools: Tools) -> None:
    snow = connected(bench, tools, settings={"hold_reason": "4", "description": "[requests.queue]\nbody = "
                                             "{ state = '{status?}' }"})
    with pytest.raises(DeliveryError, match="On hold reason is mandatory") as caught:
        snow.apply(queue(bench, bench.opens()))
    assert caught.value.kind == "refused"


def test_who_writes_is_told_from_the_caller_by_the_account(bench: ServiceNowBench, snow: ServiceNow) -> None:
    ticket_id = bench.opens()
    bench.customer_writes(ticket_id)
    bench.agent_answers(ticket_id)
    bench.agent_notes(ticket_id)
    entries = snow.whole(ticket_id).entries
    assert [(entry.author, entry.public) for entry in entries] == [
        (Author.CUSTOMER, True), (Author.AGENT, True), (Author.AGENT, False)]
    replies = [event for sent in bench.webhooks() for event in snow.parse(sent) if event.kind is EventKind.REPLIED]
    assert [event.author for event in replies] == [Author.CUSTOMER, Author.AGENT]


def test_the_limit_names_when_it_begins_anew_in_unix_time(bench: ServiceNowBench, snow: ServiceNow) -> None:
    ticket_id = bench.opens()
    reset = str(int(bench.instance.clock.now().timestamp()) + 90)
    bench.serving.fault = Fault(429, '{"error": {"message": "Rate limit exceeded"}}',
                                {"Content-Type": "application/json", "X-RateLimit-Reset": reset}, times=9)
    with pytest.raises(DeliveryError) as caught:
        snow.apply(queue(bench, ticket_id))
    assert caught.value.is_busy
    assert caught.value.retry_after == 90


def test_the_time_zone_of_the_account_is_looked_at(bench: ServiceNowBench, snow: ServiceNow) -> None:
    assert all(finding.ok for finding in snow.check())
    for row in bench.instance.tables["sys_user"].values():
        row["time_zone"] = "US/Pacific"
    bad = [finding for finding in snow.check() if not finding.ok]
    assert len(bad) == 1
    assert "set the time zone of this account to GMT" in bad[0].detail


def test_another_sender_is_not_believed(bench: ServiceNowBench, snow: ServiceNow) -> None:
    bench.opens()
    (sent,) = bench.webhooks()
    snow.verify(sent, bench.instance.clock.now())
    with pytest.raises(VerificationError):
        snow.verify(replace(sent, headers={"Authorization": "Bearer other"}), bench.instance.clock.now())


def test_an_instance_may_differ_in_whatever_it_likes(bench: ServiceNowBench, tools: Tools) -> None:
    snow = connected(bench, tools, settings={"description": "[statuses]\nopen = ['2', '1', '11']\n[requests.mark]\n"
                                             "body = { u_deskgate = '{tags?:join ;}' }"})
    assert snow.described.statuses["held"] == "3"
    assert "11" in str(snow.described.ticket.fields["standing"].words)
    with pytest.raises(ConfigError, match=r"requests\.mark\.bdy: is not known here; did you mean body"):
        connected(bench, tools, settings={"description": "[requests.mark]\nbdy = {}"})


def test_cases_have_states_and_people_of_their_own(tools: Tools) -> None:
    text = text_for(CASE, "")
    for word in ("caller_id", f"table/{INCIDENT}", "hold_reason\\\"", "close_code\\\""):
        assert word not in json.dumps(json.loads(text)["requests"]), word
    snow = ServiceNow(a_config("servicenow", {"table": CASE}, url="https://acme.service-now.com", token="u:p"), tools)
    assert (snow.described.statuses["held"], snow.described.statuses["closed"]) == ("18", "6")
    assert snow.parse(a_webhook(json.dumps({"event": "created", "sys_id": "x", "sys_mod_count": "0"}).encode()))
    with pytest.raises(ConfigError, match="table must be incident or sn_customerservice_case"):
        ServiceNow(a_config("servicenow", {"table": "problem"}), tools)
