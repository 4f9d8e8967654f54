"""`connection check` for Zendesk: each usual mistake is named, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError
from integrations.tools import Tools
from integrations.zendesk.api import authorization, root_of
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import bench_of
from tests.standins.serving import Fault
from tests.standins.zendesk import ZendeskBench
from tests.standins.zendesk.app import OAUTH
from tests.standins.zendesk.parts import ADMIN, OUTCOME_FIELD, TIME_FIELD

PUBLIC = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
Break = Callable[[ZendeskBench], object]


def wrong(desk: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in desk.helpdesk.check() if not finding.ok}


def fine(desk: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in desk.helpdesk.check() if finding.ok}


# --- Address, token, account -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "https://acme.zendesk.com", "https://acme.zendesk.com/", "https://acme.zendesk.com/api/v2",
    "https://acme.zendesk.com/api/v2/", "https://acme.zendesk.com/agent/dashboard", "https://acme.zendesk.com/hc/en-us"])
def test_whichever_page_of_zendesk_was_copied_the_api_is_found(url: str) -> None:
    assert root_of(url, allow_loopback=False) == "https://acme.zendesk.com/api/v2/"


def test_an_address_without_tls_is_refused() -> None:
    with pytest.raises(ConfigError):
        root_of("http://acme.zendesk.com", allow_loopback=False)


@pytest.mark.parametrize("token", ["agent@acme.example/token:abc", "agent@acme.example:abc"])
def test_the_word_token_behind_the_address_may_be_left_out(token: str) -> None:
    assert authorization(token) == {"Authorization": "Basic YWdlbnRAYWNtZS5leGFtcGxlL3Rva2VuOmFiYw=="}


@pytest.mark.parametrize("token", ["two words", "gr\u00fcn", "agent@acme.example/token:", ":abc", "a\nb"])
def test_what_is_no_token_is_refused_without_being_quoted(token: str) -> None:
    with pytest.raises(ConfigError, match="EMAIL/token:API-TOKEN") as caught:
        authorization(token)
    assert token not in str(caught.value)


def test_an_oauth_token_lets_us_in_as_well(desk_zendesk: Connected) -> None:
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, token=OAUTH))
    assert wrong(desk) == {}


def test_no_token_at_all_is_found_although_zendesk_answers(desk_zendesk: Connected) -> None:
    """It answers that we are the anonymous user."""
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, token=""))
    assert "takes us for nobody" in wrong(desk)["token"]


def test_no_address_is_found(desk_zendesk: Connected) -> None:
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, url=""))
    assert wrong(desk) == {"address": "there is none; set --url https://NAME.zendesk.com"}


@pytest.mark.parametrize(("fault", "what", "said"), [
    (Fault(status=404, body="<h1>No help desk at this address</h1>"), "address", "a domain of your own does not serve"),
    (Fault(status=301, headers={"Location": "https://other.zendesk.com"}), "address", "https://NAME.zendesk.com"),
    (Fault(status=403, body="Account suspended"), "token", "is the account suspended"),
    (Fault(status=401, body="{}"), "token", "token access switched on")], ids=["host", "renamed", "suspended", "off"])
def test_an_account_that_does_not_let_us_in_is_told_apart(desk_zendesk: Connected, fault: Fault, what: str,
                                                          said: str) -> None:
    desk_zendesk.bench.serving.fault = replace(fault, changes_only=False)
    assert said in wrong(desk_zendesk)[what]


@pytest.mark.parametrize(("user", "said"), [
    ({"role": "end-user"}, "is an end user; make it an agent or admin"), ({"suspended": True}, "is suspended"),
    ({"role": "agent", "role_type": 1}, "light agent"),
    ({"role": "agent", "ticket_restriction": "groups"}, "sees only the tickets of its groups"),
    ({"role": "agent", "ticket_restriction": "assigned"}, "sees only the tickets of itself")])
def test_an_account_that_may_not_do_enough_is_told_what_it_lacks(desk_zendesk: Connected, user: Mapping[str, object],
                                                                 said: str) -> None:
    bench_of(desk_zendesk).account.users[ADMIN].update(user)
    assert said in wrong(desk_zendesk)["token"]


def test_an_account_that_may_only_write_notes_will_do_unless_customers_are_told_by_reply(
        desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.users[ADMIN]["only_private_comments"] = True
    assert wrong(desk_zendesk) == {}
    assert "notice=tag" in wrong(desk_zendesk.set(notice="reply"))["token"]


def test_an_agent_is_told_that_lost_webhooks_cannot_be_looked_for(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.users[ADMIN]["role"] = "agent"
    assert "make the account an admin" in wrong(desk_zendesk).pop("lost webhooks")


# --- Secret and webhook ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("secret", "said"), [
    (PUBLIC, "which everybody knows"), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "not made by Zendesk"),
    ("with a blank", "not made by Zendesk")])
def test_a_secret_that_cannot_be_the_webhooks_is_found(desk_zendesk: Connected, secret: str, said: str) -> None:
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, secrets=(secret,)))
    assert said in wrong(desk)["secret"]
    assert secret not in str(wrong(desk))


def test_the_secret_of_another_webhook_is_found(desk_zendesk: Connected) -> None:
    desk = replace(desk_zendesk, config=replace(desk_zendesk.config, secrets=("bm90LXRoZS1vbmU=",)))
    assert "signs with another secret than ours" in wrong(desk)["webhook"]


@pytest.mark.parametrize(("change", "said"), [
    ({"endpoint": "https://deskgate.example/hooks/other"}, "none sends to /hooks/desk"),
    ({"status": "inactive"}, "is not active"), ({"http_method": "GET"}, "must send POST and JSON"),
    ({"request_format": "form_encoded"}, "must send POST and JSON"),
    ({"subscriptions": ["zen:event-type:ticket.created"]}, "does not subscribe to: comment_added, status_changed")])
def test_a_webhook_that_is_set_up_wrongly_is_found(desk_zendesk: Connected, change: Mapping[str, object],
                                                   said: str) -> None:
    bench_of(desk_zendesk).webhook.update(change)
    assert said in wrong(desk_zendesk)["webhook"]


def test_a_webhook_that_triggers_call_needs_no_subscriptions(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).webhook["subscriptions"] = ["conditional_ticket_events"]
    assert wrong(desk_zendesk.set(webhooks="triggers")) == {}
    bench_of(desk_zendesk).webhook["subscriptions"] = ["zen:event-type:ticket.created"]
    assert "the setting webhooks is `triggers`" in wrong(desk_zendesk.set(webhooks="triggers"))["webhook"]


# --- What the settings name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "what", "said"), [
    ({"route_group": "Suport"}, "route_group", "no group 'Suport'"),
    ({"queue_group": "12345"}, "queue_group", "there is no group 12345"),
    ({"queue_status": "Waiting for ours"}, "queue_status", "no ticket status 'Waiting for ours'"),
    ({"queue_status": "Old"}, "queue_status", "is not active"),
    ({"license_field": "License"}, "license_field", "no ticket field 'License'"),
    ({"license_field": "4711"}, "license_field", "there is no ticket field 4711"),
    ({"license_field": "Product"}, "license_field", "of the type tagger; it must be Text"),
    ({"time_field": "Zeit"}, "time_field", "there is no ticket field Zeit")])
def test_a_name_that_is_not_there_or_not_fit_is_found(desk_zendesk: Connected, settings: dict[str, str], what: str,
                                                      said: str) -> None:
    found = wrong(desk_zendesk.set(**settings))
    assert list(found) == [what]
    assert said in found[what]


def test_a_field_that_was_switched_off_is_found(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.fields[OUTCOME_FIELD]["active"] = False
    assert "activate it" in wrong(desk_zendesk)["outcome_field"]


def test_a_product_field_may_be_of_any_type(desk_zendesk: Connected) -> None:
    assert wrong(desk_zendesk.set(product_field="Product")) == {}


def test_on_hold_that_is_asked_for_and_switched_off_is_found(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.has_hold = False
    assert "on hold is switched off" in wrong(desk_zendesk.set(queue_status="hold"))["queue_status"]
    assert wrong(desk_zendesk) == {}
    assert "queued tickets are pending" in fine(desk_zendesk)["on hold"]


def test_without_the_time_tracking_app_it_is_said_that_time_is_not_counted(desk_zendesk: Connected) -> None:
    assert "is counted" in fine(desk_zendesk)["time_field"]
    account = bench_of(desk_zendesk).account
    del account.fields[TIME_FIELD]
    fresh = Tools(desk_zendesk.tools.http, desk_zendesk.clock)
    assert "time is not counted" in fine(replace(desk_zendesk, tools=fresh))["time_field"]


# --- The guide -------------------------------------------------------------------------------------------------------


def test_the_triggers_of_the_guide_send_numbers_only(desk_zendesk: Connected) -> None:
    steps = desk_zendesk.set(webhooks="triggers").helpdesk.guide("https://deskgate.example/hooks/desk")
    bodies = [step.paste for step in steps if "{{ticket.id}}" in step.paste]
    assert len(bodies) == 4
    for body in bodies:
        assert not any(word in body for word in ("title", "description", "name", "comment", "email"))


def test_the_guide_asks_for_a_trigger_that_tells_customers_only_where_we_do_not(desk_zendesk: Connected) -> None:
    def titles(desk: Connected) -> list[str]:
        return [step.title for step in desk.helpdesk.guide("https://deskgate.example/hooks/desk")]

    assert "Tell customers" in titles(desk_zendesk)
    assert "Tell customers" not in titles(desk_zendesk.set(notice="reply"))
