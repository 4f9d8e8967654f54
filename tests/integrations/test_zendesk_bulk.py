"""Many releases in one call: a job of Zendesk's, looked at a few times and never waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Delivery, Receipt
from integrations.zendesk import Zendesk
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import bench_of
from tests.standins.serving import Fault


@pytest.fixture
def herd(desk_zendesk: Connected) -> Connected:
    return desk_zendesk.set(bulk="on")


def releases(desk: Connected, count: int = 3) -> list[Delivery]:
    tickets = [desk.queued() for _ in range(count)]
    desk.bench.serving.calls.clear()
    return [replace(desk.owed(Action.RELEASE, ticket_id), id=number) for number, ticket_id in enumerate(tickets)]


def out(desk: Connected, deliveries: list[Delivery]) -> list[Receipt | DeliveryError]:
    helpdesk = desk.helpdesk
    assert isinstance(helpdesk, Zendesk)
    return list(helpdesk.apply_all(deliveries))


def changes(desk: Connected) -> list[str]:
    return [path for method, path in desk.bench.serving.calls if method == "PUT"]


def test_batches_are_taken_only_where_that_is_switched_on(herd: Connected) -> None:
    assert herd.helpdesk.limits().bulk == 25
    assert herd.set(bulk="off").helpdesk.limits().bulk == 1


def test_tickets_that_are_released_alike_take_one_change(herd: Connected) -> None:
    deliveries = releases(herd)
    results = out(herd, deliveries)
    assert [isinstance(each, Receipt) and each.changed for each in results] == [True] * 3
    assert changes(herd) == ["/api/v2/tickets/update_many"]
    for delivery in deliveries:
        state = herd.state(delivery.ticket_id)
        assert (state.standing, state.group) == ("open", "Support")
        assert "deskgate_routed" in state.tags
        assert "deskgate_queued" not in state.tags


def test_what_people_tag_while_the_job_waits_is_kept(herd: Connected) -> None:
    deliveries = releases(herd)
    herd.bench.agent_tags(deliveries[0].ticket_id, "vip")
    out(herd, deliveries)
    assert "vip" in herd.state(deliveries[0].ticket_id).tags
    assert "vip" not in herd.state(deliveries[1].ticket_id).tags


def test_what_is_taken_closed_or_gone_comes_to_an_end_of_its_own(herd: Connected) -> None:
    deliveries = releases(herd, 5)
    herd.bench.agent_takes(deliveries[0].ticket_id)
    herd.bench.agent_closes(deliveries[1].ticket_id)
    herd.bench.deletes(deliveries[2].ticket_id)
    taken, closed, gone, *released = out(herd, deliveries)
    assert isinstance(taken, Receipt)
    assert isinstance(closed, Receipt)
    assert (taken.overtaken, closed.overtaken, closed.changed) == (True, True, False)
    assert isinstance(gone, DeliveryError)
    assert gone.kind == "gone"
    assert all(isinstance(each, Receipt) and each.changed and not each.overtaken for each in released)


def test_a_job_that_has_not_ended_is_of_unknown_end_and_found_done_later(herd: Connected) -> None:
    bench_of(herd).api.job_looks = 99
    deliveries = releases(herd)
    results = out(herd, deliveries)
    assert [isinstance(each, DeliveryError) and each.kind for each in results] == ["unknown"] * 3
    assert "is queued" in str(results[0])
    again = out(herd, [replace(each, try_number=2) for each in deliveries])
    assert [isinstance(each, Receipt) and not each.changed for each in again] == [True] * 3
    assert changes(herd) == ["/api/v2/tickets/update_many"]


def test_a_job_that_ends_while_it_is_looked_at_is_done(herd: Connected) -> None:
    bench_of(herd).api.job_looks = 2
    assert all(isinstance(each, Receipt) for each in out(herd, releases(herd)))


def test_a_ticket_that_the_job_could_not_change_says_why(herd: Connected) -> None:
    deliveries = releases(herd)
    account = bench_of(herd).account
    update = account.update

    def close_first(number: int, *args: object, **more: object) -> object:
        if str(number) == deliveries[1].ticket_id:
            account.tickets[number]["status"] = "closed"
        return update(number, *args, **more)  # type: ignore[arg-type]

    account.update = close_first  # type: ignore[assignment,method-assign]
    done, refused, other = out(herd, deliveries)
    assert isinstance(refused, DeliveryError)
    assert (refused.kind, "closed prevents ticket update" in str(refused)) == ("refused", True)
    assert isinstance(done, Receipt)
    assert isinstance(other, Receipt)


@pytest.mark.parametrize(("fault", "kind"), [
    (Fault(status=429, headers={"Retry-After": "9"}), "temporary"), (Fault(applied=True), "unknown")])
def test_a_call_that_fails_fails_for_all_of_its_tickets(herd: Connected, fault: Fault, kind: str) -> None:
    deliveries = releases(herd)
    herd.bench.serving.fault = fault
    assert [isinstance(each, DeliveryError) and each.kind for each in out(herd, deliveries)] == [kind] * 3


def test_everything_else_in_a_batch_is_done_for_itself(herd: Connected) -> None:
    deliveries = releases(herd, 2)
    ticket_id = herd.bench.opens()
    mixed = [deliveries[0], replace(herd.owed(Action.QUEUE, ticket_id), id=7), deliveries[1]]
    results = out(herd, mixed)
    assert [isinstance(each, Receipt) and each.ticket_id for each in results] == [each.ticket_id for each in mixed]
    assert herd.state(ticket_id).standing == "held"
