"""What tests tell the stand-in while it runs: open tickets, misbehave, hold an answer back, refuse one ticket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standin.desk import Desk
from tests.standin.faults import Faults

PATIENCE = 60.0


class Holds:
    """Answers that are held back: each is thought out, and sent only when it is let go."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, int], threading.Event] = {}
        self._held: list[tuple[str, int, int]] = []
        self._lock = threading.Lock()

    def want(self, method: str, ticket: int) -> None:
        """Hold the next answer to such a request back."""
        with self._lock:
            self._wanted[method, ticket] = threading.Event()

    def pass_by(self, method: str, ticket: int, port: int) -> None:
        """Wait, if this answer is to be held back, until it is let go; a minute at most."""
        with self._lock:
            let_go = self._wanted.pop((method, ticket), None)
            if let_go is None:
                return
            self._held.append((method, ticket, port))
            self._wanted[f"held {method}", ticket] = let_go
        let_go.wait(PATIENCE)

    def note(self, what: str, ticket: int, port: int) -> None:
        """Remember whose request it is that takes so long."""
        with self._lock:
            self._held.append((what, ticket, port))

    def held(self) -> list[tuple[str, int, int]]:
        """Method, ticket and the client's port of each answer that was ever held back."""
        with self._lock:
            return list(self._held)

    def let_go(self, method: str, ticket: int) -> None:
        with self._lock:
            let_go = self._wanted.pop((f"held {method}", ticket), None)
            if let_go is not None:
                let_go.set()


@dataclass
class Control:
    """The stand-in as tests steer it. `pending` counts requests that are being dealt with, late ones included."""

    desk: Desk
    faults: Faults
    holds: Holds = field(default_factory=Holds)
    refuses_from: tuple[int, int] | None = None
    slow: dict[int, float] = field(default_factory=dict)
    requests: int = 0
    pending: int = 0

    def answer(self, what: str, told: dict[str, Any]) -> object:
        """Carry out what a test asks for. Raises KeyError for what nobody knows."""
        known: dict[str, Callable[[dict[str, Any]], object]] = {
            "open": self._open, "faults": self._set_faults, "state": self._state, "hold": self._hold,
            "let_go": self._let_go, "refuse": self._refuse, "slow": self._slow, "lists": self._lists,
            "tickets": lambda _: self.desk.all()}
        return known[what](told)

    def _open(self, told: dict[str, Any]) -> object:
        return [self.desk.open(**each) for each in told["tickets"]]

    def _set_faults(self, told: dict[str, Any]) -> object:
        self.faults.set(told["share"], told["weights"], told["late_by"])
        return {}

    def _state(self, _told: dict[str, Any]) -> object:
        return {"requests": self.requests, "pending": self.pending, "faults": dict(self.faults.counts),
                "held": self.holds.held()}

    def _hold(self, told: dict[str, Any]) -> object:
        self.holds.want(told["method"], told["ticket"])
        return {}

    def _let_go(self, told: dict[str, Any]) -> object:
        self.holds.let_go(told["method"], told["ticket"])
        return {}

    def _refuse(self, told: dict[str, Any]) -> object:
        self.refuses_from = told["ticket"], told["status"]
        return {}

    def refusal(self, ticket: int) -> int:
        """The status that a change of this ticket is refused with, or 0."""
        first, status = self.refuses_from or (0, 0)
        return status if ticket >= first else 0

    def _slow(self, told: dict[str, Any]) -> object:
        self.slow[told["ticket"]] = told["seconds"]
        return {}

    def delay(self, ticket: int, port: int) -> None:
        """Let the first public word on a ticket take as long as was told."""
        seconds = self.slow.pop(ticket, 0.0)
        if seconds:
            self.holds.note("slow", ticket, port)
            time.sleep(seconds)

    def _lists(self, told: dict[str, Any]) -> object:
        self.desk.lists = told["on"]
        return {}
