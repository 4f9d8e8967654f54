"""What is particular to Chatwoot: each of its traps, by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.reasons import Reason
from tests.integrations.office import Chatting
from tests.integrations.stories import NOTE, WORDS
from tests.standins.chatwoot import OUTCOME
from tests.standins.chatwoot_state import ALEX, OUR_TOKEN, US
from tests.standins.serving import Fault

# --- Words ------------------------------------------------------------------------------------------------------------


def test_our_marker_is_nothing_that_a_customer_reads(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.QUEUE, ticket_id)
    (told,) = chatting.state(ticket_id).told
    assert "dg-17" not in told
    assert chatting.helpdesk.inspect(ticket_id).replies == 1


def test_our_word_to_the_customer_is_no_first_reply_of_an_agent(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.QUEUE, ticket_id)
    assert WORDS.splitlines()[0] in chatting.state(ticket_id).told[0]
    assert chatting.talk(ticket_id).first_reply_at is None


def test_templates_in_our_words_are_not_run_and_tags_are_not_swallowed(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.QUEUE, ticket_id, message="{{contact.name}} {%raw%} <b>9 < 17</b>\nBye")
    (told,) = chatting.state(ticket_id).told
    assert "{{" not in told
    assert "{%" not in told
    assert "&lt;b>9 < 17&lt;/b>  \nBye" in told


@pytest.mark.parametrize("words", ["So be it.\n\nRef. dg-17", "Ref. dg-17"])
def test_an_agent_or_a_customer_who_quotes_our_note_is_not_us(chatting: Chatting, words: str) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.agent_notes(ticket_id, words)
    chatting.bench.customer_writes(ticket_id, words)
    assert chatting.helpdesk.inspect(ticket_id).notes == 0


# --- Labels and attributes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("merges", [True, False], ids=["newer", "older"])
def test_attributes_that_others_set_are_kept_whether_or_not_chatwoot_can_merge(chatting: Chatting,
                                                                               merges: bool) -> None:
    chatting.office.merges = merges
    ticket_id = chatting.bench.opens()
    chatting.talk(ticket_id).custom = {"product": "Blue", "amount": 7}
    chatting.bring(Action.ROUTE, ticket_id)
    assert chatting.talk(ticket_id).custom == {"product": "Blue", "amount": 7, OUTCOME: "route"}
    assert chatting.helpdesk.unmark(ticket_id)
    assert chatting.talk(ticket_id).custom == {"product": "Blue", "amount": 7}


def test_without_labels_the_outcome_says_what_we_snoozed(chatting: Chatting) -> None:
    desk = chatting.set(tags="off")
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id)
    assert desk.helpdesk.inspect(ticket_id).standing == "held"
    assert desk.talk(ticket_id).labels == []
    desk.bring(Action.RELEASE, ticket_id)
    assert desk.talk(ticket_id).status == "open"


def test_a_chatwoot_that_drops_labels_it_does_not_know_is_told_of_before_it_snoozes(chatting: Chatting) -> None:
    chatting.bench.front.drops_labels = True
    ticket_id = chatting.queued()
    assert chatting.helpdesk.inspect(ticket_id).standing == "held"
    chatting.office.labels.remove("deskgate_queued")
    second = chatting.bench.opens()
    with pytest.raises(DeliveryError, match="does not keep the label deskgate_queued") as caught:
        chatting.bring(Action.QUEUE, second)
    assert (caught.value.kind, chatting.talk(second).status) == ("refused", "open")


def test_words_for_the_customer_that_an_attribute_cannot_hold_are_cut(chatting: Chatting) -> None:
    desk = chatting.set(notice="tag", notice_field="words")
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id, message="long " * 400)
    assert len(desk.talk(ticket_id).custom["words"]) == 1500


# --- Teams and people -------------------------------------------------------------------------------------------------


def test_a_team_that_is_not_there_is_a_refusal_and_takes_no_team_away(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.ROUTE, ticket_id)
    with pytest.raises(DeliveryError, match="there is no team Nowhere") as caught:
        chatting.set(queue_group="Nowhere").bring(Action.QUEUE, ticket_id)
    assert caught.value.kind == "refused"
    assert chatting.state(ticket_id).group == "Support"


def test_a_team_that_went_away_is_a_refusal_and_looked_up_anew(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.ROUTE, ticket_id)
    chatting.office.teams = {9: "waiting", 1: "support"}
    with pytest.raises(DeliveryError, match="no team Waiting in Chatwoot any more"):
        chatting.bring(Action.QUEUE, ticket_id)
    assert chatting.bring(Action.QUEUE, ticket_id).changed
    assert chatting.talk(ticket_id).team == 9


def test_teams_may_be_named_by_number(chatting: Chatting) -> None:
    desk = chatting.set(route_group="1")
    ticket_id = desk.bench.opens()
    desk.bring(Action.ROUTE, ticket_id)
    assert desk.state(ticket_id).group == "Support"
    assert not desk.bring(Action.ROUTE, ticket_id).changed
    assert desk.wrong() == {}


@pytest.mark.parametrize("taken", [True, False])
def test_what_an_account_without_administration_opens_stays_with_whom_it_was(chatting: Chatting, taken: bool) -> None:
    chatting.office.role = "agent"
    ticket_id = chatting.queued()
    if taken:
        chatting.bench.agent_takes(ticket_id)
    chatting.bring(Action.RELEASE, ticket_id)
    assert chatting.talk(ticket_id).status == "open"
    assert chatting.talk(ticket_id).assignee == (ALEX if taken else 0)


def test_a_conversation_that_is_assigned_to_us_is_taken_by_nobody(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.talk(ticket_id).assignee = US
    assert not chatting.bring(Action.QUEUE, ticket_id).overtaken
    assert not chatting.helpdesk.read(ticket_id).assigned


def test_an_inbox_that_we_are_not_let_into_is_no_bad_token(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.front_hides(ticket_id)
    with pytest.raises(DeliveryError, match="add Deskgate's account to the inbox") as caught:
        chatting.bring(Action.ROUTE, ticket_id)
    assert caught.value.kind == "refused"


def test_an_account_that_we_were_taken_out_of_is_no_matter_of_one_inbox(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.office.role = "none"
    assert chatting.tries(chatting.owed(Action.ROUTE, ticket_id)) == "unauthorized"


def test_a_conversation_with_too_many_messages_a_minute_is_tried_again(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.front.floods = True
    with pytest.raises(DeliveryError, match="Too many messages") as caught:
        chatting.bring(Action.QUEUE, ticket_id)
    assert (caught.value.kind, caught.value.retry_after) == ("temporary", 60)
    chatting.bench.front.floods = False
    assert chatting.bring(Action.QUEUE, ticket_id).changed


def test_a_team_that_assigns_by_itself_takes_what_is_queued_from_us(chatting: Chatting) -> None:
    """Why `check` warns of it: nobody can tell that from an agent who takes it."""
    chatting.office.assigning_teams = {3}
    ticket_id = chatting.queued()
    assert chatting.talk(ticket_id).assignee == ALEX
    assert chatting.helpdesk.read(ticket_id).assigned
    assert not chatting.set(default_owners=str(ALEX)).helpdesk.read(ticket_id).assigned


def test_the_token_is_in_no_error_even_if_chatwoot_repeats_it(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    error = chatting.fails(Fault(status=500, body=f"no such thing as {OUR_TOKEN}"),
                           chatting.owed(Action.ROUTE, ticket_id))
    assert OUR_TOKEN not in str(error)
    assert "no such thing as ***" in str(error)


# --- How it stands ----------------------------------------------------------------------------------------------------


def test_a_queued_conversation_sleeps_until_the_minute_of_its_release(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bring(Action.QUEUE, ticket_id)
    assert chatting.talk(ticket_id).status == "snoozed"
    assert chatting.talk(ticket_id).snoozed_until == chatting.opening


def test_one_that_woke_by_itself_is_released_like_any_other(chatting: Chatting) -> None:
    ticket_id = chatting.queued()
    chatting.clock.at = chatting.opening
    chatting.office.turn(chatting.talk(ticket_id), 0, "open")
    receipt = chatting.bring(Action.RELEASE, ticket_id)
    assert (receipt.changed, receipt.overtaken) == (True, False)
    assert "deskgate_routed" in chatting.state(ticket_id).tags


def test_what_people_snooze_waits_for_the_customer_and_what_a_bot_has_does_not(chatting: Chatting) -> None:
    snoozed, with_bot = chatting.bench.opens(), chatting.bench.opens()
    chatting.office.turn(chatting.talk(snoozed), ALEX, "snoozed", chatting.opening)
    chatting.office.turn(chatting.talk(with_bot), ALEX, "pending")
    assert chatting.helpdesk.read(snoozed).waiting
    assert not chatting.helpdesk.read(with_bot).waiting
    assert chatting.bring(Action.QUEUE, snoozed).overtaken
    chatting.bring(Action.ROUTE, with_bot)
    assert chatting.talk(with_bot).status == "pending"


def test_a_long_conversation_is_read_to_its_end(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    for _ in range(210):
        chatting.office.write(chatting.talk(ticket_id), ALEX, "Somebody joined.", "activity")
    chatting.clock.go_on(minutes=1)
    chatting.bench.agent_answers(ticket_id)
    assert chatting.helpdesk.read(ticket_id).answered


# --- Who asks ---------------------------------------------------------------------------------------------------------


def test_the_customer_is_told_by_identifier_company_or_an_attribute_of_the_contact(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    contact = chatting.talk(ticket_id).contact
    contact.identifier, contact.custom = "ACME-10", {"contract": "C-100"}
    identity = chatting.helpdesk.read(ticket_id).identity
    assert (identity.organization_id, identity.external_id) == ("Acme", "ACME-10")
    assert chatting.set(external_id_field="contract").helpdesk.read(ticket_id).identity.external_id == "C-100"


def test_what_a_visitor_of_a_website_claims_counts_only_if_it_was_proved(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    row = {**chatting.office.shown(chatting.talk(ticket_id)), "event": "conversation_created"}
    row["meta"] = {**row["meta"], "channel": "Channel::WebWidget"}
    desk = replace(chatting.set(verified_only="on"))
    assert desk.parsed(row)[0].identity.email == ""
    row["meta"]["hmac_verified"] = True
    assert desk.parsed(row)[0].identity.email == "it@acme.example"


def test_a_later_reason_changes_the_labels_of_ours_alone(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.agent_tags(ticket_id, "vip")
    chatting.bring(Action.ROUTE, ticket_id, note=NOTE, triage=True, reason=Reason.UNKNOWN_CUSTOMER)
    chatting.bring(Action.ROUTE, ticket_id)
    assert sorted(chatting.talk(ticket_id).labels) == ["deskgate_routed", "deskgate_within_hours", "vip"]
