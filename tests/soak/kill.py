"""Killing Deskgate's processes while tickets come in: `python -m tests.soak.kill --kills 200 --database sqlite`.

Two web processes and two workers take webhooks at 50 a second and carry them out at a helpdesk that misbehaves. A
random one of the four is killed outright every 0.3 to 3 seconds and started again at once; one worker never comes back.
Then all is left to drain, and what was acknowledged is compared with what the helpdesk did.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.crash.databases import KINDS, empty_database, soak_folder
from tests.crash.furnished import Furnished, email_of
from tests.crash.programs import Program, Web, Work
from tests.crash.sender import Sender, Webhook
from tests.crash.total_queue import Found, check_total_queue
from tests.gateway import wait_until
from tests.standin import StandIn
from tests.standin.faults import USUAL

BETWEEN_KILLS = (0.3, 3.0)
SHARE_OF_FAULTS = 0.15
SENT_AGAIN = 0.05
TO_ANSWER = 60.0
SLOWEST_ANSWERS = 10  # a second, however busy the machine
TO_DRAIN = 180.0


@dataclass(frozen=True)
class Plan:
    """How often to kill, how many webhooks a second, and from which seed.

    With `only_at_work`, processes that are still starting are spared: on a busy machine nothing else would be killed.
    `faults` are what the helpdesk does, by how often.
    """

    kills: int
    rate: float = 50.0
    seed: int = 1
    between: tuple[float, float] = BETWEEN_KILLS
    only_at_work: bool = False
    faults: Mapping[str, float] = field(default_factory=lambda: USUAL)


@dataclass
class Report:
    """What came of it."""

    found: Found
    kills: Counter[str]
    unready: int
    restarts: dict[str, list[float]]
    faults: Counter[str]
    answers: Counter[str]
    deliveries: Counter[str]
    attempts: Counter[str]
    decisions: int
    took: float
    drained_in: float
    changed_answers: list[int] = field(default_factory=list)
    unsettled: list[tuple] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return (self.found.is_good and not self.changed_answers and self.decisions == self.found.acknowledged
                and set(self.deliveries) == {"done"})


class Killing:
    """One run of the experiment, with everything it has started."""

    def __init__(self, plan: Plan, house: Furnished, desk: StandIn, folder: Path):
        self.plan, self.house, self.desk, self._folder = plan, house, desk, folder
        self._random = random.Random(plan.seed)
        self.webs = [Web(f"web-{each}", house.environment, folder) for each in (1, 2)]
        self.workers = [Work(f"worker-{each}", house.environment, folder) for each in (1, 2)]
        self._gone: Program | None = None

    @property
    def programs(self) -> list[Program]:
        return [*self.webs, *self.workers]

    def run(self) -> Report:
        began = time.monotonic()
        try:
            for program in self.programs:
                program.start()
            for program in self.programs:
                program.wait_ready()
            return self._run(began)
        finally:
            for program in self.programs:
                program.stop()

    def _run(self, began: float) -> Report:
        webhooks = self._open_tickets()
        with Sender([web.port for web in self.webs], self.house.hook, self._folder / "acknowledged.jsonl",
                    again=SENT_AGAIN, seed=self.plan.seed) as sender:
            self.desk.misbehave(SHARE_OF_FAULTS, self.plan.faults)
            now = time.monotonic()
            for number, each in enumerate(webhooks):
                each.due = now + number / self.plan.rate
            sender.add(*webhooks)
            self._kill_on()
            dropped = sender.begin_no_more()
            end = time.monotonic() + TO_ANSWER + sender.waiting / SLOWEST_ANSWERS
            while not sender.wait(0.1):
                assert time.monotonic() < end, f"{sender.waiting} were not answered: {dict(sender.answers)}"
                self._watch(0.1)
        drained_in = self._drain()
        return self._report(sender, webhooks[:len(webhooks) - dropped], began, drained_in)

    def _open_tickets(self) -> list[Webhook]:
        """More than can be sent until the last kill."""
        count = int(self.plan.rate * (self.plan.kills * statistics.mean(self.plan.between) * 1.3 + 10))
        opened = self.desk.open([{"email": email_of(number), "number": number, "priority": 1 + number % 4}
                                 for number in range(1, count + 1)])
        return [Webhook(0, each["id"], json.dumps({"ticket": each, "queue_slug": "inbox"}).encode()) for each in opened]

    def _kill_on(self) -> None:
        for number in range(self.plan.kills):
            self._watch(self._random.uniform(*self.plan.between))
            victim = self._random.choice(self._candidates())
            victim.kill()
            if self._gone is None and victim in self.workers and number >= self.plan.kills // 2:
                self._gone = victim
            else:
                victim.start()
        self._watch(1.0)

    def _candidates(self) -> list[Program]:
        """Who may be killed."""
        alive = [each for each in self.programs if each is not self._gone]
        if not self.plan.only_at_work:
            return alive
        return wait_until(lambda: [each for each in alive if each.is_ready()], TO_ANSWER, "the start of any process")

    def _watch(self, seconds: float) -> None:
        """Let time pass, and look which processes have become ready."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for program in self.programs:
                program.is_ready()
            time.sleep(0.05)

    def _drain(self) -> float:
        """Wait until nothing is owed. What waits for a later try is due once the helpdesk has nothing under way."""
        began = time.monotonic()
        self.desk.misbehave(0)
        end = began + TO_DRAIN + sum(self.house.deliveries().values()) / SLOWEST_ANSWERS
        while self.house.is_anything_owed() and time.monotonic() < end:
            self._watch(0.5)
            if self.desk.state()["pending"] == 0:
                self.house.hurry()
        return time.monotonic() - began

    def _report(self, sender: Sender, sent: list[Webhook], began: float, drained_in: float) -> Report:
        found = check_total_queue(sender.acknowledged, (each.ticket for each in sent), self.desk.tickets(),
                                  self.desk.changes())
        return Report(
            found=found, kills=Counter({each.name: each.kills for each in self.programs}),
            unready=sum(each.killed_unready for each in self.programs),
            restarts={kind: sorted(second for each in group for second in each.restarts[1:])
                      for kind, group in (("web", self.webs), ("worker", self.workers))},
            faults=Counter(self.desk.state()["faults"]), answers=sender.answers, deliveries=self.house.deliveries(),
            attempts=self.house.attempts(), decisions=self.house.decisions(), took=time.monotonic() - began,
            drained_in=drained_in, changed_answers=sender.changed_answers, unsettled=self.house.unsettled())


