"""The adapter itself: how a change is made in Chatwoot, one call for each part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Delivery, Event, Finding, Inbound, Limits, NewTicket, Quota
from entitlements.kinds import Step
from entitlements.rules.ticket import Severity
from integrations.chatwoot import events, guide
from integrations.chatwoot.api import MARKER, ChatwootApi, root_of
from integrations.chatwoot.checks import Checks
from integrations.chatwoot.conversation import PRIORITIES, Conversation, Reading, begun, labels_of, marker_of, section
from integrations.chatwoot.settings import ABOUT, STATUSES, read_options
from integrations.desk.adapter import DeskAdapter
from integrations.desk.plan import Change
from integrations.desk.ticket import CLOSED_TAG, QUEUED_TAG, DeskTicket, Entry, Standing, marked
from integrations.tools import Tools

API_INBOX = "Channel::Api"
LONGEST_NAME, LONGEST_VALUE = 100, 1500
"""Characters in the name of a contact, and in an attribute: Chatwoot refuses everything if one of them is longer."""


class Chatwoot(DeskAdapter):
    """One account of a Chatwoot. Raises ConfigError for a connection that cannot work."""

    about = ABOUT
    usual_limits = Limits(per_minute=500, share=1.0)
    """Chatwoot takes 3000 calls a minute from one address, and a change may need six; agents have other addresses."""

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.options = read_options(config, self.mapping)
        self.scheme = "chatwoot" if self.options.is_signed else ""
        self.api = ChatwootApi(config, self.options.account, tools)

    @property
    def quota(self) -> Quota | None:
        return self.api.calls.quota

    def findings(self) -> Iterable[Finding]:
        return Checks(self.config, self.tools, self.api, self.mapping, self.options).findings()

    def guide(self, address: str) -> Sequence[Step]:
        return guide.steps(address, root_of(self.config.url), self.mapping, self.options)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events.parse(inbound.body, Reading(self.mapping, self.options, self.config.acting_as))

    @property
    def reading(self) -> Reading:
        return Reading(self.mapping, self.options, self.api.me().id)

    def ticket(self, ticket_id: str) -> Conversation:
        return self.reading.conversation(self.api.conversation(ticket_id))

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        return self.reading.entries(self.api.messages(ticket.id))

    def _complete(self, ticket: DeskTicket) -> DeskTicket:
        """Who wrote first tells whether an agent began the conversation."""
        return begun(super()._complete(ticket))

    def changed(self, since: datetime) -> Iterable[DeskTicket]:
        found: dict[str, DeskTicket] = {}
        for row in self.api.conversations():
            ticket = self.reading.conversation(row)
            if ticket.updated_at is not None and ticket.updated_at < since:
                break
            found[ticket.id] = ticket
        return reversed(found.values())

    # --- Writing ------------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """What we snooze or close carries our mark before, and what we open keeps it until after: so whatever is cut
        short, nothing that we did looks like people's."""
        status = change.status or (STATUSES.get(change.standing, "") if change.standing else "")
        opens, closes = change.standing is Standing.OPEN, change.standing is Standing.CLOSED
        if status and opens:
            self._set_status(ticket, status, None)
        self._mark(ticket.id, change)
        if change.group:
            self._move(ticket.id, change.group)
        if status and not opens and not closes:
            self._set_status(ticket, status, change.until)
        for words, private in ((change.note, True), (change.message, False)):
            if words:
                self.api.post("conversations", ticket.id, "messages", json=_message(words, change.marker, private))
        if status and closes:
            self._set_status(ticket, status, None)
        return self.api.me().id

    def _mark(self, ticket_id: str, change: Change) -> None:
        """Chatwoot replaces labels and attributes as a whole: what people set is read right before."""
        if change.fields:
            present = section(self.api.conversation(ticket_id), "custom_attributes")
            self._set_fields(ticket_id, present, change)
        if change.tags is not None:
            self._set_labels(ticket_id, labels_of(self.api.conversation(ticket_id)), change.tags)

    def _set_fields(self, ticket_id: str, present: Any, change: Change) -> None:
        """Newer releases merge, which keeps what somebody sets at this very moment; a merge cannot take away."""
        gone = {name for name, value in change.fields.items() if not value}
        wanted = {**{name: value for name, value in present.items() if name not in gone},
                  **{name: value[:LONGEST_VALUE] for name, value in change.fields.items() if value}}
        if wanted != present:
            merges = {} if gone & set(present) else {"merge": True}
            self.api.post("conversations", ticket_id, "custom_attributes", json={"custom_attributes": wanted, **merges})

    def _set_labels(self, ticket_id: str, present: frozenset[str], wanted: frozenset[str]) -> None:
        """The labels of ours as they are to be, those of people as they are now."""
        ours = self.mapping.is_ours
        labels = {each for each in present if not ours(each)} | {each for each in wanted if ours(each)}
        if labels != present:
            self._require_kept(labels, self.api.post("conversations", ticket_id, "labels",
                                                     json={"labels": sorted(labels)}))

    @staticmethod
    def _require_kept(labels: set[str], answer: object) -> None:
        """Some Chatwoots drop labels that nobody has added to the account. By these two we know our own doing."""
        kept = answer.get("payload") if isinstance(answer, dict) else None
        if lost := sorted({QUEUED_TAG, CLOSED_TAG} & labels - set(kept if isinstance(kept, list) else labels)):
            raise DeliveryError(f"Chatwoot does not keep the label {lost[0]}: add it under Settings > Labels",
                                kind="refused")

    def _move(self, ticket_id: str, group: str) -> None:
        team = self.api.post("conversations", ticket_id, "assignments", json={"team_id": int(self.api.team(group))})
        if not isinstance(team, dict):
            self.api.forget()
            raise DeliveryError(f"there is no team {group} in Chatwoot any more", kind="refused")

    def _set_status(self, ticket: DeskTicket, status: str, until: datetime | None) -> None:
        """Always by name, since without one it is toggled. An agent who opens something is assigned by that: undone."""
        wake = {"snoozed_until": int(until.timestamp())} if until and status == "snoozed" else {}
        self.api.post("conversations", ticket.id, "toggle_status", json={"status": status, **wake})
        if status == "open" and self.api.me().role != "administrator":
            had = ticket.assigned_to if isinstance(ticket, Conversation) else ""
            back = int(had) if had and had != self.api.me().id else 0
            self.api.post("conversations", ticket.id, "assignments", json={"assignee_id": back})

    # --- Opening ------------------------------------------------------------------------------------------------------

    def create(self, delivery: Delivery, change: Change) -> str:
        """In an inbox of the kind API as the customer's own words, elsewhere as a note: what we say there is sent."""
        new, inbox = delivery.new_ticket, self.options.inbox
        if new is None or not inbox:
            raise DeliveryError("set inbox_id: a new conversation must be opened in some inbox", kind="refused")
        try:
            row = self._open(new, inbox, delivery.marker)
        except DeliveryError as error:
            if error.kind == "gone":
                raise DeliveryError(f"{error}: is there still an inbox {inbox}?", kind="refused", status=404) from None
            raise
        if not isinstance(row, dict) or not row.get("id"):
            raise DeliveryError("Chatwoot does not say which conversation it opened", kind="unknown")
        if marker_of(row) != delivery.marker:
            raise DeliveryError(f"inbox {inbox} puts everything of a contact into one conversation: choose one that "
                                "does not, or turn that off in its settings", kind="refused")
        if delivery.severity is not Severity.NORMAL:
            self.api.post("conversations", row["id"], "toggle_priority",
                          json={"priority": PRIORITIES[delivery.severity]})
        if change.tags:
            self.api.post("conversations", row["id"], "labels", json={"labels": sorted(change.tags)})
        return str(row["id"])

    def _open(self, new: NewTicket, inbox: str, marker: str) -> Any:
        return self.api.post("conversations", json={
            "inbox_id": int(inbox), "contact_id": int(self._contact(new, inbox)), "status": "open",
            "additional_attributes": {MARKER: marker, "mail_subject": new.subject[:200]},
            "message": _opening(new, str(self._inbox(inbox).get("channel_type")))})

    def _inbox(self, inbox: str) -> Any:
        return self.tools.memory.recall(("chatwoot", self.config.url, self.options.account, inbox),
                                        lambda: self.api.get("inboxes", inbox))

    def _contact(self, new: NewTicket, inbox: str) -> str:
        found = self.api.contact(new.requester_email)
        if found:
            return found
        row = self.api.post("contacts", json={"inbox_id": int(inbox), "email": new.requester_email,
                                              "name": new.requester_email.partition("@")[0][:LONGEST_NAME]})
        number = section(section(row, "payload"), "contact").get("id") if isinstance(row, dict) else None
        if not number:
            raise DeliveryError("Chatwoot does not say which contact it made", kind="unknown")
        return str(number)

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        email = delivery.new_ticket.requester_email if delivery.new_ticket else ""
        contact = self.api.contact(email) if email else ""
        rows = self.api.conversations_of(contact) if contact else []
        return next((str(row.get("id")) for row in rows if marker_of(row) == delivery.marker), "")

    def discard(self, ticket_id: str) -> str:
        if self.api.ask("DELETE", "conversations", ticket_id).is_success:
            return "deleted"
        self._set_status(self.ticket(ticket_id), "resolved", None)
        return "closed"


def _opening(new: NewTicket, channel: str) -> dict[str, object]:
    words = f"{new.subject}\n\n{new.description}".strip()
    if channel == API_INBOX:
        return {"content": words, "message_type": "incoming"}
    return {"content": literally(words), "message_type": "outgoing", "private": True}


def _message(words: str, marker: str, private: bool) -> dict[str, object]:
    """Our marker stands where Chatwoot keeps the number of an automation: nobody reads it, and what has one is no
    first reply of an agent."""
    content = literally(marked(words, marker) if private else words)
    return {"content": content, "message_type": "outgoing", "private": private,
            "content_attributes": {"automation_rule_id": marker}}


def literally(words: str) -> str:
    """Words that come out as they are: Chatwoot runs templates in them, and sends them on as Markdown."""
    words = re.sub(r"\{(?=[{%])", "{\u200b", words)
    words = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", words)
    return words.rstrip().replace("\n", "  \n")
