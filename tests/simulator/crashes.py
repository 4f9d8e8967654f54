"""Crash points, put around the product from outside: its transactions are wrapped wherever a module has taken them
over, and the call stack says which step it is that commits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from entitlements.store import database
from tests.simulator.trouble import Crash, Trouble

STEPS = {
    "entitlements.steps.hooks": "webhook", "entitlements.web.api.answer": "submission",
    "entitlements.steps.dispatch": "claim", "entitlements.steps.settle": "result",
    "entitlements.steps.release": "release", "entitlements.steps.tidy": "beat",
    "entitlements.steps.reconcile": "look",
}
BY_FUNCTION = {("entitlements.steps.claims", "take_up_lost"): "take up",
               ("entitlements.steps.claims", "is_still_mine"): "claim"}


class Watch:
    """Stands in for `transaction` while a week is simulated."""

    def __init__(self, real, trouble: Trouble, is_dead) -> None:
        self._real, self._trouble, self._is_dead = real, trouble, is_dead

    def __call__(self) -> AbstractContextManager[None]:
        frame = sys._getframe(1)
        module = frame.f_globals.get("__name__", "")
        return self._watched(BY_FUNCTION.get((module, frame.f_code.co_name)) or STEPS.get(module, ""))

    @contextmanager
    def _watched(self, step: str) -> Iterator[None]:
        if self._is_dead():
            raise Crash("a dead process writes nothing")
        with self._real():
            yield
            if step:
                self._trouble.may_crash(f"before the commit of a {step}")
        if step:
            self._trouble.may_crash(f"after the commit of a {step}")


def modules_with(name: str, value: object) -> list[object]:
    """Every module of ours in which that name stands for that very thing."""
    return [module for path, module in list(sys.modules.items())
            if path.split(".")[0] in ("entitlements", "integrations", "app") and vars(module).get(name) is value]


@contextmanager
def watched(trouble: Trouble, is_dead) -> Iterator[None]:
    """Have the product's transactions be crash points meanwhile."""
    real = database.transaction
    modules = modules_with("transaction", real)
    watch = Watch(real, trouble, is_dead)
    try:
        for module in modules:
            module.transaction = watch
        yield
    finally:
        for module in modules:
            module.transaction = real
