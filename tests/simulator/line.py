"""The line to the helpdesk: what stands in for `integrations.http.HttpClient`, and all that goes wrong on it.

Answers and errors are those that the real client makes of the same trouble; adapters cannot tell the difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from entitlements.errors import DeliveryError
from integrations.http import TIMES, Answer, after_sending, failure
from integrations.masking import secrets_in, shown
from tests.simulator.agenda import Agenda, current_strand, wait
from tests.simulator.desk import Desk, Doer, Fields
from tests.simulator.trouble import Trouble

JSON = {"Content-Type": "application/json"}
PAGE = 25


class Line:
    """One HTTP client for all connections, as the application thinks."""

    allow_loopback = False

    def __init__(self, desk: Desk, agenda: Agenda, trouble: Trouble, random: Random) -> None:
        self.desk, self.agenda, self.trouble, self.random = desk, agenda, trouble, random
        self.spells: set[str] = set()
        self.calls = 0
        self.permit: Callable[[], None] | None = None
        self.tried_while_down: list[Any] = []

    def look_up(self, url: str) -> str:
        return urlsplit(url).hostname or ""

    def close(self) -> None:
        """Nothing is kept open."""

    def permitted(self, permit: Callable[[], None]) -> Line:
        """The same line, for one who must have leave for each change."""
        mine = copy(self)
        mine.permit = permit
        return mine

    def request(self, method: str, url: str, **content: Any) -> Answer:
        answer = self.exchange(method, url, **content)
        if answer.is_success:
            return answer
        raise failure(answer)

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: object = None,
                 body: bytes | None = None) -> Answer:
        """One call: now and then it takes its time, goes wrong, or is the last thing that its process does."""
        self.calls += 1
        parts = urlsplit(url)
        path = parts.path.partition("/api/")[2] + (f"?{parts.query}" if parts.query else "")
        writes = method != "GET"
        what = "write" if writes else "read"
        self.trouble.may_crash(f"before a {what}")
        if writes and self.permit is not None:
            self.permit()
        call = _Call(self, method, shown(parts.path), path, json if isinstance(json, dict) else {})
        answer = replace(call.told(), at=self.agenda.clock.now(), secrets=secrets_in(headers or {}))
        if self.trouble.happens("slow answer"):
            wait(self.random.uniform(0.2, 6))
        strand = current_strand()
        if strand is not None and call.seen is not None:
            strand.seen = call.seen
        self.trouble.may_crash(f"after a {what}")
        self.trouble.may_pause(f"paused after a {what}")
        return answer


class _Call:
    """One request on its way, and what comes of it."""

    def __init__(self, line: Line, method: str, shown_path: str, path: str, body: Fields) -> None:
        self.line, self.method, self.shown_path, self.path, self.body = line, method, shown_path, path, body
        self.seen: Fields | None = None
        strand = current_strand()
        work = strand.work if strand else None
        self.doer = Doer(getattr(work, "delivery_id", 0), getattr(work, "generation", 0),
                         strand.seen if strand else None)

    def told(self) -> Answer:
        """The same as `made`, put down for whoever looks into a seed."""
        what = f"delivery {self.doer.delivery} claim {self.doer.generation}: {self.method} {self.path} {self.body}"
        try:
            answer = self.made()
        except DeliveryError as error:
            self.line.trouble.tell(f"{what}: {error.kind}, {error}")
            raise
        self.line.trouble.tell(f"{what}: {answer.status}")
        return answer

    def made(self) -> Answer:
        line, happens = self.line, self.line.trouble.happens
        if "outage" in line.spells:
            line.tried_while_down.append(line.agenda.clock.now())
            return self._down()
        if "credentials refused" in line.spells:
            line.trouble.count("credentials refused")
            return self._answer(401, {"detail": "Invalid token."})
        for fault, outcome in (COMMON | (READS if self.method == "GET" else WRITES)).items():
            if happens(fault):
                return outcome(self)
        return self._really()

    def _down(self) -> Answer:
        self.line.trouble.count("outage")
        kind = self.line.random.randrange(3)
        if kind == 0:
            raise DeliveryError(f"{self.method} {self.shown_path}: no connection within {TIMES[0]:.0f} s")
        if kind == 1:
            wait(TIMES[1])
            raise self._no_answer()
        return self._answer(503, {"detail": "down"})

    def _no_answer(self) -> DeliveryError:
        return DeliveryError(f"{self.method} {self.shown_path}: no answer within {TIMES[1]:.0f} s",
                             kind=after_sending(self.method))

    def _really(self) -> Answer:
        """What the helpdesk does and says when nothing is wrong."""
        desk, found = self.line.desk, re.fullmatch(r"tickets/(\d+)/", self.path)
        if found:
            number = int(found[1])
            if number not in desk.tickets:
                self.line.trouble.count("ticket deleted")
                return self._answer(self.line.random.choice((404, 410)), {"detail": "No Ticket matches."})
            if self.method == "GET":
                self.seen = desk.shown(number)
                return self._answer(200, self.seen)
            return self._answer(200, desk.change(number, self.body, self.doer))
        if self.method == "GET":
            return self._answer(200, self._page(self.path.startswith("followups/")))
        if self.path == "followups/":
            if self.body["ticket"] not in desk.tickets:
                return self._answer(404, {"detail": "No Ticket matches."})
            return self._answer(201, desk.comment(self.body, self.doer))
        return self._answer(201, desk.create(self.body, self.doer))

    def _page(self, of_entries: bool) -> Fields:
        """A page of the list, the oldest first."""
        asked = dict(part.split("=") for part in self.path.partition("?")[2].split("&") if "=" in part)
        listed = self.line.desk.all_entries() if of_entries else self.line.desk.all_tickets()
        size = int(asked.get("page_size", PAGE))
        last = max(1, -(-len(listed) // size))
        page = last if asked.get("page", "1") == "last" else int(asked.get("page", "1"))
        return {"count": len(listed), "next": "more" if page < last else None, "previous": None,
                "results": listed[(page - 1) * size:page * size]}

    def _answer(self, status: int, body: object, **headers: str) -> Answer:
        return Answer(self.method, self.shown_path, status, {**JSON, **headers}, json.dumps(body).encode())

    # What goes wrong

    def broken(self) -> Answer:
        raise DeliveryError(f"{self.method} {self.shown_path}: the connection broke", kind=after_sending(self.method))

    def refused(self) -> Answer:
        raise DeliveryError(f"{self.method} {self.shown_path}: no connection within {TIMES[0]:.0f} s")

    def unavailable(self) -> Answer:
        return self._answer(self.line.random.choice((500, 502, 503)), {"detail": "sorry"})

    def too_many(self) -> Answer:
        """With every kind of Retry-After that is seen in the wild."""
        now, random = self.line.agenda.clock.now(), self.line.random
        date = format_datetime(now + timedelta(seconds=random.choice((-60, 20, 90))), usegmt=True)
        said = random.choice(("2", "0", "-1", "1e9", "99999999999", "soon", "", date, "45", "3.5"))
        return self._answer(429, {"detail": "throttled"}, **{"Retry-After": said})

    def unreadable(self) -> Answer:
        return self._answer(422, {"detail": "cannot be processed"})

    def cut(self) -> Answer:
        """All of it is done, and half of the answer comes back."""
        answer = self._really()
        return Answer(answer.method, answer.path, answer.status, answer.headers, answer.body[:len(answer.body) // 2])

    def endless(self) -> Answer:
        answer = self._really()
        raise DeliveryError(f"{self.method} {self.shown_path}: the answer is larger than 1 MiB",
                            kind=after_sending(self.method), status=answer.status)

    def not_json(self) -> Answer:
        answer = self._really()
        return Answer(answer.method, answer.path, 200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>")

    def dropped(self) -> Answer:
        """It is done, and nobody hears of it."""
        self._really()
        if self.line.random.random() < 0.5:
            return self.broken()
        wait(TIMES[1])
        raise self._no_answer()

    def gateway(self) -> Answer:
        """It is done, and a proxy in between says that it is not."""
        self._really()
        return self._answer(self.line.random.choice((502, 504)), {"detail": "bad gateway"})

    def late(self) -> Answer:
        """We give up waiting, and after that it is done."""
        self._later(self.line.random.uniform(0.5, 45))
        wait(TIMES[1])
        raise self._no_answer()

    def late_behind_gateway(self) -> Answer:
        self._later(self.line.random.uniform(0.5, 45))
        return self._answer(504, {"detail": "gateway timeout"})

    def killed(self) -> Answer:
        """The process dies while the call is under way; the helpdesk has it all the same."""
        if not self.line.trouble.may_die():
            return self.dropped()
        self._later(self.line.random.uniform(0, 4), after=0)
        raise self.line.trouble.crash("killed in the middle of a write")

    def _later(self, seconds: float, after: float = TIMES[1]) -> None:
        doer = Doer(self.doer.delivery, self.doer.generation, self.doer.seen, late=True)
        late = _Call(self.line, self.method, self.shown_path, self.path, self.body)
        late.doer = doer
        self.line.agenda.after(after + seconds, lambda: late.done_at_last())

    def done_at_last(self) -> None:
        """What nobody waits for any more is done after all."""
        self._really()


Outcome = Callable[[_Call], Answer]
COMMON: dict[str, Outcome] = {
    "connection refused": _Call.refused, "5xx": _Call.unavailable, "429": _Call.too_many, "422": _Call.unreadable}
READS: dict[str, Outcome] = {
    "read: connection broke": _Call.broken, "read: answer cut": _Call.cut, "read: endless answer": _Call.endless,
    "read: not JSON": _Call.not_json}
WRITES: dict[str, Outcome] = {
    "done, answer dropped": _Call.dropped, "done, answer cut": _Call.cut, "done, endless answer": _Call.endless,
    "done, not JSON": _Call.not_json, "done, but a gateway fails": _Call.gateway, "done late": _Call.late,
    "done late behind a gateway": _Call.late_behind_gateway, "not done, connection broke": _Call.broken,
    "killed in the middle of a write": _Call.killed}
