"""The leave to write to helpdesks: who was stopped for too long has none, even once it has said that it is alive."""

from __future__ import annotations

import pytest

from entitlements.engine import lease
from entitlements.engine.lease import Lease
from entitlements.errors import DeliveryError


class Ticking:
    """Stands in for `time`."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    ticking = Ticking()
    monkeypatch.setattr(lease, "time", ticking)
    return ticking


def test_each_sign_of_life_prolongs_the_leave(time: Ticking) -> None:
    mine = Lease()
    mine.renew(time.monotonic())
    permit = mine.permit()
    for _ in range(10):
        time.at += 3
        permit()
        mine.renew(time.monotonic())
    permit()


def test_it_ends_before_others_act(time: Ticking) -> None:
    mine = Lease()
    mine.renew(time.monotonic())
    permit = mine.permit()
    time.at += 4.5
    with pytest.raises(DeliveryError, match="silent for too long"):
        permit()


def test_a_sign_of_life_after_it_ran_out_gives_no_leave_for_what_was_begun_before(time: Ticking) -> None:
    mine = Lease()
    mine.renew(time.monotonic())
    before = mine.permit()
    time.at += 60
    mine.renew(time.monotonic())
    with pytest.raises(DeliveryError):
        before()
    mine.permit()()


def test_before_the_first_sign_of_life_there_is_none(time: Ticking) -> None:
    with pytest.raises(DeliveryError):
        Lease().permit()()
