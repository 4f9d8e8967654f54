"""Connecting a Request Tracker: each thing that is often wrong is named, and the guide leaves nothing to be guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.integrations.tracker import Tracking
from tests.standins.request_tracker import TAGS
from tests.standins.request_tracker_state import OUR_PASSWORD, US, Tracker

ADDRESS = "https://deskgate.example/hooks/desk"


def field(tracker: Tracker, name: str, **what: object) -> None:
    found = next(each for each in tracker.fields if each.name == name)
    for attribute, value in what.items():
        setattr(found, attribute, value)


WRONG: dict[str, tuple[Callable[[Tracker], object], str, str]] = {
    "an account without rights": (lambda tracker: setattr(tracker.users[US], "is_staff", False), "account",
                                  "not privileged"),
    "a disabled queue": (lambda tracker: setattr(tracker.queues[1], "disabled", True), "route_group", "disabled"),
    "no right to create": (lambda tracker: setattr(tracker.queues[2], "may_create", False), "triage_group",
                           "CreateTicket"),
    "one value for tags": (lambda tracker: field(tracker, TAGS, is_list=False), "tags_field", "multiple values"),
    "many values for one": (lambda tracker: field(tracker, "Deskgate outcome", is_list=True), "outcome_field",
                            "one value"),
    "a field of dates": (lambda tracker: field(tracker, "Deskgate outcome", type="Date"), "outcome_field",
                         "the type Date"),
    "a disabled field": (lambda tracker: field(tracker, TAGS, disabled=True), "tags_field", "disabled"),
    "a field of other queues": (lambda tracker: field(tracker, TAGS, not_in=("Waiting",)), "tags_field",
                                "does not apply to queue Waiting"),
    "no right to reply": (lambda tracker: tracker.rights.discard("correspond"), "ReplyToTicket", "lacks the right"),
    "no right to comment": (lambda tracker: tracker.rights.discard("comment"), "CommentOnTicket", "lacks the right"),
    "no right to change": (lambda tracker: tracker.rights.discard("lifecycle"), "ModifyTicket", "lacks the right"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_thing_that_is_often_wrong_is_named_alone(tracking: Tracking, name: str) -> None:
    tracking.bench.opens()
    spoil, what, says = WRONG[name]
    spoil(tracking.tracker)
    found = tracking.wrong()
    assert list(found) == [what]
    assert says in found[what]


def test_a_field_that_is_only_read_may_be_of_any_type(tracking: Tracking) -> None:
    tracking.bench.opens()
    field(tracking.tracker, "Product", type="Select", is_list=True)
    assert tracking.set(product_field="Product").wrong() == {}


@pytest.mark.parametrize("token", ["1-14-wrong", "deskgate:wrong", "", "14"])
def test_a_token_that_is_not_accepted_is_all_that_is_said(tracking: Tracking, token: str) -> None:
    found = replace(tracking, config=replace(tracking.config, token=token)).wrong()
    assert list(found) == ["token"]
    assert "not accepted" in found["token"]


def test_a_user_and_password_will_do(tracking: Tracking) -> None:
    tracking.bench.opens()
    desk = replace(tracking, config=replace(tracking.config, token=f"{US}:{OUR_PASSWORD}"))
    assert desk.wrong() == {}


def test_a_status_that_a_lifecycle_lacks_is_named_where_lifecycles_are_shown(tracking: Tracking) -> None:
    desk = tracking.set(queue_status="parked")
    assert "lifecycle default has no status parked" in desk.wrong()["queue_status"]
    tracking.bench.front.shows_lifecycles = False
    assert desk.wrong() == {}


def test_the_guide_prints_a_scrip_that_tells_of_our_fields(tracking: Tracking) -> None:
    desk = tracking.set(release_field="Deskgate release", external_id_field="Contract")
    steps = desk.helpdesk.guide(ADDRESS)
    scrip = next(step.paste for step in steps if "hmac_sha256" in step.paste)
    assert f"my $url    = '{ADDRESS}';" in scrip
    assert "my @names  = ('Contract', 'Deskgate outcome', 'Deskgate tags');" in scrip
    assert "'whsec_...'" in scrip
    assert all(secret not in str(steps) for secret in desk.config.secrets)


def test_the_guide_has_others_wait_for_our_mark_and_tickets_wake_without_us(tracking: Tracking) -> None:
    pastes = "\n".join(step.paste for step in tracking.set(release_field="Deskgate release").helpdesk.guide(ADDRESS))
    assert "'CF.{Deskgate tags}' = 'deskgate_routed'" in pastes
    assert "'CF.{Deskgate tags}' IS NULL AND Created < '15 minutes ago'" in pastes
    assert "'CF.{Deskgate tags}' = 'deskgate_queued' AND Status != 'stalled'" in pastes
    assert "'CF.{Deskgate tags}' = 'deskgate_queued' AND 'CF.{Deskgate release}' < '$(date -u" in pastes
    assert "deskgate_tell_queued" in pastes


def test_without_tags_the_guide_goes_by_the_outcome(tracking: Tracking) -> None:
    steps = tracking.set(tags_field="", notice="reply").helpdesk.guide(ADDRESS)
    assert any("'CF.{Deskgate outcome}' = 'route'" in step.paste for step in steps)
    assert any("Set release_field" in step.text for step in steps)
    assert "deskgate_" not in "".join(step.paste for step in steps)
