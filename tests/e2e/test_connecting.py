"""A connection to a real helpdesk is checked and rehearsed in, and nothing is left behind."""

from __future__ import annotations

from tests.e2e.pair import CLOSED_ALWAYS, Pair


def test_the_check_finds_everything_right_and_its_test_event_goes_the_whole_path(pair: Pair):
    told = pair.gateway.gateway("connection", "check", "desk")
    assert "BAD" not in told
    assert "test event: signed, verified, stored and answered with 200" in told


def test_a_rehearsal_does_the_whole_job_and_leaves_nothing_behind(pair: Pair):
    before = {ticket["id"] for ticket in pair.desk.tickets()}
    lines = pair.gateway.gateway("connection", "rehearse", "desk").splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        f"ok   {what}" for what in ("create", "route", "queue", "release", "reject", "clear up")]
    assert {ticket["id"] for ticket in pair.desk.tickets()} == before


def test_a_helpdesk_that_is_left_has_no_ticket_on_hold_and_no_mark_of_ours(pair: Pair):
    waiting = pair.desk.open_ticket(CLOSED_ALWAYS)
    assert pair.settled(waiting)["on_hold"] is True
    try:
        told = pair.gateway.gateway("connection", "detach", "desk")
        assert "marks taken off" in told
        ticket = pair.desk.ticket(waiting)
        assert (ticket["on_hold"], ticket["custom_entitlement"]) == (False, "-")
    finally:
        pair.gateway.gateway("connection", "resume", "desk")
        pair.gateway.gateway("connection", "mode", "desk", "enforce")
