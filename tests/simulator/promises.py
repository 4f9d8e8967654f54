"""What must hold in the database after each step: read with plain SQL, and judged by other means than the product's."""

from __future__ import annotations

from sqlite3 import Row

from tests.simulator.agenda import SimClock
from tests.simulator.judgement import day_of, misjudged
from tests.simulator.store_view import StoreView, read, written

STATES = ("waiting", "sending", "done", "gone", "parked", "dead")
TICKET_STATES = ("queued", "routed", "rejected", "withdrawn")
FINAL = ("done", "gone", "parked", "dead")
DELIVERIES = "SELECT id, state, generation, due_at, settled_at, ticket_id FROM deliveries"
TICKETS = "SELECT id, state, release_at, due_at, revision FROM tickets"
NEW_DECISIONS = """
    SELECT d.*, t.created_at, t.arrived_at, t.severity, t.staff_made, t.channel, c.name AS customer, t.contact
    FROM decisions d JOIN tickets t ON t.id = d.ticket_id LEFT JOIN customers c ON c.id = t.customer_id
    WHERE d.id > ? ORDER BY d.id"""
TWICE = """SELECT ticket_id, revision FROM decisions WHERE cause = 'arrival'
           GROUP BY ticket_id, revision HAVING count(*) > 1"""
USAGE = """SELECT u.*, c.name AS customer FROM usage_entries u JOIN licenses l ON l.id = u.license_id
           JOIN customers c ON c.id = l.customer_id WHERE u.id > ?"""

LEFT = """SELECT id, state, due_at, tries, detail FROM deliveries d WHERE state = 'sending'
          OR (state = 'waiting' AND due_at <= ?
              AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.ticket_id = d.ticket_id AND e.id < d.id
                              AND e.connection_id = d.connection_id AND e.state IN ('waiting', 'sending')))"""


class Broken(Exception):
    """A promise that was not kept: which one, and what was seen."""

    def __init__(self, promise: str, seen: str) -> None:
        super().__init__(f"{promise}: {seen}")
        self.promise, self.seen = promise, seen


def expect(kept: object, promise: str, seen: object) -> None:
    if not kept:
        raise Broken(promise, str(seen))


class Promises:
    """Remembers how the database was, and says what it may not have become."""

    def __init__(self, view: StoreView, clock: SimClock) -> None:
        self._view, self._clock = view, clock
        self._deliveries: dict[int, Row] = {}
        self._promised: dict[int, str | None] = {}
        self._last_decision = self._last_entry = 0
        self.decisions = 0

    def check(self) -> None:
        self._check_deliveries()
        self._check_decisions()
        self._check_tickets()
        self._check_usage()

    def _check_deliveries(self) -> None:
        for row in self._view.rows(DELIVERIES):
            before = self._deliveries.get(row["id"])
            if before is not None and tuple(before) == tuple(row):
                continue
            seen = f"delivery {row['id']} went from {tuple(before) if before else None} to {tuple(row)}"
            expect(row["state"] in STATES, "deliveries are in a state that there is", seen)
            expect(row["state"] != "waiting" or row["due_at"], "what waits has a wake-up", seen)
            expect((row["settled_at"] is not None) == (row["state"] in FINAL), "what is settled says when", seen)
            if before is not None:
                stays = before["state"] not in FINAL or before["state"] == row["state"]
                expect(stays, "what is settled stays so", seen)
                expect(before["generation"] <= row["generation"], "generations grow", seen)
            self._deliveries[row["id"]] = row

    def _check_decisions(self) -> None:
        for row in self._view.rows(NEW_DECISIONS, self._last_decision):
            self._last_decision = row["id"]
            self.decisions += 1
            promised = self._promised.get(row["ticket_id"])
            if row["cause"] == "release" and promised:
                expect(promised <= row["made_at"], "nothing is released before its time",
                       f"{dict(row)}, promised for {promised}")
            wrong = misjudged(row, self._view)
            expect(not wrong, "decisions are what the slow check of the schedule says", f"{wrong}: {dict(row)}")
            self._promised[row["ticket_id"]] = row["release_at"] if row["outcome"] == "queue" else None
        twice = self._view.rows(TWICE)
        expect(not twice, "one decision per life of a ticket", [tuple(row) for row in twice])

    def _check_tickets(self) -> None:
        for row in self._view.rows(TICKETS):
            waits = row["state"] == "queued"
            seen = dict(row)
            expect(row["state"] in TICKET_STATES, "tickets are in a state that there is", seen)
            expect(not waits or (row["due_at"] and row["release_at"]), "every waiting ticket has a wake-up", seen)
            expect(waits or not row["due_at"], "what does not wait has no wake-up", seen)
            expect(not waits or row["due_at"] <= row["release_at"] or row["due_at"] <= written(self._clock.now()),
                   "nobody is woken later than promised", seen)

    def _check_usage(self) -> None:
        for row in self._view.rows(USAGE, self._last_entry):
            self._last_entry = row["id"]
            day = day_of(row["customer"], read(row["at"]))
            expect(str(day) == row["day"], "time counts on the local day it was used", f"{day}: {dict(row)}")

    def expect_settled(self, now) -> None:
        """When all faults have stopped: nothing that is due is left over, and nothing is on its way."""
        left = self._view.rows(LEFT, written(now))
        expect(not left, "all settles when faults stop", [tuple(row) for row in left])
        late = self._view.rows("SELECT id, due_at FROM tickets WHERE state = 'queued' AND due_at <= ?", written(now))
        expect(not late, "all is released when faults stop", [tuple(row) for row in late])
