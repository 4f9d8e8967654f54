"""What a simulated week comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.simulator.promises import Broken


@dataclass
class Report:
    """What a week was like, and what was broken in it, if anything was."""

    seed: int
    tickets: int = 0
    decisions: int = 0
    effects: int = 0
    steps: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    broken: Broken | None = None
