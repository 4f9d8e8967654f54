"""The product, broken on purpose, one way at a time: each is put in from outside and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from sqlalchemy import false

from entitlements.engine import lease, worker
from entitlements.engine.lease import Lease
from entitlements.errors import DeliveryError
from entitlements.helpdesk import Author, EventKind
from entitlements.rules.schedule import Schedule
from entitlements.steps import deliver, events, hooks, owe, release, settle
from entitlements.steps.hooks import Answer
from entitlements.store import db, deliveries, tables
from entitlements.web import gate
from integrations import http
from integrations.django_helpdesk.adapter import DjangoHelpdesk, Written
from integrations.django_helpdesk.ticket import People, marked
from tests.simulator.trouble import Crash

Mutation = Callable[[ExitStack], None]
MUTATIONS: dict[str, Mutation] = {}


def mutation(name: str) -> Callable[[Mutation], Mutation]:
    def keep(put_in: Mutation) -> Mutation:
        MUTATIONS[name] = put_in
        return put_in

    return keep


@contextmanager
def broken(name: str) -> Iterator[None]:
    """Have the product broken that way meanwhile."""
    with ExitStack() as stack:
        MUTATIONS[name](stack)
        yield


def _put(stack: ExitStack, owner: object, name: str, thing: object) -> None:
    stack.enter_context(patch.object(owner, name, thing))


@mutation("acknowledges before the commit")
def _(stack: ExitStack) -> None:
    real = gate.receive

    def receive(*args) -> Answer:
        try:
            return real(*args)
        except Crash:
            return Answer(200, '{"event": "0", "status": "decided"}')

    _put(stack, gate, "receive", receive)


@mutation("marks an event as seen before the work is done")
def _(stack: ExitStack) -> None:
    carry_out, commit, later = hooks._carry_out, hooks._commit, []

    def mark(row, told_events, now, deskgate) -> None:
        row.state, row.settled_at = "applied", now
        later.append((row, told_events, now, deskgate))

    def in_two_steps(*args) -> Answer:
        later.clear()
        answer = commit(*args)
        for row, told_events, now, deskgate in later:
            with hooks.transaction():
                again = db.session.get_one(tables.Event, row.id)
                carry_out(again, told_events, now, deskgate)
                again.state, again.answer = "applied", answer.body
        return answer

    _put(stack, hooks, "_carry_out", mark)
    _put(stack, hooks, "_commit", in_two_steps)


@mutation("writes a result without looking at the generation")
def _(stack: ExitStack) -> None:
    _put(stack, settle, "claimed", lambda delivery_id, _generation: db.session.get(tables.Delivery, delivery_id))


@mutation("is still open at closing time")
def _(stack: ExitStack) -> None:
    real = Schedule.is_open
    _put(stack, Schedule, "is_open", lambda self, at: real(self, at) or real(self, at - timedelta(microseconds=1)))


@mutation("takes the day of a limit in UTC")
def _(stack: ExitStack) -> None:
    _put(stack, Schedule, "day_of", lambda self, at: at.date())


@mutation("counts time after the transaction")
def _(stack: ExitStack) -> None:
    real, commit, later = events.meter_event, hooks._commit, []

    def put_off(connection, ticket, event, now) -> str:
        later.append((connection.id, ticket.id if ticket else None, event, now))
        return "applied"

    def and_then_count(*args) -> Answer:
        later.clear()
        answer = commit(*args)
        for connection_id, ticket_id, event, now in later:
            with hooks.transaction():
                ticket = db.session.get(tables.Ticket, ticket_id) if ticket_id else None
                real(db.session.get_one(tables.Connection, connection_id), ticket, event, now)
        return answer

    _put(stack, events, "meter_event", put_off)
    _put(stack, hooks, "_commit", and_then_count)


@mutation("drops what meets an open breaker")
def _(stack: ExitStack) -> None:
    real = settle._after_failure

    def drop(row, error, now, chance, was_gone) -> str:
        state = real(row, error, now, chance, was_gone)
        return "gone" if was_gone and error.is_outage else state

    _put(stack, settle, "_after_failure", drop)


@mutation("tries again without looking for its marker")
def _(stack: ExitStack) -> None:
    def comment(self, ticket, delivery, words, *, public, closes=False) -> Written:
        return Written("said", self._api.comment(ticket.id, marked(words, delivery.marker), public=public))

    _put(stack, DjangoHelpdesk, "_comment", comment)
    _put(stack, DjangoHelpdesk, "_left_behind", lambda self, delivery: None)


@mutation("repeats a try of unknown outcome at once")
def _(stack: ExitStack) -> None:
    _put(stack, settle, "UNKNOWN_DELAY", 0)


@mutation("releases whatever was closed meanwhile")
def _(stack: ExitStack) -> None:
    _put(stack, events, "withdraw", lambda ticket, now: None)


@mutation("decides a repeated webhook again")
def _(stack: ExitStack) -> None:
    real, number = hooks._key_of, iter(range(10**9))

    def as_new(*args):
        key, known = real(*args)
        if known is not None:
            known.event_key = f"{key} {next(number)}"
            db.session.flush()
        return key, None

    _put(stack, hooks, "_key_of", as_new)


@mutation("forgets the wake-up of a delivery whose worker was silent")
def _(stack: ExitStack) -> None:
    real = settle._put_off

    def lose(row, error, now, chance) -> str:
        state = real(row, error, now, chance)
        if error.kind == "fault":
            row.due_at = now + timedelta(days=3650)
        return state

    _put(stack, settle, "_put_off", lose)


@mutation("asks for no leave to write")
def _(stack: ExitStack) -> None:
    _put(stack, Lease, "permit", lambda self: lambda: None)


@mutation("takes its own words for an agent's")
def _(stack: ExitStack) -> None:
    real = People.author_of

    def author_of(self, entry) -> Author:
        found = real(self, entry)
        return Author.AGENT if found is Author.DESKGATE else found

    def without_marker(connection, event, now, deskgate, **more):
        return take_in(connection, replace(event, marker="") if event.kind is not EventKind.CREATED else event, now,
                       deskgate, **more)

    take_in = hooks.take_in
    _put(stack, People, "author_of", author_of)
    _put(stack, hooks, "take_in", without_marker)


@mutation("lets an older event overwrite a newer one")
def _(stack: ExitStack) -> None:
    real = events.told_of
    _put(stack, events, "told_of",
         lambda event, now, ticket=None: replace(real(event, now, ticket), is_past=False, is_stale=False))


@mutation("sends a later delivery while an earlier one is owed")
def _(stack: ExitStack) -> None:
    deliveries._next_in_line.cache_clear()
    stack.callback(deliveries._next_in_line.cache_clear)
    _put(stack, deliveries, "_is_blocked", false)


@mutation("never takes up what a dead worker left")
def _(stack: ExitStack) -> None:
    _put(stack, worker, "take_up_lost", lambda now: 0)


@mutation("loses the wake-up of a ticket that has to wait on")
def _(stack: ExitStack) -> None:
    real = release.redecide

    def forget(ticket, context, deskgate) -> str:
        found = real(ticket, context, deskgate)
        if ticket.state == "queued":
            ticket.due_at = None
        return found

    _put(stack, release, "redecide", forget)


@mutation("tells a contact the same at every ticket of a night")
def _(stack: ExitStack) -> None:
    _put(stack, owe, "has_been_told", lambda contact, now: False)


# What the simulator has found in the product itself, put back in


@mutation("gives a worker that was stopped its leave again")
def _(stack: ExitStack) -> None:
    def permit(self) -> Callable[[], None]:
        def check() -> None:
            if lease.time.monotonic() > self._until:
                raise DeliveryError("silent for too long", kind="fault")

        return check

    _put(stack, Lease, "permit", permit)


@mutation("takes the word of a gateway that nothing was done")
def _(stack: ExitStack) -> None:
    _put(stack, http, "FROM_A_GATEWAY", frozenset())


@mutation("looks for what it has created since the latest decision only")
def _(stack: ExitStack) -> None:
    real = deliver._value
    _put(stack, deliver, "_value", lambda row: replace(real(row), decided_at=row.ticket.decision.made_at))


@mutation("wakes what may still take effect when a helpdesk is back")
def _(stack: ExitStack) -> None:
    _put(stack, deliveries, "TRY_AND_EFFECT", timedelta(0))


@mutation("makes a batch that it is given again while it makes it")
def _(stack: ExitStack) -> None:
    _put(stack, worker.Worker, "_take_on", lambda self, batch: True)
