"""What is particular to writing to Zendesk: one guarded step per ticket, and what it does not let us do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import request

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action
from integrations import build
from integrations.tools import Tools
from tests.integrations.parts import a_config
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import bench_of
from tests.standins.bench import CUSTOMER
from tests.standins.serving import Fault
from tests.standins.zendesk.parts import ACME, ADMIN, GROUPS, OUTCOME_FIELD, PRODUCT_FIELD


def sent(desk: Connected) -> list[dict[str, Any]]:
    """The tickets in all changes from now on."""
    found: list[dict[str, Any]] = []

    def note() -> None:
        if request.method in ("PUT", "POST") and request.is_json:
            found.append(json.loads(request.get_data()).get("ticket", {}))

    bench_of(desk).api.app.before_request_funcs.setdefault(None, []).append(note)
    return found


def ticket_of(desk: Connected, ticket_id: str) -> dict[str, Any]:
    return bench_of(desk).account.tickets[int(ticket_id)]


def last_audit(desk: Connected, ticket_id: str) -> dict[str, Any]:
    return bench_of(desk).account.audits[int(ticket_id)][-1]


# --- One step --------------------------------------------------------------------------------------------------------


def test_an_everyday_route_is_one_change_without_a_comment(desk_zendesk: Connected) -> None:
    ticket_id, changes = desk_zendesk.bench.opens(), sent(desk_zendesk)
    stamp = ticket_of(desk_zendesk, ticket_id)["updated_at"]
    desk_zendesk.bring(Action.ROUTE, ticket_id)
    assert changes == [{
        "group_id": GROUPS["Support"], "tags": ["deskgate_routed", "deskgate_within_hours"],
        "custom_fields": [{"id": OUTCOME_FIELD, "value": "route"}], "safe_update": True, "updated_stamp": stamp}]


def test_queueing_moves_marks_and_notes_in_one_audit(desk_zendesk: Connected) -> None:
    ticket_id, changes = desk_zendesk.bench.opens(), sent(desk_zendesk)
    desk_zendesk.bring(Action.QUEUE, ticket_id)
    assert len(changes) == 1
    assert (changes[0]["status"], changes[0]["group_id"]) == ("hold", GROUPS["Night"])
    assert "deskgate_tell_queued" in changes[0]["tags"]
    assert {event["type"] for event in last_audit(desk_zendesk, ticket_id)["events"]} == {"Comment", "Change"}


def test_a_note_and_a_public_word_take_two_changes_each_with_the_guard_of_its_own(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(notice="reply")
    ticket_id, changes = desk.bench.opens(), sent(desk)
    opened = ticket_of(desk, ticket_id)["updated_at"]
    desk.bring(Action.QUEUE, ticket_id)
    assert [change["comment"]["public"] for change in changes] == [False, True]
    assert [change["updated_stamp"] for change in changes] == [opened, ticket_of(desk, ticket_id)["updated_at"]]
    assert changes[1].keys() == {"comment", "metadata", "safe_update", "updated_stamp"}


def test_a_ticket_is_closed_with_the_last_word(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(notice="reply", reject="close")
    ticket_id, changes = desk.bench.opens(), sent(desk)
    desk.bring(Action.REJECT, ticket_id)
    assert [change.get("status") for change in changes] == [None, "solved"]


def test_a_public_word_shows_no_marker_and_is_known_by_the_metadata_of_its_change(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(notice="reply")
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id, note="")
    assert "dg-17" not in desk.state(ticket_id).told[0]
    assert last_audit(desk, ticket_id)["metadata"]["custom"] == {"deskgate": "dg-17"}
    assert desk.helpdesk.inspect(ticket_id).replies == 1


def test_a_customer_who_quotes_our_marker_is_told_all_the_same(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(notice="reply")
    ticket_id = desk.bench.opens()
    desk.bench.customer_writes(ticket_id, "As you wrote:\n\nRef. dg-17")
    desk.bring(Action.QUEUE, ticket_id)
    assert len(desk.state(ticket_id).told) == 1


def test_what_is_tagged_in_the_very_second_of_our_look_is_given_back(desk_zendesk: Connected) -> None:
    """The guard counts whole seconds: it cannot see this."""
    ticket_id = desk_zendesk.bench.opens()
    desk_zendesk.bench.meanwhile(ticket_id)
    desk_zendesk.apply(desk_zendesk.owed(Action.QUEUE, ticket_id))
    assert desk_zendesk.state(ticket_id).tags >= {"meanwhile", "deskgate_queued"}


def test_placeholders_and_markup_in_our_words_are_left_as_they_are(desk_zendesk: Connected) -> None:
    ticket_id = desk_zendesk.bench.opens()
    desk_zendesk.bring(Action.ROUTE, ticket_id, note="{{ticket.id}} **bold** <b>\n{% if x %}")
    body = last_audit(desk_zendesk, ticket_id)["events"][0]["body"]
    assert ticket_id not in body
    assert body.replace("\u200b", "").startswith("{{ticket.id}} **bold** <b>\n{% if x %}")


# --- Statuses --------------------------------------------------------------------------------------------------------


def test_without_on_hold_a_queued_ticket_is_pending_and_known_by_its_tag(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.has_hold = False
    ticket_id = desk_zendesk.queued()
    assert ticket_of(desk_zendesk, ticket_id)["status"] == "pending"
    assert desk_zendesk.helpdesk.inspect(ticket_id).standing == "held"
    desk_zendesk.bring(Action.RELEASE, ticket_id)
    assert ticket_of(desk_zendesk, ticket_id)["status"] == "open"


@pytest.mark.parametrize("named", ["Waiting for hours", "waiting FOR hours", "900100"])
def test_a_custom_status_is_named_by_its_label_or_its_number(desk_zendesk: Connected, named: str) -> None:
    desk = desk_zendesk.set(queue_status=named)
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id)
    assert ticket_of(desk, ticket_id)["custom_status_id"] == 900100
    assert desk.helpdesk.inspect(ticket_id).standing == "held"


@pytest.mark.parametrize("status", ["hold", "pending"])
def test_a_ticket_that_people_made_wait_is_theirs(desk_zendesk: Connected, status: str) -> None:
    ticket_id = desk_zendesk.bench.opens()
    bench_of(desk_zendesk).agent_does(ticket_id, status=status)
    assert desk_zendesk.helpdesk.inspect(ticket_id).standing == "waiting"
    assert desk_zendesk.bring(Action.QUEUE, ticket_id).overtaken


def test_a_ticket_closed_for_good_is_left_alone_even_if_we_solved_it(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(reject="close")
    ticket_id = desk.bench.opens()
    desk.bring(Action.REJECT, ticket_id)
    bench_of(desk).closes_for_good(ticket_id)
    receipt = desk.bring(Action.ROUTE, ticket_id)
    assert (receipt.changed, receipt.overtaken) == (False, True)
    assert desk.helpdesk.read(ticket_id).closed


def test_a_change_that_comes_after_the_closing_for_good_finds_the_ticket_gone(desk_zendesk: Connected) -> None:
    ticket_id = desk_zendesk.bench.opens()
    bench_of(desk_zendesk).api.before_change = lambda: ticket_of(desk_zendesk, ticket_id).update(status="closed")
    with pytest.raises(DeliveryError, match="never changes a closed ticket") as caught:
        desk_zendesk.apply(desk_zendesk.owed(Action.QUEUE, ticket_id))
    assert caught.value.kind == "gone"


def test_a_field_that_must_be_filled_in_before_solving_is_named(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(reject="close")
    bench_of(desk).account.must_be_filled = True
    ticket_id = desk.bench.opens()
    with pytest.raises(DeliveryError, match="Zendesk refuses: Cause: cannot be blank") as caught:
        desk.apply(desk.owed(Action.REJECT, ticket_id))
    assert caught.value.kind == "refused"


def test_closed_is_no_status_to_give(tools: Tools) -> None:
    with pytest.raises(ConfigError, match="use solved"):
        build(a_config("zendesk", {"reject_status": "Closed"}), tools)


# --- Names and numbers -----------------------------------------------------------------------------------------------


def test_groups_and_fields_may_be_named_by_number(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(route_group=str(GROUPS["Support"]), outcome_field=str(OUTCOME_FIELD))
    ticket_id = desk.bench.opens()
    delivery = desk.owed(Action.ROUTE, ticket_id)
    assert desk.apply(delivery).changed
    assert not desk.apply(replace(delivery, try_number=2)).changed
    assert desk.state(ticket_id).group == "Support"


def test_a_name_that_two_fields_have_is_refused(desk_zendesk: Connected) -> None:
    account = bench_of(desk_zendesk).account
    account.fields[1] = {**account.fields[OUTCOME_FIELD], "id": 1}
    with pytest.raises(DeliveryError, match="2 of the ticket field 'Deskgate outcome'.*by its number") as caught:
        desk_zendesk.apply(desk_zendesk.owed(Action.ROUTE, desk_zendesk.bench.opens()))
    assert caught.value.kind == "setting"


def test_numbers_larger_than_a_float_holds_arrive_whole(desk_zendesk: Connected) -> None:
    identity = desk_zendesk.helpdesk.read(desk_zendesk.bench.opens()).identity
    assert (identity.organization_id, identity.external_id, identity.email) == (str(ACME), "crm-7", CUSTOMER)
    ticket_id = desk_zendesk.bench.opens()
    assert desk_zendesk.bring(Action.QUEUE, ticket_id).acting_as == str(ADMIN)


def test_what_is_sent_along_in_part_is_asked_for(desk_zendesk: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_of(desk_zendesk).api, "company", lambda tickets: {"users": [], "organizations": []})
    identity = desk_zendesk.helpdesk.read(desk_zendesk.bench.opens()).identity
    assert (identity.external_id, identity.email) == ("crm-7", CUSTOMER)


def test_a_product_is_read_from_its_field(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(product_field="product")
    ticket_id = desk.bench.opens()
    bench_of(desk).agent_does(ticket_id, custom_fields=[{"id": PRODUCT_FIELD, "value": "vpn"}])
    assert desk.helpdesk.read(ticket_id).product == "vpn"


@pytest.mark.parametrize("ticket_id", ["", "0", "7/../8", "update_many", "9" * 20])
def test_what_is_no_ticket_number_is_never_asked_for(desk_zendesk: Connected, ticket_id: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        desk_zendesk.helpdesk.read(ticket_id)
    assert caught.value.kind == "refused"
    assert desk_zendesk.bench.serving.calls == []


# --- Creating and leaving --------------------------------------------------------------------------------------------


def test_the_same_ticket_asked_for_twice_at_once_is_created_once(desk_zendesk: Connected) -> None:
    delivery = desk_zendesk.owed(Action.CREATE)
    assert desk_zendesk.apply(delivery).ticket_id == desk_zendesk.apply(delivery).ticket_id
    assert len(bench_of(desk_zendesk).account.tickets) == 1


def test_a_ticket_of_our_own_is_created_where_it_belongs_in_one_call(desk_zendesk: Connected) -> None:
    changes = sent(desk_zendesk)
    desk_zendesk.apply(desk_zendesk.owed(Action.CREATE))
    assert [change["external_id"] for change in changes] == ["dg-17"]
    assert changes[0]["group_id"] == GROUPS["Support"]


def test_a_rehearsal_that_may_not_be_deleted_is_closed(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.may_delete = False
    receipt = desk_zendesk.helpdesk.rehearse(desk_zendesk.owed(Action.CREATE))
    assert desk_zendesk.helpdesk.discard(receipt.ticket_id) == "closed"
    state = desk_zendesk.state(receipt.ticket_id)
    assert (state.standing, state.tags) == ("closed", {"deskgate_rehearsal"})


def test_words_and_note_of_a_queueing_come_out_once_after_a_collision(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(notice="reply")
    ticket_id = desk.bench.opens()
    desk.clock.go_on(minutes=1)
    bench_of(desk).api.before_change = lambda: bench_of(desk).agent_does(ticket_id, priority="high")
    desk.apply(desk.owed(Action.QUEUE, ticket_id))
    seen = desk.helpdesk.inspect(ticket_id)
    assert (seen.notes, seen.replies) == (1, 1)
    assert ticket_of(desk, ticket_id)["priority"] == "high"


def test_tags_are_named_as_zendesk_will_have_them(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(route_tags="VIP, Second Level")
    ticket_id = desk.bench.opens()
    delivery = desk.owed(Action.ROUTE, ticket_id)
    desk.apply(delivery)
    assert desk.state(ticket_id).tags >= {"vip", "second_level"}
    assert not desk.apply(replace(delivery, try_number=2)).changed


def test_what_a_field_is_told_is_told_literally(desk_zendesk: Connected) -> None:
    desk = desk_zendesk.set(customer_field="Cause")
    ticket_id = desk.bench.opens()
    delivery = desk.owed(Action.ROUTE, ticket_id, customer="{{Acme}}")
    desk.apply(delivery)
    assert desk.helpdesk.inspect(ticket_id).fields["Cause"] == "{{Acme}}"
    assert not desk.apply(replace(delivery, try_number=2)).changed


@pytest.mark.parametrize("fault", [None, Fault(applied=True)], ids=["answered", "cut"])
def test_the_trigger_that_mails_on_our_tag_mails_once(desk_zendesk: Connected, fault: Fault | None) -> None:
    """It runs within our own update, and takes the tag off: a try that is repeated must not set it again."""
    mails = bench_of(desk_zendesk).tells_customers()
    ticket_id = desk_zendesk.bench.opens()
    delivery = desk_zendesk.owed(Action.QUEUE, ticket_id)
    if fault is None:
        desk_zendesk.apply(delivery)
    else:
        desk_zendesk.despite(delivery, fault)
    desk_zendesk.bench.serving.fault = None
    assert not desk_zendesk.apply(replace(delivery, try_number=3)).changed
    assert mails == ["deskgate_tell_queued"]
    assert "deskgate_told" in desk_zendesk.state(ticket_id).tags
    desk_zendesk.bring(Action.REJECT, ticket_id, marker="dg-18")
    assert mails == ["deskgate_tell_queued", "deskgate_tell_rejected"]
