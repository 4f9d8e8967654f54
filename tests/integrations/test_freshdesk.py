"""What is particular to Freshdesk when decisions are carried out: each of its traps has a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, Author
from entitlements.rules.ticket import Severity
from integrations.desk.adapter import Collision
from integrations.freshdesk.api import authorization, root_of
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.freshdesk_parts import api_of, bench_of, desk_of
from tests.integrations.stories import Connected, connected
from tests.standins.freshdesk import FreshdeskBench
from tests.standins.freshdesk_desk import AGENT, US


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = FreshdeskBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def calls_of(at_work: Connected, delivery: object) -> list[tuple[str, str]]:
    """What is called to carry it out, the names being known."""
    at_work.helpdesk.check()
    api_of(at_work).us()
    before = len(at_work.bench.serving.calls)
    at_work.apply(delivery)  # type: ignore[arg-type]
    return at_work.bench.serving.calls[before:]


# --- Calls are dear --------------------------------------------------------------------------------------------------


def test_an_everyday_route_is_one_look_and_one_change(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    path = f"/api/v2/tickets/{ticket_id}"
    assert calls_of(at_work, at_work.owed(Action.ROUTE, ticket_id)) == [("GET", path), ("PUT", path)]


def test_a_queueing_looks_once_more_right_before_it_writes(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    path = f"/api/v2/tickets/{ticket_id}"
    assert calls_of(at_work, at_work.owed(Action.QUEUE, ticket_id)) == [
        ("GET", path), ("GET", f"{path}/conversations"), ("GET", path), ("PUT", path), ("POST", f"{path}/notes")]


def test_with_numbers_in_place_of_names_nothing_is_looked_up(at_work: Connected) -> None:
    desk_of(at_work).admin = False
    at_work = at_work.set(route_group="102", triage_group="103", queue_group="104", renewals_group="105")
    ticket_id = at_work.queued()
    assert at_work.state(ticket_id).group == "Night"
    at_work.bring(Action.RELEASE, ticket_id)
    assert at_work.state(ticket_id).group == "Service Desk"
    assert not any("groups" in path for _, path in at_work.bench.serving.calls)


def test_what_is_left_of_the_limit_is_told(at_work: Connected) -> None:
    receipt = at_work.bring(Action.ROUTE, at_work.bench.opens())
    assert receipt.quota is not None
    assert (receipt.quota.limit, receipt.quota.remaining) == (700, desk_of(at_work).calls_left)


def test_a_spent_limit_is_waited_for_as_long_as_freshdesk_says(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).calls_left = 0
    with pytest.raises(DeliveryError) as caught:
        at_work.apply(at_work.owed(Action.ROUTE, ticket_id))
    assert (caught.value.is_busy, caught.value.retry_after) == (True, 37.0)


# --- Words -----------------------------------------------------------------------------------------------------------


def test_customers_are_told_by_tag_since_every_reply_and_public_note_counts_as_the_first_response(
        at_work: Connected) -> None:
    ticket_id = at_work.queued()
    assert at_work.state(ticket_id).told == ()
    assert "deskgate_tell_queued" in at_work.state(ticket_id).tags
    other = at_work.set(notice="reply").queued()
    assert at_work.state(other).first_reply_at is not None


def test_notes_are_private_which_freshdesk_is_told_outright(at_work: Connected) -> None:
    at_work.queued()
    (note,) = desk_of(at_work).conversations
    assert (note["private"], note["user_id"], note["body"].endswith("<br>Ref. dg-17</div>")) == (True, US, True)


def test_no_placeholder_is_left_to_be_filled_in(at_work: Connected) -> None:
    ticket_id = at_work.set(notice="reply").bench.opens()
    at_work.set(notice="reply").bring(Action.QUEUE, ticket_id, message="{{ticket.requester.email}} {% if a %}")
    assert "{" not in at_work.state(ticket_id).told[0]


def test_an_agent_who_quotes_our_note_is_not_taken_for_us(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.agent_notes(ticket_id, "They say:<br>Ref. dg-17")
    at_work.bring(Action.QUEUE, ticket_id)
    assert len(at_work.state(ticket_id).notes) == 1


def test_what_was_sent_on_to_somebody_else_is_no_answer_to_the_customer(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.clock.go_on(minutes=1)
    desk_of(at_work).write(AGENT, int(ticket_id), "<div>See below.</div>", private=False, source=8)
    assert not at_work.helpdesk.read(ticket_id).answered


def test_more_than_a_page_of_words_is_read_to_the_end(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    for _ in range(130):
        at_work.bench.customer_writes(ticket_id)
    at_work.clock.go_on(minutes=1)
    at_work.bench.agent_answers(ticket_id)
    assert at_work.helpdesk.read(ticket_id).answered


# --- Holding ---------------------------------------------------------------------------------------------------------


def test_a_status_of_ones_own_holds_tickets_by_name_or_number(at_work: Connected) -> None:
    for named in ("Queued by Deskgate", "queued by deskgate", "8"):
        ticket_id = at_work.set(queue_status=named).queued()
        assert desk_of(at_work).tickets[int(ticket_id)]["status"] == 8
        assert at_work.set(queue_status=named).helpdesk.inspect(ticket_id).standing == "held"
        at_work.set(queue_status=named).bring(Action.RELEASE, ticket_id)
        assert at_work.state(ticket_id).standing == "open"


def test_pending_without_our_tag_is_an_agent_who_waits_for_the_customer(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    bench_of(at_work).agent(ticket_id, status=3)
    assert at_work.helpdesk.read(ticket_id).waiting
    assert at_work.bring(Action.QUEUE, ticket_id).overtaken


def test_without_tags_queued_tickets_need_a_status_of_their_own(at_work: Connected) -> None:
    at_work = at_work.set(tags="off", notice="none")
    for named in ("", "Pending", "3"):
        with pytest.raises(ConfigError, match="need a status of their own"):
            at_work.set(queue_status=named).helpdesk.check()
    at_work = at_work.set(queue_status="8")
    ticket_id = at_work.queued()
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"
    at_work.bring(Action.RELEASE, ticket_id)
    assert (at_work.state(ticket_id).standing, at_work.state(ticket_id).tags) == ("open", frozenset())


def test_statuses_of_ones_own_may_wait_or_be_over(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    bench_of(at_work).agent(ticket_id, status=6)
    assert not at_work.helpdesk.read(ticket_id).waiting
    assert at_work.set(waiting_statuses="Waiting on Customer").helpdesk.read(ticket_id).waiting
    assert at_work.set(closed_statuses="6").helpdesk.read(ticket_id).closed


def test_a_status_that_is_not_there_is_refused_and_nothing_is_changed(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    with pytest.raises(DeliveryError, match="no status 'On ice'") as caught:
        at_work.set(queue_status="On ice").bring(Action.QUEUE, ticket_id)
    assert caught.value.kind == "refused"
    assert at_work.state(ticket_id).tags == frozenset()


def test_a_group_that_was_added_a_moment_ago_is_found(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.helpdesk.check()
    desk_of(at_work).groups[106] = "Brand New"
    at_work.set(route_group="Brand New").bring(Action.ROUTE, ticket_id)
    assert at_work.state(ticket_id).group == "Brand New"


# --- Nothing guards a change -----------------------------------------------------------------------------------------


def test_whoever_is_changed_all_the_time_is_tried_again_later(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk = desk_of(at_work)

    def again() -> None:
        desk.after_next_look[int(ticket_id)] = again
        bench_of(at_work).agent(ticket_id, tags=[*desk.tickets[int(ticket_id)]["tags"], "x"])

    again()
    with pytest.raises(Collision) as caught:
        at_work.apply(at_work.owed(Action.QUEUE, ticket_id))
    assert caught.value.kind == "temporary"
    assert at_work.state(ticket_id).standing == "open"


def test_the_fields_that_people_filled_in_stay(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    bench_of(at_work).agent(ticket_id, custom_fields={"cf_product": "VPN"})
    at_work.bring(Action.ROUTE, ticket_id)
    assert desk_of(at_work).tickets[int(ticket_id)]["custom_fields"] == {
        "cf_deskgate_outcome": "route", "cf_product": "VPN", "cf_notice": None}
    assert at_work.set(product_field="Product").helpdesk.read(ticket_id).product == "VPN"


# --- Who asks, and what we did ---------------------------------------------------------------------------------------


def test_the_company_tells_the_external_id(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    identity = at_work.set(external_id_field="contract_no").helpdesk.read(ticket_id).identity
    assert (identity.organization_id, identity.external_id, identity.email) == ("45000001", "C-100", "it@acme.example")


def test_a_change_of_ours_that_comes_back_is_ours_until_somebody_else_changes_something(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.clock.go_on(minutes=1)
    at_work.apply(at_work.owed(Action.ROUTE, ticket_id))
    assert at_work.helpdesk.read(ticket_id).author is Author.DESKGATE
    bench_of(at_work).agent(ticket_id, responder_id=AGENT)
    assert at_work.helpdesk.read(ticket_id).author is Author.UNKNOWN


def test_a_ticket_of_ours_keeps_the_tag_by_which_it_is_known_until_our_marks_are_taken_off(at_work: Connected) -> None:
    receipt = at_work.apply(at_work.owed(Action.CREATE, severity=Severity.URGENT))
    ticket = desk_of(at_work).tickets[int(receipt.ticket_id)]
    assert (ticket["priority"], ticket["source"], "deskgate_ref_dg-17" in ticket["tags"]) == (4, 2, True)
    at_work.bring(Action.QUEUE, receipt.ticket_id, marker="dg-18")
    assert at_work.helpdesk.read(receipt.ticket_id).marker == "dg-17"
    at_work.helpdesk.unmark(receipt.ticket_id)
    assert desk_of(at_work).tickets[int(receipt.ticket_id)]["tags"] == []


@pytest.mark.parametrize(("may_delete", "said"), [(True, "deleted"), (False, "closed, since our key may not")])
def test_a_rehearsal_is_deleted_by_who_may(at_work: Connected, may_delete: bool, said: str) -> None:
    desk_of(at_work).may_delete = may_delete
    ticket_id = at_work.helpdesk.rehearse(at_work.owed(Action.CREATE)).ticket_id
    assert at_work.helpdesk.discard(ticket_id).startswith(said)
    assert at_work.state(ticket_id).standing == "closed"


# --- Addresses and keys ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "https://acme.freshdesk.com", "https://acme.freshdesk.com/", "https://acme.freshdesk.com/api/v2/",
    "https://acme.freshdesk.com/a/tickets/521?note=1", "https://acme.freshdesk.com/a",
    " https://acme.freshdesk.com/support/home "])
def test_the_address_may_be_copied_from_the_browser(url: str) -> None:
    assert root_of(url) == "https://acme.freshdesk.com/api/v2"


def test_a_key_is_a_user_name_whose_password_says_nothing() -> None:
    assert authorization("key") == authorization("key:X") == "Basic a2V5Olg="


def test_nothing_is_kept_of_one_account_for_another(at_work: Connected) -> None:
    at_work.helpdesk.check()
    other = replace(at_work, config=replace(at_work.config, token="another-key"))
    ticket_id = at_work.bench.opens()
    at_work.clock.go_on(minutes=1)
    with pytest.raises(DeliveryError) as caught:
        other.apply(other.owed(Action.QUEUE, ticket_id, release_at=at_work.clock.now() + timedelta(hours=1)))
    assert caught.value.kind == "unauthorized"
