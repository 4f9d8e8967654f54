"""The way to every helpdesk fails in every way: nothing is written twice or lost, and each failure has its kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.reasons import Outcome
from integrations import http
from tests.integrations.stories import REFUSAL, Connected, stood, words_of
from tests.standins.serving import Fault

CUT = Fault(applied=True)
"""The change is made, and the connection is cut before that is said."""
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


def undisturbed(desk: Connected, action: Action) -> object:
    """How a ticket ends when nothing goes wrong."""
    ticket_id = desk.queued() if action is Action.RELEASE else desk.bench.opens()
    desk.apply(desk.owed(action, ticket_id))
    return stood(desk.state(ticket_id))


# --- The end of a try is unknown -------------------------------------------------------------------------------------


@pytest.mark.parametrize("notice", ["reply", "tag"])
@pytest.mark.parametrize("reject", ["renewals", "close"])
@pytest.mark.parametrize("action", [Action.ROUTE, Action.QUEUE, Action.RELEASE, Action.REJECT])
def test_each_change_whose_answer_is_lost_is_made_once(desk_at_work: Connected, action: Action, reject: str,
                                                       notice: str) -> None:
    desk = desk_at_work.set(reject=reject, notice=notice)
    ticket_id = desk.queued() if action is Action.RELEASE else desk.bench.opens()
    desk.despite(desk.owed(action, ticket_id), CUT)
    desk.bench.serving.fault = None
    assert stood(desk.state(ticket_id)) == undisturbed(desk, action)


@pytest.mark.parametrize("fault", [
    Fault(), Fault(status=503, body="down"), Fault(applied=True, after=10), Fault(applied=True, status=502, body="?"),
    Fault(status=200, body="<html>Sign in</html>", headers=HTML)],
    ids=["cut before", "unavailable", "cut body", "gateway", "a page"])
def test_whatever_way_a_change_fails_it_is_made_once_in_the_end(desk_at_work: Connected, fault: Fault) -> None:
    desk = desk_at_work.set(notice="reply")
    ticket_id = desk.bench.opens()
    delivery, right = desk.owed(Action.QUEUE, ticket_id), undisturbed(desk, Action.QUEUE)
    for number in range(1, 4):
        desk.bench.serving.fault = replace(fault, times=1)
        failure = desk.tries(replace(delivery, try_number=number))
        assert failure in ("", "unknown", "temporary")
        assert failure or stood(desk.state(ticket_id)) == right, "it was said to be done, and is not"
    desk.bench.serving.fault = None
    desk.apply(replace(delivery, try_number=4))
    assert stood(desk.state(ticket_id)) == right


def test_wherever_a_try_is_cut_short_nothing_is_closed_whose_customer_was_not_told(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(reject="close", notice="reply")
    ticket_id = desk.bench.opens()
    for number in range(1, 8):
        desk.bench.serving.fault = replace(CUT, times=1)
        desk.tries(desk.owed(Action.REJECT, ticket_id, try_number=number))
        state = desk.state(ticket_id)
        assert state.standing != "closed" or REFUSAL in words_of(state.told)
    assert desk.state(ticket_id).standing == "closed"


def test_what_a_customer_would_read_twice_waits_until_the_earlier_try_is_over(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(notice="reply")
    ticket_id = desk.bench.opens()
    delivery = desk.owed(Action.QUEUE, ticket_id, repeat_from=desk.clock.now() + timedelta(minutes=5), try_number=2)
    with pytest.raises(DeliveryError) as caught:
        desk.apply(delivery)
    assert caught.value.kind == "early"
    assert desk.state(ticket_id).told == ()
    desk.clock.go_on(minutes=5)
    assert desk.apply(delivery).changed


@pytest.mark.parametrize("outcome", [Outcome.ROUTE, Outcome.QUEUE])
def test_a_ticket_whose_creation_was_not_answered_is_not_created_twice(desk_at_work: Connected,
                                                                       outcome: Outcome) -> None:
    desk = desk_at_work
    began = desk.clock.now() - timedelta(minutes=5)
    other = desk.bench.opens()
    receipt = desk.despite(desk.owed(Action.CREATE, outcome=outcome, release_at=desk.opening), CUT)
    desk.bench.serving.fault = None
    ours = {event.ticket_id for event in desk.helpdesk.find_changed(began) if event.marker == "dg-17"}
    assert ours == {receipt.ticket_id}
    assert other != receipt.ticket_id
    whole = desk.apply(desk.owed(Action.CREATE, outcome=outcome, release_at=desk.opening, marker="dg-18"))
    assert stood(desk.state(receipt.ticket_id)) == stood(desk.state(whole.ticket_id))


# --- Each failure has its kind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "kind"), [
    (400, "refused"), (401, "unauthorized"), (403, "unauthorized"), (404, "gone"), (409, "temporary"),
    (422, "refused"), (429, "temporary"), (500, "temporary"), (502, "unknown"), (503, "temporary")])
def test_each_refusal_of_a_change_has_its_kind(desk_at_work: Connected, status: int, kind: str) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    before = desk.state(ticket_id)
    error = desk.fails(Fault(status=status, body='{"error": "No."}', headers=JSON),
                       desk.owed(Action.QUEUE, ticket_id))
    assert (error.kind, error.status) == (kind, status)
    assert desk.config.token not in str(error)
    assert desk.state(ticket_id) == before


@pytest.mark.parametrize(("status", "kind"), [
    (401, "unauthorized"), (403, "unauthorized"), (404, "gone"), (429, "temporary"), (500, "temporary"),
    (502, "temporary")])
def test_each_refusal_of_a_look_has_its_kind(desk_at_work: Connected, status: int, kind: str) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    error = desk.fails(Fault(status=status, body='{"error": "No."}', headers=JSON, changes_only=False),
                       desk.owed(Action.QUEUE, ticket_id))
    assert (error.kind, error.status) == (kind, status)


@pytest.mark.parametrize("headers", [
    {"Retry-After": "120"}, {"Retry-After": "Mon, 09 Mar 2026 10:02:00 GMT"}, {"X-RateLimit-Retry-After": "120"},
    {"X-RateLimit-Reset": "2026-03-09T10:02:00Z"}, {"X-RateLimit-Reset": "1773050520"}],
    ids=["seconds", "date", "own", "instant", "unix"])
def test_a_busy_helpdesk_names_its_wait_in_whatever_form(desk_at_work: Connected, headers: dict[str, str]) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    error = desk.fails(Fault(status=429, headers=headers), desk.owed(Action.QUEUE, ticket_id))
    assert (error.is_busy, error.retry_after) == (True, 120.0)


@pytest.mark.parametrize(("changes_only", "kind"), [(True, "unknown"), (False, "temporary")])
def test_silence_is_not_waited_for_long(desk_at_work: Connected, monkeypatch: pytest.MonkeyPatch, changes_only: bool,
                                        kind: str) -> None:
    monkeypatch.setattr(http, "TIMES", (0.3, 0.2))
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    error = desk.fails(Fault(hang=1.0, changes_only=changes_only), desk.owed(Action.QUEUE, ticket_id))
    assert error.kind == kind


@pytest.mark.parametrize("body", ["<html>Back soon</html>", '{"id": 7, "que', "[]", '"7"'])
def test_an_unreadable_look_can_be_repeated_later(desk_at_work: Connected, body: str) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    error = desk.fails(Fault(status=200, body=body, changes_only=False), desk.owed(Action.QUEUE, ticket_id))
    assert error.kind == "temporary"


def test_a_page_is_no_answer_to_a_change(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    error = desk.fails(Fault(status=200, body="<html>Back soon</html>", headers=HTML),
                       desk.owed(Action.QUEUE, ticket_id))
    assert error.kind == "unknown"
