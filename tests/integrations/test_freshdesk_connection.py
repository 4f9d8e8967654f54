"""What a check of a Freshdesk connection finds: each misconfiguration that Freshdesk lets us see is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from integrations.freshdesk import Freshdesk
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config
from tests.integrations.stories import Connected, connected
from tests.standins.freshdesk import FreshdeskBench
from tests.standins.freshdesk_desk import FreshdeskDesk
from tests.standins.serving import Fault


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = FreshdeskBench(clock)
    bench.serving.go_by(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def wrong(at_work: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in at_work.helpdesk.check() if not finding.ok}


def desk_of(at_work: Connected) -> FreshdeskDesk:
    assert isinstance(at_work.bench, FreshdeskBench)
    return at_work.bench.desk


def test_a_right_connection_names_the_rules_that_send(at_work: Connected) -> None:
    found = [finding for finding in at_work.helpdesk.check() if finding.what == "webhook"]
    assert [(each.ok, each.detail) for each in found] == [
        (True, "sent by the rules deskgate: created"), (True, "sent by the rules deskgate: updated")]


@pytest.mark.parametrize(("breaks", "what", "says"), [
    (lambda desk: setattr(desk, "suspended", True), "token", "the account is suspended"),
    (lambda desk: setattr(desk, "scope", 2), "reach", "give it Global access"),
    (lambda desk: desk.groups.pop(105), "renewals_group", "there is no group Renewals"),
    (lambda desk: desk.groups.update({103: "triage"}), "triage_group", "but triage"),
    (lambda desk: desk.fields.update(cf_deskgate_outcome="custom_dropdown"), "outcome_field", "is a dropdown"),
    (lambda desk: desk.fields.pop("cf_deskgate_outcome"), "outcome_field", "have no field Deskgate outcome"),
    (lambda desk: desk.rules[1].clear(), "webhook", "no rule for tickets that are created"),
    (lambda desk: desk.rules[4][0].update(active=False), "webhook", "it is switched off"),
    (lambda desk: desk.rules[4][0].update(actions=[{"url": "https://x.example/hooks/other"}]), "webhook",
     "no rule for tickets that are updated")])
def test_what_is_wrong_over_there_is_named(at_work: Connected, breaks: Callable[[FreshdeskDesk], object], what: str,
                                           says: str) -> None:
    breaks(desk_of(at_work))
    found = wrong(at_work)
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize(("settings", "what", "says"), [
    ({"queue_status": "On ice"}, "queue_status", "there is no status On ice"),
    ({"queue_status": "99"}, "queue_status", "there is no status 99"),
    ({"queue_status": "Resolved"}, "queue_status", "cannot hold a ticket"),
    ({"queue_status": "2"}, "queue_status", "cannot hold a ticket"),
    ({"route_status": "Closed"}, "route_status", "no status for a ticket that agents are to work on"),
    ({"waiting_statuses": "Waiting on Godot"}, "waiting_statuses", "there is no status Waiting on Godot"),
    ({"closed_statuses": "Gone"}, "closed_statuses", "there is no status Gone"),
    ({"notice_field": "Deskgate outcome"}, "notice_field", "must be a multi-line text"),
    ({"product_field": "Produkt"}, "product_field", "have no field Produkt"),
    ({"external_id_field": "Kunde"}, "external_id_field", "companies have no field Kunde"),
    ({"route_group": "999"}, "route_group", "there is no group 999")])
def test_what_is_wrong_here_is_named(at_work: Connected, settings: dict[str, str], what: str, says: str) -> None:
    found = wrong(at_work.set(**settings))
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize("settings", [
    {"notice_field": "Notice"}, {"product_field": "cf_product"}, {"external_id_field": "contract_no"},
    {"queue_status": "Queued by Deskgate"}, {"waiting_statuses": "6, Waiting on Third Party"}])
def test_what_is_right_is_found_right(at_work: Connected, settings: dict[str, str]) -> None:
    assert wrong(at_work.set(**settings)) == {}


def test_a_key_that_may_list_no_groups_is_told_to_name_them_by_number(at_work: Connected) -> None:
    desk_of(at_work).admin = False
    found = wrong(at_work)
    assert set(found) == {"route_group", "triage_group", "queue_group", "renewals_group"}
    assert "give its number" in found["route_group"]
    assert wrong(at_work.set(route_group="102", triage_group="103", queue_group="104", renewals_group="105")) == {}


@pytest.mark.parametrize(("status", "body", "says"), [
    (401, '{"code": "invalid_credentials", "message": "You have to be logged in"}', "copy the API key"),
    (403, '{"code": "access_denied", "message": "You are not authorized"}', "is no agent"),
    (403, "<html>Forbidden</html>", "copy the API key")])
def test_each_way_of_not_being_let_in_is_told_apart(at_work: Connected, status: int, body: str, says: str) -> None:
    at_work.bench.serving.fault = Fault(status=status, body=body, changes_only=False, times=9)
    found = wrong(at_work)
    assert list(found) == ["token"]
    assert says in found["token"]


@pytest.mark.parametrize("url", ["https://help.acme.example", "https://acme.myfreshworks.com",
                                 "https://freshdesk.com.evil.example", "https://acme.freshdesk.com.example"])
def test_an_address_of_ones_own_is_named_without_a_call(tools: Tools, url: str) -> None:
    desk = Freshdesk(a_config("freshdesk", url=url, token="key"), tools)
    (found,) = [finding for finding in desk.check() if not finding.ok]
    assert found.what == "address"
    assert "https://ACCOUNT.freshdesk.com alone" in found.detail


def test_another_system_at_the_address_is_not_freshdesk(at_work: Connected) -> None:
    at_work.bench.serving.fault = Fault(status=200, body='{"hello": 1}', changes_only=False, times=9)
    assert "not as Freshdesk does" in wrong(at_work)["address"]


def test_the_guide_sends_numbers_and_labels_alone_since_words_could_break_it(tools: Tools) -> None:
    desk = Freshdesk(a_config("freshdesk", {"notice_field": "cf_notice", "outcome_field": "cf_outcome"}), tools)
    steps = desk.guide("https://deskgate.example/hooks/desk/secret")
    contents = [json.loads(step.paste) for step in steps if step.paste.startswith("{")]
    assert [each["event"] for each in contents] == ["created", "customer_replied", "updated", "deleted"]
    assert {value for each in contents for value in each.values() if "{{" in value} == {
        "{{ticket.id}}", "{{triggered_event}}", "{{ticket.source}}"}
    assert any("{{ticket.cf_notice}}" in step.text for step in steps)
    assert any("cf_outcome" in step.paste for step in steps)
    assert len(steps) <= 12


def test_who_tells_customers_by_replies_needs_no_rule_for_it(tools: Tools) -> None:
    desk = Freshdesk(a_config("freshdesk", {"notice": "reply"}), tools)
    assert not any("deskgate_told" in step.paste for step in desk.guide("https://deskgate.example/hooks/desk/x"))


def test_what_was_remembered_of_one_connection_is_not_another_ones(at_work: Connected) -> None:
    other = replace(at_work, config=replace(at_work.config, token="another-key"))
    at_work.helpdesk.check()
    assert list(wrong(other)) == ["token"]
