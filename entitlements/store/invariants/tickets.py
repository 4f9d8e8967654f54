"""What must hold of tickets and the decisions about them."""

from __future__ import annotations

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import aliased

from entitlements.rules.quiet import MESSAGES_PER_TICKET
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.store.invariants.invariant import (
    OVERDUE_SINCE,
    Invariant,
    differ,
    known_words,
    more_than_once,
)
from entitlements.store.latest import is_in_force
from entitlements.store.tables import Decision, Delivery, Notice, Ticket

STATES = ("routed", "queued", "rejected", "withdrawn")
STATE_OF = {Outcome.ROUTE: "routed", Outcome.QUEUE: "queued", Outcome.REJECT: "rejected"}
_state = case(STATE_OF, value=Decision.outcome)
_with_decision = select(Ticket.id).join(Decision, Decision.ticket_id == Ticket.id).where(is_in_force())
_later = aliased(Notice)
_words_given = (select(func.count(Delivery.id)).where(Delivery.ticket_id == Ticket.id, Delivery.message.is_not(None))
                .scalar_subquery())

TICKETS = (
    known_words("tickets are routed, queued, rejected or withdrawn", "ticket", Ticket.state, STATES),
    known_words("tickets have a severity", "ticket", Ticket.severity, (each.value for each in Severity)),
    known_words("outcomes are known", "decision", Decision.outcome, (each.value for each in Outcome)),
    known_words("reasons are known", "decision", Decision.reason, (each.value for each in Reason)),
    Invariant("each ticket has a decision", "a ticket was stored without what was decided about it", "ticket",
              select(Ticket.id).where(~exists().where(Decision.ticket_id == Ticket.id))),
    Invariant("a ticket's state is that of its decision in force", "a ticket was moved without a decision", "ticket",
              _with_decision.where(Ticket.state != "withdrawn", Ticket.state != _state)),
    Invariant("the decision in force is about the ticket's present life", "a reopened ticket was not decided anew",
              "ticket", _with_decision.where(Decision.revision != Ticket.revision)),
    Invariant("a ticket arrives once in each of its lives", "a webhook was decided twice", "ticket",
              more_than_once(Decision.ticket_id, Decision.revision).where(Decision.cause == "arrival")),
    Invariant("decisions are about tickets of their own connection", "rows of two connections were mixed up",
              "decision", select(Decision.id).join(Ticket, Ticket.id == Decision.ticket_id)
              .where(Decision.connection_id != Ticket.connection_id)),
    Invariant("a decision promises a release if it queues, and only then", "a promise is missing or is none",
              "decision", select(Decision.id).where(
                  (Decision.outcome == Outcome.QUEUE.value) != Decision.release_at.is_not(None))),
    Invariant("a queued ticket has the release that was promised", "ticket and decision name different times",
              "ticket", _with_decision.where(Ticket.state == "queued", differ(Ticket.release_at, Decision.release_at))),
    Invariant("a queued ticket has a wake-up", "nobody would ever look at it again", "ticket",
              select(Ticket.id).where(Ticket.state == "queued", Ticket.due_at.is_(None))),
    Invariant("what is not queued has neither release nor wake-up", "a ticket would be looked at for nothing",
              "ticket", select(Ticket.id).where(
                  Ticket.state != "queued", Ticket.due_at.is_not(None) | Ticket.release_at.is_not(None))),
    Invariant("no queued ticket is overdue", "a ticket's time came ten minutes ago or more, and nobody has looked at "
              "it", "ticket", select(Ticket.id).where(
                  Ticket.state == "queued", Ticket.due_at < OVERDUE_SINCE), needs_worker=True),
    Invariant("a ticket is spoken on publicly three times at most", "customers get more words than promised",
              "ticket", select(Ticket.id).where(
                  (Ticket.public_messages > MESSAGES_PER_TICKET) | (Ticket.public_messages < 0))),
    Invariant("all words to the customer are counted", "a public word went out that nobody counted", "ticket",
              select(Ticket.id).where(Ticket.public_messages < _words_given)),
    Invariant("a contact gets one notice in each closed stretch", "a customer was told the same twice", "notice",
              select(_later.id).join(Notice, Notice.contact == _later.contact).where(
                  Notice.id < _later.id, Notice.given_at <= _later.given_at, Notice.until > _later.given_at)
              .distinct()),
)
