"""What must hold of the due times of tickets."""

from __future__ import annotations

from sqlalchemy import or_, select

from entitlements.rules.milestone import OPEN_STATES, MilestoneState
from entitlements.rules.target import MilestoneKind, TargetClock
from entitlements.store.invariants.invariant import Invariant, known_words
from entitlements.store.tables import Milestone, Ticket

OPEN = [state.value for state in OPEN_STATES]
_with_ticket = select(Milestone.id).join(Ticket, Ticket.id == Milestone.ticket_id)

MILESTONES = (
    known_words("milestones run, wait, are met or dropped", "milestone", Milestone.state,
                (each.value for each in MilestoneState)),
    known_words("milestones are of a known kind", "milestone", Milestone.kind, (each.value for each in MilestoneKind)),
    known_words("milestones run on a known clock", "milestone", Milestone.clock, (each.value for each in TargetClock)),
    Invariant("a settled milestone says when, and only a settled one", "a milestone is half settled", "milestone",
              select(Milestone.id).where(Milestone.state.in_(OPEN) != Milestone.settled_at.is_(None))),
    Invariant("an open milestone is of its ticket's present life", "an earlier life would be told as late",
              "milestone", _with_ticket.where(Milestone.state.in_(OPEN), Milestone.revision != Ticket.revision)),
    Invariant("a milestone runs only while agents are to act", "it would be told as late while nobody can act",
              "milestone", _with_ticket.where(Milestone.state == MilestoneState.RUNNING.value, or_(
                  Ticket.state != "routed", Ticket.closed_at.is_not(None), Ticket.waiting_since.is_not(None)))),
    Invariant("a milestone counts seconds that can be", "time was counted backwards", "milestone",
              select(Milestone.id).where((Milestone.used_seconds < 0) | (Milestone.seconds <= 0))),
)
