"""Which transition leads where: Jira has no way to write a status, only to follow its workflow. Calls nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entitlements.errors import DeliveryError
from integrations.desk.ticket import Standing
from integrations.jira.settings import CLOSED, OPEN, JiraSettings, folded
from integrations.jira.ticket import DONE, JiraTicket, Status

UNRESOLVED = ("Won't Do", "Won't do", "Declined", "Done")
"""Resolutions of a ticket that was not worked on, the best first, where a transition insists on one."""


@dataclass(frozen=True)
class Transition:
    """One way out of a status: where it leads, and the fields its screen asks for, by name."""

    id: str
    name: str
    to: Status
    fields: Mapping[str, Mapping[str, Any]]

    @property
    def asks_for(self) -> list[str]:
        """The fields that must be filled in and are not by themselves, the resolution apart."""
        return sorted(str(field.get("name") or name) for name, field in self.fields.items()
                      if field.get("required") and not field.get("hasDefaultValue") and name != "resolution")


def read_transitions(listed: Iterable[object]) -> tuple[Transition, ...]:
    """The transitions that are open to us now, as Jira lists them."""
    return tuple(_transition(each) for each in listed if isinstance(each, dict) and each.get("id"))


def _transition(told: Mapping[str, Any]) -> Transition:
    place, fields = told.get("to"), told.get("fields")
    to: Mapping[str, Any] = place if isinstance(place, dict) else {}
    category = to.get("statusCategory")
    status = Status(str(to.get("id") or ""), str(to.get("name") or ""),
                    str(category.get("key") or "") if isinstance(category, dict) else "")
    known = {str(name): each for name, each in fields.items() if isinstance(each, dict)
             } if isinstance(fields, dict) else {}
    return Transition(str(told["id"]), str(told.get("name") or ""), status, known)


@dataclass(frozen=True)
class Aim:
    """Where a ticket is to get: a standing, and the status for it where settings name one."""

    standing: Standing
    status: str
    settings: JiraSettings

    def is_reached(self, ticket: JiraTicket) -> bool:
        """Whether it is there. What is queued by its label alone, or freed by it, needs no other status."""
        if self.status:
            return ticket.status.is_among({folded(self.status), self.status})
        if self.standing is Standing.HELD:
            return True
        return self.fits(ticket.status)

    def fits(self, status: Status) -> bool:
        """Whether a status means what is wanted, whatever it is called."""
        if self.standing is Standing.CLOSED:
            return status.category == DONE
        parked = self.settings.queue_statuses | self.settings.waiting
        return status.category != DONE and not status.is_among(parked)

    def choose(self, found: Sequence[Transition]) -> Transition | None:
        """The transition to take; None where there is none, or several that nothing tells apart."""
        if self.status:
            wanted = {folded(self.status), self.status}
            return next((each for each in found if each.to.is_among(wanted)), None)
        fitting = [each for each in found if self.fits(each.to)]
        if self.standing is Standing.CLOSED:
            order = [folded(name) for name in ("Declined", "Canceled", "Cancelled", *CLOSED)]
            return min(fitting, key=lambda each: _place(each.to.name, order), default=None)
        usual = next((each for each in fitting if folded(each.to.name) == folded(OPEN)), None)
        return usual or (fitting[0] if len({each.to.id for each in fitting}) == 1 else None)

    @property
    def setting(self) -> str:
        return {Standing.HELD: "queue_status", Standing.CLOSED: "reject_status"}.get(self.standing, "route_status")

    def described(self) -> str:
        if self.status:
            return self.status
        return "a status of the category done" if self.standing is Standing.CLOSED else "an open status"

    def dead_end(self, ticket: JiraTicket, found: Sequence[Transition]) -> DeliveryError:
        """What to tell people when the workflow does not lead there."""
        names = ", ".join(dict.fromkeys(each.to.name for each in found)) or "nowhere at all"
        return DeliveryError(
            f"no single transition leads {ticket.key or ticket.id} from {ticket.status.name} to {self.described()}; "
            f"our account gets from there to {names}. Add a transition to the workflow, or name a status that can be "
            f"reached in {self.setting}", kind="refused")


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(folded(name)) if folded(name) in order else len(order)


def filled_in(transition: Transition, resolution: str) -> dict[str, Any]:
    """What the screen of a transition is to be given. Raises DeliveryError for what we cannot know."""
    if transition.asks_for:
        raise DeliveryError(f"the transition {transition.name!r} asks for {', '.join(transition.asks_for)}: make that "
                            "optional, give it a default, or have another transition lead there", kind="refused")
    asked = transition.fields.get("resolution")
    if asked is None or not (resolution or asked.get("required")):
        return {}
    listed = asked.get("allowedValues")
    known = [str(each.get("name")) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    wanted = resolution or next((name for name in UNRESOLVED if name in known), known[0] if known else "")
    return {"resolution": {"name": wanted}} if wanted else {}
