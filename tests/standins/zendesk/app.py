"""The REST API of the account, as far as adapters and well-known clients use it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.standins.zendesk.account import Account
from tests.standins.zendesk.parts import ADMIN, GROUPS, Refused, invalid

EMAIL, TOKEN, OAUTH = "deskgate@desk.example", "6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj95PIz2akv", "oauth-gErypPlm4dOVgGRv"
HIDDEN = {"generated_timestamp"}
ANONYMOUS = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}


class Api:
    """Answers calls for an account. `before_change` is called right before a ticket is changed."""

    def __init__(self, account: Account, webhooks: Callable[[], list[dict[str, Any]]], secret: str):
        self.account, self.webhooks, self.secret = account, webhooks, secret
        self.before_change: Callable[[], None] | None = None
        self.export_lag = 0  # seconds; sixty, as documented, where a test is about that
        self.job_looks = 0  # at a job before it is completed
        self.jobs: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.app = Flask("zendesk")
        self.app.before_request(self._let_in)
        self.app.after_request(_limited)
        self.app.register_error_handler(Refused, self._refuse)
        for rule, method, answer in self._routes():
            for ending in ("", ".json"):
                self.app.add_url_rule(f"/api/v2/{rule}{ending}", f"{method} {rule}{ending}", answer, methods=[method])

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        return [
            ("users/me", "GET", self.me), ("users/show_many", "GET", self.users),
            ("organizations/<int:number>", "GET", self.organization), ("account/settings", "GET", self.settings),
            ("groups", "GET", lambda: self.page("groups", [{"id": number, "name": name, "deleted": False}
                                                           for name, number in GROUPS.items()])),
            ("ticket_fields", "GET", lambda: self.page("ticket_fields", list(self.account.fields.values()))),
            ("custom_statuses", "GET", lambda: self.all_at_once(
                "custom_statuses", self.account.custom_statuses)),
            ("webhooks", "GET", self.list_webhooks), ("webhooks/<name>/signing_secret", "GET", self.signing_secret),
            ("tickets", "GET", self.tickets), ("tickets", "POST", self.create),
            ("tickets/<int:number>", "GET", self.show), ("tickets/<int:number>", "PUT", self.change),
            ("tickets/<int:number>", "DELETE", self.remove),
            ("tickets/<int:number>/audits", "GET", self.audits),
            ("tickets/<int:number>/comments", "GET", self.comments),
            *(("tickets/<int:number>/tags", method, self.tags) for method in ("PUT", "POST", "DELETE")),
            ("tickets/update_many", "PUT", self.change_many), ("job_statuses/<job_id>", "GET", self.job),
            ("incremental/tickets/cursor", "GET", self.export), ("search", "GET", self.search)]

    # --- Who may, and how answers look --------------------------------------------------------------------------------

    def _let_in(self) -> Response | None:
        told = request.headers.get("Authorization", "")
        known = {f"Bearer {OAUTH}", "Basic " + base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()}
        if not told and request.path.removesuffix(".json").endswith("/users/me"):
            return jsonify(user=ANONYMOUS)
        if told not in known:
            return self._answer(401, {"error": "Couldn't authenticate you"})
        if request.method in ("POST", "PUT") and not request.is_json:
            return self._answer(415, {"error": "UnsupportedMediaType"})
        return None

    def _refuse(self, refused: Refused) -> Response:
        said = {"error": refused.error, "description": refused.said}
        if refused.status == 422:
            said = {"error": refused.error, "description": "Record validation errors",  # type: ignore[dict-item]
                    "details": {refused.where: [{"description": refused.said, "error": refused.error}]}}
        response = self._answer(refused.status, said)
        if refused.status == 429:
            response.headers["Retry-After"] = "17"
        return response

    def _answer(self, status: int, said: object) -> Response:
        return Response(json.dumps(said), status, content_type="application/json; charset=utf-8")

    @property
    def us(self) -> dict[str, Any]:
        return self.account.users[ADMIN]

    def page(self, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """A page by cursor, if it is asked for; of a hundred rows at most."""
        size = int(request.args.get("page[size]", 100))
        if not 1 <= size <= 100:
            raise Refused(400, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
        start = int(request.args.get("page[after]", 0))
        shown, more = rows[start:start + size], len(rows) > start + size
        link = f"{request.base_url}?page[size]={size}&page[after]={start + size}"
        return {name: shown, "meta": {"has_more": more, "after_cursor": str(start + size)},
                "links": {"next": link if more else None, "prev": None}}

    def all_at_once(self, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        if any(each.startswith("page") for each in request.args):
            raise Refused(400, "InvalidPaginationParameter", "there are no pages")
        return {name: rows}

    def company(self, tickets: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The people and organizations that were asked to be sent along."""
        wanted = set(request.args.get("include", "").split(",")) - {""}
        if unknown := wanted - {"users", "organizations", "groups"}:
            raise Refused(400, "InvalidInclude", sorted(unknown)[0])
        people = {each[name] for each in tickets for name in ("requester_id", "submitter_id", "assignee_id")} - {None}
        organizations = {each["organization_id"] for each in tickets} - {None}
        found = {"users": [self.account.users[each] for each in sorted(people)],
                 "organizations": [self.account.organizations[each] for each in sorted(organizations)]}
        return {name: rows for name, rows in found.items() if name in wanted}

    def shown(self, ticket: dict[str, Any]) -> dict[str, Any]:
        return {**{name: value for name, value in ticket.items() if name not in HIDDEN},
                "url": f"{request.url_root}api/v2/tickets/{ticket['id']}.json"}

    # --- Reading ------------------------------------------------------------------------------------------------------

    def me(self) -> dict[str, Any]:
        return {"user": self.us}

    def users(self) -> dict[str, Any]:
        numbers = [int(each) for each in request.args["ids"].split(",")]
        return self.all_at_once("users", [self.account.users[each] for each in numbers if each in self.account.users])

    def organization(self, number: int) -> dict[str, Any]:
        if number not in self.account.organizations:
            raise Refused(404, "RecordNotFound", "Not found")
        return {"organization": self.account.organizations[number]}

    def settings(self) -> dict[str, Any]:
        return {"settings": {"tickets": {"status_hold": self.account.has_hold, "agent_ticket_deletion": True}}}

    def list_webhooks(self) -> dict[str, Any]:
        if self.us["role"] != "admin":
            raise Refused(403, "Forbidden", "You do not have access to this page")
        return self.page("webhooks", self.webhooks())

    def signing_secret(self, name: str) -> dict[str, Any]:
        return {"signing_secret": {"algorithm": "SHA256", "secret": self.secret}}

    def tickets(self) -> dict[str, Any]:
        wanted = request.args.get("external_id")
        listed = [self.shown(each) for each in self.account.tickets.values() if each["status"] != "deleted"
                  and wanted in (None, each["external_id"])]
        return self.page("tickets", listed)

    def show(self, number: int) -> dict[str, Any]:
        ticket = self.account.ticket(number)
        return {"ticket": self.shown(ticket), **self.company([ticket])}

    def audits(self, number: int) -> dict[str, Any]:
        self.account.ticket(number)
        return self.page("audits", self.account.audits[number])

    def comments(self, number: int) -> dict[str, Any]:
        self.account.ticket(number)
        return self.page("comments", [
            {**event, "created_at": audit["created_at"], "audit_id": audit["id"], "metadata": audit["metadata"]}
            for audit in self.account.audits[number] for event in audit["events"] if event["type"] == "Comment"])

    def export(self) -> dict[str, Any]:
        if self.us["role"] != "admin":
            raise Refused(403, "Forbidden", "You do not have access to this page")
        now, size = int(self.account.clock.now().timestamp()), int(request.args.get("per_page", 1000))
        told = request.args.get("cursor") or f"{int(request.args['start_time'])}|0"
        start, after = (int(each) for each in told.split("|"))
        if start > now - 60:
            raise Refused(422, "InvalidValue", "Too recent start_time. Use a start_time older than 60 seconds")
        found = sorted((each for each in self.account.tickets.values() if start <= each["generated_timestamp"]
                        <= now - self.export_lag), key=lambda each: (each["generated_timestamp"], each["id"]))
        shown, rest = found[after:after + size], len(found) > after + size
        cursor = f"{start}|{after + len(shown)}"
        return {"tickets": [self.shown(each) for each in shown], "after_cursor": cursor, "end_of_stream": not rest,
                "after_url": f"{request.base_url}?cursor={cursor}", **self.company(shown)}

    def search(self) -> dict[str, Any]:
        words = request.args["query"].split()
        listed = [{**self.shown(each), "result_type": "ticket"} for each in self.account.tickets.values()
                  if each["status"] != "deleted"
                  and set(words) <= {"type:ticket", *(f"tags:{tag}" for tag in each["tags"])}]
        return {"results": listed, "count": len(listed), "next_page": None, "previous_page": None}

    # --- Changing -----------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        body = request.get_json(silent=True)
        found = body.get("ticket") if isinstance(body, dict) else None
        if not isinstance(found, dict):
            raise Refused(400, "InvalidRequest", "ticket is missing")
        return found

    def create(self) -> tuple[dict[str, Any], int, dict[str, str]]:
        key, body = request.headers.get("Idempotency-Key", ""), request.get_data(as_text=True)
        if key and key in self.answers:
            if self.answers[key][0] != body:
                raise Refused(400, "IdempotentRequestError", "Request parameters do not match the initial request")
            return self.answers[key][1], 201, {"x-idempotency-lookup": "hit"}
        ticket = self.account.open(self.told(), ADMIN, "api")
        answer = {"ticket": self.shown(ticket), "audit": self.account.audits[ticket["id"]][0]}
        if key:
            self.answers[key] = body, answer
        return answer, 201, {"x-idempotency-lookup": "miss"}

    def change(self, number: int) -> dict[str, Any]:
        self.account.require_room()
        if self.before_change is not None:
            meanwhile, self.before_change = self.before_change, None
            meanwhile()
        audit = self.account.update(number, self.told(), ADMIN)
        return {"ticket": self.shown(self.account.ticket(number)), **({"audit": audit} if audit else {})}

    def remove(self, number: int) -> tuple[str, int]:
        if not self.account.may_delete:
            raise Refused(403, "Forbidden", "You do not have access to this page")
        self.account.delete(number, ADMIN)
        return "", 204

    def tags(self, number: int) -> dict[str, Any]:
        told = request.get_json()
        if not isinstance(told, dict) or not isinstance(told.get("tags"), list):
            raise Refused(400, "InvalidRequest", "tags is missing")
        body: dict[str, Any] = {{"PUT": "additional_tags", "POST": "tags", "DELETE": "remove_tags"}[request.method]:
                                told["tags"]}
        guard = {name: told[name] for name in ("safe_update", "updated_stamp") if name in told}
        self.account.update(number, {**body, **guard}, ADMIN, for_many=True)
        return {"tags": self.account.ticket(number)["tags"]}

    def change_many(self) -> dict[str, Any]:
        self.account.require_room()
        if "ids" not in request.args:
            return self.change_each()
        numbers = [int(each) for each in request.args["ids"].split(",")]
        if len(numbers) > 100:
            raise invalid("ids: too many")
        told = self.told()
        return self.job_of([(number, told) for number in numbers])

    def change_each(self) -> dict[str, Any]:
        """The other form: a list of tickets, each with its id and its own changes."""
        return self.job_of([(each["id"], {name: value for name, value in each.items() if name != "id"})
                            for each in request.get_json()["tickets"]])

    def job_of(self, changes: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
        results = []
        for index, (number, told) in enumerate(changes):
            try:
                self.account.update(number, told, ADMIN, for_many=True)
                results.append({"index": index, "id": number, "action": "update", "status": "Updated",
                                "success": True})
            except Refused as refused:
                results.append({"index": index, "id": number, "error": refused.error, "details": refused.said,
                                "action": "update", "status": "Failed", "success": False})
        job_id = f"{self.account.number():032x}"
        self.jobs[job_id] = {"looks": self.job_looks, "results": results}
        return self.job(job_id)

    def job(self, job_id: str) -> dict[str, Any]:
        if job_id not in self.jobs:
            raise Refused(404, "RecordNotFound", "Not found")
        kept = self.jobs[job_id]
        done, kept["looks"] = kept["looks"] <= 0, kept["looks"] - 1
        total = len(kept["results"])
        return {"job_status": {
            "id": job_id, "url": f"{request.url_root}api/v2/job_statuses/{job_id}.json", "total": total,
            "progress": total if done else 0, "status": "completed" if done else "queued", "message": None,
            "results": kept["results"] if done else None}}


def _limited(response: Response) -> Response:
    response.headers["X-Rate-Limit"], response.headers["X-Rate-Limit-Remaining"] = "700", "699"
    return response
