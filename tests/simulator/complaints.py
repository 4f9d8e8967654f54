"""What the product itself calls an error while a week is played."""

from __future__ import annotations

import logging

from tests.simulator.promises import Broken


class Complaints(logging.Handler):
    """Listens for what the product itself calls an error. Faults that are played to it are no reason for one."""

    EXPECTED = ("does not answer; from now on", "refuses our credentials")

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []
        self._log = logging.getLogger("entitlements")

    def __enter__(self) -> Complaints:
        self._before = (self._log.propagate, self._log.level)
        self._log.propagate, self._log.level = False, logging.ERROR
        self._log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self)
        self._log.propagate, self._log.level = self._before

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not any(each in said for each in self.EXPECTED):
            trouble = record.exc_info[1] if record.exc_info else None
            self.heard.append(f"{record.name}: {said}" + (f" ({type(trouble).__name__}: {trouble})" if trouble else ""))

    def check(self) -> None:
        if self.heard:
            raise Broken("no step fails by a fault of ours", self.heard[0])
