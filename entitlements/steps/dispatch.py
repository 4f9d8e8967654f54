"""Handing over what is due: in fair order, and no more than each helpdesk takes at present.

One worker at a time does this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from entitlements.rules.circuit import Circuit
from entitlements.rules.fair import Turns
from entitlements.steps.claims import SILENT_FOR, Batch, Claim
from entitlements.steps.context import Deskgate
from entitlements.steps.pace import AT_ONCE_WHEN_SHAKY, Pace, shares
from entitlements.store import tables
from entitlements.store.connections import circuit_of, set_circuit
from entitlements.store.database import transaction
from entitlements.store.deliveries import (
    being_sent,
    capacity,
    claim,
    connections_with_due,
    due_next,
    is_any_due,
    on_their_way,
    some_deliveries,
)


class Hands(Protocol):
    """Those who make deliveries."""

    def hand_over(self, batches: Sequence[Batch]) -> None:
        """Take batches on, inside the transaction that claims them."""

    def begin(self) -> None:
        """Begin with what was handed over: the transaction is committed."""


class Dispatcher:
    """Hands due deliveries over to those who make them. `claimant` is whose they are at once; empty: anybody's.

    `pace` is shared with others that call the same helpdesks, if there are any.
    """

    def __init__(self, deskgate: Deskgate, claimant: str = "", pace: Pace | None = None):
        self._deskgate, self._claimant, self._pace = deskgate, claimant, pace or Pace(deskgate)
        self._turns: dict[tuple[int, bool], Turns] = {}

    def dispatch(self, hands: Hands) -> int:
        """Claim what may go out now and hand it over, all in one transaction. Returns how many deliveries."""
        now = self._deskgate.clock.now()
        if not is_any_due(now):
            return 0
        with transaction():
            free = max(0, capacity(now - SILENT_FOR) - self._calls_on_their_way())
            batches: list[Batch] = []
            for share, connection in shares(connections_with_due(now), free):
                batches += self._for_connection(connection, share, now)
            if batches:
                hands.hand_over(batches)
        if batches:
            hands.begin()
        return sum(len(batch) for batch in batches)

    def _calls_on_their_way(self) -> int:
        """A herd goes out in calls of many deliveries each, as far as this dispatcher knows of them."""
        bulk = self._pace.bulk_of
        return sum(-(-count // bulk(number)) if is_herd else count for number, is_herd, count in on_their_way())

    def _for_connection(self, connection: tables.Connection, free: int, now: datetime) -> list[Batch]:
        if connection.calm_until is not None and connection.calm_until > now:
            return []
        circuit = circuit_of(connection)
        if circuit.is_open:
            return self._probe(connection, circuit, now)
        if circuit.is_shaky():
            free = min(free, max(0, AT_ONCE_WHEN_SHAKY - being_sent(connection.id)))
        allowed = self._pace.allowance(connection, free, now)
        live = self._next(connection, allowed.live, now, herd=False)
        calls = min(allowed.herd, allowed.live - len(live))
        herd = self._next(connection, calls * allowed.bulk, now, herd=True)
        batches = [Batch((each,)) for each in self._claim(live, now)] + _bundled(self._claim(herd, now), allowed.bulk)
        single = live if allowed.bulk > 1 else [*live, *herd]
        self._pace.spend(connection, sum(map(_changes, single)) + len(batches) - len(single))
        return batches

    def _probe(self, connection: tables.Connection, circuit: Circuit, now: datetime) -> list[Batch]:
        """One delivery, to see whether the helpdesk is back: the one whose turn it is."""
        if not circuit.is_time_to_probe(now):
            return []
        first = self._next(connection, 1, now, herd=False) or self._next(connection, 1, now, herd=True)
        if first:
            set_circuit(connection, circuit.probed(now))
        return [Batch((each,)) for each in self._claim(first, now)]

    def _next(self, connection: tables.Connection, limit: int, now: datetime, *, herd: bool) -> list[tables.Delivery]:
        """The next ones in fair order, at most so many."""
        if limit <= 0:
            return []
        turns = self._turns.setdefault((connection.id, herd), Turns())
        chosen = turns.choose(due_next(connection.id, now, limit, herd=herd), limit)
        return some_deliveries([each.number for each in chosen])

    def _claim(self, rows: Sequence[tables.Delivery], now: datetime) -> list[Claim]:
        tried = [(row.id, claim(row, self._claimant, now)) for row in rows]
        return [Claim(delivery_id, generation) for delivery_id, generation in tried if generation is not None]


def _changes(row: tables.Delivery) -> int:
    """How many changes a delivery will be in the helpdesk: where it goes, and each word said."""
    return 1 + (row.message is not None) + (row.note is not None)


def _bundled(claims: Sequence[Claim], bulk: int) -> list[Batch]:
    return [Batch(tuple(claims[start:start + bulk])) for start in range(0, len(claims), bulk)]
