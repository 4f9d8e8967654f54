"""A rehearsal: everything Deskgate does to a ticket, done once to a ticket of its own, then cleared up.

Each step is looked at in the helpdesk afterwards, and asked for once more, when nothing may be left to do: so what is
said is what was seen, and what stayed. Nothing is kept here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from entitlements.errors import ConfigError, DeliveryError, DeskgateError
from entitlements.helpdesk import Action, Delivery, NewTicket
from entitlements.kinds import Rehearsable, Seen
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.context import Deskgate
from entitlements.steps.events import REHEARSED_FROM
from entitlements.store import connections, db

REQUESTER = "deskgate-rehearsal@example.com"
"""Whom the ticket is opened for unless somebody else is named: nobody reads what is sent there."""
SUBJECT = "Deskgate rehearsal: please leave it alone"
WORDS = "This ticket was opened by Deskgate to try its connection. It is removed again in a moment."
LOOK_FOR_IT = f"; it may have been opened all the same: look for {SUBJECT!r} in the helpdesk, and remove it"
TO_CUSTOMER = "A rehearsal: this is where the customer reads what happens next."
TO_AGENTS = "Deskgate: a rehearsal. This is where agents read why."


@dataclass(frozen=True)
class Rehearsed:
    """One step of a rehearsal: what was done, whether it could be seen, and what was seen or went wrong."""

    what: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class _Act:
    action: Action
    outcome: Outcome
    reason: Reason
    expected: Callable[[Seen], str]
    message: str = ""
    note: str = ""


def rehearse(name: str, requester: str, deskgate: Deskgate) -> Iterator[Rehearsed]:
    """Go through create, route, queue, release, reject and clearing up, a line for each. Raises NotFound, and
    ConfigError for a helpdesk in which that cannot be done."""
    config = connections.config_of(connections.get_connection(name))
    db.session.rollback()
    helpdesk = deskgate.helpdesk(config)
    if not hasattr(helpdesk, "rehearse"):
        raise ConfigError(f"{name} is of kind {config.kind}, in which nothing can be rehearsed", field="name")
    return rehearse_in(cast(Rehearsable, helpdesk), requester, name, deskgate.clock.now())


def rehearse_in(helpdesk: Rehearsable, requester: str, connection: str, now: datetime) -> Iterator[Rehearsed]:
    """The same in a helpdesk at hand. `now` (aware UTC) counts in whole seconds, as promises are made."""
    return _Rehearsal(helpdesk, requester, connection, now.replace(microsecond=0)).run()


class _Rehearsal:
    def __init__(self, helpdesk: Rehearsable, requester: str, connection: str, now: datetime):
        self._helpdesk, self._connection, self._now = helpdesk, connection, now
        self._new = NewTicket(SUBJECT, WORDS, requester)
        self._number = REHEARSED_FROM + secrets.randbelow(10**14)

    def run(self) -> Iterator[Rehearsed]:
        """However it ends, the ticket is cleared up, or named if it cannot be."""
        opening, trouble = self._delivery(CREATE), ""
        try:
            ticket_id = self._helpdesk.rehearse(opening).ticket_id
        except DeskgateError as error:
            ticket_id = self._left_by(opening, error)
            trouble = f"{error}{'' if ticket_id or not _may_have_worked(error) else LOOK_FOR_IT}"
        created = Rehearsed("create", not trouble,
                            trouble or f"ticket {ticket_id} opened for {self._new.requester_email}")
        if not ticket_id:
            yield created
            return
        try:
            yield created
            yield from () if trouble else self._act(ticket_id)
        except GeneratorExit:  # nobody reads on
            self._clear(ticket_id)
            raise
        except BaseException:
            yield self._clear(ticket_id)
            raise
        yield self._clear(ticket_id)

    def _left_by(self, opening: Delivery, error: DeskgateError) -> str:
        """The ticket that was opened although the answer says otherwise, if it can be found."""
        if not _may_have_worked(error):
            return ""
        try:
            return self._helpdesk.find_rehearsed(opening)
        except DeskgateError:
            return ""

    def _act(self, ticket_id: str) -> Iterator[Rehearsed]:
        for act in ACTS:
            try:
                yield self._do(act, ticket_id)
            except DeskgateError as error:
                yield Rehearsed(act.action.value, False, str(error))
                if isinstance(error, DeliveryError) and error.is_outage:
                    return

    def _do(self, act: _Act, ticket_id: str) -> Rehearsed:
        delivery = replace(self._delivery(act), ticket_id=ticket_id, new_ticket=None)
        receipt = self._helpdesk.apply(delivery)
        seen = self._helpdesk.inspect(ticket_id)
        trouble = "people had come first, says the helpdesk" if receipt.overtaken else act.expected(seen)
        return Rehearsed(act.action.value, *((False, trouble) if trouble else self._stays(delivery, seen)))

    def _stays(self, delivery: Delivery, seen: Seen) -> tuple[bool, str]:
        again = self._helpdesk.apply(replace(delivery, try_number=2))
        if again.changed:
            return False, f"the helpdesk did not keep all of it; this had to be done again: {again.detail}"
        return True, _described(seen)

    def _clear(self, ticket_id: str) -> Rehearsed:
        try:
            return Rehearsed("clear up", True, f"ticket {ticket_id} {self._helpdesk.discard(ticket_id)}")
        except DeskgateError as error:
            return Rehearsed("clear up", False, f"ticket {ticket_id} is still there; remove it by hand: {error}")

    def _delivery(self, act: _Act) -> Delivery:
        self._number += 1
        return Delivery(
            id=self._number, action=act.action, ticket="", ticket_id="", marker=f"dg-{self._number}",
            outcome=act.outcome, reason=act.reason, severity=Severity.NORMAL, decided_at=self._now,
            release_at=self._now + timedelta(days=1) if act.outcome is Outcome.QUEUE else None,
            customer="Rehearsal", license="Rehearsal", connection=self._connection, message=act.message,
            note=act.note, new_ticket=self._new)


def _may_have_worked(error: DeskgateError) -> bool:
    return isinstance(error, DeliveryError) and error.kind == "unknown"


def _is(*standings: str) -> Callable[[Seen], str]:
    return lambda seen: "" if seen.standing in standings else (
        f"it should be {' or '.join(standings)}, and is {seen.standing}")


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _described(seen: Seen) -> str:
    parts = [seen.standing, f"in {seen.group}" if seen.group else "",
             f"until {seen.until:%Y-%m-%d %H:%M} UTC" if seen.until else "",
             f"tags {', '.join(sorted(seen.tags))}" if seen.tags else "",
             f"{_counted(seen.notes, 'note')} and {_counted(seen.replies, 'reply', 'replies')} of ours"]
    return "; ".join(part for part in parts if part)


CREATE = _Act(Action.CREATE, Outcome.ROUTE, Reason.WITHIN_HOURS, _is("open"))
ACTS = (
    _Act(Action.ROUTE, Outcome.ROUTE, Reason.WITHIN_HOURS, _is("open")),
    _Act(Action.QUEUE, Outcome.QUEUE, Reason.OUTSIDE_HOURS, _is("held"), TO_CUSTOMER, TO_AGENTS),
    _Act(Action.RELEASE, Outcome.ROUTE, Reason.WITHIN_HOURS, _is("open")),
    _Act(Action.REJECT, Outcome.REJECT, Reason.LICENSE_EXPIRED, _is("open", "closed"), TO_CUSTOMER, TO_AGENTS),
)
