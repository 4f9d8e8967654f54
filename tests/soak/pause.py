"""Pausing a worker between its reading and its writing: `python -m tests.soak.pause --pauses 40 --database sqlite`.

The helpdesk holds an answer back until the worker that waits for it is stopped, and answers while it stands still. Its
silence is noticed, and another worker takes over and does all there is to do. Then it is woken up, with the answer in
its hands, and would write at once. Customer and agents must be told once.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import click

from tests.crash.databases import KINDS, empty_database, soak_folder
from tests.crash.furnished import Furnished, email_of
from tests.crash.programs import Web, Work, owner_of
from tests.crash.sender import Sender, Webhook
from tests.crash.total_queue import Found, check_total_queue
from tests.gateway import wait_until
from tests.standin import StandIn

MOMENTS = ("GET", "PATCH", "POST")
"""The answer that is held back: to the look at the ticket, to the move, or to the first word."""
TAKEN_UP_WITHIN = 10.0
BUSY_AFTERWARDS = 2.0
PATIENCE = 40.0


@dataclass
class Report:
    found: Found
    taken_over: list[float] = field(default_factory=list)
    """Seconds from each pause until the work was free for another worker."""
    pauses: int = 0

    @property
    def is_good(self) -> bool:
        return (self.found.is_good and self.found.acknowledged == len(self.taken_over) == self.pauses
                and max(self.taken_over) <= TAKEN_UP_WITHIN)

    def __str__(self) -> str:
        return (f"{self.pauses} pauses, {len(self.taken_over)} times another worker did the work, which was taken up "
                f"after {min(self.taken_over):.1f} to {max(self.taken_over):.1f} s\n{self.found}")


class Pausing:
    """One run of the experiment: a web process, two workers, and one ticket for each pause."""

    def __init__(self, house: Furnished, desk: StandIn, folder: Path):
        self.house, self.desk = house, desk
        self.web = Web("web", house.environment, folder)
        self.workers = [Work(f"worker-{each}", house.environment, folder) for each in (1, 2)]
        self.report = Report(Found())
        self._log = folder / "acknowledged.jsonl"

    def run(self, pauses: int) -> Report:
        programs = [self.web, *self.workers]
        try:
            for program in programs:
                program.start()
            for program in programs:
                program.wait_ready()
            with Sender([self.web.port], self.house.hook, self._log, clients=1) as sender:
                for number, moment in enumerate(islice(cycle(MOMENTS), pauses)):
                    self._pause(2 * number + 1, moment, sender)
            tickets = self.desk.tickets()
            self.report.found = check_total_queue(sender.acknowledged, tickets, tickets, self.desk.changes())
            return self.report
        finally:
            for program in programs:
                program.stop()

    def _pause(self, number: int, moment: str, sender: Sender) -> None:
        """One pause, about a ticket that is to be queued: one move, one note, one public word."""
        self.report.pauses += 1
        ticket = self.desk.open([{"email": email_of(number), "number": number}])[0]
        self.desk.hold(moment, number)
        sender.add(Webhook(0, number, json.dumps({"ticket": ticket, "queue_slug": "inbox"}).encode()))
        port = wait_until(lambda: self.desk.client_held(moment, number), what=f"the worker's {moment} of {number}")
        worker = owner_of(port, self.workers)
        worker.pause()
        try:
            self.desk.let_go(moment, number)
            began = time.monotonic()
            wait_until(lambda: self.house.is_taken_up(ticket["id"]), PATIENCE, f"the taking up of {number}")
            self.report.taken_over.append(time.monotonic() - began)
            wait_until(lambda: self._is_settled(number), PATIENCE, f"another worker's work on {number}")
        finally:
            worker.go_on()
        time.sleep(BUSY_AFTERWARDS)  # for whatever the one that wakes up may still do

    def _is_settled(self, number: int) -> bool:
        """Nothing is owed; what the other would have to wait a minute for is due at once."""
        self.house.hurry()
        return self._times_answered(number) > 0 and not self.house.is_anything_owed()

    def _times_answered(self, number: int) -> int:
        return sum(each["ticket"] == number and each["what"] == "answered" for each in self.desk.changes())


def pause(pauses: int, url: str, folder: Path) -> Report:
    """Run the experiment on an empty, migrated database."""
    with StandIn(folder) as desk, Furnished(url, desk.url, folder) as house:
        return Pausing(house, desk, folder).run(pauses)


@click.command()
@click.option("--pauses", default=40, show_default=True)
@click.option("--database", type=click.Choice(KINDS), default="sqlite", show_default=True)
def soak(pauses: int, database: str) -> None:
    """Pause workers at length. Exit status 1 when anything was done twice, or not at all."""
    with soak_folder() as folder, empty_database(database, folder) as url:
        report = pause(pauses, url, folder)
        click.echo(f"pause --pauses {pauses} --database {database}\n{report}")
        sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    soak()
