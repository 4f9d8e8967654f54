"""Zendesk as a helpdesk: what the shared part asks of a product, answered with Zendesk's calls and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import (
    ConnectionConfig,
    Delivery,
    Event,
    Finding,
    Inbound,
    Limits,
    Quota,
)
from entitlements.kinds import Step
from integrations.desk.mapping import NoticeBy, Stage, split
from integrations.desk.plan import Change
from integrations.desk.ticket import REHEARSAL_TAG, DeskTicket, Standing
from integrations.payload import Fields, read_fields
from integrations.settings import ByReason
from integrations.tools import Tools
from integrations.zendesk import triggers
from integrations.zendesk.api import ZendeskApi, part, rows_of
from integrations.zendesk.bulk import BulkDesk
from integrations.zendesk.change import NUMBER, Names, Writer, as_html, literally
from integrations.zendesk.checks import Checks
from integrations.zendesk.events import Reader
from integrations.zendesk.guide import by_events, by_triggers
from integrations.zendesk.kind import ABOUT, BULK, STATUSES, TOTAL_TIME, read_wishes
from integrations.zendesk.ticket import (
    Company,
    Naming,
    ZendeskTicket,
    authors_in,
    read_entries,
    read_logged,
    read_ticket,
)

T = TypeVar("T")
TOO_RECENT = timedelta(minutes=2)
"""What the export leaves out: it refuses to begin within the last minute, and our clock may be ahead of Zendesk's."""


