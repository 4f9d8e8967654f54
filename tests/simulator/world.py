"""One simulated week, made from a seed."""

from __future__ import annotations

import random as dice
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from werkzeug.test import TestResponse

from entitlements.steps.claims import Batch
from entitlements.store.connections import get_connection, resume
from entitlements.store.database import transaction
from tests.simulator.agenda import BEGINNING, Agenda, Strand, current_strand, wait
from tests.simulator.complaints import Complaints
from tests.simulator.crashes import watched
from tests.simulator.crew import Leader, Process, SimWorker, StrandEngine, simulated_engine
from tests.simulator.desk import Desk
from tests.simulator.effects import Effects
from tests.simulator.ending import judge_the_end
from tests.simulator.line import Line
from tests.simulator.people import WEEK, People
from tests.simulator.promises import Broken, Promises
from tests.simulator.report import Report
from tests.simulator.sender import Sender
from tests.simulator.stage import Stage
from tests.simulator.store_view import StoreView
from tests.simulator.trouble import Crash, Trouble

TICKETS = 5
PAUSES = (1.5, 4.2, 5.5, 7, 20, 90)
MOST_DEATHS = 8
SETTLES_WITHIN = timedelta(minutes=15, seconds=30)
LAST_TRIES = timedelta(hours=6)
LAST_WORDS = timedelta(minutes=1)
MOST_ROUNDS = 200


