"""An outage: what a helpdesk answers while it is gone, what was asked of it meanwhile, and how soon all is made up."""

from __future__ import annotations

from datetime import datetime, timedelta

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, Receipt
from entitlements.store import tables
from tests.steps.house import OPS, House

KINDS = {"refuses": DeliveryError("connection refused"), "hangs": DeliveryError("no answer", kind="unknown"),
         "answers 503": DeliveryError("no", status=503), "speaks HTML": DeliveryError("?", kind="unknown", status=200)}
STEP = timedelta(seconds=10)


class Outage:
    """A helpdesk that is gone until it is back, and the calls that it has seen meanwhile."""

    def __init__(self, house: House, trouble: DeliveryError):
        self.house, self.trouble = house, trouble
        self.calls: list[datetime] = []
        self.apply, house.helpdesk.apply = house.helpdesk.apply, self.fail  # type: ignore[method-assign]

    def fail(self, _delivery: Delivery) -> Receipt:
        self.calls.append(self.house.clock.now())
        raise self.trouble

    def end(self) -> None:
        self.house.helpdesk.apply = self.apply  # type: ignore[method-assign]

    def lasts(self, step: timedelta = STEP, **length: float) -> None:
        """Time goes on while the worker works."""
        until = self.house.clock.now() + timedelta(**length)
        while self.house.clock.now() < until:
            self.house.work(1)
            self.house.clock.at += step

    def shortest_pause(self) -> timedelta:
        """The least time between two calls once the helpdesk counted as gone."""
        since = self.house.rows(tables.Connection)[0].broken_since
        after = [at for at in self.calls if since is not None and at > since]
        return min((later - earlier for earlier, later in zip(after, after[1:], strict=False)), default=timedelta.max)

    def made_up_after(self, patience: timedelta) -> timedelta | None:
        """End it, and work on. How long until everything is delivered, or None when that takes too long."""
        self.end()
        back = self.house.clock.now()
        while self.house.clock.now() - back <= patience:
            self.house.work(2)
            if {row.state for row in self.house.rows(tables.Delivery)} == {"done"}:
                return self.house.clock.now() - back
            self.house.clock.at += STEP
        return None


def some_tickets(house: House, count: int, since: int = 0) -> None:
    """Tickets of a customer who is served round the clock, numbered on from `since`."""
    for number in range(since, since + count):
        house.created(str(number), OPS)
