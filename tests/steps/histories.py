"""Random lives of tickets in a helpdesk, what each comes to, and telling a Deskgate of them in any order.

What a history comes to is worked out here by following it in the order in which it happened, without any of the
product's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select

from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.ticket import Severity
from entitlements.store import db, tables
from tests.builders import utc
from tests.steps.house import IT, House

SUNDAY_NOON, TOLD_BY, MONDAY = utc("2026-03-08 12:00"), utc("2026-03-08 20:00"), utc("2026-03-09 08:00")
USUAL = (Severity.LOW, Severity.NORMAL, Severity.HIGH)


@dataclass
class History:
    """The life of one ticket of Acme's, which is closed on Sundays: its events in the order in which they happened.

    A helpdesk that says all tells with every event when the ticket was made, who asks and how severe it is; another one
    tells that only when the ticket is made, and the severity when it changes.
    """

    number: str
    says_all: bool
    at: datetime = SUNDAY_NOON
    severity: Severity = Severity.NORMAL
    is_open: bool = True
    is_taken: bool = False
    is_gone: bool = False
    seconds: int = 0
    events: list[Event] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Where Deskgate must have the ticket once it has been told everything, on Sunday still."""
        return "over" if not self.is_open else "routed" if self.is_taken else "queued"

    def tell(self, kind: EventKind, author: Author, **more: object) -> None:
        made = kind is EventKind.CREATED
        said = {"created_at": SUNDAY_NOON, "identity": IT, "severity": self.severity} if made or self.says_all else {}
        self.events.append(Event(kind, key=f"{self.number}.{len(self.events)}", ticket_id=self.number, author=author,
                                 at=self.at, **{**said, **more}))  # type: ignore[arg-type]


def opened(history: History, _random: Random) -> None:
    history.tell(EventKind.CREATED, Author.CUSTOMER, public=True)


def set_severity(history: History, random: Random) -> None:
    history.severity = random.choice(USUAL)
    history.tell(EventKind.UPDATED, Author.AGENT, severity=history.severity)


def customer_writes(history: History, _random: Random) -> None:
    history.tell(EventKind.REPLIED, Author.CUSTOMER, public=True)


def agent_notes(history: History, _random: Random) -> None:
    history.tell(EventKind.REPLIED, Author.AGENT, public=False)


def agent_answers(history: History, _random: Random) -> None:
    history.is_taken = history.is_taken or history.is_open
    history.tell(EventKind.REPLIED, Author.AGENT, public=True, answered=True)


def agent_takes(history: History, _random: Random) -> None:
    history.is_taken = history.is_taken or history.is_open
    history.tell(EventKind.UPDATED, Author.AGENT, assigned=True)


def closed(history: History, _random: Random) -> None:
    if history.is_open:
        history.is_open = False
        history.tell(EventKind.CLOSED, Author.AGENT)


def reopened_by_customer(history: History, _random: Random) -> None:
    if not history.is_open:
        history.is_open, history.is_taken = True, False
        history.tell(EventKind.REOPENED, Author.CUSTOMER)


def reopened_by_agent(history: History, _random: Random) -> None:
    if not history.is_open:
        history.is_open = history.is_taken = True
        history.tell(EventKind.REOPENED, Author.AGENT)


def time_logged(history: History, random: Random) -> None:
    spent = random.choice((60, 600, 1800))
    history.seconds += spent
    history.tell(EventKind.TIME_LOGGED, Author.AGENT, seconds=spent, entry_id=f"e{len(history.events)}")


def merged(history: History, random: Random) -> None:
    history.is_open, history.is_gone = False, True
    history.tell(random.choice((EventKind.MERGED, EventKind.DELETED)), Author.AGENT)


ACTS: tuple[tuple[Callable[[History, Random], None], int], ...] = (
    (set_severity, 3), (customer_writes, 3), (agent_notes, 1), (agent_answers, 1), (agent_takes, 1), (closed, 4),
    (reopened_by_customer, 4), (reopened_by_agent, 2), (time_logged, 2), (merged, 1))


def a_history(number: str, random: Random, most: int = 14) -> History:
    """A ticket that is opened, and up to so many things that happen to it, a few minutes apart."""
    history = History(number, says_all=random.random() < 0.5)
    opened(history, random)
    acts, weights = zip(*ACTS, strict=True)
    for act in random.choices(acts, weights, k=random.randrange(most + 1)):
        history.at += timedelta(seconds=random.randint(1, 900))
        if not history.is_gone:
            act(history, random)
    return history


def in_any_order(histories: Sequence[History], random: Random, repeats: float = 0.3) -> list[Event]:
    """All that happened, shuffled, some of it told twice."""
    events = [event for history in histories for event in history.events]
    told = events + [event for event in events if random.random() < repeats]
    random.shuffle(told)
    return told


def tell(house: House, events: Sequence[Event]) -> None:
    """Each by a webhook of its own; the same event has the same body."""
    for event in events:
        assert house.hook(event, body=event.key).status == 200, event


def differences(house: House, history: History) -> list[str]:
    """Where Deskgate differs from what the history comes to."""
    ticket = house.ticket(history.number)
    is_closed = ticket.closed_at is not None
    is_right = is_closed and ticket.state != "queued" if history.state == "over" else (
        not is_closed and ticket.state == history.state)
    counted = db.session.scalar(select(func.coalesce(func.sum(tables.UsageEntry.seconds), 0)).where(
        tables.UsageEntry.entry_key.startswith(f"{history.number}/")))
    found = [] if is_right else [f"{ticket.state}{', closed' if is_closed else ''} and not {history.state}"]
    found += [] if ticket.severity == history.severity else [f"{ticket.severity} and not {history.severity}"]
    found += [] if counted == history.seconds else [f"{counted} s counted and not {history.seconds}"]
    return [f"ticket {history.number}: {each}\n{story(house, history)}" for each in found]


def story(house: House, history: History) -> str:
    """The history, each event with the place at which it was told first."""
    heard = [row.event_key for row in house.rows(tables.Event)]
    return "\n".join(f"  {event.at:%H:%M:%S} {event.author:9} {event.kind}, told {heard.index(event.key)}"
                     for event in history.events)


def wrong_releases(house: House, histories: Sequence[History]) -> list[str]:
    """Tickets that were let go on Monday although they were closed, or that were not although they waited."""
    released = {delivery.ticket_id for delivery in house.helpdesk.applied if delivery.action == "release"
                and delivery.decided_at >= MONDAY}
    return [f"ticket {each.number}, {each.state}: released {each.number in released}" for each in histories
            if (each.state == "queued") != (each.number in released)]

