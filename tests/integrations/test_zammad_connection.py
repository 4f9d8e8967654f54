"""What a check of a Zammad connection finds: each misconfiguration that Zammad lets us see is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from integrations.tools import Tools
from integrations.zammad import Zammad
from tests.fakes import FakeClock
from tests.integrations.parts import a_config
from tests.integrations.stories import Connected, connected
from tests.standins.serving import Fault
from tests.standins.zammad import SECRET, ZammadBench
from tests.standins.zammad_desk import ZammadDesk

HOOK = {"id": 4, "name": "Deskgate", "endpoint": "https://deskgate.example/hooks/desk", "signature_token": SECRET,
        "active": True}
TRIGGERS = [{"id": number, "name": f"deskgate: {name}", "active": True, "activator": "action",
             "execution_condition_mode": mode, "perform": {"notification.webhook": {"webhook_id": "4"}}}
            for number, (name, mode) in enumerate({"created": "selective", "closed": "always", "reopened": "always",
                                                   "updated": "always"}.items(), 9)]


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    """With a token that may see everything, a webhook and its triggers."""
    bench = ZammadBench(clock)
    bench.desk.admin = True
    bench.desk.webhooks, bench.desk.triggers = [dict(HOOK)], [dict(each) for each in TRIGGERS]
    bench.serving.go_by(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def wrong(at_work: Connected) -> dict[str, str]:
    return {finding.what: finding.detail for finding in at_work.helpdesk.check() if not finding.ok}


def desk_of(at_work: Connected) -> ZammadDesk:
    assert isinstance(at_work.bench, ZammadBench)
    return at_work.bench.desk


def test_a_right_connection_names_the_triggers_that_send(at_work: Connected) -> None:
    found = {finding.what: finding for finding in at_work.helpdesk.check()}
    assert all(finding.ok for finding in found.values())
    assert found["webhook"].detail == ("sent by the triggers deskgate: created, deskgate: closed, deskgate: reopened, "
                                       "deskgate: updated")
    assert found["token"].detail == "accepted, as deskgate@support.example"


def test_access_may_come_with_a_role(at_work: Connected) -> None:
    """Older versions tell which; recent ones only which groups a ticket can be created in."""
    desk = desk_of(at_work)
    desk.access_by_role, desk.access = dict(desk.access), {}
    for desk.tells_roles in (True, False):
        assert wrong(at_work) == {}
        assert wrong(at_work.set(route_group="2")) == {}
    desk.access_by_role["Sales"] = ["read"]
    for desk.tells_roles in (True, False):
        at_work.tools.memory.forget(at_work.helpdesk.api.groups_key)  # type: ignore[attr-defined]
        assert list(wrong(at_work)) == ["renewals_group"]


def test_a_secret_that_zammad_does_not_show_is_not_called_wrong(at_work: Connected) -> None:
    desk_of(at_work).webhooks[0]["signature_token"] = "**********"
    assert wrong(at_work) == {}


@pytest.mark.parametrize(("breaks", "what", "says"), [
    (lambda desk: desk.access.clear(), "token", "agent in no group"),
    (lambda desk: desk.access.pop("Sales"), "renewals_group", "no access"),
    (lambda desk: desk.access.update(Waiting=["read"]), "queue_group", "may only read"),
    (lambda desk: desk.groups[3].update(active=False), "triage_group", "not active"),
    (lambda desk: desk.groups[4].update(email_address_id=None), "queue_group", "no email address"),
    (lambda desk: desk.attribute_types.update(deskgate_outcome="boolean"), "outcome_field", "is a boolean"),
    (lambda desk: desk.attribute_types.pop("deskgate_outcome"), "outcome_field", "have no attribute"),
    (lambda desk: desk.webhooks.clear(), "webhook", "no webhook leads to /hooks/desk"),
    (lambda desk: desk.webhooks[0].update(active=False), "webhook", "not active"),
    (lambda desk: desk.webhooks[0].update(signature_token=""), "webhook", "does not sign"),
    (lambda desk: desk.webhooks[0].update(signature_token="another"), "webhook", "another token"),
    (lambda desk: desk.triggers.clear(), "webhook", "no trigger sends it"),
    (lambda desk: desk.triggers[0].update(active=False), "webhook", "no trigger deskgate: created sends it"),
    (lambda desk: desk.triggers[2].update(name="Reopened"), "webhook", "no trigger deskgate: reopened sends it"),
    (lambda desk: desk.triggers[3].update(execution_condition_mode="selective"), "webhook", "execution to Always"),
    (lambda desk: setattr(desk, "may_work", False), "token", "lacks a permission")])
def test_what_is_wrong_over_there_is_named(at_work: Connected, breaks: Callable[[ZammadDesk], object], what: str,
                                           says: str) -> None:
    breaks(desk_of(at_work))
    found = wrong(at_work)
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize(("settings", "what", "says"), [
    ({"queue_status": "on ice"}, "queue_status", "no state on ice"),
    ({"queue_status": "open"}, "queue_status", "must be pending reminder or pending action"),
    ({"route_status": "closed"}, "route_status", "must be open"),
    ({"route_status": "new"}, "route_status", "must be open"),
    ({"reject_status": "merged"}, "reject_status", "must be closed"),
    ({"closed_states": "spam"}, "closed_states", "no state spam"),
    ({"urgent_priority": "4 urgent"}, "urgent_priority", "no priority 4 urgent"),
    ({"product_field": "produkt"}, "product_field", "no attribute produkt"),
    ({"route_group": "service desk"}, "route_group", "no group service desk"),
    ({"route_group": "99"}, "route_group", "no group 99")])
def test_what_is_wrong_here_is_named(at_work: Connected, settings: dict[str, str], what: str, says: str) -> None:
    found = wrong(at_work.set(**settings))
    assert list(found) == [what]
    assert says in found[what]


@pytest.mark.parametrize(("status", "error", "says"), [
    (401, "Can't find User for Token", "make a new one"), (401, "Not authorized (token expired)!", "make a new one"),
    (403, "Maintenance mode enabled!", "maintenance mode"),
    (403, "API token access disabled!", "Token Access"), (403, "Token authorization failed.", "lacks a permission"),
    (403, "Authentication required", "make a new one")])
def test_each_way_of_not_being_let_in_is_told_apart(at_work: Connected, status: int, error: str, says: str) -> None:
    at_work.bench.serving.fault = Fault(status=status, body=f'{{"error": "{error}"}}', changes_only=False, times=9,
                                        headers={"Content-Type": "application/json"})
    found = wrong(at_work)
    assert list(found) == ["token"]
    assert says in found["token"]


def test_another_system_at_the_address_is_no_zammad(at_work: Connected) -> None:
    at_work.bench.serving.fault = Fault(status=200, body='{"hello": 1}', changes_only=False, times=9)
    assert "not as Zammad does" in wrong(at_work)["address"]


def test_without_any_ticket_an_agents_token_cannot_tell_whether_attributes_exist(at_work: Connected) -> None:
    desk_of(at_work).admin = False
    at_work = at_work.set(license_field="nowhere")
    assert wrong(at_work) == {}
    at_work.bench.opens()
    assert list(wrong(at_work)) == ["license_field"]


def test_the_guide_prescribes_the_names_of_the_triggers_by_which_we_tell_what_happened(tools: Tools) -> None:
    desk = Zammad(a_config("zammad", {"notice": "tag", "notice_field": "deskgate_notice"}), tools)
    steps = desk.guide("https://deskgate.example/hooks/desk")
    pasted = [step.paste for step in steps]
    for name in ("deskgate: created", "deskgate: closed", "deskgate: reopened", "deskgate: updated"):
        assert name in pasted
    assert pasted.index("deskgate: reopened") < pasted.index("deskgate: updated")
    assert any("#{ticket.deskgate_notice}" in step.text for step in steps)
    assert sum("Action execution: Always" in step.text for step in steps) == 4
    assert len(steps) <= 12


def test_what_was_remembered_of_one_connection_is_not_another_ones(at_work: Connected) -> None:
    other = replace(at_work, config=replace(at_work.config, token="another-token"))
    at_work.helpdesk.check()
    assert list(wrong(other)) == ["token"]
