"""Two comparisons that are not about one question: a hundred thousand `add` beside as many `between`, and a whole
decision beside reading the webhook that it is about.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random

from benchmarks.business_time.measure import in_rounds
from benchmarks.business_time.peers import schedule_of
from benchmarks.business_time.scenario import DAYS, HOLIDAYS, SCENARIOS, START, Scenario
from entitlements.rules.decision import decide
from entitlements.rules.license import License, Terms
from entitlements.rules.reasons import Outcome
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket
from entitlements.rules.usage import Usage
from entitlements.rules.windows import parse_weekly

MANY, SEED = 100_000, 20161121
LONGEST = 80 * 3600
Figures = tuple[float, ...]

WEBHOOK = Path(__file__).with_name("webhook.json")
CHRISTMAS_NIGHT = datetime(2024, 12, 25, 7, 30, tzinfo=timezone.utc)


def many_questions(rounds: int) -> dict[str, tuple[Figures, Figures]]:
    """Microseconds for one of a hundred thousand `add`, and of as many `between`, by the scenario's key."""
    return {scenario.key: _adds_and_betweens(scenario, rounds) for scenario in SCENARIOS}


def _adds_and_betweens(scenario: Scenario, rounds: int) -> tuple[Figures, Figures]:
    """The same spans both ways: `add` finds their ends, `between` counts them back."""
    schedule, draw = schedule_of(scenario), Random(SEED)
    starts = [START + timedelta(seconds=draw.randrange(DAYS["10y"] * 86_400)) for _ in range(MANY)]
    counts = [draw.randrange(60, LONGEST) for _ in range(MANY)]
    ends = [end for end in _added(schedule, starts, counts) if end is not None]
    assert _counted(schedule, starts, ends) == counts, "between does not give back what add was given"
    figures = in_rounds({"add": lambda: _added(schedule, starts, counts),
                         "between": lambda: _counted(schedule, starts, ends)}, rounds)
    each_add, each_between = (tuple(all_of_them / MANY for all_of_them in figures[name]) for name in ("add", "between"))
    return each_add, each_between


def _added(schedule: Schedule, starts: Sequence[datetime], counts: Sequence[int]) -> list[datetime | None]:
    return [schedule.add(start, count) for start, count in zip(starts, counts, strict=True)]


def _counted(schedule: Schedule, starts: Sequence[datetime], ends: Sequence[datetime]) -> list[int]:
    return [schedule.between(start, end) for start, end in zip(starts, ends, strict=True)]


def one_decision(rounds: int) -> tuple[Figures, Figures]:
    """Microseconds for a decision about three closed licenses, and for reading a webhook's body of 2 kB."""
    body, licenses, usage, ticket = WEBHOOK.read_bytes().strip(), _licenses(), Usage(), _ticket()
    assert 1_900 <= len(body) <= 2_100
    assert decide(ticket, licenses, usage, CHRISTMAS_NIGHT).outcome is Outcome.QUEUE
    figures = in_rounds({"decide": lambda: decide(ticket, licenses, usage, CHRISTMAS_NIGHT),
                         "loads": lambda: json.loads(body)}, rounds)
    return figures["decide"], figures["loads"]


def _ticket() -> Ticket:
    requester = Requester(customer="acme", step=MatchStep.DOMAIN, contact="alice@acme.example")
    return Ticket(requester, CHRISTMAS_NIGHT, Severity.NORMAL, product="Router", channel="email")


def _licenses() -> tuple[License, ...]:
    """Three licenses on three coasts, with limits, lists and holidays, all of them closed on Christmas night."""
    return (_license(1, "Business hours", "America/New_York", "mon-fri 09:00-17:00"),
            _license(2, "Three hours a day", "America/Chicago", "mon-sat 08:00-12:00,13:00-18:00",
                     daily_limit=3 * 3600),
            _license(3, "Late shift", "America/Los_Angeles", "mon-fri 14:00-22:00",
                     exempt_severities=frozenset({Severity.URGENT})))


def _license(number: int, name: str, zone: str, weekly: str, **terms: object) -> License:
    schedule = Schedule.from_dict({"zone": zone, "weekly": parse_weekly(weekly),
                                   "holidays": [str(holiday) for holiday in HOLIDAYS]})
    return License(id=number, version=1, name=name, customer="acme", terms=Terms(
        schedule, date(2024, 1, 1), date(2025, 12, 31), products=frozenset({"Router", "Switch"}),
        channels=frozenset({"email", "web"}), **terms))  # type: ignore[arg-type]
