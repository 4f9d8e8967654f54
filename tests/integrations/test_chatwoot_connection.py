"""Connecting a Chatwoot: each thing that is often wrong is named, and the guide leaves nothing to be guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError
from integrations.chatwoot.api import root_of
from tests.integrations.office import Chatting
from tests.standins.chatwoot_app import SUBSCRIBED
from tests.standins.chatwoot_state import ALEX, API_INBOX, BOT_TOKEN, INBOX, OUR_TOKEN, SECRET

ADDRESS = "https://deskgate.example/hooks/desk"


def hooks(*, url: str = ADDRESS, events: list[str] = SUBSCRIBED, secret: str = SECRET) -> Callable[[Chatting], None]:
    def change(desk: Chatting) -> None:
        desk.bench.front.webhooks = [{"id": 1, "url": url, "subscriptions": events,
                                      **({"secret": secret} if secret else {})}]
    return change


def attribute(key: str, kind: str) -> Callable[[Chatting], None]:
    return lambda desk: desk.office.attributes.update({key: kind})


def locked(desk: Chatting) -> None:
    desk.office.locks_inbox = True


def by_phone(desk: Chatting) -> None:
    desk.office.channels[API_INBOX] = "Channel::Whatsapp"


def assigning(desk: Chatting) -> None:
    desk.office.assigning_inboxes = {INBOX}


def assigning_team(desk: Chatting) -> None:
    desk.office.assigning_teams = {1, 3}


def blind(desk: Chatting) -> None:
    desk.bench.front.seen_inboxes = []


def suspended(desk: Chatting) -> None:
    desk.office.status = "suspended"


WRONG: dict[str, tuple[dict[str, str], Callable[[Chatting], None] | None, str, str]] = {
    "another account": ({"account_id": "4"}, None, "account_id", "is not in account 4, but in 3"),
    "a suspended account": ({}, suspended, "account_id", "account 3 is suspended"),
    "no such inbox": ({"inbox_id": "99"}, None, "inbox_id", "there is no inbox 99"),
    "an inbox with one conversation": ({}, locked, "inbox_id", "turn that off"),
    "an attribute that is not there": ({"license_field": "license"}, None, "license_field", "Custom Attributes"),
    "an attribute of numbers": ({"license_field": "amount"}, None, "license_field", "must be a text"),
    "a product of another kind": ({"product_field": "made_up"}, attribute("made_up", "date"), "product_field",
                                  "is a date"),
    "a status that is not there": ({"queue_status": "parked"}, None, "queue_status", "there is no status parked"),
    "no webhook": ({}, hooks(url="https://elsewhere.example/hooks/other"), "webhook",
                   "no webhook leads to /hooks/desk"),
    "a webhook of another connection": ({}, hooks(url=f"{ADDRESS}2"), "webhook", "no webhook leads to /hooks/desk"),
    "the secret of another webhook": ({}, hooks(secret="other"), "webhook", "its secret is another one"),
    "a webhook that is not signed": ({}, hooks(secret=""), "webhook", "set signed=off"),
    "an address without the secret": ({"signed": "off"}, None, "webhook", "does not end with our secret"),
    "an inbox of phone numbers": ({}, by_phone, "inbox_id", "by something else than their mail address"),
    "an inbox that assigns by itself": ({}, assigning, "auto_assignment", "Inbox 5 assigns new conversations"),
    "a team that assigns by itself": ({}, assigning_team, "queue_group", "do not allow auto assign"),
    "an account without an inbox": ({}, blind, "auto_assignment", "our account sees no inbox"),
    "a webhook that tells too little": ({}, hooks(events=["conversation_created", "message_created"]), "webhook",
                                        "lacks the events conversation_status_changed, conversation_updated"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_thing_that_is_often_wrong_is_named_alone(chatting: Chatting, name: str) -> None:
    settings, spoil, what, says = WRONG[name]
    if spoil:
        spoil(chatting)
    found = replace(chatting.set(**settings)).wrong()
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize(("token", "dropped", "says"), [
    ("wrong", False, "copy it anew"), (BOT_TOKEN, False, "that of a bot"), (OUR_TOKEN, True, "underscores_in_headers"),
    ("", False, "enter one with --token")])
def test_why_a_token_does_not_let_us_in_is_said(chatting: Chatting, token: str, dropped: bool, says: str) -> None:
    chatting.bench.front.drops_underscores = dropped
    found = replace(chatting, config=replace(chatting.config, token=token)).wrong()
    assert list(found) == ["token"]
    assert says in found["token"]


def test_inboxes_that_are_too_much_to_read_are_left_to_be_looked_at(chatting: Chatting) -> None:
    chatting.bench.front.templates = [{"name": "hello", "text": "Hello! " * 20_000}] * 8
    said = {finding.what: finding.detail for finding in chatting.helpdesk.check()}
    assert chatting.wrong() == {}
    assert "could not be looked at" in said["auto_assignment"]


def test_what_assigns_by_itself_does_no_harm_if_whom_it_assigns_is_named(chatting: Chatting) -> None:
    assigning(chatting)
    assigning_team(chatting)
    assert chatting.set(default_owners=str(ALEX)).wrong() == {}


def test_the_address_of_a_chatwoot_that_does_not_sign_ends_with_the_secret(chatting: Chatting) -> None:
    hooks(url=f"{ADDRESS}/{SECRET}", secret="")(chatting)
    assert chatting.set(signed="off").wrong() == {}


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost", "deskgate", "10.1.2.3", "[::1]:5000"])
def test_how_to_reach_a_deskgate_that_is_not_on_the_internet_is_said(chatting: Chatting, host: str) -> None:
    address = f"http://{host}/hooks/desk"
    hooks(url=address)(chatting)
    said = {finding.what: finding.detail for finding in chatting.helpdesk.check()}
    steps = {step.title: step for step in chatting.helpdesk.guide(address)}
    assert chatting.wrong() == {}
    assert "SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true" in said["webhook"]
    assert f"{chatting.bench.serving.url}/api/v1/accounts/3/webhooks" in steps["If the form refuses the address"].paste
    assert address in steps["If the form refuses the address"].paste


def test_a_deskgate_on_the_internet_is_entered_in_the_form(chatting: Chatting) -> None:
    assert "If the form refuses the address" not in {step.title for step in chatting.helpdesk.guide(ADDRESS)}


def test_an_account_without_administration_will_do_and_is_told_what_it_lacks(chatting: Chatting) -> None:
    chatting.office.role = "agent"
    assert chatting.wrong() == {}
    said = {finding.what: finding.detail for finding in chatting.helpdesk.check()}
    assert "collaborator" in said["account_id"]
    assert "may not see webhooks" in said["webhook"]


def test_what_is_left_out_is_said(chatting: Chatting) -> None:
    desk = chatting.set(route_group="", inbox_id="", tags="off")
    said = {finding.what: finding.detail for finding in desk.helpdesk.check()}
    assert desk.wrong() == {}
    assert "keep their team" in said["route_group"]
    assert "opens no conversations" in said["inbox_id"]
    assert "labels" not in said


def test_labels_that_agents_cannot_see_are_named(chatting: Chatting) -> None:
    chatting.office.labels = ["deskgate_routed"]
    said = {finding.what: finding.detail for finding in chatting.helpdesk.check()}
    assert "add deskgate_triage, deskgate_queued" in said["labels"]


@pytest.mark.parametrize(("url", "root"), [
    ("https://chat.example/app/accounts/1/dashboard", "https://chat.example"),
    ("https://chat.example/app/accounts/1/settings/inboxes?x=1", "https://chat.example"),
    ("https://chat.example/", "https://chat.example"), ("https://chat.example/api/v1/accounts/1", "https://chat.example"),
    ("https://example.com/chat/app/login", "https://example.com/chat")])
def test_the_address_may_be_that_of_any_page(url: str, root: str) -> None:
    assert root_of(url) == root


def test_the_account_is_taken_from_the_address_or_told(chatting: Chatting) -> None:
    assert chatting.set(account_id="").wrong() == {}
    bare = replace(chatting.config, url=chatting.bench.serving.url)
    assert replace(chatting, config=bare).wrong() == {}
    nowhere = replace(chatting, config=bare).set(account_id="").wrong()
    assert "is not in account 1, but in 3" in nowhere["account_id"]


@pytest.mark.parametrize(("settings", "field"), [
    ({"account_id": "mine"}, "account_id"), ({"inbox_id": "mail"}, "inbox_id"),
    ({"tags": "off", "outcome_field": ""}, "outcome_field"), ({"tags": "off", "reject": "close"}, "tags"),
    ({"signed": "maybe"}, "signed")])
def test_a_connection_that_cannot_work_is_refused(chatting: Chatting, settings: dict[str, str], field: str) -> None:
    config = replace(chatting.config, url=chatting.bench.serving.url)
    with pytest.raises(ConfigError) as caught:
        replace(chatting, config=config).set(**settings).helpdesk  # noqa: B018
    assert caught.value.field == field


def test_the_guide_names_our_labels_and_attributes(chatting: Chatting) -> None:
    pastes = "\n".join(step.paste for step in chatting.helpdesk.guide(ADDRESS))
    assert "deskgate_queued" in pastes
    assert "deskgate_outcome" in pastes


def test_the_guide_of_an_older_chatwoot_asks_for_no_secret(chatting: Chatting) -> None:
    titles = [step.title for step in chatting.helpdesk.guide(ADDRESS)]
    older = [step.title for step in chatting.set(signed="off").helpdesk.guide(ADDRESS)]
    assert [title for title in titles if title not in older] == ["Give Deskgate the secret"]
