"""The service desk's own API of a Jira that is not there: requests and their customers; and plain issues."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, jsonify, request

from tests.standins.jira_site import US, JiraSite
from tests.standins.jira_words import Invalid, read_document

D = "/rest/servicedeskapi"


def desk_routes(app: Flask, site: JiraSite, refused: type[Exception]) -> None:
    _requests(app, site, refused)
    _customers(app, site, refused)

    @app.post("/rest/api/3/issue")
    def make_issue() -> Any:
        fields = g.body.get("fields", {})
        if set(g.body) - {"fields", "update", "properties", "historyMetadata"} or fields["project"] != {"key": "SUP"}:
            raise refused(400, "Invalid request payload.")
        if fields["issuetype"] not in ({"name": "Task"}, {"id": "10004"}):
            raise refused(400, issuetype="Specify a valid issue type")
        try:
            words = read_document(fields["description"])
        except Invalid:
            raise refused(400, description="Operation value must be an Atlassian Document") from None
        reporter = fields.get("reporter", {}).get("id", US)
        made = site.create(US, {"summary": fields["summary"], "labels": fields.get("labels", [])}, words, reporter)
        return jsonify({"id": made["id"], "key": made["key"], "self": ""}), 201


def _requests(app: Flask, site: JiraSite, refused: type[Exception]) -> None:
    @app.post(f"{D}/request")
    def request_() -> Any:
        unknown = set(g.body) - {"serviceDeskId", "requestTypeId", "requestFieldValues", "raiseOnBehalfOf", "form",
                                 "requestParticipants", "isAdfRequest", "channel"}
        if unknown or (g.body["serviceDeskId"], g.body["requestTypeId"]) != ("1", "25"):
            return jsonify({"errorMessage": "Your request could not be created."}), 400
        values, reporter = g.body["requestFieldValues"], g.body.get("raiseOnBehalfOf", US)
        if reporter not in site.accounts or set(values) - {"summary", "description"}:
            return jsonify({"errorMessage": "The user does not exist or cannot raise this."}), 400
        if not all(isinstance(each, str) and each for each in values.values()) or "\n" in values["summary"]:
            return jsonify({"errorMessage": "A field is not valid."}), 400
        words = values["description"].replace("\\", "")  # markup is read when the request is made
        made = site.create(US, {"summary": values["summary"]}, words, reporter)
        return jsonify({"issueId": made["id"], "issueKey": made["key"], "requestTypeId": "25"}), 201

    @app.get(f"{D}/request/<key>")
    def read_request(key: str) -> Any:
        found = site.find(key)
        if found is None or "no request" in site.wrong:
            return jsonify({"errorMessage": "The request does not exist."}), 404
        return jsonify({"issueId": found["id"], "reporter": site.person(found["fields"]["reporter"], address=True)})

    @app.get(f"{D}/servicedesk/<desk>")
    def desk(desk: str) -> Any:
        if desk != "1":
            return jsonify({"errorMessage": "There is no such service desk."}), 404
        return jsonify({"id": "1", "projectKey": "SUP", "projectName": "Support"})

    @app.get(f"{D}/servicedesk/1/requesttype/<type_>/field")
    def type_fields(type_: str) -> Any:
        if type_ != "25":
            return jsonify({"errorMessage": "There is no such request type."}), 404
        names = ["summary", *([] if "no description" in site.wrong else ["description"])]
        rows = [{"fieldId": name, "name": name.title(), "required": name == "summary"} for name in names]
        rows += [{"fieldId": "duedate", "name": "Due date", "required": True}] if "due date" in site.wrong else []
        return jsonify({"requestTypeFields": rows, "canRaiseOnBehalfOf": "not on behalf" not in site.wrong})


def _customers(app: Flask, site: JiraSite, refused: type[Exception]) -> None:
    def known(email: str) -> list[dict[str, Any]]:
        return [site.person(account, address=not site.hides_addresses) for account, each in site.accounts.items()
                if each["emailAddress"].lower() == email.lower() and each["accountType"] == "customer"]

    @app.get(f"{D}/servicedesk/1/customer")
    def customers() -> Any:
        if request.headers.get("X-ExperimentalApi") != "opt-in":
            return jsonify({"errorMessage": "This API is experimental."}), 412
        found = known(request.args["query"])
        return jsonify({"size": len(found), "isLastPage": True, "values": found})

    @app.get("/rest/api/3/user/search")
    def users() -> Any:
        return jsonify(known(request.args["query"]))

    @app.post(f"{D}/customer")
    def add() -> Any:
        if "no admin" in site.wrong:
            return jsonify({"errorMessage": "You are not an administrator."}), 403
        if set(g.body) - {"email", "displayName", "fullName"} or known(g.body["email"]):
            return jsonify({"errorMessage": "There is an account with this address."}), 400
        return jsonify(site.person(site.add_customer(g.body["email"]), address=True)), 201

    @app.post(f"{D}/servicedesk/1/customer")
    def join() -> Any:
        if set(g.body) - {"accountIds"} or not all(each in site.accounts for each in g.body["accountIds"]):
            return jsonify({"errorMessage": "There is no such account."}), 400
        return "", 204
