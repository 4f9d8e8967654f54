"""The main job, end to end, with a real helpdesk: what customers and agents see in django-helpdesk."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

import requests

from tests.e2e.pair import CLOSED_ALWAYS, EXPIRED, LIMITED, ROUND_THE_CLOCK, Pair, licenses
from tests.gateway import wait_until

CLOSED = 4
SOON = 15  # seconds: long enough to be seen on hold, on a busy machine too


def test_a_ticket_of_a_round_the_clock_customer_lands_in_its_queue_without_a_word(pair: Pair):
    number = pair.desk.open_ticket(ROUND_THE_CLOCK)
    ticket = pair.settled(number)
    assert ticket["queue"] == pair.desk.queues["priority"]
    assert ticket["on_hold"] is False
    assert pair.ours(ticket) == []
    assert ticket["custom_entitlement"] == "route (always_open)"


def test_a_ticket_of_a_closed_license_is_on_hold_with_the_opening_in_a_public_reply(pair: Pair):
    ticket = pair.settled(pair.desk.open_ticket(CLOSED_ALWAYS))
    assert ticket["on_hold"] is True
    public = [each["comment"] for each in pair.ours(ticket) if each["public"]]
    internal = [each["comment"] for each in pair.ours(ticket) if not each["public"]]
    assert len(public) == len(internal) == 1
    assert "at 09:00" in public[0]
    assert f"{pair.gateway.url}/tickets/" in internal[0]
    assert internal[0].count("/take") == 1
    assert any("at 09:00" in mail for mail in pair.desk.mails())


def test_a_queued_ticket_is_released_by_the_running_worker_when_the_window_opens(pair: Pair):
    opens = (datetime.now(timezone.utc) + timedelta(seconds=SOON)).replace(microsecond=0)
    closes = opens + timedelta(minutes=30)
    day = opens.strftime("%a").lower()
    today = opens.date()
    pair.gateway.import_licenses({
        "customer": "Soon", "contacts": ["it@soon.example"], "starts_on": str(today - timedelta(days=9)),
        "ends_on": str(today + timedelta(days=9)), "weekly": f"{day} {opens:%H:%M:%S}-{closes:%H:%M:%S}"})
    number = pair.desk.open_ticket("it@soon.example")
    assert pair.settled(number)["on_hold"] is True
    released = pair.until(number, lambda ticket: not ticket["on_hold"], 40)
    assert released["queue"] == pair.desk.queues["standard"]
    ours = pair.decided(number)
    assert (ours["state"], ours["reason"]) == ("routed", "within_hours")
    decisions = pair.gateway.api("GET", f"/tickets/{ours['id']}").json()["decisions"]
    made_at = datetime.fromisoformat(decisions[-1]["made_at"])
    assert timedelta(0) <= made_at - opens <= timedelta(seconds=1)


def test_an_expired_license_goes_to_renewals_with_a_public_word(pair: Pair):
    ticket = pair.settled(pair.desk.open_ticket(EXPIRED))
    assert ticket["queue"] == pair.desk.queues["no-cover"]
    assert ticket["status"] != CLOSED
    assert [each["public"] for each in pair.ours(ticket)] == [False, True]


def test_where_so_configured_a_reject_is_answered_and_closed(pair: Pair):
    ticket = pair.settled(pair.desk.open_ticket("it@cancelled.example"))
    assert ticket["status"] == CLOSED
    assert any(each["public"] and each["comment"] for each in pair.ours(ticket))
    time_of_close = len(ticket["followup_set"])
    assert len(pair.desk.ticket(int(ticket["id"]))["followup_set"]) == time_of_close


def test_time_logged_in_the_helpdesk_counts_once_and_the_next_ticket_waits_for_tomorrow(pair: Pair):
    first = pair.desk.open_ticket(LIMITED)
    pair.settled(first)
    pair.desk.comment(first, "Three hours of work.", public=False, time_spent="03:00:00")

    def used() -> bool:
        found = pair.gateway.api("GET", "/usage?customer=Limited").json()["usage"]
        return sum(each["seconds"] for each in found) == 3 * 3600

    wait_until(used, what="the usage")
    second = pair.settled(pair.desk.open_ticket(LIMITED))
    assert second["on_hold"] is True
    ours = pair.decided(int(second["id"]))
    tomorrow = datetime.now(timezone.utc).date() + timedelta(days=1)
    assert (ours["reason"], ours["release_at"]) == ("daily_limit_reached", f"{tomorrow}T00:00:00Z")
    assert used()


def test_an_agent_who_answers_a_queued_ticket_early_wins(pair: Pair):
    number = pair.desk.open_ticket(CLOSED_ALWAYS)
    queued = pair.settled(number)
    words = len(pair.ours(queued))
    pair.desk.comment(number, "I am on it already.", user="agent", public=True)
    ours = wait_until(lambda: (found := pair.decided(number))["state"] == "routed" and found, what="taking early")
    assert ours["reason"] == "taken_early"
    ticket = pair.until(number, lambda ticket: not ticket["on_hold"])
    assert len(pair.ours(ticket)) == words


def test_our_own_writes_do_not_loop(pair: Pair):
    number = pair.desk.open_ticket(EXPIRED)
    before = pair.settled(number)
    ours = pair.decided(number)["id"]
    decisions = len(pair.gateway.api("GET", f"/tickets/{ours}").json()["decisions"])
    pair.settled(pair.desk.open_ticket(ROUND_THE_CLOCK))
    after = pair.desk.ticket(number)
    assert len(after["followup_set"]) == len(before["followup_set"])
    assert len(pair.gateway.api("GET", f"/tickets/{ours}").json()["decisions"]) == decisions == 1


def test_a_repeated_webhook_changes_nothing(pair: Pair):


    number = pair.desk.open_ticket(ROUND_THE_CLOCK)
    before = pair.settled(number)
    answers = {requests.post(pair.hook, json={"ticket": before, "queue_slug": "inbox"}, timeout=10).content
               for _ in range(3)}
    assert len(answers) == 1
    assert pair.desk.ticket(number) == before
    assert len([each for each in pair.gateway.api("GET", "/tickets?limit=200").json()["tickets"]
                if each["remote_id"] == str(number)]) == 1


def test_a_helpdesk_that_is_down_for_ten_seconds_loses_nothing(pair: Pair):
    pair.gateway.gateway("connection", "pause", "desk")
    numbers = [pair.desk.open_ticket(email) for email in (ROUND_THE_CLOCK, CLOSED_ALWAYS, EXPIRED)]
    for number in numbers:
        pair.decided(number)
    pair.desk.stop()
    pair.gateway.gateway("connection", "resume", "desk")
    back = threading.Timer(10, pair.desk.start)
    back.start()
    ours = pair.gateway.api("GET", "/deliveries?state=waiting").json()["deliveries"]
    assert ours
    back.join()
    time_up = time.monotonic() + 60
    while pair.gateway.api("GET", "/deliveries?state=waiting").json()["deliveries"]:
        assert time.monotonic() < time_up, "deliveries are still waiting"
        time.sleep(0.2)
    routed, queued, rejected = (pair.settled(number) for number in numbers)
    assert routed["queue"] == pair.desk.queues["priority"]
    assert queued["on_hold"] is True
    assert rejected["queue"] == pair.desk.queues["no-cover"]
    assert [len(pair.ours(ticket)) for ticket in (routed, rejected)] == [0, 2]


def test_a_ticket_by_rest_is_created_in_the_helpdesk(pair: Pair):
    answer = pair.gateway.api("POST", "/tickets", {"contact": ROUND_THE_CLOCK, "subject": "By REST",
                                                   "description": "Please help.", "severity": "urgent"})
    assert answer.status_code == 201
    ours = answer.json()["ticket"]
    found = wait_until(lambda: pair.gateway.api("GET", f"/tickets/{ours}").json()["remote_id"], what="creating")
    ticket = pair.desk.ticket(int(found))
    assert (ticket["title"], ticket["priority"], ticket["queue"]) == ("By REST", 1, pair.desk.queues["priority"])


def test_in_observe_not_one_write_is_made(pair: Pair):
    pair.gateway.gateway("connection", "mode", "desk", "observe")
    try:
        number = pair.desk.open_ticket(CLOSED_ALWAYS)
        assert pair.decided(number)["state"] == "queued"
        ticket = pair.desk.ticket(number)
        assert ticket["on_hold"] is False
        assert pair.ours(ticket) == []
        ours = pair.decided(number)["id"]
        assert pair.gateway.api("GET", f"/tickets/{ours}").json()["deliveries"] == []
    finally:
        pair.gateway.gateway("connection", "mode", "desk", "enforce")


def test_a_description_does_the_same_without_an_adapter_of_its_own(pair: Pair):
    desk, patient = pair.desk, "it@patient.example"
    pair.gateway.import_licenses({**licenses()[0], "customer": "Patient", "contacts": [patient]})
    with pair.described():
        always, closed, expired = (desk.open_ticket(email) for email in (ROUND_THE_CLOCK, patient, EXPIRED))
        routed, queued, rejected = (pair.settled(number) for number in (always, closed, expired))
        assert routed["queue"] == desk.queues["priority"]
        assert pair.ours(routed) == []
        assert "deskgate_always_open" in routed["custom_deskgate_tags"]
        assert queued["on_hold"] is True
        assert [each["public"] for each in pair.ours(queued)] == [False, True]
        assert rejected["queue"] == desk.queues["no-cover"]
        desk.comment(closed, "I am on it already.", user="agent", public=True)
        freed = pair.until(closed, lambda ticket: not ticket["on_hold"])
        assert len(pair.ours(freed)) == 2
        assert pair.decided(closed)["reason"] == "taken_early"