class Zendesk(BulkDesk):
    """One Zendesk account. Raises ConfigError for a connection that cannot work."""

    about = ABOUT
    scheme = "zendesk"
    usual_notice = NoticeBy.TAG  # a public comment of ours would count as the first reply of an agent
    usual_limits = Limits(per_minute=100)

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.mapping = replace(self.mapping, extra_tags={
            stage: as_zendesk_tags(tags) for stage, tags in self.mapping.extra_tags.items()})
        self.finds_changes = bool(config.url)
        self.wishes = read_wishes(config)
        self.api = ZendeskApi(config, tools)
        self.names = Names(self.api)

    @property
    def quota(self) -> Quota | None:
        return self.api.quota

    def limits(self) -> Limits:
        return replace(super().limits(), bulk=BULK if self.wishes.in_bulk else 1)

    def guide(self, address: str) -> Sequence[Step]:
        return (by_triggers if self.wishes.by_triggers else by_events)(address, self.mapping, self.about)

    def findings(self) -> Iterable[Finding]:
        return Checks(self.config, self.api, self.mapping, self.wishes, self.tools.clock).findings()

    # --- What comes in ------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        try:
            told = read_fields(inbound.body)
        except TicketError:
            recovered = triggers.recover(inbound)
            if recovered is None:
                raise
            return (recovered,)
        if "detail" in told:
            return self._reader().read(told)
        return (triggers.read(inbound, told, self.config.acting_as),)

    def _reader(self) -> Reader:
        named = {word.lower() for word in self.mapping.statuses[Stage.QUEUE].values()} & STATUSES
        naming = Naming(held=Naming().held | named, by_tag=self.mapping.uses_tags)
        return Reader(self.config.acting_as, naming, self.wishes.time_field or TOTAL_TIME,
                      self.mapping.default_owners, self.wishes.trusts_organization)

    # --- How a ticket stands ------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> ZendeskTicket:
        page = self.api.ticket(ticket_id)
        return self._read(part(page, "ticket"), page)

    def _read(self, told: Fields, page: Fields) -> ZendeskTicket:
        ticket = readable(lambda: read_ticket(told, Company.of(page), self._naming()))
        return replace(ticket, identity=replace(ticket.identity, **self._missing(ticket)))

    def _missing(self, ticket: ZendeskTicket) -> dict[str, str]:
        """What was not sent along although it is needed: Zendesk sends people and organizations along in part."""
        found: dict[str, str] = {}
        if ticket.requester and "email" not in ticket.company.users.get(ticket.requester, {}):
            user = self.api.users([ticket.requester]).get(ticket.requester, {})
            found["email"] = str(user.get("email") or "")
        organization = ticket.identity.organization_id
        if organization and "external_id" not in ticket.company.organizations.get(organization, {}):
            found["external_id"] = str(self.api.organization(organization).get("external_id") or "")
        return found

    def _naming(self) -> Naming:
        """How the settings name what Zendesk numbers. Asks for names only where settings use them."""
        groups = {str(self.names.group(name)): name for each in self.mapping.groups.values() for name in each.values()}
        fields = {name: str(self.names.field(name)) for name in self.mapping.fields.values()}
        product = str(self.names.field(self.wishes.product_field)) if self.wishes.product_field else ""
        return Naming(groups, fields, product, self._held(), self.mapping.uses_tags)

    def _held(self) -> frozenset[str]:
        """The system statuses that queued tickets are given."""
        statuses = self.mapping.statuses[Stage.QUEUE]
        named = statuses.values() | (set() if statuses.usual else {self.names.waiting_status()})
        return frozenset(self.names.status(name)[0] for name in named)

    def _complete(self, ticket: DeskTicket) -> DeskTicket:
        """With what was written and the time that was logged: both are in the audits."""
        if not isinstance(ticket, ZendeskTicket) or ticket.is_deleted:
            return ticket
        audits = self.api.audits(ticket.id)
        known = ticket.company.users
        others = readable(lambda: authors_in(audits)) - known.keys()
        company = replace(ticket.company, users={**known, **self.api.users(others)}) if others else ticket.company
        return readable(lambda: replace(
            ticket, entries=read_entries(audits, ticket.requester, self._us(), company),
            logged=read_logged(ticket.id, self._time_field(), audits)))

    def _us(self) -> str:
        return self.config.acting_as or str(self.api.me().get("id") or "")

    def _time_field(self) -> str:
        """The id of the field that counts time; empty where there is none."""
        wanted = self.wishes.time_field or TOTAL_TIME
        if NUMBER.fullmatch(wanted):
            return wanted
        return next((number for number, title in self.names.fields().items() if title == wanted.lower()), "")

    def changed(self, since: datetime) -> Iterator[ZendeskTicket]:
        start = min(since, self.tools.clock.now() - TOO_RECENT)
        for page in self.api.changed(int(start.timestamp())):
            for told in rows_of(page, "tickets"):
                ticket = self._read(told, page)
                if ticket.updated_at is None or ticket.updated_at >= since:
                    yield ticket

    # --- What goes out ------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        assert isinstance(ticket, ZendeskTicket)
        return Writer(self.api).write(ticket, change)

    def create(self, delivery: Delivery, change: Change) -> str:
        """All at once but words and closing. Sent alike again it opens no second ticket, and its external id tells."""
        new = delivery.new_ticket
        assert new is not None
        name = new.requester_email.partition("@")[0] or "Customer"
        closes = change.standing is Standing.CLOSED
        placed = replace(change, note="", message="", standing=None if closes else change.standing,
                         status="" if closes else change.status)
        answer = self.api.create({
            **Writer(self.api).body(placed), "subject": literally(new.subject),
            "comment": {"html_body": as_html(new.description or new.subject), "public": True},
            "requester": {"name": name, "email": new.requester_email}, "external_id": delivery.marker,
            "priority": delivery.severity.value})
        return str(part(answer, "ticket").get("id"))

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        for told in self.api.created_as(delivery.marker):
            ticket = readable(lambda told=told: read_ticket(told, Company({}, {}), Naming()))  # type: ignore[misc]
            if ticket.created_at is not None and ticket.created_at >= since and not ticket.is_deleted:
                return ticket.id
        return ""

    def discard(self, ticket_id: str) -> str:
        try:
            self.api.delete(ticket_id)
            return "deleted"
        except DeliveryError as error:
            if error.kind != "unauthorized":
                raise
        ticket = self.ticket(ticket_id)
        self.change(ticket, Change(standing=Standing.CLOSED, tags=ticket.tags - ticket.our_tags | {REHEARSAL_TAG}))
        return "closed"


def as_zendesk_tags(named: ByReason) -> ByReason:
    """Lists of tags as Zendesk will have them: lower case, and without blanks."""
    def tags(told: str) -> str:
        return ",".join("_".join(tag.lower().split()) for tag in split(told))

    return ByReason(tags(named.usual), {reason: tags(told) for reason, told in named.special.items()})


def readable(read: Callable[[], T]) -> T:
    """What an answer says. Raises DeliveryError for an answer that cannot be understood: asking again may help."""
    try:
        return read()
    except TicketError as error:
        raise DeliveryError(f"the answer of Zendesk cannot be read: {error}") from None
