"""How Help Scout is asked: what changed, who asks, and how we are let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.helpscout_parts import api_of, desk_of
from tests.integrations.stories import Connected, connected
from tests.standins.helpscout import HelpScoutBench
from tests.standins.serving import Fault


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = HelpScoutBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


# --- Looks -----------------------------------------------------------------------------------------------------------


def test_more_conversations_than_a_page_that_changed_in_the_same_second_are_all_found(at_work: Connected) -> None:
    tickets = [at_work.bench.opens() for _ in range(60)]
    rows = api_of(at_work).since(at_work.clock.now())
    assert [str(row["id"]) for row in rows] == tickets


def test_a_conversation_that_changes_while_pages_are_turned_hides_no_other(at_work: Connected) -> None:
    began, tickets = at_work.clock.now(), []
    for _ in range(60):
        at_work.clock.go_on(seconds=1)
        tickets.append(at_work.bench.opens())
    rows = api_of(at_work).since(began)
    found = [str(next(rows)["id"])]
    at_work.clock.go_on(minutes=1)
    for ticket_id in tickets[:20]:
        at_work.bench.agent_notes(ticket_id)
    found += [str(row["id"]) for row in rows]
    assert set(found) == set(tickets)


def test_tags_move_what_is_sorted_by_though_no_instant_of_it_is_told(at_work: Connected) -> None:
    began = at_work.clock.now()
    tickets = [at_work.bench.opens() for _ in range(60)]
    at_work.clock.go_on(minutes=5)
    for ticket_id in tickets:
        desk_of(at_work).conversations[int(ticket_id)]["modifiedAt"] = desk_of(at_work).now()
    assert [str(row["id"]) for row in api_of(at_work).since(began + timedelta(minutes=4))] == tickets


# --- Who asks --------------------------------------------------------------------------------------------------------


def test_the_organization_is_that_of_the_customers_profile(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    identity = at_work.set(organizations="on").helpdesk.read(ticket_id).identity
    assert (identity.organization_id, identity.email) == ("31", "it@acme.example")
    assert at_work.helpdesk.read(ticket_id).identity.organization_id == ""


def test_an_address_that_the_conversation_does_not_tell_is_that_of_the_profile(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    del desk_of(at_work).conversations[int(ticket_id)]["primaryCustomer"]["email"]
    assert at_work.helpdesk.read(ticket_id).identity.email == "it@acme.example"


# --- Signing in ------------------------------------------------------------------------------------------------------


def signed_in(at_work: Connected) -> int:
    return sum(path.endswith("/oauth2/token") for _, path in at_work.bench.serving.calls)


def test_one_token_serves_all_calls_for_as_long_as_it_is_taken(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    at_work.bring(Action.RELEASE, ticket_id)
    assert signed_in(at_work) == 1
    desk_of(at_work).tokens.append("another one has replaced it")
    at_work.bring(Action.QUEUE, ticket_id, marker="dg-18")
    assert signed_in(at_work) == 2


def test_a_user_who_is_not_let_in_any_more_is_tried_once_more_and_no_oftener(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).is_invited = False
    with pytest.raises(DeliveryError) as caught:
        at_work.helpdesk.read(ticket_id)
    assert (caught.value.kind, signed_in(at_work)) == ("unauthorized", 2)


@pytest.mark.parametrize("token", ["an-app-id", "an-app-id:", ":secret", "an-app-id:wrong", ""])
def test_credentials_that_are_none_are_unauthorized_and_never_told(at_work: Connected, token: str) -> None:
    wrong = replace(at_work, config=replace(at_work.config, token=token))
    with pytest.raises(DeliveryError) as caught:
        wrong.helpdesk.read("1001")
    assert caught.value.kind == "unauthorized"
    assert "wrong" not in str(caught.value)


def test_trouble_with_signing_in_says_nothing_of_the_conversation(at_work: Connected) -> None:
    astray = replace(at_work, config=replace(at_work.config, url=f"{at_work.bench.url}/elsewhere"))
    with pytest.raises(DeliveryError) as caught:
        astray.apply(astray.owed(Action.QUEUE, "1001"))
    assert (caught.value.kind, caught.value.status) == ("temporary", 404)


def test_a_spent_limit_is_waited_for_as_long_as_help_scout_says(at_work: Connected) -> None:
    receipt = at_work.bring(Action.ROUTE, at_work.bench.opens())
    assert receipt.quota is not None
    assert receipt.quota.limit == 200
    desk_of(at_work).units_left = 0
    with pytest.raises(DeliveryError) as caught:
        at_work.helpdesk.read("1001")
    assert (caught.value.is_busy, caught.value.retry_after) == (True, 23.0)


def test_a_change_is_answered_with_its_own_status_or_it_is_unknown_whether_it_was_made(at_work: Connected) -> None:
    error = at_work.fails(Fault(status=202, body="{}"), at_work.owed(Action.QUEUE, at_work.bench.opens()))
    assert error.kind == "unknown"
