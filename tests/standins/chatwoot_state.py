"""What a Chatwoot remembers of one account, and what becomes of it when somebody changes something.

`sent` are the events that its listeners were told of, each with who caused it, and the payload as it was then. (A real
one writes the payload a moment later, when its queue comes to it; `late` does so when it is asked for.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entitlements.clock import Clock

ACCOUNT, INBOX, API_INBOX = 3, 5, 6
US, ALEX = 11, 12
OUR_TOKEN, BOT_TOKEN, SECRET = "cw-token-of-deskgate", "cw-token-of-a-bot", "cw-webhook-secret"
TYPES = ("incoming", "outgoing", "activity", "template")
STATUSES = ("open", "resolved", "pending", "snoozed")
PRIORITIES = ("low", "medium", "high", "urgent")


@dataclass
class Contact:
    id: int
    email: str
    company: str = ""
    identifier: str = ""
    custom: dict[str, str] = field(default_factory=dict)


@dataclass
class Message:
    id: int
    type: int
    content: str
    at: datetime
    sender: dict[str, Any] | None
    private: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    content_type: str = "text"

    @property
    def is_answer(self) -> bool:
        """What Chatwoot takes for an answer by a person: nothing that an automation has written."""
        by_user = bool(self.sender) and (self.sender or {}).get("type") == "user"
        return self.type == 1 and by_user and not self.private and not self.attributes.get("automation_rule_id")


@dataclass
class Talk:
    id: int
    inbox: int
    contact: Contact
    at: datetime
    status: str = "open"
    team: int = 0
    assignee: int = 0
    priority: str | None = None
    labels: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    additional: dict[str, Any] = field(default_factory=dict)
    snoozed_until: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    active_at: datetime | None = None
    first_reply_at: datetime | None = None


@dataclass(frozen=True)
class Told:
    by: int
    payload: dict[str, Any]


class Office:
    """One account of a Chatwoot. `role` is that of Deskgate's account; `merges`: a newer release, which can merge
    custom attributes."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.role, self.status, self.merges, self.locks_inbox = "administrator", "active", True, False
        self.channels = {API_INBOX: "Channel::Api"}
        self.assigning_inboxes: set[int] = set()
        self.assigning_teams: set[int] = set()
        self.agents = {US: "Deskgate", ALEX: "Alex"}
        self.teams: dict[int, str] = {}
        self.labels: list[str] = []
        self.attributes: dict[str, str] = {}
        self.contacts: dict[int, Contact] = {}
        self.talks: dict[int, Talk] = {}
        self.sent: list[Told] = []
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self._number = 100
        self._unsaid: dict[int, int] = {}

    def now(self) -> datetime:
        return self._clock.now()

    def number(self) -> int:
        self._number += 1
        return self._number

    def contact(self, email: str, company: str = "") -> Contact:
        found = next((each for each in self.contacts.values() if each.email == email), None)
        if found is None:
            found = Contact(self.number(), email, company)
            self.contacts[found.id] = found
        return found

    # --- Telling ------------------------------------------------------------------------------------------------------

    def sender(self, contact: Contact) -> dict[str, Any]:
        return {"id": contact.id, "name": contact.email.partition("@")[0], "email": contact.email, "type": "contact",
                "identifier": contact.identifier or None, "custom_attributes": contact.custom,
                "additional_attributes": {"company_name": contact.company} if contact.company else {}}

    def user(self, number: int) -> dict[str, Any]:
        return {"id": number, "name": self.agents[number], "email": f"{self.agents[number].lower()}@desk.example",
                "type": "user"}

    def shown(self, talk: Talk) -> dict[str, Any]:
        """A conversation as both the API and webhooks tell it."""
        active = talk.active_at or talk.at
        visible = [each for each in talk.messages if each.type != 2 and not each.private]
        team = {"id": talk.team, "name": self.teams[talk.team]} if talk.team else None
        return {
            "id": talk.id, "inbox_id": talk.inbox, "status": talk.status, "priority": talk.priority, "can_reply": True,
            "labels": list(talk.labels), "custom_attributes": dict(talk.custom), "unread_count": 0,
            "additional_attributes": dict(talk.additional),
            "meta": {"sender": self.sender(talk.contact), "channel": self.channel(talk.inbox), "team": team,
                     "assignee": self.user(talk.assignee) if talk.assignee else None, "hmac_verified": False},
            "snoozed_until": talk.snoozed_until.isoformat() if talk.snoozed_until else None,
            "messages": [self.message(talk, each) for each in visible[-1:]],
            "waiting_since": int(talk.at.timestamp()), "timestamp": int(active.timestamp()),
            "last_activity_at": int(active.timestamp()), "created_at": int(talk.at.timestamp()),
            "first_reply_created_at": talk.first_reply_at.isoformat() if talk.first_reply_at else None}

    def channel(self, inbox: int) -> str:
        return self.channels.get(inbox, "Channel::Email")

    def message(self, talk: Talk, each: Message) -> dict[str, Any]:
        return {"id": each.id, "content": each.content, "message_type": each.type, "private": each.private,
                "content_type": each.content_type,
                "created_at": int(each.at.timestamp()), "content_attributes": dict(each.attributes),
                "conversation_id": talk.id, "sender": each.sender}

    def late(self, told: Told) -> dict[str, Any]:
        """The payload as it would be written now: only what has changed is told as it was."""
        kept = {name: told.payload[name] for name in ("event", "changed_attributes") if name in told.payload}
        talk = self.talks[told.payload["id"]]
        return {**self.shown(talk), "channel": self.channel(talk.inbox), "updated_at": self.now().timestamp(), **kept}

    def tell(self, by: int, event: str, payload: dict[str, Any]) -> None:
        self.sent.append(Told(by, {**payload, "event": event}))

    def _tell_talk(self, by: int, event: str, talk: Talk, **changed: tuple[object, object]) -> None:
        """Only an update tells what has changed: for a status that changed it is null, and a new one has none."""
        payload = {**self.shown(talk), "channel": self.channel(talk.inbox), "updated_at": self.now().timestamp()}
        changes = [{name: {"previous_value": old, "current_value": new}} for name, (old, new) in changed.items()]
        more = {} if event == "conversation_created" else {"changed_attributes": changes or None}
        self.tell(by, event, {**payload, **more})

    # --- Doing --------------------------------------------------------------------------------------------------------

    def open(self, by: int, contact: Contact, inbox: int, **more: Any) -> Talk:
        """A new conversation. It is told of when what it begins with has been written."""
        talk = Talk(20 + len(self.talks), inbox, contact, self.now(), **more)
        self.talks[talk.id] = talk
        self._unsaid[talk.id] = by
        return talk

    def write(self, talk: Talk, by: int, content: str, kind: str = "outgoing", **more: Any) -> Message:
        """Somebody writes; what customers write opens what is snoozed or resolved."""
        sender = self.user(by) if by in self.agents else self.sender(talk.contact) if kind == "incoming" else None
        message = Message(self.number(), TYPES.index(kind), content, self.now(), sender, **more)
        talk.messages.append(message)
        talk.active_at = self.now()
        if kind == "incoming" and talk.status in ("snoozed", "resolved"):
            self.turn(talk, by, "open")
        if message.is_answer and talk.first_reply_at is None:
            talk.first_reply_at = self.now()
        if talk.id in self._unsaid:
            self._tell_talk(self._unsaid.pop(talk.id), "conversation_created", talk)
        if kind != "activity":
            told = {name: each for name, each in (sender or {}).items() if name != "type" or by in self.agents}
            shown = {**self.message(talk, message), "message_type": kind, "created_at": message.at.isoformat(),
                     "sender": told or None, "conversation": self.shown(talk), "account": {"id": ACCOUNT},
                     "inbox": {"id": talk.inbox}}
            self.tell(by, "message_created", shown)
        return message

    def turn(self, talk: Talk, by: int, status: str, until: datetime | None = None) -> None:
        """A new status; an agent who opens something is assigned by that, whoever had it before."""
        old, before = talk.status, talk.snoozed_until
        talk.status, talk.snoozed_until = status, until if status == "snoozed" else None
        if old != status:
            self._tell_talk(by, "conversation_status_changed", talk)
            self._changed(talk, by, status=(old, status), snoozed_until=(_text(before), _text(until)))
        if status == "open" and by == US and self.role == "agent":
            self.assign(talk, by, US)

    def assign(self, talk: Talk, by: int, agent: int) -> None:
        old, talk.assignee = talk.assignee, agent
        if old != agent:
            self._changed(talk, by, assignee_id=(old or None, agent or None))

    def move(self, talk: Talk, by: int, team: int) -> None:
        """A new team; one that assigns by itself gives what nobody has to one of its members in the same breath."""
        old, talk.team = talk.team, team
        if old != team:
            more = {"assignee_id": (None, ALEX)} if team in self.assigning_teams and not talk.assignee else {}
            talk.assignee = ALEX if more else talk.assignee
            self._changed(talk, by, team_id=(old or None, team or None), **more)

    def label(self, talk: Talk, by: int, labels: list[str]) -> None:
        old, talk.labels = talk.labels, labels
        if old != labels:
            self._changed(talk, by, label_list=(old, labels), cached_label_list=(", ".join(old), ", ".join(labels)))

    def describe(self, talk: Talk, by: int, custom: dict[str, Any]) -> None:
        old, talk.custom = talk.custom, custom
        if old != custom:
            self._changed(talk, by, custom_attributes=(old, custom))

    def prioritize(self, talk: Talk, by: int, priority: str | None) -> None:
        old, talk.priority = talk.priority, priority
        if old != priority:
            self._changed(talk, by, priority=(old, priority))

    def _changed(self, talk: Talk, by: int, **changed: tuple[object, object]) -> None:
        """Each change leaves a line of its own in the conversation, which counts as activity."""
        self.write(talk, by, "Somebody changed something.", "activity")
        self._tell_talk(by, "conversation_updated", talk, **changed,
                        updated_at=(talk.at.isoformat(), self.now().isoformat()))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
