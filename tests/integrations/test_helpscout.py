"""What is particular to Help Scout when decisions are carried out: each of its traps has a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, EventKind
from integrations.desk.adapter import Collision
from integrations.helpscout.options import Place
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.helpscout_parts import desk_of
from tests.integrations.stories import Connected, connected
from tests.standins.helpscout import HelpScoutBench
from tests.standins.helpscout_desk import AGENT, OUTCOME, PRODUCT, US


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = HelpScoutBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def calls_of(at_work: Connected, delivery: object) -> list[str]:
    """The changes that are made to carry it out."""
    before = len(at_work.bench.serving.calls)
    at_work.apply(delivery)  # type: ignore[arg-type]
    made = [f"{method} {path.removeprefix('/v2/conversations/')}" for method, path in
            at_work.bench.serving.calls[before:] if method != "GET"]
    return [call for call in made if "oauth2" not in call]


# --- Changes are made one by one -------------------------------------------------------------------------------------


def test_each_part_of_a_change_is_a_call_of_its_own_and_the_snooze_comes_last(at_work: Connected) -> None:
    at_work = at_work.set(notice="reply")
    ticket_id = at_work.bench.opens()
    assert calls_of(at_work, at_work.owed(Action.QUEUE, ticket_id)) == [
        f"PATCH {ticket_id}", f"PUT {ticket_id}/tags", f"PUT {ticket_id}/fields", f"POST {ticket_id}/notes",
        f"POST {ticket_id}/reply", f"PUT {ticket_id}/snooze"]


def test_without_tags_and_fields_an_everyday_route_is_one_change(at_work: Connected) -> None:
    at_work = replace(at_work, config=replace(at_work.config, settings={
        "route_group": "86", "tags": "off", "notice": "none"}))
    ticket_id = at_work.bench.opens()
    assert calls_of(at_work, at_work.owed(Action.ROUTE, ticket_id)) == [f"PATCH {ticket_id}"]
    assert not any(path.endswith(("mailboxes", "teams")) for _, path in at_work.bench.serving.calls)


def test_a_reply_closes_what_is_rejected_by_closing(at_work: Connected) -> None:
    at_work = at_work.set(notice="reply", reject="close")
    ticket_id = at_work.bench.opens()
    calls = calls_of(at_work, at_work.owed(Action.REJECT, ticket_id, note=""))
    assert calls == [f"PUT {ticket_id}/tags", f"PUT {ticket_id}/fields", f"POST {ticket_id}/reply"]
    assert at_work.state(ticket_id).standing == "closed"


# --- Holding ---------------------------------------------------------------------------------------------------------


def test_a_queued_conversation_is_snoozed_and_stays_so_when_the_customer_writes(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    row = desk_of(at_work).conversations[int(ticket_id)]
    assert row["snooze"] == {"snoozedBy": US, "snoozedUntil": "2026-03-10T08:00:00Z", "unsnoozeOnCustomerReply": False}
    at_work.bench.customer_writes(ticket_id)
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"


def test_a_snooze_wakes_by_itself_should_deskgate_be_gone(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    at_work.clock.at = at_work.opening
    assert at_work.helpdesk.inspect(ticket_id).standing == "open"
    at_work.bring(Action.RELEASE, ticket_id)
    assert (at_work.state(ticket_id).group, at_work.state(ticket_id).standing) == ("mailbox:Second Level", "open")


@pytest.mark.parametrize(("release_in", "until"), [
    (None, timedelta(days=7)), (timedelta(hours=-1), timedelta(minutes=1)), (timedelta(hours=2), timedelta(hours=2))])
def test_a_snooze_needs_an_hour_that_is_still_to_come(at_work: Connected, release_in: timedelta | None,
                                                      until: timedelta) -> None:
    ticket_id, now = at_work.bench.opens(), at_work.clock.now()
    at_work.apply(at_work.owed(Action.QUEUE, ticket_id, release_at=release_in and now + release_in))
    assert at_work.state(ticket_id).until == now + until


def test_what_an_agent_snoozed_waits_for_the_customer_and_is_left_alone(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).snooze(AGENT, int(ticket_id), "2026-03-12T08:00:00Z", True)
    assert at_work.helpdesk.read(ticket_id).waiting
    assert at_work.bring(Action.QUEUE, ticket_id).overtaken


def test_without_tags_a_snooze_is_ours_by_who_set_it(at_work: Connected) -> None:
    at_work = at_work.set(tags="off", notice="none")
    ticket_id = at_work.queued()
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"
    at_work.bring(Action.RELEASE, ticket_id)
    assert (at_work.state(ticket_id).standing, at_work.state(ticket_id).tags) == ("open", frozenset())


def test_where_it_is_asked_for_a_queued_conversation_is_pending(at_work: Connected) -> None:
    at_work = at_work.set(queue_status="pending")
    ticket_id = at_work.queued()
    row = desk_of(at_work).conversations[int(ticket_id)]
    assert (row["status"], row["snooze"]) == ("pending", None)
    assert at_work.helpdesk.inspect(ticket_id).standing == "held"
    at_work.bring(Action.RELEASE, ticket_id)
    assert at_work.state(ticket_id).standing == "open"


# --- Tags and fields replace what was there --------------------------------------------------------------------------


def test_the_fields_that_people_filled_in_stay(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk = desk_of(at_work)
    at_work.bring(Action.ROUTE, ticket_id)
    desk.fill_in(AGENT, int(ticket_id), {desk.field_id(86, PRODUCT): "11", desk.field_id(86, OUTCOME): "route"})
    at_work.set(route_group="86").bring(Action.ROUTE, ticket_id, note="Look.", triage=False)
    at_work.set(triage_group="86").bring(Action.ROUTE, ticket_id, triage=True, marker="dg-18")
    assert desk.conversations[int(ticket_id)]["customFields"] == {
        desk.field_id(86, PRODUCT): "11", desk.field_id(86, OUTCOME): "triage"}


def test_fields_are_those_of_the_mailbox_where_a_conversation_ends_up(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    desk = desk_of(at_work)
    assert desk.conversations[int(ticket_id)]["customFields"] == {desk.field_id(88, OUTCOME): "queue"}
    at_work.bring(Action.RELEASE, ticket_id)
    assert desk.conversations[int(ticket_id)]["customFields"] == {desk.field_id(86, OUTCOME): "route"}


def test_a_mailbox_without_the_field_is_told_nothing(at_work: Connected) -> None:
    desk_of(at_work).without_fields.add(88)
    ticket_id = at_work.queued()
    assert at_work.state(ticket_id).standing == "held"
    assert desk_of(at_work).conversations[int(ticket_id)]["customFields"] == {}


def test_who_takes_a_conversation_while_we_change_it_keeps_it(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk_of(at_work).after_next_look[int(ticket_id)] = lambda: at_work.bench.agent_takes(ticket_id)
    assert at_work.apply(at_work.owed(Action.QUEUE, ticket_id)).overtaken
    assert (at_work.state(ticket_id).standing, at_work.state(ticket_id).assignee) == ("open", str(AGENT))
    assert at_work.state(ticket_id).tags == frozenset()


def test_whoever_is_tagged_all_the_time_is_tried_again_later(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    desk, count = desk_of(at_work), iter(range(99))

    def again() -> None:
        desk.after_next_look[int(ticket_id)] = again
        desk.tag(AGENT, int(ticket_id), [f"x{next(count)}"])

    again()
    with pytest.raises(Collision) as caught:
        at_work.apply(at_work.owed(Action.QUEUE, ticket_id))
    assert caught.value.kind == "temporary"
    assert not any(tag.startswith("deskgate") for tag in at_work.state(ticket_id).tags)


# --- Mailboxes and teams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "place"), [
    ("mailbox:Night", Place("mailbox", "Night")), ("Team: Firefighters ", Place("team", "Firefighters")),
    ("Night", Place("mailbox", "Night")), ("88", Place("mailbox", "88")), ("Ops: EU", Place("mailbox", "Ops: EU"))])
def test_a_group_is_a_mailbox_or_a_team(told: str, place: Place) -> None:
    assert Place.of(told) == place


def test_a_team_is_assigned_and_that_is_no_sign_of_a_person(at_work: Connected) -> None:
    at_work = at_work.set(route_group="team:firefighters")
    ticket_id = at_work.bench.opens()
    assert at_work.bring(Action.ROUTE, ticket_id).changed
    assert desk_of(at_work).conversations[int(ticket_id)]["assignee"]["id"] == 500
    assert not at_work.bring(Action.ROUTE, ticket_id).changed
    assert not at_work.bring(Action.QUEUE, ticket_id).overtaken


def test_a_mailbox_that_was_added_a_moment_ago_is_found(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.helpdesk.check()
    desk_of(at_work).mailboxes[90] = "Brand New"
    at_work.set(route_group="Brand New").bring(Action.ROUTE, ticket_id)
    assert desk_of(at_work).conversations[int(ticket_id)]["mailboxId"] == 90


def test_a_mailbox_that_is_not_there_is_refused(at_work: Connected) -> None:
    with pytest.raises(DeliveryError, match="no mailbox 'Nowhere'") as caught:
        at_work.set(route_group="Nowhere").bring(Action.ROUTE, at_work.bench.opens())
    assert caught.value.kind == "refused"


def test_a_new_conversation_needs_a_mailbox(at_work: Connected) -> None:
    teams = replace(at_work, config=replace(at_work.config, settings={"route_group": "team:Firefighters"}))
    with pytest.raises(DeliveryError, match="name a mailbox in route_group"):
        teams.apply(teams.owed(Action.CREATE))
    desk_of(at_work).mailboxes = {86: "Second Level"}
    at_work.clock.go_on(hours=1)
    receipt = teams.apply(teams.owed(Action.CREATE))
    row = desk_of(at_work).conversations[int(receipt.ticket_id)]
    assert (row["mailboxId"], row["assignee"]["id"]) == (86, 500)


# --- Conversations that are not there any more -----------------------------------------------------------------------


def test_a_merged_conversation_is_told_as_merged_for_as_long_as_it_leads_on(at_work: Connected) -> None:
    ticket_id, other = at_work.queued(), at_work.bench.opens()
    at_work.bench.merges(ticket_id, into=other)
    assert at_work.helpdesk.read(ticket_id).kind is EventKind.MERGED
    assert at_work.helpdesk.read(other).kind is EventKind.CREATED


def test_a_full_conversation_takes_no_more_words(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    for _ in range(99):
        at_work.bench.customer_writes(ticket_id)
    with pytest.raises(DeliveryError) as caught:
        at_work.bring(Action.QUEUE, ticket_id)
    assert (caught.value.kind, caught.value.status) == ("refused", 412)


def test_a_conversation_with_more_text_than_can_be_taken_is_read_page_by_page(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    for _ in range(30):
        at_work.bench.customer_writes(ticket_id, "x" * 40_000)
    at_work.clock.go_on(minutes=1)
    at_work.bench.agent_answers(ticket_id)
    assert at_work.helpdesk.read(ticket_id).answered
    assert [path for _, path in at_work.bench.serving.calls].count(f"/v2/conversations/{ticket_id}/threads") == 2


@pytest.mark.parametrize(("may_delete", "said"), [(True, "deleted"), (False, "closed, since our user may not")])
def test_a_rehearsal_is_deleted_by_who_may(at_work: Connected, may_delete: bool, said: str) -> None:
    desk_of(at_work).may_delete = may_delete
    ticket_id = at_work.helpdesk.rehearse(at_work.owed(Action.CREATE)).ticket_id
    assert at_work.helpdesk.discard(ticket_id).startswith(said)
    assert at_work.state(ticket_id).standing == "closed"
