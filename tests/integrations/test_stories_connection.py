"""Connecting every helpdesk: what a check says, what the guide says, and that a rehearsal leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from tests.integrations.stories import Connected
from tests.standins.serving import Fault

ADDRESS = "https://deskgate.example/hooks/desk/secret-of-the-path"


def wrong(desk: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in desk.helpdesk.check() if not finding.ok}


# --- Checks ----------------------------------------------------------------------------------------------------------


def test_a_right_connection_is_found_right_and_nothing_is_written(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    before, writes = desk.state(ticket_id), desk.writes()
    findings = desk.helpdesk.check()
    assert [finding for finding in findings if not finding.ok] == []
    assert len({finding.what for finding in findings}) >= 4
    assert desk.state(ticket_id) == before
    assert desk.writes() == writes


def test_a_wrong_token_is_named(desk_at_work: Connected) -> None:
    desk = replace(desk_at_work, config=replace(desk_at_work.config, token="not-the-token:at-all"))
    found = wrong(desk)
    assert len(found) == 1, found
    assert "not-the-token" not in str(found)
    assert "--token" in str(found) or "token" in str(found).lower()


def test_a_missing_secret_is_named(desk_at_work: Connected) -> None:
    desk = replace(desk_at_work, config=replace(desk_at_work.config, secrets=()))
    assert any("secret" in name for name in wrong(desk))


@pytest.mark.parametrize("setting", ["route_group", "triage_group", "queue_group", "renewals_group"])
def test_a_group_that_is_not_there_is_named(desk_at_work: Connected, setting: str) -> None:
    desk = desk_at_work.set(**{setting: "No Such Group"})
    found = wrong(desk)
    assert list(found) == [setting]
    assert "No Such Group" in found[setting]


def test_a_group_of_one_reason_alone_is_looked_at_too(desk_at_work: Connected) -> None:
    desk = desk_at_work.set(**{"route_group.always_open": "No Such Group"})
    assert "No Such Group" in str(wrong(desk))


def test_a_field_that_is_not_there_is_named(desk_at_work: Connected) -> None:
    if "license_field" not in {setting.name for setting in desk_at_work.helpdesk.about.settings}:
        pytest.skip("this product has no custom fields")
    desk_at_work.bench.opens()
    desk = desk_at_work.set(license_field="no_such_field")
    found = wrong(desk)
    assert list(found) == ["license_field"]
    assert "no_such_field" in found["license_field"]


def test_clocks_that_differ_are_found(desk_at_work: Connected) -> None:
    desk = desk_at_work
    tools = replace(desk.tools, clock=type(desk.clock)("2026-03-09 10:05"))
    assert "clock" in wrong(replace(desk, tools=tools))


@pytest.mark.parametrize("fault", [
    Fault(status=404, body="<h1>Not Found</h1>"), Fault(status=200, body="<html>Welcome</html>"), Fault(status=503),
    Fault(status=302, headers={"Location": "https://elsewhere.example/"}), Fault()],
    ids=["not found", "a page", "down", "redirect", "cut"])
def test_an_address_that_is_not_the_api_is_found_and_never_raises(desk_at_work: Connected, fault: Fault) -> None:
    desk = desk_at_work
    desk.bench.serving.fault = replace(fault, times=99, changes_only=False)
    found = wrong(desk)
    assert found
    assert desk.config.token not in str(found)


def test_a_port_where_nobody_listens_is_found(desk_at_work: Connected) -> None:
    desk = replace(desk_at_work, config=replace(desk_at_work.config, url="http://127.0.0.1:9"))
    assert any("--url" in detail for detail in wrong(desk).values())


# --- The guide -------------------------------------------------------------------------------------------------------


def test_the_guide_says_what_to_do_with_our_address(desk_at_work: Connected) -> None:
    steps = desk_at_work.helpdesk.guide(ADDRESS)
    assert 2 <= len(steps) <= 12
    assert any(ADDRESS in step.paste + step.text for step in steps)
    assert all(step.title and step.text for step in steps)
    assert desk_at_work.config.token not in str(steps)
    assert desk_at_work.bench.serving.calls == []


def test_from_nothing_to_observe_takes_twelve_steps_at_most(desk_at_work: Connected) -> None:
    """Besides those of the guide: pick the kind, enter what is known, check, rehearse."""
    steps = desk_at_work.helpdesk.guide(ADDRESS)
    now = [step for step in steps if not step.is_later]
    assert 4 + len(now) <= 12, [step.title for step in now]
    assert list(steps[:len(now)]) == now


# --- Rehearsals ------------------------------------------------------------------------------------------------------


def test_a_rehearsal_leaves_nothing_behind(desk_at_work: Connected) -> None:
    desk = desk_at_work
    opening = desk.owed(Action.CREATE)
    receipt = desk.helpdesk.rehearse(opening)
    ticket_id = receipt.ticket_id
    assert "deskgate_rehearsal" in desk.state(ticket_id).tags
    assert not desk.helpdesk.ticket(ticket_id).is_closed
    desk.bring(Action.QUEUE, ticket_id)
    seen = desk.helpdesk.inspect(ticket_id)
    assert (seen.standing, seen.group, seen.notes) == ("held", desk.groups["queue"], 1)
    assert seen.tags >= {"deskgate_queued", "deskgate_rehearsal"}
    desk.bring(Action.RELEASE, ticket_id)
    assert desk.helpdesk.inspect(ticket_id).standing == "open"
    said = desk.helpdesk.discard(ticket_id)
    assert said
    assert not desk.state(ticket_id).exists or desk.state(ticket_id).standing == "closed"


def test_a_ticket_is_unmarked_without_a_trace(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bench.agent_tags(ticket_id, "vip")
    desk.bring(Action.ROUTE, ticket_id)
    assert desk.helpdesk.unmark(ticket_id)
    state = desk.state(ticket_id)
    assert state.tags == {"vip"}
    assert not any((state.fields or {}).values())
    assert not desk.helpdesk.unmark(ticket_id)


def test_a_ticket_that_is_not_there_cannot_be_inspected(desk_at_work: Connected) -> None:
    ticket_id = desk_at_work.bench.opens()
    desk_at_work.bench.deletes(ticket_id)
    for asks in (desk_at_work.helpdesk.inspect, desk_at_work.helpdesk.unmark):
        with pytest.raises(DeliveryError) as caught:
            asks(ticket_id)
        assert caught.value.kind == "gone"
