"""The part of an adapter that is the same for every helpdesk: carrying a delivery out, and telling what was found.

A product says how a ticket is read, changed, created and found; see the methods that raise NotImplementedError.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError, VerificationError
from entitlements.helpdesk import (
    Action,
    Author,
    ConnectionConfig,
    Delivery,
    Event,
    EventKind,
    Finding,
    Inbound,
    Limits,
    Quota,
    Receipt,
)
from entitlements.kinds import Kind, Seen, Step
from integrations import settings
from integrations.desk.mapping import NoticeBy, read_mapping
from integrations.desk.plan import Change, Plan, first, plan
from integrations.desk.ticket import REHEARSAL_TAG, DeskTicket, Entry, Logged, Standing
from integrations.signatures import verify
from integrations.signing import sign
from integrations.tools import Tools

TRIES_AT_ONCE = 3
CLOCKS_DIFFER = timedelta(minutes=10)
AT_THE_SAME_TIME = timedelta(seconds=5)


class Collision(DeliveryError):
    """Somebody changed the ticket between our look at it and our change: look once more."""


class DeskAdapter:
    """One connected helpdesk. Raises ConfigError for a connection that cannot work."""

    about: Kind
    usual_notice = NoticeBy.REPLY
    usual_limits = Limits()
    scheme = ""  # that its webhooks are signed by; without one, the secret in the address proves the sender
    finds_changes = True

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self.kind, self.config, self.tools = self.about.name, config, tools
        self.mapping = read_mapping(config, self.about, notice=self.usual_notice)

    # --- What a product says ------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        raise NotImplementedError

    def ticket(self, ticket_id: str) -> DeskTicket:
        """The ticket as it is now, its entries only if they come with it."""
        raise NotImplementedError

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        """What was written below it, oldest first."""
        return ticket.entries

    def logged(self, ticket: DeskTicket) -> tuple[Logged, ...]:
        """The time logged on it, where the helpdesk keeps account of it."""
        return ticket.logged

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """Make a change that is not empty; returns the id of our own account where it is told.

        Move first, then write: what agents see matters more than what they read. Closing comes last. May be called
        again after a try whose end is unknown, with what is then still missing. Raises Collision, DeliveryError.
        """
        raise NotImplementedError

    def create(self, delivery: Delivery, change: Change) -> str:
        """Open the ticket of a delivery, marked as ours and as far as possible as `change` wants it; returns its id."""
        raise NotImplementedError

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        """The id of what an earlier try created at or after `since`, empty when there is nothing."""
        raise NotImplementedError

    def changed(self, since: datetime) -> Iterable[DeskTicket]:
        """The tickets that changed at or after an instant, those that changed first come first."""
        raise NotImplementedError

    def findings(self) -> Iterable[Finding]:
        """What `check` finds about address, credentials, permissions, names and clock. Raises DeliveryError."""
        raise NotImplementedError

    def guide(self, address: str) -> Sequence[Step]:
        raise NotImplementedError

    def discard(self, ticket_id: str) -> str:
        raise NotImplementedError

    def is_unknown(self, error: DeliveryError) -> bool:
        """Whether an error says that there is no such ticket any more."""
        return error.kind == "gone"

    @property
    def quota(self) -> Quota | None:
        """What the last answer said is left of a limit."""
        return None

    # --- The protocol -------------------------------------------------------------------------------------------------

    def verify(self, inbound: Inbound, now: datetime) -> None:
        if self.scheme:
            verify(self.scheme, self.config.secrets, inbound.headers, inbound.body, now, method=inbound.method,
                   url=inbound.url)
        else:
            require_path_secret(self.config, inbound)

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        return sign(self.scheme, next(iter(self.config.secrets), ""), body, now) if self.scheme else {}

    def read(self, ticket_id: str) -> Event:
        return self.told(self.whole(ticket_id), key=f"read:{ticket_id}")

    def limits(self) -> Limits:
        return settings.limits(self.config, self.usual_limits)

    def check(self) -> Sequence[Finding]:
        found: list[Finding] = []
        try:
            found.extend(self.findings())
        except DeliveryError as error:
            found.append(Finding("address", False, f"{error}; see --url and --token"))
        return found

    def find_changed(self, since: datetime) -> Iterator[Event]:
        for ticket in self.changed(since):
            whole = self._complete(ticket)
            yield self.told(whole, key=f"seen:{whole.id}@{whole.version or whole.updated_at}")
            yield from self._written(whole, since)

    def apply(self, delivery: Delivery) -> Receipt:
        """Bring a ticket to where the decision wants it. A collision with somebody else is tried again at once."""
        if delivery.action is Action.WITHDRAW:
            return Receipt(delivery.ticket_id, changed=False, detail="nothing is taken back in the helpdesk")
        if delivery.action is Action.CREATE:
            return self._create(delivery)
        for left in reversed(range(TRIES_AT_ONCE)):
            try:
                return self._bring(delivery)
            except Collision:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def inspect(self, ticket_id: str) -> Seen:
        ticket = self.whole(ticket_id)
        return Seen(ticket.id, ticket.standing.value, ticket.group, ticket.tags, ticket.until,
                    notes=sum(bool(each.marker) and not each.public for each in ticket.entries),
                    replies=sum(bool(each.marker) and each.public for each in ticket.entries),
                    fields=dict(ticket.fields))

    def rehearse(self, delivery: Delivery) -> Receipt:
        ticket_id = self.create(delivery, Change(tags=frozenset({REHEARSAL_TAG}), marker=delivery.marker))
        return Receipt(ticket_id, changed=True, detail=f"ticket {ticket_id} created", quota=self.quota)

    def find_rehearsed(self, delivery: Delivery) -> str:
        return self.find_marked(delivery, delivery.decided_at - CLOCKS_DIFFER)

    def unmark(self, ticket_id: str) -> bool:
        ticket = self.ticket(ticket_id)
        ours = {name for name in self.mapping.fields.values() if ticket.fields.get(name)}
        if not ours and not ticket.our_tags:
            return False
        self.change(ticket, Change(tags=ticket.tags - ticket.our_tags if ticket.our_tags else None,
                                   fields=dict.fromkeys(ours, "")))
        return True

    # --- How ----------------------------------------------------------------------------------------------------------

    def whole(self, ticket_id: str) -> DeskTicket:
        """A ticket with its entries."""
        return self._complete(self.ticket(ticket_id))

    def _complete(self, ticket: DeskTicket) -> DeskTicket:
        return replace(ticket, entries=self.entries(ticket))

    def told(self, ticket: DeskTicket, key: str) -> Event:
        """A ticket as it stands, as an event."""
        last = _latest(ticket)
        owner = ticket.assignee not in self.mapping.default_owners and bool(ticket.assignee)
        return Event(
            _kind_of(ticket), key=key, ticket_id=ticket.id,
            identity=ticket.identity, author=last.author if last else Author.UNKNOWN, at=ticket.updated_at,
            public=last is not None and last.public,
            created_at=ticket.created_at, created_at_source=self.about.title, severity=ticket.severity,
            product=ticket.product, channel=ticket.channel, staff_made=ticket.staff_made, answered=ticket.is_answered,
            assigned=owner, auto_submitted=ticket.auto_submitted, marker=ticket.marker,
            waiting=ticket.standing is Standing.WAITING, closed=ticket.is_closed and not ticket.is_closed_by_us,
            snapshot=True)

    def _written(self, ticket: DeskTicket, since: datetime) -> Iterator[Event]:
        """The replies and the time on a ticket since an instant, the opening apart. A reply on a ticket of ours has
        its marker: what comes back to a rehearsal is nobody's."""
        for entry in ticket.entries:
            is_opening = ticket.created_at is not None and (entry.at - ticket.created_at).total_seconds() <= 1
            if entry.at >= since and entry.public and not is_opening and entry.author is not Author.DESKGATE:
                yield Event(EventKind.REPLIED, key=f"entry:{ticket.id}:{entry.id}", ticket_id=ticket.id,
                            author=entry.author, at=entry.at, created_at=ticket.created_at, public=True,
                            marker=ticket.marker, snapshot=True)
        for each in self.logged(ticket):
            if each.at >= since:
                yield Event(EventKind.TIME_LOGGED, key=f"time:{ticket.id}:{each.name}", ticket_id=ticket.id,
                            identity=ticket.identity, author=Author.AGENT, at=each.at, created_at=ticket.created_at,
                            seconds=each.seconds, entry_id=each.id, entry_version=each.version, snapshot=True)

    def _bring(self, delivery: Delivery) -> Receipt:
        ticket = self.ticket(delivery.ticket_id)
        if ticket.is_merged:
            raise DeliveryError(f"ticket {ticket.id} was merged into another one", kind="gone")
        found = plan(self._complete(ticket) if _needs_entries(ticket, delivery) else ticket, delivery, self.mapping)
        return self._carry_out(ticket, delivery, found)

    def _carry_out(self, ticket: DeskTicket, delivery: Delivery, found: Plan) -> Receipt:
        acting_as = ""
        if not found.change.is_empty:
            if found.change.speaks:
                self._require_settled(delivery)
            acting_as = self.change(ticket, found.change)
        return Receipt(ticket.id, changed=not found.change.is_empty, overtaken=found.overtaken, acting_as=acting_as,
                       detail=found.detail or described(ticket, found.change), quota=self.quota)

    def _create(self, delivery: Delivery) -> Receipt:
        """The new ticket, or the one that an earlier try left, brought to where it belongs."""
        if delivery.new_ticket is None:
            raise DeliveryError("there is no text to create a ticket from", kind="refused")
        left = self.find_marked(delivery, delivery.decided_at - CLOCKS_DIFFER) if delivery.try_number > 1 else ""
        if not left:
            self._require_settled(delivery)
        ticket_id = left or self.create(delivery, first(DeskTicket("", Standing.OPEN), delivery, self.mapping))
        ticket = self.ticket(ticket_id)
        found = Plan(first(self._complete(ticket) if delivery.try_number > 1 else ticket, delivery, self.mapping))
        receipt = self._carry_out(ticket, delivery, found)
        return replace(receipt, changed=True, detail=f"ticket {ticket_id} created")

    def _require_settled(self, delivery: Delivery) -> None:
        """Raise DeliveryError while an earlier try may still have its effect, so that nothing is said twice."""
        if delivery.repeat_from is not None and self.tools.clock.now() < delivery.repeat_from:
            raise DeliveryError("a try that was cut short may still have its effect", kind="early")


