"""A helpdesk's sender of webhooks: at a given pace, several at once, again and again on anything but a 2xx.

What was acknowledged is noted here, outside of Deskgate.
"""

from __future__ import annotations

import heapq
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

DELAYS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between tries, shorter than real senders': what they would do within hours shall happen within seconds."""
TIMEOUT = 10.0
BREATH = 0.1  # seconds that a client takes after a failure, lest senders use up what those who start need


@dataclass(order=True)
class Webhook:
    """One message to deliver, and when it is due (monotonic)."""

    due: float
    ticket: int
    body: bytes = field(compare=False, repr=False)
    tries: int = field(default=0, compare=False)
    first: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Acknowledged:
    """When a ticket's webhook was answered with success (monotonic), after how many tries and seconds, and how."""

    at: float
    tries: int
    took: float
    answer: bytes


class Sender:
    """Sends to any of the ports, at the same path. `again` is the share of messages sent once more after success."""

    def __init__(self, ports: Sequence[int], path: str, log: Path, *, clients: int = 8, again: float = 0.0,
                 seed: int = 1):
        self.acknowledged: dict[int, Acknowledged] = {}
        self.answers: Counter[str] = Counter()
        self.changed_answers: list[int] = []
        self._ports, self._path, self._again = list(ports), path, again
        self._random = random.Random(seed)
        self._log = log.open("a", buffering=1, encoding="utf-8")
        self._waiting: list[Webhook] = []
        self._under_way = 0
        self._change = threading.Condition()
        self._done = False
        self._clients = [threading.Thread(target=self._send_all, name=f"sender-{each}") for each in range(clients)]

    def __enter__(self) -> Sender:
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._done = True
            self._change.notify_all()
        for client in self._clients:
            client.join()
        self._log.close()

    def add(self, *webhooks: Webhook) -> None:
        with self._change:
            for each in webhooks:
                heapq.heappush(self._waiting, each)
            self._change.notify_all()

    def begin_no_more(self) -> int:
        """Drop what was never tried; what was is tried on. Returns how many were dropped."""
        with self._change:
            kept = [each for each in self._waiting if each.tries]
            dropped = len(self._waiting) - len(kept)
            self._waiting = kept
            heapq.heapify(self._waiting)
            return dropped

    @property
    def waiting(self) -> int:
        """How many are not acknowledged yet."""
        with self._change:
            return len(self._waiting) + self._under_way

    def wait(self, seconds: float) -> bool:
        """Wait until all are acknowledged. Returns whether they are."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.waiting:
                return True
            time.sleep(0.02)
        return False

    def _send_all(self) -> None:
        open_ones: dict[int, http.client.HTTPConnection] = {}
        while (webhook := self._next()) is not None:
            self._send(webhook, open_ones)
        for connection in open_ones.values():
            connection.close()

    def _next(self) -> Webhook | None:
        with self._change:
            while not self._done:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._waiting)
                self._change.wait(wait)
            return None

    def _send(self, webhook: Webhook, open_ones: dict[int, http.client.HTTPConnection]) -> None:
        with self._change:
            port = self._random.choice(self._ports)
        now = time.monotonic()
        webhook.first, webhook.tries = webhook.first or now, webhook.tries + 1
        try:
            connection = open_ones.pop(port, None) or http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
            connection.request("POST", self._path, webhook.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said, text = answer.status, answer.read()
            open_ones[port] = connection
            self._took(webhook, said, text)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._again_later(webhook, type(error).__name__)
            time.sleep(BREATH)

    def _took(self, webhook: Webhook, status: int, text: bytes) -> None:
        if not 200 <= status < 300:
            self._again_later(webhook, str(status))
            return
        now = time.monotonic()
        with self._change:
            self._under_way -= 1
            self.answers[str(status)] += 1
            before = self.acknowledged.get(webhook.ticket)
            if before is None:
                self.acknowledged[webhook.ticket] = Acknowledged(now, webhook.tries, now - webhook.first, text)
                self._log.write(json.dumps({"ticket": webhook.ticket, "at": now}) + "\n")
            elif before.answer != text:
                self.changed_answers.append(webhook.ticket)
            if before is None and self._random.random() < self._again:
                heapq.heappush(self._waiting, Webhook(now + 1, webhook.ticket, webhook.body, 1, now + 1))
                self._change.notify()

    def _again_later(self, webhook: Webhook, why: str) -> None:
        with self._change:
            self._under_way -= 1
            self.answers[why] += 1
            delay = DELAYS[min(webhook.tries, len(DELAYS)) - 1]
            webhook.due = time.monotonic() + delay * (0.8 + 0.4 * self._random.random())
            heapq.heappush(self._waiting, webhook)
            self._change.notify()
