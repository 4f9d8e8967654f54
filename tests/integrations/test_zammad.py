"""What is particular to Zammad when decisions are carried out: each of its traps has a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from integrations.tools import Tools
from integrations.zammad import Zammad
from integrations.zammad.api import root_of
from tests.fakes import FakeClock
from tests.integrations.parts import a_config
from tests.integrations.stories import WORDS, Connected, connected
from tests.standins.serving import Fault
from tests.standins.zammad import ZammadBench
from tests.standins.zammad_parts import AGENT, US


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = ZammadBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def zammad(at_work: Connected) -> ZammadBench:
    assert isinstance(at_work.bench, ZammadBench)
    return at_work.bench


def articles(at_work: Connected, ticket_id: str) -> list[dict[str, object]]:
    """What we wrote below a ticket."""
    return [row for row in zammad(at_work).desk.articles_of(int(ticket_id)) if row["created_by_id"] == US]


# --- Words -----------------------------------------------------------------------------------------------------------


def test_only_a_mail_reaches_the_customer_so_that_is_what_they_are_told_by(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    note, word = articles(at_work, ticket_id)
    assert (note["type"], note["internal"]) == ("note", True)
    assert (word["type"], word["internal"], word["to"], word["body"]) == ("email", False, "it@acme.example", WORDS)


def test_where_all_read_the_portal_nothing_is_mailed(at_work: Connected) -> None:
    ticket_id = at_work.set(words_by="web").queued()
    assert [row["type"] for row in articles(at_work, ticket_id)] == ["note", "web"]


def test_who_has_no_address_is_told_on_the_portal(at_work: Connected) -> None:
    zammad(at_work).desk.users[13]["email"] = ""
    ticket_id = at_work.queued()
    assert [row["type"] for row in articles(at_work, ticket_id)] == ["note", "web"]


def test_our_words_are_the_systems_and_their_mark_is_not_seen(at_work: Connected) -> None:
    _, word = articles(at_work, at_work.queued())
    assert word["sender"] == "System"
    assert "dg-17" not in str(word["body"])
    assert word["preferences"] == {"deskgate_marker": "dg-17"}


def test_a_queueing_is_one_change_besides_the_tags_and_one_more_word(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    before = len(at_work.bench.serving.calls)
    at_work.apply(at_work.owed(Action.QUEUE, ticket_id))
    writes = [call for call in at_work.bench.serving.calls[before:] if call[0] != "GET"]
    assert writes == [("POST", "/api/v1/tags/add")] * 2 + [("PUT", f"/api/v1/tickets/{ticket_id}"),
                                                          ("POST", "/api/v1/ticket_articles")]


def test_an_everyday_route_without_tags_is_one_change(at_work: Connected) -> None:
    at_work = at_work.set(tags="off")
    ticket_id = at_work.bench.opens()
    before = at_work.writes()
    at_work.bring(Action.ROUTE, ticket_id)
    assert at_work.writes() == before + 1
    assert at_work.state(ticket_id).fields["deskgate_outcome"] == "route"


# --- Holding ---------------------------------------------------------------------------------------------------------


def test_a_pending_state_needs_a_time_even_if_nobody_knows_the_hour(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.apply(at_work.owed(Action.QUEUE, ticket_id, release_at=None))
    assert at_work.state(ticket_id).until == at_work.clock.now() + timedelta(days=7)


def test_seconds_that_zammad_does_not_keep_are_not_taken_for_an_agent_who_waits(at_work: Connected) -> None:
    ticket_id, release_at = at_work.bench.opens(), at_work.clock.now() + timedelta(hours=2, seconds=40)
    delivery = at_work.owed(Action.QUEUE, ticket_id, release_at=release_at)
    at_work.apply(delivery)
    assert at_work.state(ticket_id).until == release_at.replace(second=0) + timedelta(minutes=1)
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"
    assert not at_work.apply(replace(delivery, try_number=2)).changed
    assert not at_work.bring(Action.RELEASE, ticket_id).overtaken
    assert at_work.state(ticket_id).group == "Service Desk"


def test_a_ticket_is_queued_although_its_hour_has_come_meanwhile(at_work: Connected) -> None:
    ticket_id, now = at_work.bench.opens(), at_work.clock.now()
    at_work.apply(at_work.owed(Action.QUEUE, ticket_id, release_at=now - timedelta(minutes=5)))
    until = at_work.state(ticket_id).until
    assert until is not None
    assert now < until <= now + timedelta(minutes=2)


def test_an_agent_who_waits_for_the_customer_on_a_queued_ticket_is_not_woken(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    zammad(at_work).agent_takes(ticket_id)
    zammad(at_work).agent_waits(ticket_id, at_work.clock.now() + timedelta(days=3))
    before = zammad(at_work).desk.tickets[int(ticket_id)]["pending_time"]
    receipt = at_work.bring(Action.RELEASE, ticket_id)
    assert receipt.overtaken
    ticket = zammad(at_work).desk.tickets[int(ticket_id)]
    assert (ticket["state"], ticket["pending_time"], ticket["group"]) == ("pending reminder", before, "Waiting")


def test_a_state_of_the_admins_own_may_hold_tickets(at_work: Connected) -> None:
    at_work = at_work.set(queue_status="pending close")
    ticket_id = at_work.queued()
    assert zammad(at_work).desk.tickets[int(ticket_id)]["state"] == "pending close"
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"


def test_a_ticket_that_zammad_woke_by_itself_is_moved_all_the_same(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    desk = zammad(at_work).desk
    desk.update(1, desk.tickets[int(ticket_id)], {"state": "open"})
    at_work.bring(Action.RELEASE, ticket_id)
    assert at_work.state(ticket_id).group == "Service Desk"


# --- Traps -----------------------------------------------------------------------------------------------------------


def test_groups_may_be_named_by_number(at_work: Connected) -> None:
    at_work = at_work.set(route_group="2", queue_group="4")
    ticket_id = at_work.queued()
    assert at_work.state(ticket_id).group == "Waiting"
    at_work.bring(Action.RELEASE, ticket_id)
    assert at_work.state(ticket_id).group == "Service Desk"
    assert not at_work.bring(Action.RELEASE, ticket_id).changed


@pytest.mark.parametrize("queue_group", ["Waiting", "4"])
def test_in_a_group_without_an_address_words_are_left_on_the_portal(at_work: Connected, queue_group: str) -> None:
    at_work = at_work.set(queue_group=queue_group)
    zammad(at_work).desk.groups[4]["email_address_id"] = None
    ticket_id = at_work.queued()
    assert [row["type"] for row in articles(at_work, ticket_id)] == ["note", "web"]
    assert at_work.state(ticket_id).standing == "held"


def test_a_group_whose_address_is_not_ours_to_see_and_has_none_is_refused_as_a_whole(at_work: Connected) -> None:
    zammad(at_work).desk.groups[4]["email_address_id"] = None
    zammad(at_work).desk.access["Waiting"] = ["read", "change"]
    ticket_id = at_work.bench.opens()
    with pytest.raises(DeliveryError, match="contact your administrator"):
        at_work.apply(at_work.owed(Action.QUEUE, ticket_id, note=""))
    assert (at_work.state(ticket_id).standing, at_work.state(ticket_id).group) == ("open", "Users")


def test_a_tag_that_may_not_be_made_says_what_to_do(at_work: Connected) -> None:
    zammad(at_work).desk.new_tags = False
    with pytest.raises(DeliveryError, match="make it in Manage > Tags, or set tags=off") as caught:
        at_work.apply(at_work.owed(Action.ROUTE, at_work.bench.opens()))
    assert caught.value.kind == "unauthorized"


def test_the_customers_record_tells_the_address_not_the_login(at_work: Connected) -> None:
    zammad(at_work).desk.users[13] |= {"login": "jd", "email": "it@acme.example"}
    ticket_id = at_work.bench.opens()
    assert at_work.helpdesk.read(ticket_id).identity.email == "it@acme.example"


@pytest.mark.parametrize(("may_work", "kind", "says"), [
    (True, "refused", "no access to the group of ticket"), (False, "unauthorized", "Not authorized")])
def test_one_group_that_is_not_ours_to_see_stops_no_other(at_work: Connected, may_work: bool, kind: str,
                                                          says: str) -> None:
    """A token that lacks the permission of an agent does."""
    ticket_id = at_work.bench.opens()
    del zammad(at_work).desk.access["Users"]
    zammad(at_work).desk.may_work = may_work
    with pytest.raises(DeliveryError, match=says) as caught:
        at_work.helpdesk.read(ticket_id)
    assert caught.value.kind == kind


@pytest.mark.parametrize("call", ["read", "apply"])
def test_a_zammad_that_is_being_maintained_will_be_back(at_work: Connected, call: str) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.serving.fault = Fault(status=403, body='{"error": "Maintenance mode enabled!"}', changes_only=False,
                                        times=9, headers={"Content-Type": "application/json"})
    told = {"read": ticket_id, "apply": at_work.owed(Action.ROUTE, ticket_id)}[call]
    with pytest.raises(DeliveryError, match="Maintenance mode") as caught:
        getattr(at_work.helpdesk, call)(told)
    assert caught.value.kind == "temporary"


def test_a_ticket_with_more_text_than_can_be_taken_is_read_article_by_article(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bench.customer_writes(ticket_id, "x" * 700_000)
    at_work.bench.customer_writes(ticket_id, "y" * 700_000)
    at_work.clock.go_on(minutes=1)
    at_work.bench.agent_answers(ticket_id)
    assert at_work.helpdesk.read(ticket_id).answered


def test_a_zammad_that_keeps_no_account_of_time_is_asked_in_vain(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    zammad(at_work).desk.times_are_kept = False
    assert [event.ticket_id for event in at_work.helpdesk.find_changed(at_work.clock.now())] == [ticket_id]


def test_time_logged_without_an_article_is_found_too(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    zammad(at_work).desk.times.append({
        "id": 7, "ticket_id": int(ticket_id), "ticket_article_id": None, "time_unit": "30.0", "created_by_id": AGENT,
        "created_at": "2026-03-09T10:00:00.000Z"})
    found = list(at_work.helpdesk.find_changed(at_work.clock.now()))
    assert [(event.seconds, event.entry_id) for event in found if event.seconds] == [(1800, "t7")]


def test_more_tickets_than_a_page_that_changed_at_the_same_instant_are_all_found(at_work: Connected) -> None:
    tickets = [at_work.bench.opens() for _ in range(230)]
    rows = at_work.helpdesk.api.since("updated_at", at_work.clock.now())  # type: ignore[attr-defined]
    assert [str(row["id"]) for row in rows] == tickets


def test_a_ticket_that_changes_while_pages_are_turned_hides_no_other(at_work: Connected) -> None:
    began, tickets = at_work.clock.now(), []
    for _ in range(150):
        at_work.clock.go_on(seconds=1)
        tickets.append(at_work.bench.opens())
    rows = at_work.helpdesk.api.since("updated_at", began)  # type: ignore[attr-defined]
    found = [str(next(rows)["id"])]
    at_work.clock.go_on(minutes=1)
    for ticket_id in tickets[:50]:
        at_work.bench.agent_notes(ticket_id)
    found += [str(row["id"]) for row in rows]
    assert set(found) == set(tickets)


# --- Tickets of ours -------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_the_customers_with_their_words_alone(at_work: Connected) -> None:
    receipt = at_work.apply(at_work.owed(Action.CREATE, severity=Severity.URGENT))
    desk = zammad(at_work).desk
    ticket, (opening,) = desk.tickets[int(receipt.ticket_id)], desk.articles_of(int(receipt.ticket_id))
    assert (opening["sender"], opening["type"], opening["body"]) == ("Customer", "web", "It burns.")
    assert (ticket["priority"], ticket["title"], ticket["first_response_at"]) == ("3 high", "Printer on fire", None)
    assert desk.users[ticket["customer_id"]]["email"] == "it@acme.example"


def test_without_a_group_no_ticket_can_be_created(at_work: Connected) -> None:
    at_work = replace(at_work, config=replace(at_work.config, settings={}))
    with pytest.raises(DeliveryError, match="set route_group") as caught:
        at_work.apply(at_work.owed(Action.CREATE, outcome=Outcome.ROUTE))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(("admin", "said"), [(True, "deleted"), (False, "closed, since only an administrator may")])
def test_a_rehearsal_is_deleted_by_who_may(at_work: Connected, admin: bool, said: str) -> None:
    zammad(at_work).desk.admin = admin
    ticket_id = at_work.helpdesk.rehearse(at_work.owed(Action.CREATE)).ticket_id
    assert at_work.helpdesk.discard(ticket_id).startswith(said)
    assert at_work.state(ticket_id).exists is not admin


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "-60", "an hour", "NaN", "Infinity", "1e9"])
def test_a_unit_of_time_must_be_a_length(tools: Tools, value: str) -> None:
    with pytest.raises(ConfigError, match="time_unit_seconds"):
        Zammad(a_config("zammad", {"time_unit_seconds": value}), tools)


@pytest.mark.parametrize("url", [
    "https://support.example", "https://support.example/", "https://support.example/api/v1",
    "https://support.example/api/v1/", "https://support.example/#ticket/zoom/81", " https://support.example "])
def test_the_address_may_be_copied_from_the_browser(url: str) -> None:
    assert root_of(url) == "https://support.example/api/v1"


def test_a_login_and_a_password_do_in_place_of_a_token(at_work: Connected) -> None:
    desk = Zammad(replace(at_work.config, token="deskgate@support.example:secret"), at_work.tools)
    answer = desk.api.me()
    assert (answer.status, "Invalid BasicAuth" in answer.piece()) == (401, True)
