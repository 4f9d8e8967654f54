"""The same webhooks again and again, from many clients at once: `python -m tests.soak.replay --tickets 10000`.

Each is sent five times, shuffled, some of them five times at the same moment. There must be one decision for each
ticket, and every repeat must get the very answer that the first one got.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.crash.databases import KINDS, empty_database, soak_folder
from tests.crash.furnished import Furnished, email_of
from tests.crash.programs import Web
from tests.standin.desk import Desk

NOBODY = "http://127.0.0.1:9"
TOGETHER = 0.2
"""The share of tickets whose repeats are all sent at the same moment."""
UNAVAILABLE, MOST_TRIES = 503, 20  # on a busy machine nothing may be stored for a while; senders come again
Post = Callable[[bytes], tuple[int, bytes]]


@dataclass(frozen=True)
class Plan:
    tickets: int
    times: int = 5
    clients: int = 16
    seed: int = 1

    @property
    def order(self) -> list[int]:
        """The numbers of the tickets, as often as they are sent, in the order of sending."""
        chance, numbers = random.Random(self.seed), range(1, self.tickets + 1)
        together = set(chance.sample(numbers, int(self.tickets * TOGETHER)))
        groups = [[number] * self.times if number in together else [number]
                  for number in numbers for _ in range(1 if number in together else self.times)]
        chance.shuffle(groups)
        return [number for group in groups for number in group]


@dataclass
class Report:
    plan: Plan
    statuses: Counter[int] = field(default_factory=Counter)
    answers: dict[int, set[bytes]] = field(default_factory=dict)
    decisions: int = 0
    events: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    took: float = 0.0

    @property
    def different(self) -> list[int]:
        """Tickets whose repeats were answered differently."""
        return [number for number, answers in self.answers.items() if len(answers) != 1]

    @property
    def is_good(self) -> bool:
        count = self.plan.tickets
        return (self.statuses[200] == count * self.plan.times and set(self.statuses) <= {200, UNAVAILABLE}
                and len(self.answers) == count and not self.different
                and self.decisions == count and self.events == {"decided": count}
                and self.deliveries == {"waiting": count})

    def __str__(self) -> str:
        sent = sum(self.statuses.values())
        return (f"{sent} sent from {self.plan.clients} clients in {self.took:.1f} s ({sent / self.took:.0f} a second): "
                f"answered {dict(self.statuses)}, {self.decisions} decisions, {sum(self.events.values())} events, "
                f"{sum(self.deliveries.values())} deliveries, {len(self.different)} tickets answered differently")


def replay(plan: Plan, house: Furnished, folder: Path, through: Callable[[], Post]) -> Report:
    """Send all of it; `through` makes what each client sends with."""
    bodies, report, order, lock = _bodies(plan, folder), Report(plan), iter(plan.order), threading.Lock()

    def send_on() -> None:
        post = through()
        while True:
            with lock:
                number = next(order, None)
            if number is None:
                return
            for _ in range(MOST_TRIES):
                status, answer = post(bodies[number])
                with lock:
                    report.statuses[status] += 1
                if status != UNAVAILABLE:
                    break
            with lock:
                report.answers.setdefault(number, set()).add(answer)

    began = time.monotonic()
    clients = [threading.Thread(target=send_on) for _ in range(plan.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    report.took = time.monotonic() - began
    report.decisions, report.events, report.deliveries = house.decisions(), house.events(), house.deliveries()
    return report


def _bodies(plan: Plan, folder: Path) -> dict[int, bytes]:
    """What is sent about each ticket."""
    desk = Desk(folder / "opened.jsonl")
    bodies = {number: json.dumps({"ticket": desk.open(email_of(number), number)}).encode()
              for number in range(1, plan.tickets + 1)}
    desk.close()
    return bodies


def in_process(house: Furnished) -> Callable[[], Post]:
    """Clients that call the WSGI application itself, in threads of this process."""
    def client() -> Post:
        made = house.app.test_client()

        def post(body: bytes) -> tuple[int, bytes]:
            answer = made.post(house.hook, data=body, content_type="application/json")
            return answer.status_code, answer.data

        return post

    return client


@contextmanager
def over_http(house: Furnished, folder: Path) -> Iterator[Callable[[], Post]]:
    """Clients of two web processes, each asking one and the other in turn."""
    webs = [Web(f"web-{each}", house.environment, folder) for each in (1, 2)]
    try:
        for web in webs:
            web.start()
        for web in webs:
            web.wait_ready()
        yield lambda: _http_client([web.port for web in webs], house.hook)
    finally:
        for web in webs:
            web.stop()


def _http_client(ports: list[int], hook: str) -> Post:
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]

    def post(body: bytes) -> tuple[int, bytes]:
        connections.reverse()
        connections[0].request("POST", hook, body, {"Content-Type": "application/json"})
        answer = connections[0].getresponse()
        return answer.status, answer.read()

    return post


@click.command()
@click.option("--tickets", default=10_000, show_default=True)
@click.option("--times", default=5, show_default=True, help="How often each is sent.")
@click.option("--clients", default=16, show_default=True)
@click.option("--database", type=click.Choice(KINDS), default="sqlite", show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--http/--in-process", "http_", default=True, help="Two web processes, or the application in this one.")
def soak(tickets: int, times: int, clients: int, database: str, seed: int, http_: bool) -> None:
    """Repeat at length. Exit status 1 when anything was decided twice or answered differently."""
    plan = Plan(tickets, times, clients, seed)
    with soak_folder() as folder, empty_database(database, folder) as url, Furnished(url, NOBODY, folder) as house:
        if http_:
            with over_http(house, folder) as through:
                report = replay(plan, house, folder, through)
        else:
            report = replay(plan, house, folder, in_process(house))
        click.echo(f"replay --tickets {tickets} --times {times} --clients {clients} --database {database} "
                   f"--seed {seed}\n{report}")
        sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    soak()
