"""How the helpdesk tells Deskgate: webhooks that come twice, late, in the wrong order, or not at all; and the calls of
a portal that submits tickets. Whoever gets no answer sends again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from werkzeug.test import TestResponse

from tests.simulator.agenda import Agenda
from tests.simulator.customers import SECRET, Buyer
from tests.simulator.desk import US, Fields
from tests.simulator.trouble import Trouble

AGAIN = (2, 5, 30, 120, 600, 1800, 3600)
Post = Callable[..., TestResponse | None]


@dataclass
class Hook:
    """One webhook: what it says, when it was acknowledged, and with which answers."""

    number: int
    body: bytes
    sent_at: datetime
    dropped: bool = False
    answers: list[tuple[datetime, int, bytes]] = field(default_factory=list)


@dataclass
class Submitted:
    """A ticket handed in through the REST API."""

    title: str
    buyer: str
    answers: list[tuple[int, bytes]] = field(default_factory=list)


class Sender:
    """Sends, and keeps an outside log of what was acknowledged. `post` answers None when its receiver died over it."""

    def __init__(self, agenda: Agenda, trouble: Trouble, random: Random, post: Post, token: str) -> None:
        self.agenda, self.trouble, self.random, self._post = agenda, trouble, random, post
        self._authorization = {"Authorization": f"Bearer {token}"}
        self.hooks: list[Hook] = []
        self.submitted: list[Submitted] = []
        self.refused: list[tuple[int, bytes]] = []

    def tell(self, number: int, fields: Fields) -> None:
        """The helpdesk tells of something that has just happened."""
        entries = fields["ticket"]["followup_set"]
        if entries[-1]["user"] == US:
            self.trouble.count("our own change comes back")
        hook = Hook(number, json.dumps(fields).encode(), self.agenda.clock.now())
        self.hooks.append(hook)
        if self.trouble.happens("hook dropped"):
            hook.dropped = True
            return
        self.agenda.after(self._delay(), lambda: self._send(hook))
        if self.trouble.happens("hook twice"):
            self.agenda.after(self.random.choice((1, 60, 3600, 86400)) * self.random.random(),
                              lambda: self._send(hook))

    def _delay(self) -> float:
        if self.trouble.happens("hook hours late"):
            return self.random.uniform(600, 6 * 3600)
        if self.trouble.happens("hook overtaken"):
            return self.random.uniform(5, 200)
        return self.random.uniform(0, 0.5)

    def _send(self, hook: Hook, tries: int = 0) -> None:
        address = "/hooks/desk/" + SECRET
        if self.random.random() < 0.01 and not self.trouble.is_over:
            self.trouble.count("forged hook")
            forged = self._post("/hooks/desk/not-the-secret", data=hook.body, content_type="application/json")
            assert forged is None or forged.status_code == 401, forged.data
        response = self._post(address, data=hook.body, content_type="application/json")
        if response is not None and response.status_code in (200, 202):
            hook.answers.append((self.agenda.clock.now(), response.status_code, response.data))
            return
        self._note_refusal(response)
        self.agenda.after(AGAIN[min(tries, len(AGAIN) - 1)], lambda: self._send(hook, tries + 1))

    def flush(self) -> None:
        """What is still on its way arrives now, in whatever order. What was lost does not."""
        held_up = [hook for hook in self.hooks if not hook.answers and not hook.dropped]
        self.random.shuffle(held_up)
        for hook in held_up:
            self._send(hook)

    def submit(self, buyer: Buyer, title: str, severity: str) -> None:
        """Somebody submits a ticket through a portal of their own."""
        call = {"customer": buyer.name, "contact": buyer.people[0], "subject": title, "description": "Please help.",
                "severity": severity, "connection": "desk"}
        submitted = Submitted(title, buyer.name)
        self.submitted.append(submitted)
        self._call(submitted, call)

    def _call(self, submitted: Submitted, call: dict[str, Any], tries: int = 0) -> None:
        response = self._post("/api/v1/tickets", json=call,
                              headers={**self._authorization, "Idempotency-Key": submitted.title.replace(" ", "-")})
        known = response is not None and response.status_code in (201, 202, 403)
        if known:
            submitted.answers.append((response.status_code, response.data))
        else:
            self._note_refusal(response)
        if not known or (self.random.random() < 0.2 and not self.trouble.is_over):
            self.agenda.after(AGAIN[min(tries, len(AGAIN) - 1)], lambda: self._call(submitted, call, tries + 1))

    def _note_refusal(self, response: TestResponse | None) -> None:
        if response is not None and response.status_code != 503:
            self.refused.append((response.status_code, response.data))
