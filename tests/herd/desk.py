"""A helpdesk that allows so many changes a minute to all who use it, and counts who was refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, Limits, Quota, Receipt
from tests.fakes import FakeClock, FakeHelpdesk

MINUTE = timedelta(minutes=1)


class LimitedDesk(FakeHelpdesk):
    """Takes `per_minute` changes within any sixty seconds, a call for many tickets counting as one.

    Nothing is limited before it opens, so that a weekend is soon played.
    """

    def __init__(self, clock: FakeClock, per_minute: int, bulk: int, tells: bool):
        super().__init__()
        self.is_open = False
        self.out_at: dict[str, datetime] = {}
        self.refused_us = self.refused_agents = self.busiest = 0
        self._clock, self._per_minute, self._bulk, self._tells = clock, per_minute, bulk, tells
        self._calls: deque[datetime] = deque()

    def limits(self) -> Limits:
        return Limits(per_minute=self._per_minute if self.is_open else None, bulk=self._bulk)

    def apply(self, delivery: Delivery) -> Receipt:
        self._require_room()
        return self._carry_out(delivery)

    def apply_all(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | DeliveryError]:
        assert len(deliveries) <= self._bulk
        self._require_room()
        return [self._carry_out(delivery) for delivery in deliveries]

    def agents_work(self, changes: int) -> None:
        """Agents make so many changes now."""
        for _ in range(changes):
            self.refused_agents += not self._counts()

    def _require_room(self) -> None:
        if not self._counts():
            self.refused_us += 1
            raise DeliveryError("too many", status=429, retry_after=5)

    def _counts(self) -> bool:
        now = self._clock.now()
        while self._calls and self._calls[0] <= now - MINUTE:
            self._calls.popleft()
        if self.is_open and len(self._calls) >= self._per_minute:
            return False
        self._calls.append(now)
        self.busiest = max(self.busiest, len(self._calls))
        return True

    def _carry_out(self, delivery: Delivery) -> Receipt:
        self.applied.append(delivery)
        self.out_at[delivery.ticket_id] = self._clock.now()
        quota = Quota(self._per_minute, self._per_minute - len(self._calls)) if self._tells and self.is_open else None
        return Receipt(delivery.ticket_id, changed=True, detail="done", quota=quota)
