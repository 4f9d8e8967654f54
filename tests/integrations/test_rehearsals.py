"""A rehearsal in every helpdesk, step by step, and what is left of it however it ends."""

from __future__ import annotations

from entitlements.helpdesk import Author
from entitlements.steps.rehearse import Rehearsed, rehearse_in
from tests.integrations.stories import Connected
from tests.standins.bench import CUSTOMER
from tests.standins.serving import Fault

STEPS = ["create", "route", "queue", "release", "reject", "clear up"]


def rehearsed(desk: Connected) -> list[Rehearsed]:
    return list(rehearse_in(desk.helpdesk, "rehearsal@acme.example", "desk", desk.clock.now()))


def number_in(step: Rehearsed) -> str:
    return step.detail.split()[1]


def test_every_step_is_seen_to_have_been_done_and_to_stay(desk_at_work: Connected) -> None:
    found = rehearsed(desk_at_work)
    assert [(step.what, step.ok) for step in found] == [(what, True) for what in STEPS], found
    for step, group in zip(found[1:5], ("route", "queue", "route", "renewals"), strict=True):
        assert f"in {desk_at_work.groups[group]}" in step.detail
    state = desk_at_work.state(number_in(found[0]))
    assert not state.exists or state.standing == "closed"


def test_a_ticket_whose_answer_was_lost_is_cleared_up_or_can_be_looked_for(desk_at_work: Connected) -> None:
    """Some helpdesks need several calls for a new ticket; the last of them is cut after it has had its effect."""
    desk = desk_at_work
    desk.bench.serving.fault = Fault(applied=True)
    found = rehearsed(desk)
    assert found[0].what == "create"
    if not found[0].ok:
        assert found[-1].what == "clear up" or "look for" in found[0].detail
    for step in found:
        if step.what == "clear up":
            assert step.ok, step


def test_where_the_helpdesk_dies_half_way_the_number_is_told(desk_at_work: Connected) -> None:
    desk = desk_at_work
    steps = rehearse_in(desk.helpdesk, "rehearsal@acme.example", "desk", desk.clock.now())
    created = next(steps)
    desk.bench.serving.fault = Fault(status=503, times=99, changes_only=False)
    route, clear = steps
    assert (created.ok, route.what, route.ok) == (True, "route", False)
    assert (clear.what, clear.ok) == ("clear up", False)
    assert f"ticket {number_in(created)} is still there; remove it by hand" in clear.detail


def test_nothing_that_a_rehearsal_does_is_taken_for_a_ticket(desk_at_work: Connected) -> None:
    """Its webhooks tell of our own account, or lead to a ticket with the marker of a rehearsal."""
    desk = desk_at_work
    since = desk.clock.now()
    rehearsed(desk)
    for event in desk.helpdesk.find_changed(since):
        assert event.marker.startswith("dg-9") or event.author is Author.DESKGATE


def test_a_mail_that_comes_back_to_the_ticket_of_a_rehearsal_is_nobodys(desk_at_work: Connected) -> None:
    desk = desk_at_work
    since = desk.clock.now()
    steps = rehearse_in(desk.helpdesk, CUSTOMER, "desk", since)
    ticket_id = number_in(next(steps))
    desk.clock.go_on(minutes=1)
    desk.bench.customer_writes(ticket_id, "Undeliverable: please leave it alone")
    found = [event for event in desk.helpdesk.find_changed(since) if event.ticket_id == ticket_id]
    assert found
    assert all(event.marker.startswith("dg-9") for event in found), found
    steps.close()