def kill(plan: Plan, url: str, folder: Path) -> Report:
    """Run the experiment on an empty, migrated database."""
    with StandIn(folder, plan.seed) as desk, Furnished(url, desk.url, folder) as house:
        return Killing(plan, house, desk, folder).run()


def told(report: Report) -> str:
    """The report as lines."""
    lines = [str(report.found), f"{report.decisions} decisions; deliveries: {counted(report.deliveries)}; "
             f"attempts: {counted(report.attempts)}",
             f"kills: {counted(report.kills)}; {report.unready} of them during a start",
             f"answers to senders: {counted(report.answers)}; repeats answered differently: "
             f"{len(report.changed_answers)}"]
    lines += [f"{kind} ready again after {spread(seconds)}" for kind, seconds in report.restarts.items()]
    lines += [f"{sum(report.faults.values())} faults fired: {counted(report.faults)}",
              f"{report.took:.0f} s, drained in {report.drained_in:.1f} s"]
    return "\n".join([*lines, *(f"not done: {each}" for each in report.unsettled)])


def counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def spread(seconds: list[float]) -> str:
    if not seconds:
        return "no restart"
    return (f"{statistics.median(seconds):.2f} s in the middle, {seconds[-1]:.2f} s at most "
            f"({len(seconds)} restarts)")


@click.command()
@click.option("--kills", default=200, show_default=True, help="How many times a process is killed.")
@click.option("--database", type=click.Choice(KINDS), default="sqlite", show_default=True)
@click.option("--rate", default=50.0, show_default=True, help="Webhooks a second.")
@click.option("--seed", default=1, show_default=True, help="Another seed kills others, at other times.")
@click.option("--only-at-work", is_flag=True, help="Spare what is still starting: on a busy machine that is most.")
def soak(kills: int, database: str, rate: float, seed: int, only_at_work: bool) -> None:
    """Kill at length. Exit status 1 when something was lost or done twice."""
    with soak_folder() as folder, empty_database(database, folder) as url:
        report = kill(Plan(kills, rate, seed, only_at_work=only_at_work), url, folder)
        click.echo(f"kill --kills {kills} --database {database} --rate {rate:g} --seed {seed}"
                   + " --only-at-work" * only_at_work)
        click.echo(told(report))
        sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    soak()
