"""Those who go on sending tickets to a Deskgate whose database is in trouble: webhooks and API calls, through the real
application, from several threads. What was refused they send again, as every sender does.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from flask.testing import FlaskClient
from sqlalchemy import func, select
from standardwebhooks import Webhook

from app import create_app
from entitlements.helpdesk import ConnectionConfig
from entitlements.rules.license import Terms
from entitlements.store import db, tables
from entitlements.store.access import add_token
from entitlements.store.connections import SANDBOX, add_connection
from entitlements.store.database import transaction
from entitlements.store.vault import new_webhook_secret
from tests.builders import ALWAYS
from tests.gateway import wait_until
from tests.steps.house import House

WAITS, TAKEN = 503, (200, 201, 202)
BETWEEN = 0.02


@dataclass(frozen=True)
class Sent:
    """One request: when it began and ended, on a clock that only goes forward, and how it was answered."""

    message: str
    status: int
    began: float
    ended: float
    retry_after: str
    ticket: str

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Senders:
    """As many threads as are asked for, every other one with the API. Give it an address of an empty database."""

    def __init__(self, url: str, threads: int = 4):
        self.app = create_app({"DATABASE_URL": url, "SECRET_KEY": "for tests"})
        self.sent: list[Sent] = []
        self._threads, self._stop, self._count = threads, threading.Event(), 0
        self._lock = threading.Lock()
        self._secret = new_webhook_secret()
        self.headers: dict[str, str] = {}

    def furnish(self) -> Senders:
        """A customer with support round the clock, a connection that signs, a token."""
        now = self.app.extensions["deskgate"].clock.now()
        house = object.__new__(House)
        house.clock = self.app.extensions["deskgate"].clock
        with self.app.app_context(), transaction():
            house.customer("Globex", "ops@globex.example", Terms(ALWAYS, date(2020, 1, 1), date(2037, 1, 1)))
            add_connection(ConnectionConfig(name="ours", kind="standard", secrets=(self._secret,)),
                           now - timedelta(days=1))
            add_connection(ConnectionConfig(name=SANDBOX, kind=SANDBOX), now - timedelta(days=1))
            token = add_token("tests", ("tickets:read", "tickets:write", "metrics:read"), now)
        self.headers = {"Authorization": f"Bearer {token}"}
        return self

    @contextmanager
    def at_work(self) -> Iterator[Senders]:
        """All of them send from before the block begins until it ends. An error that no request should end in fails
        the test."""
        errors: list[BaseException] = []
        threads = [threading.Thread(target=self._send_on, args=(number, errors))
                   for number in range(self._threads)]
        for thread in threads:
            thread.start()
        try:
            self.wait_for_work()
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)
            self._stop.clear()
        assert not errors, errors

    def _send_on(self, number: int, errors: list[BaseException]) -> None:
        client = self.app.test_client()
        try:
            while not self._stop.wait(BETWEEN):
                self.send(client, self._next("call" if number % 2 else "hook"))
        except BaseException as error:  # told by whoever started the thread
            errors.append(error)

    def _next(self, kind: str) -> str:
        with self._lock:
            self._count += 1
            return f"{kind}-{self._count}"

    def send(self, client: FlaskClient, message: str) -> Sent:
        began = time.monotonic()
        answer = self._call(client, message) if message.startswith("call") else self._hook(client, message)
        assert b"Traceback" not in answer.data
        told = answer.get_json()
        sent = Sent(message, answer.status_code, began, time.monotonic(), answer.headers.get("Retry-After", ""),
                    str(told.get("ticket") or ""))
        self.sent.append(sent)
        return sent

    def _hook(self, client: FlaskClient, message: str):
        at = datetime.now(timezone.utc)
        raw = json.dumps({"type": "ticket.created", "timestamp": "2026-03-09T09:00:00Z",
                          "data": {"id": message, "requester_email": "ops@globex.example"}})
        return client.post("/hooks/ours", data=raw, headers={
            "webhook-id": message, "webhook-timestamp": str(int(at.timestamp())), "Content-Type": "application/json",
            "webhook-signature": Webhook(self._secret).sign(message, at, raw)})

    def _call(self, client: FlaskClient, message: str):
        return client.post("/api/v1/tickets", json={"customer": "Globex", "subject": message},
                           headers={**self.headers, "Idempotency-Key": message})

    def taken(self, since: float = 0, until: float = float("inf")) -> list[Sent]:
        """What was acknowledged, of all that began and ended between the two."""
        return [each for each in list(self.sent)
                if each.status in TAKEN and each.began >= since and each.ended <= until]

    def wait_for_work(self, seconds: float = 20) -> float:
        """Wait until something is acknowledged from now on; returns how long that took."""
        began = time.monotonic()
        wait_until(lambda: self.taken(since=began), seconds, "an acknowledgement")
        return time.monotonic() - began

    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.sent)

    def check(self) -> None:
        """Send what was refused once more; then all that was ever acknowledged is there, once, and nothing else."""
        for each in self.sent:
            assert each.status in (*TAKEN, WAITS), each
            assert each.status != WAITS or int(each.retry_after) > 0, each
        client = self.app.test_client()
        known = {each.message: each.ticket for each in self.taken()}
        for message in {each.message for each in self.sent} - set(known):
            again = self.send(client, message)
            assert again.status in TAKEN, again
            known[message] = again.ticket
        with self.app.app_context():
            tickets = set(map(str, db.session.scalars(select(tables.Ticket.id))))
            decisions = db.session.scalar(select(func.count(tables.Decision.id)))
        assert set(known.values()) == tickets, "what was acknowledged is not what is there"
        assert len(known) == len(tickets) == decisions

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def senders(url: str, threads: int = 4, told: Callable[[Senders], None] = lambda _: None) -> Iterator[Senders]:
    """Senders to an empty database; `told` gets them before they are furnished."""
    found = Senders(url, threads)
    told(found)
    try:
        yield found.furnish()
    finally:
        found.close()
