"""The API of a Chatwoot that is not there: the calls that Deskgate makes, refused as Chatwoot refuses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any

from flask import Flask, Response, request

from tests.standins.chatwoot_state import (
    ACCOUNT,
    API_INBOX,
    BOT_TOKEN,
    INBOX,
    OUR_TOKEN,
    PRIORITIES,
    SECRET,
    STATUSES,
    US,
    Office,
    Talk,
)

ROOT = "/api/v1"
PER_PAGE, MESSAGES, LONGEST = 25, 100, 1500
SUBSCRIBED = ["conversation_created", "conversation_status_changed", "conversation_updated", "message_created"]


def answered(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, {"Content-Type": "application/json; charset=utf-8"})


def missing() -> Response:
    return answered({"error": "Resource could not be found"}, 404)


class OfficeApp:
    """Turns calls into changes of an office."""

    def __init__(self, office: Office):
        self.office = office
        self.may_delete = True
        self.drops_underscores = False
        self.webhooks: list[dict[str, Any]] = [{"id": 1, "url": "https://deskgate.example/hooks/desk",
                                                "subscriptions": SUBSCRIBED, "secret": SECRET}]
        self.hidden_from_us: set[int] = set()
        self.seen_inboxes = [INBOX, API_INBOX]
        self.templates: list[dict[str, str]] = []
        self.floods = self.drops_labels = False
        self.app = Flask(__name__)
        self.app.before_request(self._let_in)
        self.app.add_url_rule(f"{ROOT}/profile", "profile", self.profile)
        for rule, method, view in self._routes():
            self.app.add_url_rule(f"{ROOT}/accounts/<int:account>{rule}", f"{method} {rule}", self._inside(view),
                                  methods=[method])

    def _routes(self) -> Iterable[tuple[str, str, Callable[..., Response]]]:
        talk = "/conversations/<int:number>"
        return [
            ("/conversations", "GET", self.conversations), ("/conversations", "POST", self.create),
            (talk, "GET", self.show), (talk, "DELETE", self.delete), (f"{talk}/messages", "GET", self.messages),
            (f"{talk}/messages", "POST", self.write), (f"{talk}/toggle_status", "POST", self.toggle_status),
            (f"{talk}/toggle_priority", "POST", self.toggle_priority), (f"{talk}/assignments", "POST", self.assign),
            (f"{talk}/labels", "POST", self.label), (f"{talk}/custom_attributes", "POST", self.describe),
            ("/teams", "GET", self.teams), ("/labels", "GET", self.labels), ("/webhooks", "GET", self.show_webhooks),
            ("/custom_attribute_definitions", "GET", self.definitions), ("/inboxes", "GET", self.inboxes),
            ("/inboxes/<int:number>", "GET", self.inbox),
            ("/contacts/search", "GET", self.search), ("/contacts", "POST", self.add_contact),
            ("/contacts/<int:number>/conversations", "GET", self.conversations_of)]

    def _let_in(self) -> Response | None:
        token = "" if self.drops_underscores else request.headers.get("api_access_token")
        if not token:
            return answered({"errors": ["You need to sign in or sign up before continuing."]}, 401)
        if token == BOT_TOKEN:
            return answered({"error": "Access to this endpoint is not authorized for bots"}, 401)
        if token != OUR_TOKEN:
            return answered({"error": "Invalid Access Token"}, 401)
        if request.method == "POST" and request.mimetype != "application/json":
            return answered({"error": "not JSON"}, 422)
        return None

    def _inside(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Only the account there is, and only conversations there are; a colleague may be quicker than a change."""
        def see(account: int, number: int | None = None) -> Response:
            if account != ACCOUNT:
                return missing()
            if self.office.role == "none":
                return answered({"error": "You are not authorized to access this account"}, 401)
            if number is None:
                return view()
            if "conversations/" not in request.path or "/contacts/" in request.path:
                return view(number)
            talk = self.office.talks.get(number)
            if talk is None:
                return missing()
            if number in self.hidden_from_us:
                return answered({"error": "You are not authorized to do this action"}, 401)
            if request.method == "POST":
                self.office.meanwhile.pop(number, lambda: None)()
            return view(talk)
        return see

    @staticmethod
    def _told(*known: str, needed: Iterable[str] = ()) -> dict[str, Any]:
        """The body. Rails drops what it does not know; a stand-in that did so would hide a slip."""
        content = request.get_json()
        assert isinstance(content, dict)
        assert set(content) <= set(known), f"unknown: {set(content) - set(known)}"
        assert set(needed) <= set(content), f"missing: {set(needed) - set(content)}"
        return content

    # --- Conversations ------------------------------------------------------------------------------------------------

    def profile(self) -> Response:
        return answered({"id": US, "name": "Deskgate", "email": "deskgate@desk.example",
                         "accounts": [{"id": ACCOUNT, "role": self.office.role, "status": self.office.status}]})

    def conversations(self) -> Response:
        assert request.args["sort_by"] == "last_activity_at_desc"
        assert request.args["status"] == "all"
        page = int(request.args.get("page", "1"))
        found = sorted(self.office.talks.values(), key=lambda talk: (talk.active_at or talk.at, talk.id), reverse=True)
        part = found[(page - 1) * PER_PAGE: page * PER_PAGE]
        return answered({"data": {"meta": {"all_count": len(found)}, "payload": list(map(self.office.shown, part))}})

    def show(self, talk: Talk) -> Response:
        return answered(self.office.shown(talk))

    def delete(self, talk: Talk) -> Response:
        if not self.may_delete or self.office.role != "administrator":
            return answered({"error": "You are not authorized to do this action"}, 401)
        del self.office.talks[talk.id]
        return Response("", 200)

    def messages(self, talk: Talk) -> Response:
        after = int(request.args["after"])
        found = [each for each in talk.messages if each.id > after][:MESSAGES]
        return answered({"meta": {}, "payload": [self.office.message(talk, each) for each in found]})

    def write(self, talk: Talk) -> Response:
        told = self._told("content", "message_type", "private", "content_attributes", needed=("content", "private"))
        assert set(told["content_attributes"]) <= {"automation_rule_id"}
        if self.floods:
            return answered({"error": "Validation failed: Too many messages"}, 422)
        if told["message_type"] == "incoming" and talk.inbox != API_INBOX:
            return answered({"error": "Incoming messages are only allowed in Api inboxes"}, 422)
        message = self.office.write(talk, US, told["content"], told["message_type"], private=told["private"],
                                    attributes=told["content_attributes"])
        return answered(self.office.message(talk, message))

    def toggle_status(self, talk: Talk) -> Response:
        told = self._told("status", "snoozed_until", needed=("status",))
        if told["status"] not in STATUSES:
            return answered({"error": f"'{told['status']}' is not a valid status"}, 422)
        until = datetime.fromtimestamp(told["snoozed_until"], timezone.utc) if "snoozed_until" in told else None
        self.office.turn(talk, US, told["status"], until)
        return answered({"meta": {}, "payload": {"success": True, "conversation_id": talk.id,
                                                 "current_status": talk.status}})

    def toggle_priority(self, talk: Talk) -> Response:
        priority = self._told("priority", needed=("priority",))["priority"]
        if priority is not None and priority not in PRIORITIES:
            return answered({"error": "not a valid priority"}, 422)
        self.office.prioritize(talk, US, priority)
        return Response("", 200)

    def assign(self, talk: Talk) -> Response:
        """A team that is not there takes the team away; with an assignee, the team is passed over."""
        told = self._told("team_id", "assignee_id")
        assert len(told) == 1
        if "assignee_id" in told:
            self.office.assign(talk, US, told["assignee_id"] if told["assignee_id"] in self.office.agents else 0)
            return answered(self.office.user(talk.assignee) if talk.assignee else None)
        team = told["team_id"] if told["team_id"] in self.office.teams else 0
        self.office.move(talk, US, team)
        return answered({"id": team, "name": self.office.teams[team]} if team else None)

    def label(self, talk: Talk) -> Response:
        labels = self._told("labels", needed=("labels",))["labels"]
        assert all(isinstance(each, str) for each in labels)
        self.office.label(talk, US, [each for each in labels if not self.drops_labels or each in self.office.labels])
        return answered({"payload": talk.labels})

    def describe(self, talk: Talk) -> Response:
        """Older releases know nothing of merging, and replace."""
        told = self._told("custom_attributes", "merge", needed=("custom_attributes",))
        kept = talk.custom if told.get("merge") and self.office.merges else {}
        if long := [name for name, each in told["custom_attributes"].items() if len(str(each)) > LONGEST]:
            return answered({"message": f"Custom attributes {long[0]} length should be < 1500",
                             "attributes": ["custom_attributes"]}, 422)
        self.office.describe(talk, US, {**kept, **told["custom_attributes"]})
        return answered({"custom_attributes": talk.custom})

    def create(self) -> Response:
        told = self._told("inbox_id", "contact_id", "status", "additional_attributes", "message")
        contact = self.office.contacts.get(told["contact_id"])
        if contact is None or told["inbox_id"] not in (INBOX, API_INBOX):
            return missing()
        words = told["message"]
        if words["message_type"] == "incoming" and told["inbox_id"] != API_INBOX:
            return answered({"error": "Incoming messages are only allowed in Api inboxes"}, 422)
        talk = next((each for each in self.office.talks.values() if each.contact is contact
                     and each.inbox == told["inbox_id"]), None) if self.office.locks_inbox else None
        talk = talk or self.office.open(US, contact, told["inbox_id"], status=told["status"],
                                        additional=told["additional_attributes"])
        self.office.write(talk, US if words["message_type"] == "outgoing" else 0, words["content"],
                          words["message_type"], private=words.get("private", False))
        return answered(self.office.shown(talk))

    # --- What there is ------------------------------------------------------------------------------------------------

    def teams(self) -> Response:
        return answered([{"id": number, "name": name, "allow_auto_assign": number in self.office.assigning_teams}
                         for number, name in self.office.teams.items()])

    def labels(self) -> Response:
        return answered({"payload": [{"title": title} for title in self.office.labels]})

    def show_webhooks(self) -> Response:
        if self.office.role != "administrator":
            return answered({"error": "You are not authorized to do this action"}, 401)
        return answered({"payload": {"webhooks": self.webhooks}})

    def definitions(self) -> Response:
        model = "conversation_attribute"
        return answered([{"attribute_key": key, "attribute_display_type": kind, "attribute_model": model}
                         for key, kind in self.office.attributes.items()])

    def inbox(self, number: int) -> Response:
        return answered(self._inbox(number)) if number in (INBOX, API_INBOX) else missing()

    def inboxes(self) -> Response:
        return answered({"payload": [{**self._inbox(number), "message_templates": self.templates}
                                     for number in self.seen_inboxes]})

    def _inbox(self, number: int) -> dict[str, Any]:
        return {"id": number, "name": f"Inbox {number}", "channel_type": self.office.channel(number),
                "enable_auto_assignment": number in self.office.assigning_inboxes,
                "lock_to_single_conversation": self.office.locks_inbox}

    def search(self) -> Response:
        found = [each for each in self.office.contacts.values() if request.args["q"].lower() in each.email.lower()]
        return answered({"meta": {"count": len(found)}, "payload": [self.office.sender(each) for each in found]})

    def add_contact(self) -> Response:
        told = self._told("inbox_id", "email", "name", needed=("inbox_id", "email"))
        if any(each.email == told["email"] for each in self.office.contacts.values()):
            return answered({"message": "Email has already been taken", "attributes": ["email"]}, 422)
        contact = self.office.contact(told["email"])
        return answered({"payload": {"contact": self.office.sender(contact), "contact_inbox": {"source_id": "uuid"}}})

    def conversations_of(self, number: int) -> Response:
        found = [each for each in self.office.talks.values() if each.contact.id == number]
        return answered({"payload": [self.office.shown(each) for each in found]})
