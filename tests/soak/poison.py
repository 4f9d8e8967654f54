"""Poison among good webhooks: `python -m tests.soak.poison --good 10000 --poison 100 --database sqlite`.

Twenty kinds of webhooks that are authentic and that nobody can do anything with, or whose ticket fails later: in a
rule, in the adapter, at the helpdesk. Only they may be parked, refused or left over; all others must be decided and
carried out. Poison comes in every other portion of the good ones, so that one run tells how much longer these took.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import func, select

from entitlements.store import tables
from tests.crash.databases import KINDS as DATABASES
from tests.crash.databases import empty_database, soak_folder
from tests.crash.furnished import TRIAGE_QUEUE, Furnished, email_of
from tests.crash.poisoned import CUSTOMER
from tests.crash.poisons import REFUSED_FROM, STANDARD_SECRET, Fate, Poison, poison
from tests.crash.programs import Web, Work
from tests.crash.sender import Sender, Webhook
from tests.crash.total_queue import Found, check_total_queue
from tests.gateway import wait_until
from tests.standin import StandIn

APP = "tests.crash.poisoned"
STATUS = {Fate.PARKED: 202, Fate.TOO_LARGE: 413}
PATIENCE = 300.0


@dataclass(frozen=True)
class Plan:
    """How much of each, and how many good ones a second: as fast as it goes when 0."""

    good: int
    poison: int
    rate: float = 0.0
    portions: int = 10


@dataclass
class Report:
    plan: Plan
    found: Found = field(default_factory=Found)
    sent: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    clean: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    """Seconds until each good one was answered: without and with poison in its portion."""

    @property
    def is_good(self) -> bool:
        return self.found.is_good and self.found.acknowledged == self.plan.good and not self.wrong

    def __str__(self) -> str:
        lines = [str(self.found), f"{sum(self.sent.values())} poisons of {len(self.sent)} kinds, {len(self.wrong)} "
                 f"with another fate than theirs; events: {dict(self.events)}; deliveries: {dict(self.deliveries)}"]
        if self.clean and self.beside:
            lines += [f"good ones answered within {_part(self.clean, at) * 1000:.1f} ms without poison and "
                      f"{_part(self.beside, at) * 1000:.1f} ms beside it (p{at}: "
                      f"{_part(self.beside, at) / _part(self.clean, at):.2f} times as long)" for at in (50, 99)]
        return "\n".join([*lines, *self.wrong[:20]])


def _part(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)]


class Poisoning:
    """One run of the experiment."""

    def __init__(self, plan: Plan, house: Furnished, desk: StandIn, folder: Path):
        self.plan, self.house, self.desk, self._folder = plan, house, desk, folder
        self.web = Web("web", house.environment, folder, app=APP)
        self.worker = Work("worker", house.environment, folder, app=APP)
        self.report = Report(plan)
        self.sent: list[Poison] = []
        self._hooks = {"desk": house.hook, "signed": "/hooks/signed"}

    def run(self) -> Report:
        self._furnish()
        try:
            for program in (self.web.start(), self.worker.start()):
                program.wait_ready()
            good = self.desk.open([{"email": email_of(number), "number": number}
                                   for number in range(1, self.plan.good + 1)])
            with Sender([self.web.port], self.house.hook, self._folder / "acknowledged.jsonl") as sender:
                self._send(good, sender)
            wait_until(self._is_settled, PATIENCE, "the end of the good ones")
        finally:
            self.web.stop()
            self.worker.stop()
        self._judge(sender)
        return self.report

    def _furnish(self) -> None:
        row = {"customer": CUSTOMER, "domains": [f"{CUSTOMER}.example"], "weekly": "mon-sun 00:00-24:00",
               "starts_on": "2020-01-01", "ends_on": "2099-12-31"}
        path = self._folder / "poisoned.json"
        path.write_text(json.dumps([row]))
        self.house.command("import-licenses", str(path))
        added = self.house.command("connection", "add", "signed", "--kind", "standard", "--secret", STANDARD_SECRET)
        assert urlsplit(added.strip().splitlines()[-1]).path == self._hooks["signed"]
        self.desk.refuse_from(REFUSED_FROM, 422)

    def _send(self, good: list[dict], sender: Sender) -> None:
        """In portions: poison beside every other one, spread over it."""
        size, half = -(-len(good) // self.plan.portions), self.plan.portions // 2
        for portion in range(self.plan.portions):
            part, now = good[portion * size:(portion + 1) * size], time.monotonic()
            sender.add(*(Webhook(now + (each / self.plan.rate if self.plan.rate else 0), ticket["id"],
                                 json.dumps({"ticket": ticket}).encode()) for each, ticket in enumerate(part)))
            if portion % 2:
                first, last = (self.plan.poison * (portion // 2 + each) // half for each in (0, 1))
                self._poison(first, last, len(part) / self.plan.rate if self.plan.rate else 0.0)
            assert sender.wait(PATIENCE), f"no answers: {dict(sender.answers)}"
            took = self.report.beside if portion % 2 else self.report.clean
            took += [sender.acknowledged[ticket["id"]].took for ticket in part]

    def _poison(self, first: int, last: int, seconds: float) -> None:
        began = time.monotonic()
        for number in range(first, last):
            time.sleep(max(0.0, began + seconds * (number - first) / (last - first) - time.monotonic()))
            made = poison(number)
            if made.ticket:
                self.desk.open([made.ticket])
            status = self._post(made)
            self.report.sent[made.kind] += 1
            self.sent.append(made)
            if status != STATUS.get(made.fate, 200):
                self.report.wrong.append(f"{made.kind}: answered {status}")

    def _post(self, made: Poison) -> int:
        """A connection each: a body that is refused unread leaves nothing to go on with.

        The web server closes on one that is too large, maybe before its answer could be read; Deskgate's own count
        of them tells then.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=30)
        try:
            connection.request("POST", self._hooks[made.hook], made.body, made.headers)
            return connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            return STATUS[Fate.TOO_LARGE]
        finally:
            connection.close()

    def _is_settled(self) -> bool:
        waiting = sum(each.fate is Fate.WAITS for each in self.sent)
        states = self.house.deliveries()
        return states["waiting"] + states["sending"] == waiting == self.house.failed_deliveries()

    def _judge(self, sender: Sender) -> None:
        report, tickets = self.report, self.desk.tickets()
        good = {number: tickets[number] for number in range(1, self.plan.good + 1)}
        report.found = check_total_queue(sender.acknowledged, good, good, self.desk.changes())
        report.events, report.deliveries = self.house.events(), self.house.deliveries()
        fates = Counter(each.fate for each in self.sent)
        decided = len(self.sent) + self.plan.good - fates[Fate.PARKED] - fates[Fate.TOO_LARGE]
        self._expect("events", report.events, {"decided": decided, "parked": fates[Fate.PARKED]})
        self._expect("deliveries", report.deliveries, {
            "done": self.plan.good + fates[Fate.TRIAGE], "waiting": fates[Fate.WAITS], "dead": fates[Fate.DEAD],
            "parked": fates[Fate.DELIVERY_PARKED]})
        for each in self.sent:
            queue = TRIAGE_QUEUE if each.fate is Fate.TRIAGE else 1
            if each.ticket and tickets[each.ticket["number"]]["queue"] != queue:
                report.wrong.append(f"{each.kind}: its ticket is in queue {tickets[each.ticket['number']]['queue']}")
        refused = self.house.count(select(func.sum(tables.Connection.oversized_hooks)))
        if refused != fates[Fate.TOO_LARGE]:
            report.wrong.append(f"{refused} webhooks counted as too large")

    def _expect(self, what: str, found: Counter[str], expected: dict[str, int]) -> None:
        if found != Counter(expected):
            self.report.wrong.append(f"{what}: {dict(found)} instead of {expected}")


def poisoned(plan: Plan, url: str, folder: Path) -> Report:
    """Run the experiment on an empty, migrated database."""
    with StandIn(folder) as desk, Furnished(url, desk.url, folder) as house:
        return Poisoning(plan, house, desk, folder).run()


@click.command()
@click.option("--good", default=10_000, show_default=True)
@click.option("--poison", "poison_", default=100, show_default=True)
@click.option("--rate", default=40.0, show_default=True, help="Good ones a second; 0: as fast as it goes.")
@click.option("--database", type=click.Choice(DATABASES), default="sqlite", show_default=True)
def soak(good: int, poison_: int, rate: float, database: str) -> None:
    """Poison at length. Exit status 1 when anything but the poison was parked, or anything good was not done."""
    with soak_folder() as folder, empty_database(database, folder) as url:
        report = poisoned(Plan(good, poison_, rate), url, folder)
        click.echo(f"poison --good {good} --poison {poison_} --rate {rate:g} --database {database}\n{report}")
        sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    soak()
