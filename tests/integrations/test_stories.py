"""What decisions come to in every helpdesk: the same stories, told about each stand-in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.reasons import Outcome, Reason
from integrations.desk.mapping import NoticeBy
from tests.integrations.stories import NOTE, PEOPLES, REFUSAL, WORDS, Connected, words_of

DECISIONS = [Action.ROUTE, Action.QUEUE, Action.RELEASE, Action.REJECT]


# --- Where a decision puts a ticket ----------------------------------------------------------------------------------


def test_an_everyday_ticket_goes_to_the_agents_without_a_word(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    assert desk.bring(Action.ROUTE, ticket_id).changed
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("open", desk.groups["route"])
    assert state.tags >= {"deskgate_routed", "deskgate_within_hours"}
    assert (state.told, state.notes, state.first_reply_at) == ((), (), None)


def test_an_unusual_route_is_explained_to_the_agents_alone(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bring(Action.ROUTE, ticket_id, note=NOTE, triage=True, reason=Reason.UNKNOWN_CUSTOMER)
    state = desk.state(ticket_id)
    assert state.group == desk.groups["triage"]
    assert state.tags >= {"deskgate_triage", "deskgate_unknown_customer"}
    assert state.told == ()
    assert NOTE in words_of(state.notes)


def test_a_queued_ticket_waits_for_its_hour_and_the_customer_is_told_once(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id)
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("held", desk.groups["queue"])
    assert state.until in (None, desk.opening)
    assert state.tags >= {"deskgate_queued", "deskgate_outside_hours"}
    if desk.tells_by_reply():
        assert words_of(state.told).count(WORDS.splitlines()[0]) == 1
    else:
        assert "deskgate_tell_queued" in state.tags
    assert words_of(state.notes).count(NOTE) == 1


def test_a_released_ticket_is_with_the_agents_and_nothing_more_is_said(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    before = desk.state(ticket_id)
    desk.clock.at = desk.opening
    desk.bring(Action.RELEASE, ticket_id)
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("open", desk.groups["route"])
    assert "deskgate_routed" in state.tags
    assert "deskgate_queued" not in state.tags
    assert (state.told, state.notes) == (before.told, before.notes)


def test_neither_queueing_nor_releasing_counts_as_the_first_reply(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bring(Action.RELEASE, ticket_id)
    assert desk.state(ticket_id).first_reply_at is None
    desk.bench.agent_answers(ticket_id)
    assert desk.state(ticket_id).first_reply_at == desk.clock.now()


def test_a_rejected_ticket_goes_to_those_who_sell_renewals(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bring(Action.REJECT, ticket_id)
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("open", desk.groups["renewals"])
    assert state.tags >= {"deskgate_rejected", "deskgate_license_expired"}
    assert "deskgate_closed" not in state.tags
    assert REFUSAL in words_of(state.told) or "deskgate_tell_rejected" in state.tags


def test_a_ticket_rejected_by_closing_is_answered_and_closed(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(reject="close")
    ticket_id = desk.bench.opens()
    before = desk.state(ticket_id)
    desk.bring(Action.REJECT, ticket_id)
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("closed", before.group)
    assert "deskgate_closed" in state.tags
    assert REFUSAL in words_of(state.told) or "deskgate_tell_rejected" in state.tags


def test_what_we_closed_is_opened_again_when_the_refusal_is_overridden(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(reject="close")
    ticket_id = desk.bench.opens()
    desk.bring(Action.REJECT, ticket_id)
    desk.bring(Action.ROUTE, ticket_id, reason=Reason.OVERRIDDEN, note=NOTE)
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("open", desk.groups["route"])
    assert "deskgate_closed" not in state.tags


def test_a_withdrawn_delivery_changes_nothing(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    before = desk.state(ticket_id)
    assert not desk.bring(Action.WITHDRAW, ticket_id).changed
    assert desk.state(ticket_id) == before


@pytest.mark.parametrize("notice", list(NoticeBy))
@pytest.mark.parametrize("action", [Action.QUEUE, Action.REJECT])
def test_customers_are_told_in_the_way_that_is_set(desk_at_work: Connected, action: Action, notice: NoticeBy) -> None:
    desk = desk_at_work.set(notice=notice.value)
    ticket_id = desk.bench.opens()
    desk.bring(action, ticket_id)
    seen = desk.helpdesk.inspect(ticket_id)
    assert seen.replies == (1 if notice is NoticeBy.REPLY else 0)
    word = "queued" if action is Action.QUEUE else "rejected"
    assert (f"deskgate_tell_{word}" in desk.state(ticket_id).tags) is (notice is NoticeBy.TAG)


def test_words_arrive_as_they_were_written(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(notice="reply")
    words = "Hours: 9 < 17 & <b>never</b> on Sundays.\n{{ticket.id}} #{ticket.id} ${x} {% if %}"
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id, message=words)
    said = words_of(desk.state(ticket_id).told)
    assert "<b>never</b>" in said
    assert "9 < 17 & " in said
    assert "\n" in said.strip()


def test_in_advise_mode_only_tags_and_fields_are_set(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    before = desk.state(ticket_id)
    desk.bring(Action.QUEUE, ticket_id, advise=True)
    state = desk.state(ticket_id)
    assert "deskgate_queued" in state.tags
    assert not any(tag.startswith("deskgate_tell_") for tag in state.tags)
    assert replace(state, tags=before.tags, fields=before.fields) == before


# --- The same delivery once more -------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", DECISIONS)
def test_a_delivery_that_comes_twice_changes_nothing_the_second_time(desk_at_work: Connected, action: Action) -> None:
    desk = desk_at_work
    ticket_id = desk.queued() if action is Action.RELEASE else desk.bench.opens()
    delivery = desk.owed(action, ticket_id)
    assert desk.apply(delivery).changed
    before, writes = desk.state(ticket_id), desk.writes()
    assert not desk.apply(replace(delivery, try_number=2)).changed
    assert desk.state(ticket_id) == before
    assert desk.writes() == writes


def test_an_everyday_route_says_who_we_are_if_anything_does(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bring(Action.RELEASE, ticket_id)
    for event in desk.told(desk.bench.echoes()):
        assert event.author.value == "deskgate", event


# --- A ticket of our own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.ROUTE, Outcome.QUEUE])
def test_a_ticket_that_deskgate_took_in_is_created_where_it_belongs(desk_at_work: Connected, outcome: Outcome) -> None:
    desk = desk_at_work
    receipt = desk.apply(desk.owed(Action.CREATE, outcome=outcome, release_at=desk.opening))
    assert receipt.changed
    state = desk.state(receipt.ticket_id)
    queued = outcome is Outcome.QUEUE
    assert (state.standing, state.group) == (("held", desk.groups["queue"]) if queued else
                                             ("open", desk.groups["route"]))
    assert ("deskgate_queued" if queued else "deskgate_routed") in state.tags
    assert desk.helpdesk.read(receipt.ticket_id).identity.email == "it@acme.example"


def test_a_ticket_that_we_created_is_known_as_ours_when_its_webhook_comes(desk_at_work: Connected) -> None:
    desk = desk_at_work
    receipt = desk.apply(desk.owed(Action.CREATE))
    for event in desk.told([*desk.bench.webhooks(), *desk.bench.echoes()]):
        assert event.ticket_id == receipt.ticket_id
        assert event.marker == "dg-17" or event.author.value == "deskgate", event
    assert desk.helpdesk.read(receipt.ticket_id).marker == "dg-17"


def test_a_customer_cannot_pass_a_ticket_off_as_ours(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bench.customer_writes(ticket_id, "As you said.\n\nRef. dg-17")
    assert all(event.marker == "" for event in desk.happened())
    assert desk.helpdesk.read(ticket_id).marker == ""
    desk.bring(Action.QUEUE, ticket_id)
    assert desk.helpdesk.inspect(ticket_id).notes == 1


# --- Tickets that are not there any more -----------------------------------------------------------------------------


def test_a_merged_ticket_is_gone(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id, other = desk.queued(), desk.bench.opens()
    if not desk.bench.merges(ticket_id, into=other):
        pytest.skip("this product cannot merge")
    before = desk.state(other)
    with pytest.raises(DeliveryError) as caught:
        desk.apply(desk.owed(Action.RELEASE, ticket_id))
    assert caught.value.kind == "gone"
    assert desk.state(other) == before


def test_a_deleted_ticket_is_gone(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bench.deletes(ticket_id)
    with pytest.raises(DeliveryError) as caught:
        desk.apply(desk.owed(Action.RELEASE, ticket_id))
    assert caught.value.kind == "gone"
    with pytest.raises(DeliveryError) as caught:
        desk.helpdesk.read(ticket_id)
    assert caught.value.kind == "gone"


# --- What people set is kept -----------------------------------------------------------------------------------------


def test_tags_that_people_set_are_never_lost(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bench.agent_tags(ticket_id, "vip")
    for action in (Action.QUEUE, Action.RELEASE):
        desk.bring(action, ticket_id)
        assert desk.state(ticket_id).tags >= PEOPLES


def test_what_an_agent_changes_between_our_look_and_our_change_is_not_lost(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.clock.go_on(minutes=1)
    desk.bench.meanwhile(ticket_id)
    desk.apply(desk.owed(Action.QUEUE, ticket_id))
    state = desk.state(ticket_id)
    assert state.standing == "held"
    assert [tag for tag in state.tags if not tag.startswith("deskgate_")], "what meanwhile() set is gone"
