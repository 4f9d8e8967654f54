"""What customers and agents do in a week. They know nothing but what the helpdesk shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from tests.simulator.agenda import BEGINNING, Agenda
from tests.simulator.customers import BUYERS, Buyer
from tests.simulator.desk import AGENTS, CLOSED, DUPLICATE, OVER, REOPENED, RESOLVED, Desk, Fields
from tests.simulator.trouble import Trouble

WEEK = timedelta(days=7)
STRANGERS = ("somebody@nowhere.example", "noreply@nowhere.example")
PRIORITIES = (1, 2, 3, 3, 3, 4)


class People:
    """All customers and agents of one week. `submit` hands a ticket to Deskgate's own REST API."""

    def __init__(self, desk: Desk, agenda: Agenda, trouble: Trouble, random: Random,
                 submit: Callable[[Buyer, str, str], None]) -> None:
        self.desk, self.agenda, self.trouble, self.random, self._submit = desk, agenda, trouble, random, submit
        self.submitted = 0

    def plan(self, tickets: int) -> None:
        """Put the tickets of the week down, many of them where a window opens or closes."""
        for _ in range(tickets):
            buyer = self.random.choice(BUYERS)
            self.agenda.at(self._moment(buyer), lambda buyer=buyer: self._begin(buyer))
        for _ in range(self.random.randrange(3)):
            at = BEGINNING + WEEK * self.random.random()
            buyer = self.random.choice(BUYERS)
            for second in range(self.random.randrange(3, 6)):  # several at once, of one customer
                self.agenda.at(at + timedelta(seconds=second), lambda buyer=buyer: self._begin(buyer))

    def _moment(self, buyer: Buyer) -> datetime:
        at = BEGINNING + (WEEK - timedelta(hours=6)) * self.random.random()
        if self.random.random() < 0.5:
            return at
        minute, oracle = timedelta(minutes=1), buyer.oracle
        at = at.replace(second=0, microsecond=0)
        walk = oracle.walk(at, 24 * 60)
        if not walk.flips:
            return at
        edge = at + minute * self.random.choice(walk.flips)
        return min(edge + timedelta(seconds=self.random.choice((-1, 0, 0, 0, 1))), BEGINNING + WEEK)

    def _begin(self, buyer: Buyer) -> None:
        random = self.random
        if random.random() < 0.12:
            self.submitted += 1
            self._submit(buyer, f"Submitted {self.submitted}", random.choice(("low", "normal", "high", "urgent")))
            return
        email = random.choice(STRANGERS) if random.random() < 0.06 else random.choice(buyer.people)
        by = random.choice(AGENTS) if random.random() < 0.05 else None
        number = self.desk.open(email, random.choice(PRIORITIES), buyer=buyer.name if "nowhere" not in email else "",
                                by=by)
        self.follow(number)

    def follow(self, number: int) -> None:
        """What happens to a ticket later on."""
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 4))):
            quickly = self.random.random() < 0.35
            after = self.random.uniform(0, 90) if quickly else self.random.expovariate(1 / 30_000)
            self.agenda.after(after, lambda: self._act(number))

    def _act(self, number: int) -> None:
        ticket = self.desk.tickets.get(number)
        if ticket is None or ticket["merged_to"] or self.trouble.is_over:
            return
        if ticket["status"] in OVER:
            acts = (self._customer_reopens, self._agent_reopens, self._agent_notes)
        elif ticket["on_hold"]:
            acts = (self._customer_writes, self._customer_writes, self._agent_takes, self._agent_answers,
                    self._agent_closes, self._agent_notes, self._agent_prioritizes, self._agent_logs,
                    self._agent_merges, self._agent_deletes)
        else:
            acts = (self._customer_writes, self._agent_answers, self._agent_answers, self._agent_logs,
                    self._agent_logs, self._agent_closes, self._agent_closes, self._agent_takes,
                    self._agent_prioritizes, self._agent_notes, self._agent_merges, self._agent_deletes)
        self.random.choice(acts)(number, ticket)

    @property
    def _agent(self) -> int:
        self.trouble.count("agent in between")
        return self.random.choice(AGENTS)

    def _agent_takes(self, number: int, _ticket: Fields) -> None:
        agent = self._agent
        self.desk.act(number, "", user=agent, public=False, title="Assigned", assigned_to=agent)

    def _agent_answers(self, number: int, _ticket: Fields) -> None:
        self.desk.act(number, "Have you tried it again?", user=self._agent)

    def _agent_notes(self, number: int, _ticket: Fields) -> None:
        self.desk.act(number, "Looks odd.", user=self._agent, public=False)

    def _agent_logs(self, number: int, _ticket: Fields) -> None:
        spent = f"{self.random.randrange(2):02}:{self.random.randrange(5, 60):02}:00"
        self.desk.act(number, "Worked on it.", user=self._agent, public=False, time_spent=spent)

    def _agent_prioritizes(self, number: int, _ticket: Fields) -> None:
        self.desk.act(number, "", user=self._agent, public=False, priority=self.random.choice(PRIORITIES))

    def _agent_closes(self, number: int, _ticket: Fields) -> None:
        self.desk.act(number, "", user=self._agent, new_status=self.random.choice((RESOLVED, CLOSED)))

    def _agent_reopens(self, number: int, _ticket: Fields) -> None:
        self.trouble.count("reopened by an agent")
        self.desk.act(number, "", user=self._agent, new_status=REOPENED)

    def _agent_merges(self, number: int, _ticket: Fields) -> None:
        others = [other for other, each in self.desk.tickets.items() if other < number and not each["merged_to"]]
        if not others or self.random.random() < 0.5:
            return
        self.trouble.count("ticket merged")
        self.desk.act(number, "", user=self._agent, public=False, new_status=DUPLICATE,
                      merged_to=self.random.choice(others))

    def _agent_deletes(self, number: int, _ticket: Fields) -> None:
        if self.random.random() < 0.3:
            self.trouble.count("agent in between")
            self.desk.delete(number)

    def _customer_writes(self, number: int, _ticket: Fields) -> None:
        self.trouble.count("customer writes")
        self.desk.act(number, "Any news?", user=None)

    def _customer_reopens(self, number: int, ticket: Fields) -> None:
        self.trouble.count("reopened by a customer")
        ticket["assigned_to"] = None if self.random.random() < 0.5 else ticket["assigned_to"]
        self.desk.act(number, "It is back.", user=None, new_status=REOPENED)