class World:
    """All that is simulated in one week."""

    def __init__(self, stage: Stage, seed: int, tickets: int = TICKETS) -> None:
        stage.clear()
        self.stage, self.seed, self.tickets = stage, seed, tickets
        self.random = dice.Random(f"week {seed}")
        self.clock = stage.clock
        self.agenda = Agenda(self.clock)
        self.trouble = Trouble(self.random)
        self.trouble.may_die, self.trouble.pause = self._may_die, self._stand_still
        self.trouble.tell = self._tell
        self.view = StoreView(stage.database)
        self.sender = Sender(self.agenda, self.trouble, self.random, self.post, stage.template.token)
        self.desk = Desk(self.clock, self.sender.tell, self.view.generation_of)
        stage.http.line = self.line = Line(self.desk, self.agenda, self.trouble, self.random)
        self.people = People(self.desk, self.agenda, self.trouble, self.random, self.sender.submit)
        self.promises = Promises(self.view, self.clock)
        self.effects = Effects(self.view, self.desk)
        self.shared = seed % 2 == 0
        self.jobs: deque[Batch] = deque()
        self.leader = Leader()
        self.web = Process(stage.web)
        self.workers: list[SimWorker] = []
        self.running: Process | None = None
        self.deaths = self.idle = self.steps = 0

    def _tell(self, what: str) -> None:
        strand = current_strand()
        who = strand.work if strand else ""
        self.trouble.story.append(f"{self.clock.now():%a %H:%M:%S.%f} {what} {who}")

    # Processes

    def post(self, path: str, **content: Any) -> TestResponse | None:
        """A request to the web process; None when it is not there, or dies over it."""
        web = self.web
        if not web.is_alive:
            return None
        before, self.running = self.running, web
        try:
            response = web.app.test_client(use_cookies=False).post(path, **content)
            response.data  # noqa: B018 - read while the process is there
            return response
        except Crash:
            web.die()
            self.deaths += 1
            self.agenda.after(self.random.uniform(0.5, 4), self._start_web)
            return None
        finally:
            self.running = before

    def _start_web(self) -> None:
        self.web = Process(self.stage.web)

    def _start_worker(self, number: int) -> None:
        worker = SimWorker(self.stage.workers[number], self.leader, StrandEngine(self.shared, self.jobs))
        self.workers[number:number + 1] = [worker]
        self._as(worker, worker.core.beat)

    def _as(self, worker: SimWorker, do: Callable[[], Any]) -> Any:
        """Do something as that worker; None when it dies over it."""
        before, self.running = self.running, worker
        try:
            return do()
        except Crash:
            worker.die()
            self.deaths += 1
            number = self.workers.index(worker)
            self.agenda.after(self.random.choice((0.5, 3, 8, 600)), lambda: self._start_worker(number))
            return None
        finally:
            self.running = before

    def _may_die(self) -> bool:
        return self.running is not None and self.running.is_alive and self.deaths < MOST_DEATHS

    def _is_dead(self) -> bool:
        return self.running is not None and not self.running.is_alive

    def _stand_still(self, _name: str) -> None:
        strand = current_strand()
        if strand is not None and isinstance(strand.owner, SimWorker):
            seconds = self.random.choice(PAUSES)
            strand.owner.still_until = self.clock.now() + timedelta(seconds=seconds)
            wait(seconds)

    def go_on(self, strand: Strand) -> None:
        """Let a delivery go on until it waits for something, or is done."""
        worker = strand.owner
        assert isinstance(worker, SimWorker)
        if not worker.is_alive or strand.dead:
            return
        if worker.still_until is not None and worker.stands_still(self.clock.now()):
            self.agenda.at(worker.still_until, lambda: self.go_on(strand))
            return
        seconds = self._as(worker, strand.switch)
        if worker.is_alive and not strand.dead:
            self.agenda.after(seconds, lambda: self.go_on(strand))

    # Time

    def run(self) -> Report:
        """Play the week; what is broken first ends it."""
        report = Report(self.seed)
        with ExitStack() as stack:
            stack.callback(self.view.close)
            stack.enter_context(simulated_engine(self.clock, self.random))
            stack.enter_context(watched(self.trouble, self._is_dead))
            listener = stack.enter_context(Complaints())
            try:
                self._play(listener)
            except Broken as broken:
                report.broken = broken
            finally:
                for worker in self.workers:
                    worker.die()
        report.fired, report.crashed = self.trouble.fired, self.trouble.crashed
        report.tickets, report.effects = len(self.desk.tickets) + len(self.desk.gone), len(self.desk.effects)
        report.decisions, report.steps = self.promises.decisions, self.steps
        return report

    def _play(self, complaints: Complaints) -> None:
        self.complaints = complaints
        for number in range(len(self.stage.workers)):
            self.workers.append(None)  # type: ignore[arg-type]  # its place
            self._start_worker(number)
        self.people.plan(self.tickets)
        self._plan_spells()
        self._until(BEGINNING + WEEK)
        self.trouble.is_over = True
        self.line.spells.clear()
        self._mend()
        self._until(self.clock.now() + SETTLES_WITHIN)
        self.promises.expect_settled(self.clock.now())
        self._until(self.clock.now() + LAST_TRIES, only_while=self.view.is_anything_owed)
        self._until(self.clock.now() + LAST_WORDS)
        judge_the_end(self)

    def _plan_spells(self) -> None:
        for name, longest, chance in (("outage", 4 * 3600, 0.03), ("outage", 1200, 0.3),
                                      ("credentials refused", 4 * 3600, 0.25)):
            if self.random.random() < chance:
                start = self.agenda.any_time(self.random) - timedelta(seconds=self.random.uniform(0, 120))
                self.agenda.at(start, partial(self.line.spells.add, name))
                self.agenda.at(start + timedelta(seconds=self.random.uniform(180, longest)),
                               partial(self._end_of, name))

    def _end_of(self, name: str) -> None:
        self.line.spells.discard(name)
        self.agenda.after(self.random.uniform(60, 3600), self._resume)

    def _resume(self) -> None:
        """An admin sees that the connection is paused, and lets it go on."""
        if self.view.one("SELECT count(*) FROM connections WHERE paused_at IS NOT NULL"):
            with self.stage.web.app_context(), transaction():
                resume(get_connection("desk"))

    def _mend(self) -> None:
        """All faults have stopped: everybody is there again, and what was held up on its way arrives."""
        if not self.web.is_alive:
            self._start_web()
        for number, worker in enumerate(self.workers):
            worker.still_until = None
            if not worker.is_alive:
                self._start_worker(number)
        self._resume()
        self.sender.flush()
        self.view.look_now()

    def _until(self, end: datetime, only_while: Callable[[], bool] = lambda: True) -> None:
        while self.clock.now() < end and only_while():
            self._step()
            self._jump(end)

    def _step(self) -> None:
        self.steps += 1
        while (do := self.agenda.pop_due()) is not None:
            do()
            self._work()
        self._work()

    def _work(self) -> None:
        """Have the workers do what is due now."""
        for _ in range(MOST_ROUNDS):
            if not (self._take_jobs() or self._rounds() or self._looks()):
                break
            self.idle = 0
        self.check()

    def check(self) -> None:
        """Everything promised, as far as it may have changed."""
        if self.view.has_changed():
            self.promises.check()
        self.effects.check()
        self.complaints.check()

    def _awake(self) -> list[SimWorker]:
        now = self.clock.now()
        return [worker for worker in self.workers if worker.is_alive and not worker.stands_still(now)]

    def _take_jobs(self) -> bool:
        awake = self._awake()
        self.random.shuffle(awake)
        for worker in awake:
            if worker.engine.jobs and worker.has_hands_free:
                batch = worker.engine.jobs.popleft()
                self.go_on(worker.begin(batch))
                if self.shared and self.trouble.happens("job run twice"):
                    self.agenda.after(self.random.uniform(0, 20), partial(self.jobs.append, batch))
                return True
        return False

    def _looks(self) -> bool:
        awake = self._awake()
        if not awake or not self.view.is_look_due(self.clock.now()):
            return False
        self.go_on(self.random.choice(awake).look())
        return True

    def _rounds(self) -> bool:
        """A round of one worker after the other. Returns whether any found something to do."""
        if not (self.view.is_anything_due(self.clock.now()) or self._is_anything_lost()):
            return False
        awake = self._awake()
        awake.sort(key=lambda worker: (worker is not self.leader.who) + self.random.random() * 1.25)
        for worker in awake:
            if self.trouble.happens("paused between rounds"):
                worker.still_until = self.clock.now() + timedelta(seconds=self.random.choice(PAUSES))
                continue
            if self.random.random() < 0.03:
                self._as(worker, worker.core.beat)
            if worker.is_alive and self._as(worker, worker.core.round) == 0.0:
                return True
        return False

    def _is_anything_lost(self) -> bool:
        return self.view.is_anything_sent_by_others(worker.name for worker in self._awake())

    def _jump(self, end: datetime) -> None:
        """On to when something happens next. Whoever is awake gives signs of life meanwhile."""
        now = self.clock.now()
        coming = [end, self.agenda.next_at, self.view.next_due(now)]
        if self.view.is_anything_due(now) or self._is_anything_lost():
            self.idle += 1
            coming.append(now + timedelta(seconds=min(30, max(1, self.idle - 6)) if self.idle < 60 else 1800))
        slow = {worker for worker in self.workers if worker.stands_still(now) and self.random.random() < 0.5}
        self.clock.at = max(now, min(filter(None, coming)))
        awake = [worker for worker in self._awake() if worker not in slow]
        for worker in awake:
            worker.core.lease.renew(self.clock.monotonic())
        self.view.keep_alive([worker.name for worker in awake], self.clock.now())
