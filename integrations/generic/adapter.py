"""The adapter of a described helpdesk: what the description says, carried out the way all adapters do it.

Where a description does not say how a ticket is read, it is written to blindly: each decision is sent as it stands,
people are not noticed, and words may be written twice after a call that was cut short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from entitlements.errors import ConfigError, DeliveryError, VerificationError
from entitlements.helpdesk import Author, ConnectionConfig, Delivery, Event, Finding, Inbound, Limits, Quota, Receipt
from entitlements.kinds import Kind, Setting, Step
from integrations import settings
from integrations.desk.adapter import DeskAdapter, require_path_secret
from integrations.desk.mapping import USUAL_SETTINGS
from integrations.desk.plan import Change, Plan, first
from integrations.desk.ticket import DeskTicket, Entry, Logged, Standing
from integrations.generic.answers import as_answer, found_in, holds_in, id_in, maybe_id_in
from integrations.generic.carrying import calls_for, to_create, values_of
from integrations.generic.checks import findings
from integrations.generic.client import Client
from integrations.generic.description import Description, Request
from integrations.generic.document import read_description
from integrations.generic.events import events_of
from integrations.generic.expression import Context, within
from integrations.generic.guide import steps
from integrations.generic.names import Groups
from integrations.generic.signing import HeaderSecret, SignedText, require_usable
from integrations.generic.template import Values
from integrations.generic.tickets import Known, SeenTicket, entries_of, logged_of, read_ticket
from integrations.generic.trial import dry_run
from integrations.settings import OnReject
from integrations.signatures import verify
from integrations.signing import sign
from integrations.tools import Tools

DESCRIPTION = Setting("description", "the description of the helpdesk, in TOML or JSON: `--set description=@FILE`",
                      is_required=True)


class Generic(DeskAdapter):
    """One described helpdesk. Raises ConfigError for a description that is wrong, and tells of all that is."""

    about = Kind("generic", "any helpdesk, by a description of it",
                 address="the address that all paths in the description are below",
                 token="the credential that signs Deskgate in, in the form that the description's auth needs",
                 secret="what signs or unlocks the webhooks", settings=(DESCRIPTION, *USUAL_SETTINGS))

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self.described = self.describe(config)
        self.about = replace(type(self).about, title=self.described.title,
                             settings=(*type(self).about.settings, *self.described.settings))
        super().__init__(self._usual(config), tools)
        self.client = Client(config, tools, self.described)
        self.finds_changes = "changed" in self.described.requests and bool(config.url)
        self.groups = Groups(self.client, self.described, self.mapping)
        self._refuse_impossible()

    def describe(self, config: ConnectionConfig) -> Description:
        """The description of a connection. Raises ConfigError."""
        text = config.settings.get("description", "")
        if not text.strip():
            raise ConfigError(f"a {config.kind} connection needs {DESCRIPTION.name}: {DESCRIPTION.what}",
                              field=DESCRIPTION.name)
        return read_description(text)

    def _usual(self, config: ConnectionConfig) -> ConnectionConfig:
        """Tags are used where the description says how they are read and written."""
        knows = self.described.knows_tags
        if not knows and config.settings.get("tags", "off") != "off":
            raise ConfigError("the description does not say how tags are read (ticket.tags) and written", field="tags")
        return config if knows else replace(config, settings={**config.settings, "tags": "off"})

    def _refuse_impossible(self) -> None:
        if self.described.webhook:
            require_usable(self.described.webhook.scheme, self.config.secrets)
        if OnReject.CLOSE in self.mapping.on_reject.values() and "close" not in self.described.requests:
            raise ConfigError("reject=close needs requests.close in the description", field="reject")

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def verify(self, inbound: Inbound, now: datetime) -> None:
        webhook = self.described.webhook
        if webhook is None or not webhook.scheme:
            require_path_secret(self.config, inbound)
            return
        if not any(self.config.secrets):
            raise VerificationError("there is no secret")
        verify(webhook.scheme, self.config.secrets, inbound.headers, inbound.body, now, tolerance=webhook.tolerance,
               method=inbound.method, url=inbound.url)

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        scheme = self.described.webhook.scheme if self.described.webhook else ""
        secret = next(iter(self.config.secrets), "")
        if not scheme:
            return {}
        if isinstance(scheme, str):
            return sign(scheme, secret, body, now)
        if not secret:
            raise ConfigError("there is no secret to sign with", field="secrets")
        return scheme.sign(secret, body, now) if isinstance(scheme, HeaderSecret | SignedText) else {}

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events_of(self.described, inbound, self._known())

    def dry_run(self, inbound: Inbound) -> Sequence[Finding]:
        """What a pasted webhook says, and the calls that each decision about its ticket would make. Calls nobody."""
        return dry_run(self.described, self.client, self.mapping, inbound, self._known())

    # --- Reading ------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> DeskTicket:
        if not self.described.reads:
            return DeskTicket(ticket_id, Standing.WAITING)  # nothing that we set is that, so that all of it is sent
        return self._read(self._raw(ticket_id), ticket_id)

    def read(self, ticket_id: str) -> Event:
        if not self.described.reads:
            raise DeliveryError("the description does not say how a ticket is read", kind="refused")
        return super().read(ticket_id)

    def told(self, ticket: DeskTicket, key: str) -> Event:
        """As all adapters tell it. Where entries are read and there is none, the opening was written last."""
        event = super().told(ticket, key)
        reads = self.described.ticket.has("entries") or "entries" in self.described.requests
        opener = Author.AGENT if ticket.staff_made else Author.CUSTOMER
        return replace(event, author=opener) if reads and not ticket.entries else event

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        request = self.described.one("entries")
        if request is None:
            return ticket.entries
        found = list(self.client.each(request, {"ticket_id": ticket.id}))
        asks = ticket.requester_id if isinstance(ticket, SeenTicket) else ""
        return as_answer(lambda: entries_of(self.described, found, {}, replace(self._known(), asks=asks)))

    def logged(self, ticket: DeskTicket) -> tuple[Logged, ...]:
        request = self.described.one("logged")
        if request is None:
            return ticket.logged
        found = list(self.client.each(request, {"ticket_id": ticket.id}))
        return as_answer(lambda: logged_of(self.described, found, {}))

    def changed(self, since: datetime) -> Iterable[DeskTicket]:
        request = self.described.one("changed")
        if request is None:
            raise DeliveryError("the description does not say how to ask what changed", kind="refused")
        found = [each for each in self._listed(request, {"since": since}) if (each.updated_at or since) >= since]
        for each in sorted(found, key=lambda ticket: ticket.updated_at or since):
            if (whole := self._whole(each) if request.reads_each else each) is not None:
                yield whole

    def _whole(self, ticket: DeskTicket) -> DeskTicket | None:
        """A ticket of a list, read by itself; None when it is gone meanwhile."""
        try:
            return self.ticket(ticket.id)
        except DeliveryError as error:
            if error.kind == "gone":
                return None
            raise

    def _listed(self, request: Request, values: Values) -> Iterator[DeskTicket]:
        for each in self.client.each(request, values):
            yield self._read(each, "")

    def _raw(self, ticket_id: str) -> Context:
        """What is said of a ticket."""
        request = self.described.one("read")
        assert request is not None, "asked only where reads"
        answer = self.client.call(request, {"ticket_id": ticket_id}) or {}
        found = found_in(request.found, answer) if request.found else answer
        if isinstance(found, list):
            if not found and "_items" not in answer:
                raise DeliveryError(f"{request.where}: there is no ticket {ticket_id[:40]!r}", kind="gone")
            found = next(iter(found), None)
        if not isinstance(found, Mapping) or (request.found is None and "_items" in found):
            raise DeliveryError(f"{request.where}: the answer holds no ticket")
        return within(found, answer)

    def _read(self, context: Context, ticket_id: str) -> DeskTicket:
        known = replace(self._known(), groups=self.groups.by_id())
        return as_answer(lambda: read_ticket(self.described, context, known, ticket_id))

    def _known(self) -> Known:
        return Known(self.config.acting_as, default_owners=self.mapping.default_owners)

    # --- Writing ------------------------------------------------------------------------------------------------------

    def _bring(self, delivery: Delivery) -> Receipt:
        if self.described.reads:
            return super()._bring(delivery)
        ticket = self.ticket(delivery.ticket_id)
        wanted = first(ticket, delivery, self.mapping)
        blind = replace(wanted, standing=None) if delivery.advise else wanted
        return self._carry_out(ticket, delivery, Plan(blind))

    def change(self, ticket: DeskTicket, change: Change) -> str:
        values = self._values(values_of(self.described, ticket, change))
        for call in calls_for(self.described, ticket, change, values):
            self._make(call.request, call.values)
        return self.acting_as()

    def create(self, delivery: Delivery, change: Change) -> str:
        request = self.described.one("create")
        if request is None or request.id is None:
            raise DeliveryError("the description has no request create", kind="refused")
        values = {**self._values(to_create(self.described, delivery, change)),
                  "requester_id": self._requester(delivery)}
        answer = self._make(request, values) or {}
        for other in self.described.requests["create"][1:]:
            self._make(other, {**values, "ticket_id": id_in(request, answer)})
        return id_in(request, answer)

    def _requester(self, delivery: Delivery) -> str:
        """The account of who asks, where the description says how it is looked up; empty when there is none."""
        request, new = self.described.one("requester"), delivery.new_ticket
        if request is None or new is None:
            return ""
        return maybe_id_in(request, self.client.call(request, {"requester_email": new.requester_email}) or {})

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        request = self.described.one("find_created") or self.described.one("changed")
        if request is None or not self.described.ticket.has("marker"):
            return self._trusted(delivery)
        new = delivery.new_ticket
        values = {"since": since, "marker": delivery.marker, "subject": new.subject if new else "",
                  "requester_email": new.requester_email if new else ""}
        return next((each.id for each in self._listed(request, values) if each.marker == delivery.marker), "")

    def _trusted(self, delivery: Delivery) -> str:
        """Whether creating may be tried again although it cannot be seen what came of it the last time."""
        request = self.described.one("create")
        if request is not None and request.uses_in_headers & {"marker", "delivery"}:
            return ""
        raise DeliveryError("the description does not say how to find a ticket that an earlier try has created "
                            "(requests.find_created): look for it, and redeliver if there is none", kind="refused")

    def discard(self, ticket_id: str) -> str:
        if calls := self.described.requests.get("discard"):
            for each in calls:
                self._make(each, {"ticket_id": ticket_id})
            return "deleted"
        if "close" not in self.described.requests:
            raise DeliveryError("the description has neither requests.discard nor requests.close", kind="refused")
        self.change(self.ticket(ticket_id), Change(standing=Standing.CLOSED))
        return "closed"

    def _values(self, values: Mapping[str, Any]) -> Values:
        return {**values, "group": self.groups.id_of(str(values["group"])), "acting_as": self.acting_as()}

    def _make(self, request: Request, values: Values) -> Context | None:
        answer = self.client.call(request, values)
        if answer is not None and request.verify is not None:
            seen = {"ticket": self._raw(str(values["ticket_id"])), "sent": _plain(values)}
            if not holds_in(request.verify, seen):
                raise DeliveryError(f"{request.where}: it was answered with success, but the ticket is not as it "
                                    f"should be: {request.verify.text[:100]}", kind="refused")
        return answer

    # --- What else is told --------------------------------------------------------------------------------------------

    def acting_as(self) -> str:
        """The id of our own account, where the description says how to ask for it."""
        request = self.described.one("whoami")
        if self.config.acting_as or request is None:
            return self.config.acting_as
        return self.client.sign_in.recall("whoami", lambda: id_in(request, self.client.call(request, {}) or {}))

    @property
    def quota(self) -> Quota | None:
        return self.client.quota

    def limits(self) -> Limits:
        return settings.limits(self.config, self.described.limits)

    def findings(self) -> Iterable[Finding]:
        return findings(self)

    def guide(self, address: str) -> Sequence[Step]:
        return steps(self.described, address)


def _plain(values: Values) -> Values:
    """Values as JSON has them, for expressions."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
