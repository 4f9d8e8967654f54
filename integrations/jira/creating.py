"""Opening a ticket that Deskgate took in: as a request of its customer, or as a plain issue."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, NewTicket
from integrations.desk.plan import Change
from integrations.desk.ticket import REHEARSAL_TAG, marked
from integrations.http import Answer
from integrations.jira.api import DESK, MARKER, PLATFORM, JiraApi
from integrations.jira.settings import JiraSettings
from integrations.jira.words import document

LONGEST_SUMMARY = 250
OPT_IN = {"X-ExperimentalApi": "opt-in"}
MARKUP = re.compile(r"[{\[]|!(?=\S[^!\n]*!)|^\|", re.MULTILINE)
"""What begins a macro, a link, an image or a table in the markup that the words of a request are read as."""


@dataclass(frozen=True)
class Created:
    """A new ticket; `lacks_labels` where these could not be part of the call that made it."""

    id: str
    lacks_labels: bool


@dataclass(frozen=True)
class Creator:
    """Opens tickets the way the settings say."""

    api: JiraApi
    settings: JiraSettings

    def create(self, delivery: Delivery, change: Change) -> Created:
        """The marker is the last line of the description: requests have no other place for it. Raises DeliveryError."""
        new = delivery.new_ticket
        if new is None:
            raise DeliveryError("there is no text to create a ticket from", kind="refused")
        if self.settings.request_type:
            return self._request(new, delivery.marker, change)
        if self.settings.issue_type:
            return self._issue(new, delivery.marker, change)
        raise DeliveryError("nothing says as what a ticket is to be created: set service_desk and request_type",
                            kind="setting")

    def _request(self, new: NewTicket, marker: str, change: Change) -> Created:
        """A rehearsal adds no customer: it is our own request where its requester is not known."""
        is_rehearsal = REHEARSAL_TAG in (change.tags or ())
        account = self._known(new.requester_email) if is_rehearsal else self._account(new.requester_email)
        customer = {"raiseOnBehalfOf": account} if account else {}
        words = MARKUP.sub(lambda mark: f"\\{mark.group()}", marked(new.description, marker))
        answer = self.api.call("POST", (*DESK, "request"), json={
            "serviceDeskId": self.settings.service_desk, "requestTypeId": self.settings.request_type,
            "requestFieldValues": {"summary": _summary(new), "description": words}, **customer})
        return Created(_named(answer, "issueId"), lacks_labels=True)

    def _issue(self, new: NewTicket, marker: str, change: Change) -> Created:
        account = self._known(new.requester_email)
        answer = self.api.call("POST", (*PLATFORM, "issue"), json={
            "fields": {"project": {"key": self.settings.projects[0]}, "issuetype": _by_name(self.settings.issue_type),
                       "summary": _summary(new), "description": document(marked(new.description, marker)),
                       "labels": sorted(change.tags or ()), **({"reporter": {"id": account}} if account else {})},
            "properties": [{"key": MARKER, "value": {"marker": marker}}]})
        return Created(_named(answer, "id"), lacks_labels=False)

    def _account(self, email: str) -> str:
        """The account of a customer, made where there is none; the address itself where we may not do either, so that
        Jira says what it thinks of it."""
        return self._known(email) or self._new(email) or email

    def _known(self, email: str) -> str:
        desk = self.settings.service_desk
        customers = self.api.ask("GET", (*DESK, "servicedesk", desk, "customer"), params={"query": email},
                                 headers=OPT_IN) if desk else None
        found = _account_in(customers, email) if customers is not None else ""
        return found or _account_in(self.api.ask("GET", (*PLATFORM, "user", "search"), params={"query": email}), email)

    def _new(self, email: str) -> str:
        answer = self.api.ask("POST", (*DESK, "customer"), json={"email": email, "displayName": email})
        if not answer.is_success:
            return ""
        account = str(answer.object().get("accountId") or "")
        if account:
            self.api.ask("POST", (*DESK, "servicedesk", self.settings.service_desk, "customer"),
                         json={"accountIds": [account]})
        return account


def _account_in(answer: Answer, email: str) -> str:
    """The one account that an answer lists under an address; where privacy hides addresses, the only one it lists."""
    if not answer.is_success:
        return ""
    told = answer.json()
    rows = told.get("values") if isinstance(told, dict) else told
    listed = rows if isinstance(rows, list) else []
    people = [each for each in listed if isinstance(each, dict) and each.get("accountId")]
    exact = [each for each in people if str(each.get("emailAddress") or "").lower() == email.lower()]
    hidden = [each for each in people if not each.get("emailAddress")]
    found = exact or (hidden if len(people) == 1 else [])
    return str(found[0]["accountId"]) if found else ""


def _summary(new: NewTicket) -> str:
    return " ".join(new.subject.split())[:LONGEST_SUMMARY] or "(no subject)"


def _by_name(name: str) -> dict[str, str]:
    return {"id": name} if name.isdecimal() else {"name": name}


def _named(answer: Answer, name: str) -> str:
    found = answer.object().get(name)
    if not isinstance(found, str | int) or not str(found):
        raise DeliveryError(f"{answer.method} {answer.path}: the answer does not name the new ticket", kind="unknown",
                            status=answer.status)
    return str(found)
