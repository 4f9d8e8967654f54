"""Many tickets in one call: what is released alike is changed by one job of Zendesk's.

A job is done later and without the guard against collisions, so it is used for releases only, where `bulk` is on. Its
end is not waited for: a ticket of a job that has not ended is looked at again later, as after any cut answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Delivery, Receipt
from integrations.desk.adapter import DeskAdapter
from integrations.desk.plan import Plan, plan
from integrations.zendesk.api import Fields, ZendeskApi
from integrations.zendesk.change import Writer
from integrations.zendesk.ticket import ZendeskTicket, as_text

LOOKS = 3  # at a job that has just begun
FINISHED = frozenset({"completed", "failed", "killed"})
Result = Receipt | DeliveryError


@dataclass(frozen=True)
class _Planned:
    """A ticket of a batch, and what is to become of it."""

    delivery: Delivery
    ticket: ZendeskTicket
    found: Plan

    @property
    def alike(self) -> str:
        """The same for all tickets that one call can change."""
        change = self.found.change
        return repr((replace(change, tags=None, marker="", delivery=None, fields=dict(sorted(change.fields.items()))),
                     change.added(self.ticket), change.dropped(self.ticket)))


class BulkDesk(DeskAdapter):
    """The part of the adapter that carries a batch out."""

    api: ZendeskApi

    def apply_all(self, deliveries: Sequence[Delivery]) -> Sequence[Result]:
        """What is a plain release goes out together with what is alike; everything else for itself."""
        results: dict[int, Result] = {}
        batches: dict[str, list[_Planned]] = {}
        for delivery in deliveries:
            planned = self._look(delivery) if delivery.action is Action.RELEASE else None
            if isinstance(planned, DeliveryError):
                results[delivery.id] = planned
            elif planned is None or planned.found.change.is_empty or planned.found.change.speaks:
                results[delivery.id] = self._alone(delivery)
            else:
                batches.setdefault(planned.alike, []).append(planned)
        for batch in batches.values():
            results |= self._together(batch)
        return [results[delivery.id] for delivery in deliveries]

    def _look(self, delivery: Delivery) -> _Planned | DeliveryError | None:
        try:
            ticket = self.whole(delivery.ticket_id)
        except DeliveryError as error:
            return error
        if ticket.is_merged or not isinstance(ticket, ZendeskTicket):
            return None
        return _Planned(delivery, ticket, plan(ticket, delivery, self.mapping))

    def _alone(self, delivery: Delivery) -> Result:
        try:
            return self.apply(delivery)
        except DeliveryError as error:
            return error

    def _together(self, batch: Sequence[_Planned]) -> dict[int, Result]:
        if len(batch) == 1:
            return {batch[0].delivery.id: self._alone(batch[0].delivery)}
        first = batch[0]
        try:
            body = Writer(self.api).body(replace(first.found.change, tags=None))
            added, dropped = first.found.change.added(first.ticket), first.found.change.dropped(first.ticket)
            body |= ({"additional_tags": added} if added else {}) | ({"remove_tags": dropped} if dropped else {})
            job = self._settled(self.api.update_many([each.ticket.id for each in batch], body))
        except DeliveryError as error:
            return {each.delivery.id: error for each in batch}
        results = _by_ticket(job, [each.ticket.id for each in batch])
        return {each.delivery.id: self._came_of(each, job, results.get(each.ticket.id)) for each in batch}

    def _settled(self, job: Fields) -> Fields:
        """The job after a few looks, mostly ended by then."""
        for _ in range(LOOKS):
            if job.get("status") in FINISHED or not isinstance(job.get("id"), str):
                break
            job = self._looked_at(job)
        return job

    def _looked_at(self, job: Fields) -> Fields:
        """The job as it is now. Not to learn of it does not undo it."""
        try:
            return self.api.job(str(job["id"]))
        except DeliveryError:
            return job

    def _came_of(self, planned: _Planned, job: Fields, result: Fields | None) -> Result:
        if result is None:
            return DeliveryError(f"the job of Zendesk that changes ticket {planned.ticket.id} is "
                                 f"{as_text(job.get('status')) or 'not told of'}", kind="unknown")
        if result.get("error") or result.get("errors") or result.get("success") is False:
            said = as_text(result.get("details") or result.get("errors") or result.get("error"))[:200]
            return DeliveryError(f"Zendesk refuses: {said}", kind="refused")
        return Receipt(planned.ticket.id, changed=True, overtaken=planned.found.overtaken, quota=self.quota,
                       detail=planned.found.detail or "released together with others")


def _by_ticket(job: Fields, ticket_ids: Sequence[str]) -> Mapping[str, Fields]:
    """The results of a job, by ticket; they name the ticket, or only its place in the call."""
    listed = job.get("results")
    found: dict[str, Fields] = {}
    for result in listed if isinstance(listed, list) else []:
        if not isinstance(result, dict):
            continue
        number, index = as_text(result.get("id")), result.get("index")
        if number not in ticket_ids and isinstance(index, int) and 0 <= index < len(ticket_ids):
            number = ticket_ids[index]
        found[number] = result
    return found
