"""Rolling restarts under load: `python -m tests.soak.rolling --restarts 50`.

Signed webhooks come at a steady rate, half of them on connections kept open and half each on a new one, while SIGHUP
starts web processes and workers anew. It counts what was refused or answered 5xx, and looks at the system that is told
of the decisions for what was told twice or not at all.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone

import click
from standardwebhooks import Webhook

from tests.crash.databases import KINDS, empty_database, soak_folder
from tests.desk.receiver import Receiver
from tests.gateway import Gateway, wait_until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CONNECTION = "shop"
SENDERS = 8
PATIENCE = 20.0


@dataclass
class Seen:
    """What the senders have seen."""

    outcomes: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def took(self, share: float) -> float:
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))]


class Senders:
    """Systems that send their tickets at a steady rate, and take any answer for an answer: nobody tries again."""

    def __init__(self, port: int, rate: float):
        self.seen = Seen()
        self._port, self._every = port, SENDERS / rate
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._send_on, args=(number,)) for number in range(SENDERS)]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send_on(self, number: int) -> None:
        """One sender. Every other one opens a connection for each ticket."""
        keeps = number % 2 == 0
        connection, sent = self._new_connection(), 0
        due = time.monotonic() + self._every * number / SENDERS
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due, sent = due + self._every, sent + 1
            connection = connection if keeps else self._new_connection()
            if not self._send(connection, f"{number}-{sent}") or not keeps:
                connection.close()
                connection = self._new_connection()
        connection.close()

    def _new_connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)

    def _send(self, connection: http.client.HTTPConnection, ticket: str) -> bool:
        body, headers = signed(ticket)
        began = time.monotonic()
        try:
            connection.request("POST", f"/hooks/{CONNECTION}", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._note(f"refused ({type(error).__name__})", ticket, time.monotonic() - began)
            return False
        self._note(str(answer.status), ticket, time.monotonic() - began)
        return True

    def _note(self, outcome: str, ticket: str, seconds: float) -> None:
        with self._lock:
            self.seen.outcomes[outcome] += 1
            self.seen.seconds.append(seconds)
            if outcome == "200":
                self.seen.acknowledged.add(ticket)
            else:
                self.seen.troubles.append(f"{datetime.now(timezone.utc):%H:%M:%S.%f} {ticket}: {outcome}")


def signed(ticket: str) -> tuple[str, dict[str, str]]:
    at = datetime.now(timezone.utc)
    body = json.dumps({"type": "ticket.created", "timestamp": at.isoformat(),
                       "data": {"id": ticket, "requester_email": "ops@globex.example", "created_at": at.isoformat()}})
    return body, {"webhook-id": f"msg-{ticket}", "webhook-timestamp": str(int(at.timestamp())),
                  "webhook-signature": Webhook(SECRET).sign(f"msg-{ticket}", at, body),
                  "Content-Type": "application/json"}


@dataclass(frozen=True)
class Outcome:
    """What came of a number of restarts: all that was seen, lost and doubled, and how long they took."""

    seen: Seen
    told: Counter[str]
    seconds: float

    @property
    def untold(self) -> set[str]:
        return self.seen.acknowledged - set(self.told)

    @property
    def told_twice(self) -> list[str]:
        return [ticket for ticket, times in self.told.items() if times > 1]

    @property
    def is_good(self) -> bool:
        return set(self.seen.outcomes) == {"200"} and not self.untold and not self.told_twice


def roll(gateway: Gateway, restarts: int, rate: float, *options: str) -> Outcome:
    """Start Deskgate on a migrated database, restart it so often under load, and wait until all is told."""
    receiver = Receiver().start()
    try:
        _prepare(gateway, receiver.url)
        gateway.start(*options)
        began = time.monotonic()
        with Senders(gateway.port, rate) as senders:
            for _ in range(restarts):
                _restart(gateway)
        seconds = time.monotonic() - began
        with suppress(AssertionError):  # what was not told is in the outcome
            wait_until(lambda: set(tickets_told(receiver)) >= senders.seen.acknowledged, 300, "the last delivery")
        return Outcome(senders.seen, tickets_told(receiver), seconds)
    finally:
        gateway.stop()
        receiver.stop()


def tickets_told(receiver: Receiver) -> Counter[str]:
    """How often each ticket was told of, in messages that came whole."""
    whole = [each for each in list(receiver.received) if len(each.body) == int(each.headers["Content-Length"])]
    return Counter(json.loads(each.body)["data"]["id"] for each in whole if each.body)


def _prepare(gateway: Gateway, url: str) -> None:
    """A customer, and a system that sends its tickets and is told the decisions. The database is there already."""
    gateway.import_licenses({"customer": "Globex", "domains": "globex.example", "plan": "24x7",
                             "starts_on": "2020-01-01", "ends_on": "2037-01-01"})
    gateway.gateway("connection", "add", CONNECTION, "--kind", "standard", "--secret", SECRET, "--url", url,
                    "--mode", "enforce")


def _restart(gateway: Gateway) -> None:
    done = gateway.log().count("started anew")
    gateway.send_signal(signal.SIGHUP)
    wait_until(lambda: gateway.log().count("started anew") > done, 120, "the end of a restart")


@click.command()
@click.option("--restarts", default=50, show_default=True)
@click.option("--rate", default=50.0, show_default=True, help="Webhooks a second.")
@click.option("--processes", default=2, show_default=True)
@click.option("--workers", default=1, show_default=True)
@click.option("--database", type=click.Choice(KINDS), default=KINDS[0], show_default=True)
def main(restarts: int, rate: float, processes: int, workers: int, database: str) -> None:
    """Restart so often under load and print what was seen. Fails when anything was refused, lost or doubled."""
    with soak_folder() as folder, empty_database(database, folder) as url:
        gateway = Gateway(folder, url)
        outcome = roll(gateway, restarts, rate, "--processes", str(processes), "--workers", str(workers))
    seen = outcome.seen
    click.echo(f"{database}: {restarts} restarts of {processes} web processes and {workers} workers in "
               f"{outcome.seconds:.0f} s")
    click.echo("answers: " + ", ".join(f"{count} {what}" for what, count in seen.outcomes.most_common()))
    click.echo(f"seconds to answer: p50 {seen.took(.5):.3f}, p99 {seen.took(.99):.3f}, most {seen.took(1):.3f}")
    click.echo(f"{len(outcome.told)} tickets told, {len(outcome.untold)} not, {len(outcome.told_twice)} twice")
    for line in seen.troubles[:20]:
        click.echo(f"  {line}")
    sys.exit(0 if outcome.is_good else 1)


if __name__ == "__main__":
    main()
