"""What goes wrong in a week, and how often: each seed arms some of the faults, and all that fire are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

NETWORK = ("slow answer", "connection refused", "5xx", "429", "422", "read: connection broke", "read: answer cut",
           "read: endless answer", "read: not JSON", "done, answer dropped", "done, answer cut", "done, endless answer",
           "done, not JSON", "done, but a gateway fails", "done late", "done late behind a gateway",
           "not done, connection broke", "killed in the middle of a write")
SPELLS = ("outage", "credentials refused")
ENGINE = ("job run twice",)
HOOKS = ("hook twice", "hook overtaken", "hook hours late", "hook dropped")
PAUSES = ("paused after a read", "paused after a write", "paused between rounds")
PEOPLE = ("ticket deleted", "ticket merged", "agent in between", "customer writes", "reopened by a customer",
          "reopened by an agent", "our own change comes back", "forged hook")
FAULTS = (*NETWORK, *ENGINE, *SPELLS, *HOOKS, *PAUSES, *PEOPLE)
CALLS = ("before a read", "after a read", "before a write", "after a write")
COMMITS = {"webhook": 0.12, "submission": 0.8, "claim": 0.12, "result": 0.12, "release": 0.4, "take up": 0.6,
           "beat": 0.2, "look": 0.2}
"""Whose commits are crash points, and how likely a crash is at most: the rarer the commit, the likelier."""
CRASH_POINTS = {**dict.fromkeys(CALLS, 0.12), **{f"{when} the commit of a {what}": chance
                                                 for what, chance in COMMITS.items() for when in ("before", "after")}}
RARE = {"422": 0.02, "killed in the middle of a write": 0.1, "hook dropped": 0.15}


class Crash(BaseException):
    """The process that was running is killed, here and now."""


class Trouble:
    """The dice of one seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.fired: Counter[str] = Counter()
        self.crashed: Counter[str] = Counter()
        self.is_over = False
        self.story: list[str] = []
        self.tell: Callable[[str], None] = self.story.append
        self.pause: Callable[[str], None] = lambda name: None
        self.may_die: Callable[[], bool] = lambda: False
        self.chance = {name: RARE.get(name, 0.25) * random.random() for name in (*NETWORK, *ENGINE, *HOOKS, *PAUSES)
                       if random.random() < 0.35}
        self.crash_chance = {name: chance * random.random() for name, chance in CRASH_POINTS.items()
                             if random.random() < 0.35}

    def happens(self, name: str) -> bool:
        """Whether it does this time; it is counted."""
        chance = self.chance.get(name, 0)
        if self.is_over or not chance or self.random.random() >= chance:
            return False
        self.count(name)
        return True

    def count(self, name: str) -> None:
        self.fired[name] += 1
        self.tell(name)

    def may_crash(self, point: str) -> None:
        """Be killed here, perhaps."""
        chance = self.crash_chance.get(point, 0)
        if self.is_over or not chance or not self.may_die() or self.random.random() >= chance:
            return
        raise self.crash(point)

    def crash(self, point: str) -> Crash:
        """What to raise there; it is counted."""
        self.crashed[point] += 1
        self.tell(f"killed {point}")
        return Crash(point)

    def may_pause(self, name: str) -> None:
        """Stand still here, perhaps, as a process does that gets no time."""
        if self.happens(name):
            self.pause(name)
