"""People who act in the account, and the webhooks that it sends because of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from integrations.signing import sign
from integrations.zendesk.guide import SUBSCRIPTIONS
from integrations.zendesk.triggers import KINDS
from tests.standins.bench import CUSTOMER, State
from tests.standins.serving import Serving
from tests.standins.zendesk.account import Account
from tests.standins.zendesk.app import EMAIL, TOKEN, Api
from tests.standins.zendesk.parts import (
    ADMIN,
    AGENT,
    GROUPS,
    OUTCOME_FIELD,
    STAFF,
    TIME_FIELD,
    value_of,
)

SECRET = "i8oYhQp0sKq1yH3eYb4Zz0m6bqkq2mR3dXo9cQ1w5t8="
STANDING = {"new": "open", "open": "open", "pending": "waiting", "hold": "held", "solved": "closed", "closed": "closed"}
CHANNELS = {"web": "web", "api": "web_service", "email": "mail"}


class ZendeskBench:
    """The account, served on loopback once its `serving` is entered."""

    kind = "zendesk"
    secret = SECRET
    token = f"{EMAIL}/token:{TOKEN}"

    def __init__(self, clock: Clock):
        self.clock = clock
        self.account = Account(clock)
        self.webhook: dict[str, Any] = {
            "id": "01F1KRFQ6BG29CNWFR60NK5FNY", "name": "Deskgate", "status": "active", "http_method": "POST",
            "endpoint": "https://deskgate.example/hooks/desk", "request_format": "json",
            "subscriptions": [f"zen:event-type:ticket.{each}" for each in SUBSCRIPTIONS]}
        self.api = Api(self.account, lambda: [self.webhook], SECRET)
        self.serving = Serving(self.api.app)
        self.serving.go_by(clock)

    @property
    def url(self) -> str:
        return self.serving.url

    def settings(self) -> Mapping[str, str]:
        return {"route_group": "Support", "triage_group": "Entitlements", "queue_group": "Night",
                "renewals_group": "Renewals", "outcome_field": "Deskgate outcome"}

    # --- What people do -----------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        customer = self.account.user_of(email)
        told = {"subject": "Printer on fire", "comment": {"body": "It burns."}, "priority": severity,
                "requester_id": customer}
        return str(self.account.open(told, AGENT if by_agent else customer, "web")["id"])

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        customer = self.account.ticket(int(ticket_id))["requester_id"]
        self.account.update(int(ticket_id), {"comment": {"body": words}}, customer, via="email")

    def agent_does(self, ticket_id: str, **told: object) -> None:
        self.account.update(int(ticket_id), told, AGENT, via="web")

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.agent_does(ticket_id, comment={"body": words, "public": True})

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.agent_does(ticket_id, comment={"body": words, "public": False})

    def agent_takes(self, ticket_id: str) -> None:
        self.agent_does(ticket_id, assignee_id=AGENT)

    def agent_closes(self, ticket_id: str) -> None:
        self.agent_does(ticket_id, status="solved")

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        self.agent_does(ticket_id, tags=[*self.account.ticket(int(ticket_id))["tags"], tag])

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self.agent_does(ticket_id, priority=severity)

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        before = int(value_of(self.account.ticket(int(ticket_id)), TIME_FIELD) or 0)
        self.agent_does(ticket_id, custom_fields=[{"id": TIME_FIELD, "value": before + seconds}])
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        """The source is closed for good, with a tag that says why."""
        ticket = self.account.ticket(int(ticket_id))
        before, ticket["status"] = ticket["status"], "closed"
        ticket["tags"] = sorted({*ticket["tags"], "closed_by_merge"})
        self.account.touch(ticket)
        self.account.tell(AGENT, "merged", ticket, {"target_ticket_id": into})
        self.account.tell(AGENT, "status_changed", ticket, {"current": "CLOSED", "previous": before.upper()})
        return True

    def deletes(self, ticket_id: str) -> None:
        self.account.delete(int(ticket_id), AGENT)

    def closes_for_good(self, ticket_id: str) -> None:
        """What Zendesk's own automation does some days after a ticket was solved."""
        ticket = self.account.ticket(int(ticket_id))
        ticket["status"] = "closed"
        self.account.touch(ticket)
        self.account.tell(-1, "status_changed", ticket, {"current": "CLOSED", "previous": "SOLVED"})

    def meanwhile(self, ticket_id: str) -> None:
        self.api.before_change = lambda: self.agent_tags(ticket_id, "meanwhile")

    def tells_customers(self) -> list[str]:
        """Have a trigger of the account mail on our tag, as the guide says; returns what it will have mailed."""
        mails: list[str] = []

        def trigger(ticket: dict[str, Any], audit: dict[str, Any]) -> None:
            if tell := {tag for tag in ticket["tags"] if tag.startswith("deskgate_tell_")}:
                before, ticket["tags"] = ticket["tags"], sorted({*ticket["tags"], "deskgate_told"} - tell)
                audit["events"].append({"id": self.account.number(), "type": "Change", "field_name": "tags",
                                        "value": ticket["tags"], "previous_value": before, "via": {"channel": "rule"}})
                mails.extend(tell)

        self.account.trigger = trigger
        return mails

    # --- What is sent -------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        """What one side did, taken off the list of what has happened."""
        mine = [each for each in self.account.said if (each[0] == ADMIN) is ours]
        self.account.said = [each for each in self.account.said if (each[0] == ADMIN) is not ours]
        return [self.sent(envelope(what, ticket, event)) for _, what, ticket, event in mine if what in SUBSCRIPTIONS]

    def sent(self, body: object, invocation: str = "8350205582") -> Inbound:
        """A body as a signed webhook; text goes out as it is."""
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {**sign("zendesk", SECRET, content, self.clock.now()), "Content-Type": "application/json",
                   "X-Zendesk-Account-Id": "123456", "X-Zendesk-Webhook-Id": self.webhook["id"],
                   "X-Zendesk-Webhook-Invocation-Id": invocation}
        return Inbound("POST", "/hooks/desk", headers, content, self.clock.now())

    def triggered(self, what: str, ticket_id: str, *, by: int, invocation: str = "8350205582") -> Inbound:
        """The webhook of a trigger with the body of the guide, its placeholders filled in."""
        assert what in KINDS
        ticket = self.account.ticket(int(ticket_id))
        return self.sent({"source": "zendesk", "event": what, "ticket_id": ticket_id,
                          "requester_id": str(ticket["requester_id"]), "actor_id": str(by),
                          "created_at": ticket["created_at"], "updated_at": ticket["updated_at"]}, invocation)

    def state(self, ticket_id: str) -> State:
        ticket = self.account.tickets[int(ticket_id)]
        if ticket["status"] == "deleted":
            return State("closed", tags=frozenset(ticket["tags"]), exists=False)
        written = [event for audit in self.account.audits[ticket["id"]][1:] for event in audit["events"]
                   if event["type"] == "Comment" and self.account.users[event["author_id"]]["role"] in STAFF]
        return State(
            standing=STANDING[ticket["status"]], tags=frozenset(ticket["tags"]),
            group=next(name for name, number in GROUPS.items() if number == ticket["group_id"]),
            assignee=str(ticket["assignee_id"] or ""),
            fields={"Deskgate outcome": value_of(ticket, OUTCOME_FIELD)},
            told=tuple(each["html_body"] for each in written if each["public"]),
            notes=tuple(each["html_body"] for each in written if not each["public"]),
            first_reply_at=self.account.first_replies.get(ticket["id"]))


def envelope(what: str, ticket: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Zendesk writes it: numbers as text, status and priority in capitals."""
    numbers = {name: None if ticket[name] is None else str(ticket[name]) for name in (
        "id", "requester_id", "submitter_id", "actor_id", "organization_id", "group_id", "assignee_id", "brand_id")}
    words = {name: ticket[name] and ticket[name].upper() for name in ("status", "priority", "type")}
    rest = {name: ticket[name] for name in ("subject", "description", "external_id", "is_public", "tags", "created_at",
                                            "updated_at")}
    channel = ticket["via"]["channel"]
    return {
        "type": f"zen:event-type:ticket.{what}", "account_id": 123456, "id": str(uuid.uuid4()),
        "time": ticket["updated_at"].replace("Z", ".123456789Z"), "zendesk_event_version": "2022-11-06",
        "subject": f"zen:ticket:{ticket['id']}",
        "detail": {**numbers, **words, **rest, "custom_status": "900001", "form_id": "456",
                   "via": {"channel": CHANNELS.get(channel, channel)}},
        "event": {**event, "meta": {"sequence": {"id": "CE4A698AF24F35B3208649C6951E000E", "position": 1}}}}
