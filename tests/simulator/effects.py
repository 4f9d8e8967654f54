"""What must hold at the helpdesk: judged by its own log, with a look at the database only to know what was decided."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.simulator.desk import OVER, REOPENED, Desk, Effect
from tests.simulator.promises import Broken, expect
from tests.simulator.store_view import StoreView

if TYPE_CHECKING:
    from sqlite3 import Row

MESSAGES_PER_TICKET = 3


class Effects:
    """Looks at each change of ours once, in the order in which they reached the helpdesk."""

    def __init__(self, view: StoreView, desk: Desk) -> None:
        self._view, self._desk = view, desk
        self._seen = 0
        self._words: Counter[tuple[int, str]] = Counter()
        self._fields: set[tuple[int, str, str]] = set()
        self._answers: Counter[int] = Counter()
        self._latest: dict[int, Effect] = {}
        self._notices: dict[str, str] = {}

    def check(self) -> None:
        effects = self._desk.effects
        while self._seen < len(effects):
            effect = effects[self._seen]
            self._seen += 1
            self._check(effect)

    def _check(self, effect: Effect) -> None:
        decision = self._view.decision_behind(effect.delivery)
        expect(decision is not None, "only what is owed is written", effect)
        self._once(effect)
        self._in_order(effect)
        if not effect.late:
            expect(effect.generation == effect.latest, "only the latest claim writes",
                   f"delivery {effect.delivery}, claim {effect.generation} of {effect.latest}: {effect.changes}")
        self._people_win(effect)
        self._as_decided(effect, decision)
        if effect.kind == "answer":
            self._not_too_often(effect, decision)

    def _once(self, effect: Effect) -> None:
        """No words twice, no ticket twice, and no field set again that somebody has set back meanwhile."""
        if effect.kind != "change":
            self._words[effect.delivery, effect.kind] += 1
            expect(self._words[effect.delivery, effect.kind] == 1, "one effect per delivery",
                   f"{effect.kind} of delivery {effect.delivery} again: {effect.changes}")
            return
        for name, value in effect.changes.items():
            mark = (effect.delivery, name, str(value))
            expect(mark not in self._fields, "one effect per delivery", f"set again: {mark}")
            self._fields.add(mark)

    def _in_order(self, effect: Effect) -> None:
        last = self._latest.get(effect.number)
        expect(last is None or effect.late or effect.delivery >= last.delivery or effect.kind == "create",
               "one delivery after the other", f"{effect} after {last}")
        self._latest[effect.number] = effect

    def _people_win(self, effect: Effect) -> None:
        seen = effect.seen
        if seen is None or effect.kind == "create" or seen["id"] != effect.number:
            return
        expect(seen["status"] not in OVER, "nothing is written on what people have closed", effect)
        holds = effect.changes.get("on_hold") is True
        taken = bool(seen["assigned_to"]) and seen["status"] != REOPENED
        expect(not (holds and taken), "what an agent has taken is not put on hold", effect)

    def _as_decided(self, effect: Effect, decision: Row) -> None:
        if decision["action"] == "create":
            return  # it goes by what was decided when it began; what was decided since follows at once
        held = effect.changes.get("on_hold") if effect.kind == "change" else None
        if held is True:
            expect(decision["outcome"] == "queue", "only what waits is put on hold", f"{effect} {dict(decision)}")
        if held is False and effect.before["on_hold"]:
            expect(decision["outcome"] != "queue", "what waits stays on hold", f"{effect} {dict(decision)}")

    def _not_too_often(self, effect: Effect, decision: Row) -> None:
        self._answers[effect.number] += 1
        expect(self._answers[effect.number] <= MESSAGES_PER_TICKET, "three public words at most on a ticket", effect)
        contact, made_at = decision["contact"], decision["made_at"]
        if decision["outcome"] == "queue" and contact:
            until = self._notices.get(contact, "")
            expect(made_at >= until, "one notice in a closed stretch", f"{contact} was told until {until}: {effect}")
            self._notices[contact] = decision["release_at"]


__all__ = ["Broken", "Effects"]
