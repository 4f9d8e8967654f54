"""The simulated processes: web and workers. They are started, stand still, are killed and started again, and work
takes turns among them; nothing of theirs outlives a kill but the database.

Workers are the product's own, in an engine that runs each batch as a strand. Half of the seeds have an engine that
gives batches to any worker, as on PostgreSQL, the others one that keeps them in the worker that leads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from random import Random
from types import SimpleNamespace

from flask import Flask

from entitlements.engine import lease, worker
from entitlements.engine.protocol import Run
from entitlements.engine.worker import Worker
from entitlements.steps.claims import Batch
from entitlements.steps.reconcile import due_looks, look
from entitlements.store import db
from tests.simulator.agenda import SimClock, Strand, current_strand
from tests.simulator.trouble import Crash

CAPACITY = 3


class Process:
    """One simulated process, of whatever kind."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.is_alive = True
        self.still_until: datetime | None = None

    def stands_still(self, now: datetime) -> bool:
        return self.still_until is not None and now < self.still_until

    def die(self) -> None:
        """Killed: what it had in memory is gone, and the database is opened anew."""
        self.is_alive = False
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


class Leader:
    """Who leads. A process that stands still goes on leading; one that is dead does not."""

    def __init__(self) -> None:
        self.who: Process | None = None


class Leadership:
    """What one worker knows of it."""

    def __init__(self, leader: Leader, mine: Process) -> None:
        self._leader, self._mine = leader, mine

    def holds(self) -> bool:
        if self._leader.who is None or not self._leader.who.is_alive:
            self._leader.who = self._mine
        return self._leader.who is self._mine

    def resign(self) -> None:
        if self._leader.who is self._mine:
            self._leader.who = None


class StrandEngine:
    """An engine behind the protocol of the others. A shared one lays batches down where every worker finds them."""

    capacity = CAPACITY

    def __init__(self, shared: bool, jobs: deque[Batch]) -> None:
        self.shared = shared
        self.jobs = jobs if shared else deque()
        self._handed: Sequence[Batch] = ()

    def start(self, run: Run) -> None:
        """Batches are run by the scheduler of the simulation."""

    def hand_over(self, batches: Sequence[Batch]) -> None:
        self._handed = tuple(batches)

    def begin(self) -> None:
        handed, self._handed = self._handed, ()
        self.jobs.extend(handed)

    def stop(self) -> None:
        self.jobs.clear()


class SimWorker(Process):
    """A worker process: the product's worker, and its deliveries under way."""

    def __init__(self, app: Flask, leader: Leader, engine: StrandEngine) -> None:
        super().__init__(app)
        self.strands: list[Strand] = []
        self.engine = engine
        self.core = Worker(app.extensions["deskgate"], app.app_context, engine, Leadership(leader, self))
        self.name = self.core.name

    @property
    def has_hands_free(self) -> bool:
        self.strands = [strand for strand in self.strands if not strand.dead]
        return len(self.strands) < CAPACITY

    def begin(self, batch: Batch) -> Strand:
        strand = Strand(lambda: self.core.make(batch), self, batch.claims[0])
        self.strands.append(strand)
        return strand

    def look(self) -> Strand:
        """Ask the helpdesk what happened, wherever that is due."""

        def run() -> None:
            with self.app.app_context():
                for connection_id in due_looks(self.app.extensions["deskgate"]):
                    look(connection_id, self.app.extensions["deskgate"])

        strand = Strand(run, self, None)
        self.strands.append(strand)
        return strand

    def die(self) -> None:
        self.is_alive = False
        for strand in self.strands:
            if strand and not strand.dead and strand is not current_strand():
                with suppress(Crash):
                    strand.throw(Crash("killed with its process"))
        self.strands = []
        super().die()


@contextmanager
def simulated_engine(clock: SimClock, random: Random) -> Iterator[None]:
    """Have the product's workers go by the simulated clock, and roll the dice of the seed."""
    names = (f"{number:032x}" for number in range(1, 10**9))
    stand_ins = {(worker, "time"): clock, (lease, "time"): clock, (worker, "random"): random,
                 (worker, "uuid"): SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=next(names)))}
    real = {(module, name): getattr(module, name) for module, name in stand_ins}
    try:
        for (module, name), stand_in in stand_ins.items():
            setattr(module, name, stand_in)
        yield
    finally:
        for (module, name), thing in real.items():
            setattr(module, name, thing)
