"""What a check of a Help Scout connection finds: each misconfiguration that Help Scout lets us see is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError
from integrations.helpscout import HelpScout
from integrations.helpscout.api import root_of
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.helpscout_parts import desk_of
from tests.integrations.parts import a_config
from tests.integrations.stories import Connected, connected
from tests.standins.helpscout import HelpScoutBench
from tests.standins.helpscout_desk import HelpScoutDesk
from tests.standins.serving import Fault


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = HelpScoutBench(clock)
    bench.serving.go_by(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def wrong(at_work: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in at_work.helpdesk.check() if not finding.ok}


def test_a_right_connection_says_as_whom_and_what_is_told(at_work: Connected) -> None:
    found = {finding.what: finding.detail for finding in at_work.helpdesk.check()}
    assert found["token"] == "accepted, as deskgate@support.example"
    assert found["webhook"] == "is enabled and tells of all that matters"


@pytest.mark.parametrize(("breaks", "what", "says"), [
    (lambda desk: setattr(desk, "is_invited", False), "token", "the user that the app belongs to is not let in"),
    (lambda desk: desk.mailboxes.pop(89), "renewals_group", "there is no mailbox Renewals"),
    (lambda desk: desk.types.pop("Deskgate outcome"), "outcome_field", "Custom Fields"),
    (lambda desk: desk.without_fields.add(88), "outcome_field", "no custom field Deskgate outcome in Night"),
    (lambda desk: desk.types.update({"Deskgate outcome": "DROPDOWN"}), "outcome_field", "is a DROPDOWN"),
    (lambda desk: desk.webhooks.clear(), "webhook", "no webhook leads to /hooks/desk"),
    (lambda desk: desk.webhooks[0].update(url="https://x.example/hooks/other"), "webhook", "no webhook leads to"),
    (lambda desk: desk.webhooks[0].update(state="disabled"), "webhook", "enable it again"),
    (lambda desk: desk.webhooks[0].update(payloadVersion="V1"), "webhook", "choose V2"),
    (lambda desk: desk.webhooks[0].update(notification=True), "webhook", "switch that off"),
    (lambda desk: desk.webhooks[0].update(secret="another"), "webhook", "signs with another secret"),
    (lambda desk: desk.webhooks[0]["events"].remove("convo.status"), "webhook", "does not tell of convo.status")])
def test_what_is_wrong_over_there_is_named(at_work: Connected, breaks: Callable[[HelpScoutDesk], object], what: str,
                                           says: str) -> None:
    desk = desk_of(at_work)
    desk.webhooks[0]["events"] = list(desk.webhooks[0]["events"])
    breaks(desk)
    found = wrong(at_work)
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize(("settings", "what", "says"), [
    ({"route_group": "team:Nobody"}, "route_group", "there are Firefighters"),
    ({"route_group": "999"}, "route_group", "there is no mailbox 999"),
    ({"product_field": "Produkt"}, "product_field", "no custom field Produkt"),
    ({"severity_field": "Eile"}, "severity_field", "no custom field Eile")])
def test_what_is_wrong_here_is_named(at_work: Connected, settings: dict[str, str], what: str, says: str) -> None:
    desk_of(at_work).webhooks[0]["events"] = [*desk_of(at_work).webhooks[0]["events"], "convo.tags",
                                              "convo.custom-fields"]
    found = wrong(at_work.set(**settings))
    assert list(found) == [what]
    assert says in found[what]


def test_where_urgency_is_told_by_tags_the_webhook_must_tell_of_them(at_work: Connected) -> None:
    assert "convo.tags" in wrong(at_work.set(severity_tags="p1=urgent"))["webhook"]


def test_teams_and_numbers_are_found_right(at_work: Connected) -> None:
    assert wrong(at_work.set(route_group="team:Firefighters", triage_group="87")) == {}


@pytest.mark.parametrize("token", ["an-app-id", "an-app-id:wrong", "wrong:an-app-secret"])
def test_wrong_credentials_are_named(at_work: Connected, token: str) -> None:
    found = wrong(replace(at_work, config=replace(at_work.config, token=token)))
    assert list(found) == ["token"]
    assert "--token APP_ID:APP_SECRET" in found["token"]


def test_a_secret_that_is_too_long_for_help_scout_is_named(at_work: Connected) -> None:
    found = wrong(replace(at_work, config=replace(at_work.config, secrets=("x" * 41, *at_work.config.secrets))))
    assert found == {"secret": "it has 41 characters; Help Scout takes 40 at most"}


@pytest.mark.parametrize("url", ["https://secure.helpscout.net", "https://acme.helpscout.com", "https://helpscout.net",
                                 "https://api.helpscout.net.evil.example", ""])
def test_an_address_that_is_not_the_api_is_named_without_a_call(tools: Tools, url: str) -> None:
    desk = HelpScout(a_config("helpscout", url=url, token="a:b", secrets=("short",)), tools)
    (found,) = [finding for finding in desk.check() if not finding.ok]
    assert found.what == "address"
    assert "https://api.helpscout.net for all accounts" in found.detail


def test_another_system_at_the_address_is_not_help_scout(at_work: Connected) -> None:
    at_work.bench.serving.fault = Fault(status=200, body='{"hello": 1}', changes_only=False, times=9)
    assert "not as Help Scout does" in wrong(at_work)["address"]


@pytest.mark.parametrize(("name", "value"), [
    ("queue_status", "closed"), ("queue_status", "snoozed"), ("route_status", "open"), ("reject_status", "solved")])
def test_statuses_must_be_those_that_help_scout_has(tools: Tools, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        HelpScout(a_config("helpscout", {name: value}), tools)


def test_without_tags_queued_conversations_cannot_be_pending(tools: Tools) -> None:
    with pytest.raises(ConfigError, match="are snoozed, since agents use pending too"):
        HelpScout(a_config("helpscout", {"tags": "off", "notice": "none", "queue_status": "pending"}), tools)


@pytest.mark.parametrize("url", ["https://api.helpscout.net", "https://api.helpscout.net/v2/",
                                 " https://api.helpscout.net/ "])
def test_the_address_may_be_written_in_several_ways(url: str) -> None:
    assert root_of(url) == "https://api.helpscout.net/v2"


def test_the_guide_lists_what_to_tick_and_how_customers_are_told(tools: Tools) -> None:
    steps = HelpScout(a_config("helpscout", {"outcome_field": "Outcome", "severity_tags": "p1=high"}), tools).guide("x")
    pasted = [step.paste for step in steps]
    assert any("convo.customer.reply.created" in each and "convo.tags" in each for each in pasted)
    assert any("deskgate_tell_queued" in each and "deskgate_told" in each for each in pasted)
    assert "Outcome" in pasted
    plain = HelpScout(a_config("helpscout", {"notice": "reply"}), tools).guide("x")
    assert not any("deskgate_told" in step.paste or "convo.tags" in step.paste for step in plain)
