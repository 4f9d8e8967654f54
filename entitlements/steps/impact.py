"""What a change would move: the queued tickets and the open milestones whose times would come out differently.

Nothing is written. The queued tickets of the customers concerned get the same second look that the worker gives them,
one after the other and in its order, with the licenses as they are and as they would be: each ticket that would go now
takes its part of a daily limit, and each reject brings the reject breaker nearer. Not foretold is what happens later
than now, what other customers' tickets do meanwhile, and that the worker takes a long queue in batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from entitlements.rules.breaker import is_tripped
from entitlements.rules.decision import Decision
from entitlements.rules.license import License
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Ticket
from entitlements.rules.usage import Usage
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import OLDEST_DAY_NEEDED, judge_by
from entitlements.steps.milestones import Schedules, due_anew
from entitlements.steps.move import RELEASE, Move
from entitlements.steps.second_look import as_of, as_routed, second_look
from entitlements.store import db, tables
from entitlements.store.tickets import Queued, queued_of, rejects_since, usual_rejects_per_hour
from entitlements.store.usage import usage_of

Licenses = Mapping[str, Sequence[License]]
"""The licenses of customers, under their short names."""


@dataclass(frozen=True)
class Impact:
    """All that would move, and how many queued tickets and open milestones were looked at to find it."""

    moves: tuple[Move, ...] = ()
    tickets: int = 0
    milestones: int = 0

    @property
    def ticket_ids(self) -> tuple[int, ...]:
        """The queued tickets that would move."""
        return tuple(move.ticket_id for move in self.moves if move.what == RELEASE)


def impact_of(before: Licenses, after: Licenses, now: datetime, deskgate: Deskgate,
              schedules: Schedules | None = None) -> Impact:
    """What moves when these customers' licenses become `after`, as of an aware UTC instant.

    A ticket moves if it comes out otherwise than by `before`, so that one that is merely due does not. With `schedules`
    the licenses stay and only what they were worked out with is new: these schedules' milestones are planned anew, and
    a ticket moves if it comes out otherwise than promised and is not due anyway.
    """
    queued = queued_of(sorted({*before, *after}))
    usage = _usage(before, after, min((as_of(each.release_at, now) for each in queued), default=now))
    until_now = _Course(before, usage, now, deskgate) if schedules is None else None
    moved = _releases(queued, until_now, _Course(after, usage, now, deskgate), now)
    milestones, due = due_anew(schedules_changed(before, after) if schedules is None else schedules, now)
    return Impact((*moved, *due), len(queued), milestones)


def schedules_changed(before: Licenses, after: Licenses) -> Schedules:
    """The licenses, by id, whose schedule becomes another: what it was and what it will be."""
    was = {license.id: license.terms.schedule for licenses in before.values() for license in licenses}
    will_be = {license.id: license.terms.schedule for licenses in after.values() for license in licenses}
    return {key: (was[key], will_be[key]) for key in sorted(was.keys() & will_be.keys()) if was[key] != will_be[key]}


def _usage(before: Licenses, after: Licenses, since: datetime) -> Usage:
    licenses = [license for some in (*before.values(), *after.values()) for license in some]
    return usage_of(licenses, (since - OLDEST_DAY_NEEDED).date())


def _releases(queued: Sequence[Queued], before: _Course | None, after: _Course, now: datetime) -> list[Move]:
    """The tickets that move, in the order given; they are gone through in the worker's."""
    found: dict[int, Move] = {}
    for each in sorted(queued, key=lambda ticket: ticket.turn(now)):
        if each.reason == Reason.OVERRIDDEN:
            continue  # what a person has set stands
        is_due, decision = each.is_due(now), after.decide(each)
        was = before.decide(each) if before and (is_due or decision.release_at != each.release_at) else None
        is_other = _comes_out(was) != _comes_out(decision) if was else not is_due
        if decision.release_at != each.release_at and is_other:
            found[each.ticket_id] = _move(each, decision)
        if is_due or each.ticket_id in found:
            after.follow(each, decision)  # the worker will look at it
        if before and was and is_due:
            before.follow(each, was)
    return [found[each.ticket_id] for each in queued if each.ticket_id in found]


def _comes_out(decision: Decision) -> tuple[Outcome, bool, datetime | None]:
    return decision.outcome, decision.triage, decision.release_at


def _move(ticket: Queued, decision: Decision) -> Move:
    zone = decision.license.zone if decision.license else ""
    return Move(RELEASE, ticket.ticket_id, ticket.number, ticket.customer, zone, ticket.release_at,
                decision.release_at, decision.outcome.value, decision.reason.value)


class _Course:
    """What the worker would decide about one ticket after the other with these licenses."""

    def __init__(self, licenses: Licenses, usage: Usage, now: datetime, deskgate: Deskgate):
        self._licenses, self._now, self._deskgate = _told_apart(licenses), now, deskgate
        self._seconds = Counter(usage.seconds)
        self._usage = Usage(self._seconds)
        self._breaker = _Breaker(now)

    def decide(self, ticket: Queued) -> Decision:
        """What would be decided now, after all that was followed so far."""
        decision = second_look(ticket.value, ticket.release_at, self._now, self._judge)
        if decision.outcome is Outcome.REJECT and self._breaker.is_open(ticket.connection_id):
            return as_routed(decision, Reason.REJECT_BREAKER, triage=True)
        return decision

    def _judge(self, ticket: Ticket, at: datetime) -> Decision:
        licenses = self._licenses.get(ticket.requester.customer, ())
        return judge_by(licenses, self._usage, ticket, at, self._deskgate)

    def follow(self, ticket: Queued, decision: Decision) -> None:
        """Count what the decision sets aside, as recording it would, and count it if it is a reject."""
        license = decision.license
        is_usual = decision.outcome is Outcome.ROUTE and not decision.triage and decision.verdict is None
        if is_usual and ticket.acted_on and license is not None and license.terms.sets_aside:
            self._seconds[license.id, license.terms.schedule.day_of(self._now)] += license.terms.reserve_seconds
        if decision.outcome is Outcome.REJECT:
            self._breaker.count(ticket.connection_id)


def _told_apart(licenses: Licenses) -> Licenses:
    """The same, new licenses with numbers below zero instead of none, so that each has a daily limit of its own."""
    numbers = count(-1, -1)
    return {customer: [license if license.id else replace(license, id=next(numbers)) for license in some]
            for customer, some in licenses.items()}


class _Breaker:
    """The reject breaker of each connection, with the rejects foretold so far."""

    def __init__(self, now: datetime):
        self._now = now
        self._usual: dict[int, float] = {}
        self._rejects: Counter[int] = Counter()

    def is_open(self, connection_id: int) -> bool:
        if connection_id not in self._usual:
            self._read(connection_id)
        return is_tripped(self._rejects[connection_id], self._usual[connection_id])

    def _read(self, connection_id: int) -> None:
        now, connection = self._now, db.session.get_one(tables.Connection, connection_id)
        is_off = connection.settings.get("reject_breaker") == "off"
        self._usual[connection_id] = float("inf") if is_off else usual_rejects_per_hour(connection_id, now)
        self._rejects[connection_id] += rejects_since(connection_id, now - timedelta(hours=1),
                                                      now + timedelta(seconds=1))

    def count(self, connection_id: int) -> None:
        self._rejects[connection_id] += 1
