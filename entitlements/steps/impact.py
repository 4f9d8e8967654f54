"""What a change would move: the queued tickets and the open milestones whose times would come out differently.

Nothing is written. Every queued ticket of the customers concerned gets the same second look that the worker gives it,
with the licenses as they would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from entitlements.rules.decision import Decision
from entitlements.rules.license import License
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import Ticket
from entitlements.rules.usage import Usage
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import OLDEST_DAY_NEEDED, judge_by
from entitlements.steps.milestones import due_anew
from entitlements.steps.second_look import as_of, second_look
from entitlements.store.tickets import Queued, queued_of
from entitlements.store.usage import usage_of

Licenses = Mapping[str, Sequence[License]]
"""The licenses of customers, under their short names."""
Schedules = Mapping[int, tuple[Schedule, Schedule]]
"""The schedule that each license had until now, and the one it has from now on, by the license's id."""
RELEASE = "release_at"


@dataclass(frozen=True)
class Move:
    """A time that would come out differently: `what` is `release_at`, `respond_by` or `resolve_by`.

    `after` is None where the ticket would go at once, or would never be due; `outcome` and `reason` are what would be
    decided about a queued ticket. Instants are aware UTC, `zone` the license's.
    """

    what: str
    ticket_id: int
    number: str
    customer: str
    zone: str
    before: datetime | None
    after: datetime | None
    outcome: str = ""
    reason: str = ""


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

    `schedules` are those whose milestones are planned anew, if they are not just those that become others.
    """
    queued = queued_of(sorted({*before, *after}))
    moved = [*_releases(queued, after, now, deskgate)]
    milestones, due = due_anew(schedules_changed(before, after) if schedules is None else schedules, now)
    moved += (Move(each.what, each.ticket_id, each.number, each.customer, each.zone, each.before, each.after)
              for each in due)
    return Impact(tuple(moved), len(queued), milestones)


def schedules_changed(before: Licenses, after: Licenses) -> Schedules:
    """The licenses, by id, whose schedule becomes another: what it was and what it will be."""
    was = {license.id: license.terms.schedule for licenses in before.values() for license in licenses}
    will_be = {license.id: license.terms.schedule for licenses in after.values() for license in licenses}
    return {key: (was[key], will_be[key]) for key in sorted(was.keys() & will_be.keys()) if was[key] != will_be[key]}


def _releases(queued: Sequence[Queued], after: Licenses, now: datetime, deskgate: Deskgate) -> Iterator[Move]:
    used = _Used(after, min((as_of(each.release_at, now) for each in queued), default=now))
    for each in queued:
        if each.reason == Reason.OVERRIDDEN:
            continue  # what a person has set stands
        licenses = after.get(each.customer, ())
        judge = partial(_judge, licenses, used.of(each.customer), deskgate)
        decision = second_look(each.value, each.release_at, now, judge)
        at = decision.release_at if decision.outcome is Outcome.QUEUE else None
        if at != each.release_at:
            zone = decision.license.zone if decision.license else ""
            yield Move(RELEASE, each.ticket_id, each.number, each.customer, zone, each.release_at, at,
                       decision.outcome.value, decision.reason.value)


def _judge(licenses: Sequence[License], usage: Usage, deskgate: Deskgate, ticket: Ticket, at: datetime) -> Decision:
    return judge_by(licenses, usage, ticket, at, deskgate)


class _Used:
    """The usage of each customer's licenses, read once."""

    def __init__(self, licenses: Licenses, since: datetime):
        self._licenses, self._since = licenses, (since - OLDEST_DAY_NEEDED).date()
        self._known: dict[str, Usage] = {}

    def of(self, customer: str) -> Usage:
        if customer not in self._known:
            self._known[customer] = usage_of(self._licenses.get(customer, ()), self._since)
        return self._known[customer]
