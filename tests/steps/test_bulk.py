"""A helpdesk that takes many changes in one call: what one call tells is learned once, and takes one pair of hands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, Limits, Receipt
from entitlements.rules.circuit import OPENS_AFTER
from entitlements.rules.pacing import PACE_REGAINED
from entitlements.steps.claims import Trying
from entitlements.steps.deliver import deliver
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.release import release_due
from entitlements.steps.tidy import beat
from entitlements.store import tables
from entitlements.store.database import transaction
from tests.builders import utc
from tests.steps.house import IT, OPS, Handed, House

MANY = 12
BY = Trying("test")
SUNDAY, OPENING = utc("2026-03-08 12:00"), utc("2026-03-09 08:00")


@pytest.fixture
def herd(house: House) -> House:
    """Twelve tickets are due to be let go, and the helpdesk takes ten in a call."""
    house.helpdesk.limits = lambda: Limits(bulk=10)  # type: ignore[method-assign]
    house.clock.at = SUNDAY
    for number in range(MANY):
        house.created(str(number), IT)
    house.work()
    house.clock.at = OPENING
    release_due(house.deskgate)
    return house


def connection(house: House) -> tables.Connection:
    return house.rows(tables.Connection)[0]


def test_calls_on_their_way_take_hands_and_not_the_tickets_in_them(herd: House):
    dispatcher = Dispatcher(herd.deskgate, "test")

    def handed_over() -> list[int]:
        beat("test", herd.clock.now(), 3)
        hands = Handed()
        dispatcher.dispatch(hands)
        return [len(batch) for batch in hands.batches]

    assert handed_over() == [10, 2]
    herd.created("live", OPS)
    assert handed_over() == [1]
    herd.created("too many", OPS)
    assert handed_over() == []


def test_a_call_that_finds_nobody_counts_once_however_many_tickets_were_in_it(herd: House):
    def fail(_deliveries: Sequence[Delivery]) -> Sequence[Receipt]:
        raise DeliveryError("no answer", status=503)

    herd.helpdesk.apply_all = fail  # type: ignore[attr-defined]
    batch = herd.claim()[0]
    assert deliver(batch, herd.deskgate, BY) == ["waiting"] * 10
    assert (connection(herd).failures, connection(herd).broken_since) == (1, None)
    assert OPENS_AFTER > 1
    assert [row.tries for row in herd.rows(tables.Delivery) if row.tries] == [1] * 10


def test_a_pace_comes_back_call_by_call(herd: House):
    herd.helpdesk.apply_all = lambda many: [herd.helpdesk.apply(each) for each in many]  # type: ignore[attr-defined]
    with transaction():
        connection(herd).pace = 0.5
    assert deliver(herd.claim()[0], herd.deskgate, BY) == ["done"] * 10
    assert connection(herd).pace == 0.5 + PACE_REGAINED
