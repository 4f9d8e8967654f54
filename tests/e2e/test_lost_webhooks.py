"""Customers write while nobody can be told of it: Deskgate finds it all when it looks, and acts as if it were told."""

from __future__ import annotations

from tests.e2e.pair import CLOSED_ALWAYS, LIMITED, ROUND_THE_CLOCK, Pair

CLOSED = 4


def test_what_happened_while_the_webhook_address_was_wrong_is_found_by_a_look(pair: Pair):
    known = pair.desk.open_ticket(CLOSED_ALWAYS)
    assert pair.settled(known)["on_hold"] is True
    pair.desk.set_hooks([])
    try:
        routed, queued, over = (pair.desk.open_ticket(email) for email in (ROUND_THE_CLOCK, CLOSED_ALWAYS,
                                                                          CLOSED_ALWAYS))
        pair.desk.comment(over, "By mistake.", public=False, new_status=CLOSED)
        pair.desk.comment(known, "I am on it already.", public=True)
        worked = pair.desk.open_ticket(LIMITED)
        pair.desk.comment(worked, "Half an hour.", public=False, time_spent="00:30:00")
    finally:
        pair.desk.set_hooks([pair.hook])
    # The running worker looks too, by its own schedule: together they find all seven.
    assert "webhooks were missing and are taken in now" in pair.gateway.gateway("connection", "look", "desk")
    assert pair.settled(routed)["queue"] == pair.desk.queues["priority"]
    assert pair.settled(queued)["on_hold"] is True
    assert pair.until(known, lambda ticket: not ticket["on_hold"])["id"] == known
    assert (pair.decided(known)["reason"], pair.decided(over)["state"]) == ("taken_early", "withdrawn")
    assert pair.ours(pair.desk.ticket(over)) == []
    usage = pair.gateway.api("GET", "/usage?customer=Limited").json()["usage"]
    assert [each["seconds"] for each in usage].count(1800) == 1
    assert pair.gateway.gateway("connection", "look", "desk").startswith("0 of ")
