"""Starting the stand-in as a process, and steering it."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from tests.standin.desk import read_changes
from tests.standin.faults import LATE_BY

ROOT = Path(__file__).resolve().parent.parent.parent
PR_SET_PDEATHSIG = 1
SLICE = 500


def end_with_parent() -> None:
    """Runs in a new child: when the thread that started it is gone, the child is asked to end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class StandIn:
    """A helpdesk process with a log of its own. To be used in a `with`."""

    def __init__(self, folder: Path, seed: int = 1):
        self.log = folder / "changes.jsonl"
        self._session = requests.Session()
        self._session.trust_env = False
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.standin.server", "--log", str(self.log), "--seed", str(seed)], cwd=ROOT,
            stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        assert self._child.stdout is not None
        self.url = self._child.stdout.readline().strip()
        assert self.url, "the stand-in did not start"

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._child.terminate()
        self._child.wait(10)
        if self._child.stdout is not None:
            self._child.stdout.close()

    def open(self, tickets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Customers open tickets, `{"email": ..., "number"?: ..., any field}`. Returns them as webhooks tell them."""
        return [each for start in range(0, len(tickets), SLICE)
                for each in self._tell("open", tickets=tickets[start:start + SLICE])]

    def misbehave(self, share: float, weights: Mapping[str, float] | None = None,
                  late_by: tuple[float, float] = LATE_BY) -> None:
        """Misbehave in a share of the requests from now on. `late_by`: how many seconds what comes late takes."""
        self._tell("faults", share=share, weights=dict(weights) if weights else None, late_by=late_by)

    def state(self) -> dict[str, Any]:
        """`requests`, `pending`, `faults` that fired, and which answers are `held`."""
        return dict(self._tell("state"))

    def hold(self, method: str, ticket: int) -> None:
        """Hold the answer to the next such request back, until it is let go."""
        self._tell("hold", method=method, ticket=ticket)

    def client_held(self, method: str, ticket: int) -> int:
        """The port of the client whose answer is held back; 0 while none is."""
        found = [port for what, number, port in self.state()["held"] if (what, number) == (method, ticket)]
        return found[-1] if found else 0

    def let_go(self, method: str, ticket: int) -> None:
        self._tell("let_go", method=method, ticket=ticket)

    def be_slow(self, ticket: int, seconds: float) -> None:
        """Apply the next public word on a ticket only after so long, whether or not its sender is still there."""
        self._tell("slow", ticket=ticket, seconds=seconds)

    def refuse_from(self, ticket: int, status: int) -> None:
        """Answer every change of tickets from this number on with that status."""
        self._tell("refuse", ticket=ticket, status=status)

    def list_tickets(self, on: bool) -> None:
        """Whether the list of tickets shows them; at first it is empty."""
        self._tell("lists", on=on)

    def tickets(self) -> dict[int, dict[str, Any]]:
        return {ticket["id"]: ticket for ticket in self._tell("tickets")}

    def changes(self) -> Iterator[dict[str, Any]]:
        """The log so far."""
        return read_changes(self.log)

    def _tell(self, what: str, **told: object) -> Any:
        answer = self._session.post(f"{self.url}/control/{what}", json=told, timeout=60)
        answer.raise_for_status()
        return answer.json()