def _kind_of(ticket: DeskTicket) -> EventKind:
    """What a ticket as it stands is told as: `created` is open or closed by people, and may thus have been reopened."""
    if ticket.is_deleted or ticket.is_merged:
        return EventKind.DELETED if ticket.is_deleted else EventKind.MERGED
    return EventKind.UPDATED if ticket.is_closed_by_us else EventKind.CREATED


def _latest(ticket: DeskTicket) -> Entry | None:
    """What was written last, if that is what happened to the ticket last."""
    last = ticket.entries[-1] if ticket.entries else None
    if last is None or ticket.updated_at is None or ticket.updated_at - last.at < AT_THE_SAME_TIME:
        return last
    return None


def _needs_entries(ticket: DeskTicket, delivery: Delivery) -> bool:
    """An everyday route is told by the ticket alone; who moves what people may be at looks at what they wrote."""
    everyday = delivery.action is Action.ROUTE and not (delivery.message or delivery.note)
    return not everyday or bool(ticket.assignee) or delivery.try_number > 1


def described(ticket: DeskTicket, change: Change) -> str:
    """One line about a change."""
    parts = [f"set {change.status or change.standing}" if change.standing or change.status else "",
             f"moved to {change.group}" if change.group else "",
             f"tagged {', '.join(change.added(ticket))}" if change.added(ticket) else "",
             f"told {', '.join(change.fields)}" if change.fields else "",
             "noted" if change.note else "", "answered" if change.message else ""]
    return "; ".join(part for part in parts if part) or ("tags set" if change.moves else "nothing differed")


def require_path_secret(config: ConnectionConfig, inbound: Inbound) -> None:
    """Raises VerificationError unless the secret in the address is one of the connection's: for who cannot sign."""
    told = inbound.path_secret.encode("utf-8", "surrogatepass")
    known = [secret.encode() for secret in config.secrets if secret]
    if not told or not any(hmac.compare_digest(told, secret) for secret in known):
        raise VerificationError("the secret in the address is not this connection's")
