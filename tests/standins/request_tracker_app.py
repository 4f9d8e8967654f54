"""The REST 2 interface of a Request Tracker that is not there: the calls that Deskgate makes, refused as RT does it.

What a change amounts to is in `request_tracker_state`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request

from tests.standins.request_tracker_state import OUR_PASSWORD, OUR_TOKEN, US, Denied, Tracker, Txn, spelled

ROOT = "/REST/2.0"
UPDATABLE = {"Subject", "Queue", "Owner", "Status", "Priority", "TimeWorked", "CustomFields"}
CREATABLE = {*UPDATABLE, "Requestor", "Cc", "Content", "ContentType"} - {"TimeWorked"}
WRITABLE = {"Subject", "Content", "ContentType", "TimeTaken", "Status", "CustomFields"}
LIFECYCLE = {"initial": ["new"], "active": ["open", "stalled"], "inactive": ["resolved", "rejected", "deleted"]}


def answered(content: object, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(content), status, {"Content-Type": "application/json; charset=utf-8", **headers})


def refused(status: int, message: str) -> Response:
    return answered({"message": message}, status)


class TrackerApp:
    """Turns calls into changes of a tracker."""

    def __init__(self, tracker: Tracker):
        self.tracker = tracker
        self.shows_lifecycles = True
        self.app = Flask(__name__)
        self.app.before_request(self._let_in)
        for rule, method, view in self._routes():
            self.app.add_url_rule(ROOT + rule, f"{method} {rule}", view, methods=[method])

    def _routes(self) -> Iterable[tuple[str, str, Callable[..., Response]]]:
        return [
            ("/rt", "GET", lambda: answered({"Version": "5.0.7", "Plugins": []})),
            ("/ticket/<int:number>", "GET", self.show), ("/ticket/<int:number>", "PUT", self.update),
            ("/ticket/<int:number>", "DELETE", self.delete), ("/ticket", "POST", self.create),
            ("/ticket/<int:number>/<any(correspond,comment):how>", "POST", self.write),
            ("/ticket/<int:number>/history", "GET", self.history), ("/tickets", "GET", self.search),
            ("/transaction/<int:number>/attachments", "GET", self.attachments), ("/user/<name>", "GET", self.user),
            ("/users", "GET", self.users),
            ("/queue/<name>", "GET", self.queue), ("/customfields", "GET", self.custom_fields),
            ("/customfield/<int:number>", "GET", self.custom_field), ("/lifecycle/<name>", "GET", self.lifecycle)]

    def _let_in(self) -> Response | None:
        basic = base64.b64encode(f"{US}:{OUR_PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") not in (f"token {OUR_TOKEN}", f"Basic {basic}"):
            return Response("Authorization required", 401, {"Content-Type": "text/plain"})
        if request.method in ("POST", "PUT") and request.mimetype != "application/json":
            return refused(415, "Unsupported Media Type")
        return None

    # --- Tickets ------------------------------------------------------------------------------------------------------

    def show(self, number: int) -> Response:
        ticket = self.tracker.load(number)
        if ticket is None:
            return refused(404, "Not Found")
        named = "Name" in request.args.get("fields[Queue]", "")
        return answered({**self.tracker.told(ticket, named=named), "_hyperlinks": self.tracker.links(ticket)},
                        ETag=self.tracker.etag(ticket))

    def update(self, number: int) -> Response:
        ticket = self.tracker.load(number)
        if ticket is None:
            return refused(404, "Resource does not exist; use POST to create")
        meanwhile = self.tracker.meanwhile.pop(number, None)
        if meanwhile:
            meanwhile()
        match = request.headers.get("If-Match")
        if match is not None and match != self.tracker.etag(ticket):
            return refused(412, "Precondition Failed")
        content = request.get_json()
        self._expect(content, UPDATABLE)
        said = self.tracker.update(ticket, US, content)
        self.tracker.afterwards.pop(number, lambda: None)()
        return answered(said)

    def delete(self, number: int) -> Response:
        ticket = self.tracker.load(number)
        if ticket is None or not self.tracker.may_delete:
            return refused(404 if ticket is None else 500, "Not Found" if ticket is None else "Internal Server Error")
        self.tracker.update(ticket, US, {"Status": "deleted"})
        return Response("", 204)

    def create(self) -> Response:
        content = request.get_json()
        self._expect(content, CREATABLE)
        if not content.get("Queue"):
            return refused(400, "Could not create ticket. Queue not set")
        if self.tracker.find_queue(content["Queue"]) is None:
            return refused(400, "Unable to find queue")
        try:
            ticket = self.tracker.create(US, content)
        except Denied as error:
            return refused(400, str(error))
        url = f"{request.host_url}{ROOT[1:]}/ticket/{ticket.id}"
        return answered({"type": "ticket", "id": str(ticket.id), "_url": url}, 201, Location=url)

    def write(self, number: int, how: str) -> Response:
        ticket, content = self.tracker.load(number), request.get_json()
        if ticket is None:
            return refused(404, "Not Found")
        self._expect(content, WRITABLE)
        if content.get("Content") and not content.get("ContentType"):
            return refused(400, "ContentType is a required field for application/json")
        said, txn = self.tracker.write(ticket, US, how, content)
        return answered(said, 201, Location=f"{request.host_url}{ROOT[1:]}/transaction/{txn.id}")

    @staticmethod
    def _expect(content: object, known: set[str]) -> None:
        """RT drops what it does not know; a stand-in that did so would hide a slip."""
        assert isinstance(content, dict)
        assert set(content) <= known, f"unknown: {set(content) - known}"

    # --- Lists --------------------------------------------------------------------------------------------------------

    def history(self, number: int) -> Response:
        """With that of what was merged into it. Who is not an administrator is not told how many there are, and finds
        gaps in the pages where something is not to be seen."""
        ticket = self.tracker.load(number)
        asked = [each["value"] for each in json.loads(request.args.get("query", "[]")) if each["field"] == "Type"]
        txns = [txn for txn in self.tracker.txns if ticket is not None and (not asked or txn.type in asked)
                and self.tracker.load(txn.ticket) is ticket]
        return self._page([{} if txn.type.endswith("EmailRecord") else self._txn(txn) for txn in txns],
                          knows_total=False)

    def _txn(self, txn: Txn) -> dict[str, Any]:
        told = {"Type": txn.type, "ObjectId": str(txn.ticket), "Field": txn.field, "OldValue": txn.old,
                "NewValue": txn.new, "Data": txn.data, "TimeTaken": str(txn.minutes),
                "Creator": self.tracker.user_ref(txn.creator), "Created": spelled(txn.created)}
        wanted = request.args.get("fields", "").split(",")
        return {"type": "transaction", "id": str(txn.id), "_url": f"{ROOT}/transaction/{txn.id}",
                **{name: told.get(name, "") for name in wanted if name}}

    def search(self) -> Response:
        """Only the shapes of queries that Deskgate sends; dates are read in the time zone of its account."""
        query = request.args.get("query", "")
        found = [ticket for ticket in self.tracker.tickets.values() if ticket.status != "deleted"
                 and ticket.effective_id == ticket.id and self.tracker.fits(ticket, query)]
        order = request.args["orderby"]
        found.sort(key=lambda ticket: (ticket.updated if order == "LastUpdated" else ticket.id, ticket.id),
                   reverse=request.args.get("order") == "DESC")
        subfields = request.args.get("fields[Requestor]", "").split(",")
        wanted = request.args.get("fields", "").split(",")
        items = []
        for ticket in found:
            row = self.tracker.told(ticket, named="Name" in request.args.get("fields[Queue]", ""), people=subfields)
            told = {name: row.get(name, "") for name in {*wanted, "id"}} | {"id": str(ticket.id)}
            items.append({} if ticket.id in self.tracker.unseen else told)
        return self._page(items, knows_total=not self.tracker.unseen)

    def _page(self, items: list[dict[str, Any]], *, knows_total: bool = True) -> Response:
        """Cut into pages first, and then rid of what is not to be seen: the empty ones."""
        size, page = min(int(request.args.get("per_page", "20")), 100), int(request.args.get("page", "1"))
        part = [item for item in items[(page - 1) * size: page * size] if item]
        more = {"next_page": request.url} if knows_total and len(items) > page * size else {}
        told = (len(items), -(-len(items) // size)) if knows_total else (None, None)
        return answered({"count": len(part), "page": page, "per_page": size, "items": part,
                         "total": told[0], "pages": told[1], **more})

    def attachments(self, number: int) -> Response:
        txn = next((each for each in self.tracker.txns if each.id == number), None)
        items = [{"type": "attachment", "id": str(number), "Content": txn.content, "ContentType": "text/plain"}
                 ] if txn and txn.content else []
        return self._page(items, knows_total=False)

    # --- What there is ------------------------------------------------------------------------------------------------

    def user(self, name: str) -> Response:
        """A summary, unless it is our own account: who may not administer accounts is told no more."""
        user = self.tracker.find_user(name)
        if user is None:
            return refused(404, "Not Found")
        more = {"id": user.id, "Organization": user.organization or None} if user.name == US else {}
        return answered({"Name": user.name, "EmailAddress": user.email, "RealName": None, "_hyperlinks": [],
                         "Privileged": int(user.is_staff), **more})

    def users(self) -> Response:
        """The whole list where it is searched by what may not be searched, as RT passes over that without a word."""
        assert set(request.args) <= {"query", "fields", "per_page", "page"}
        asked = [each["value"] for each in json.loads(request.args["query"]) if each["field"] == "Name"]
        found = [user for user in self.tracker.users.values()
                 if not self.tracker.searches_users or user.name.lower() in map(str.lower, asked)]
        told = {"Name": "name", "EmailAddress": "email", "Organization": "organization"}
        return self._page([{"type": "user", "id": user.name, **{name: getattr(user, told[name]) or ""
                            for name in request.args["fields"].split(",")}} for user in found])

    def queue(self, name: str) -> Response:
        queue = self.tracker.find_queue(name)
        if queue is None:
            return refused(404, "Not Found")
        links = [{"ref": "self"}, *([{"ref": "create", "type": "ticket"}] if queue.may_create else [])]
        fields = [{"id": str(each.id), "name": each.name, "ref": "customfield", "type": "customfield"}
                  for each in self.tracker.fields if queue.name not in each.not_in]
        return answered({"id": queue.id, "Name": queue.name, "Lifecycle": "default", "Disabled": int(queue.disabled),
                         "TicketCustomFields": fields, "_hyperlinks": links})

    def custom_fields(self) -> Response:
        asked = json.loads(request.args["query"])
        assert [set(each) for each in asked] == [{"field", "value"}]
        items = [{"type": "customfield", "id": str(each.id), "_url": ""} for each in self.tracker.fields
                 if each.name.lower() == asked[0]["value"].lower()]
        return self._page(items)

    def custom_field(self, number: int) -> Response:
        field = next((each for each in self.tracker.fields if each.id == number), None)
        if field is None:
            return refused(404, "Not Found")
        return answered({"id": field.id, "Name": field.name, "Type": field.type, "MaxValues": 0 if field.is_list else 1,
                         "LookupType": "RT::Queue-RT::Ticket", "Disabled": int(field.disabled)})

    def lifecycle(self, name: str) -> Response:
        if not self.shows_lifecycles or not re.fullmatch("default", name):
            return refused(403, "Forbidden")
        return answered({"name": name, "type": "ticket", **LIFECYCLE})
