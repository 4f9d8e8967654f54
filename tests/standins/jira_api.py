"""The REST API of a Jira site that is not there, as strict as the documented one: wrong credentials, content types,
fields, values and methods are refused the way Jira refuses them."""

from __future__ import annotations

import base64
from typing import Any

from flask import Flask, Response, g, jsonify, request

from tests.standins.jira_desk import desk_routes
from tests.standins.jira_names import name_routes
from tests.standins.jira_search import search_routes
from tests.standins.jira_site import (
    CANCELED,
    FIELDS,
    RELEASE,
    RESOLUTIONS,
    RESOLVED,
    STATUSES,
    TEAM,
    TEAMS,
    US,
    Issue,
    JiraSite,
    status_as,
)
from tests.standins.jira_words import Invalid, read_document

EDITABLE = frozenset({"summary", "description", "labels", "components", "assignee", "priority", *FIELDS})
WRITES_IN_TWO_SECONDS = 20
P = "/rest/api/3"


class Refused(Exception):
    """What Jira answers when it does not do as it is asked."""

    def __init__(self, status: int, *messages: str, headers: dict[str, str] | None = None, **errors: str):
        super().__init__(status)
        self.answer = Response(status=status, headers=headers or {}, mimetype="application/json")
        self.answer.set_data(jsonify_text({"errorMessages": list(messages), "errors": errors}))


def jsonify_text(value: Any) -> str:
    return jsonify(value).get_data(as_text=True)


def application(site: JiraSite, token: str) -> Flask:
    """The API of one site, for the one account that holds the token."""
    app = Flask("jira")
    app.errorhandler(Refused)(lambda error: error.answer)
    app.before_request(lambda: _let_in(site, token))
    _issues(app, site)
    _writing(app, site)
    search_routes(app, site, Refused)
    name_routes(app, site, Refused)
    desk_routes(app, site, Refused)
    return app


def _let_in(site: JiraSite, token: str) -> Response | None:
    if request.path.endswith("/serverInfo"):
        return None
    told = request.headers.get("Authorization", "")
    if told != "Basic " + base64.b64encode(token.encode()).decode() or "token" in site.wrong:
        if request.path.startswith(f"{P}/issue/"):  # strangers may not even know that there is one
            raise Refused(404, "Issue does not exist or you do not have permission to see it.")
        raise Refused(401, "Client must be authenticated to access this resource.")
    if "suspended" in site.wrong:
        raise Refused(403, "The account has no access to Jira.")
    if request.method in ("POST", "PUT"):
        if request.mimetype != "application/json":
            raise Refused(415, "Unsupported Media Type")
        g.body = request.get_json(silent=True)
        if not isinstance(g.body, dict):
            raise Refused(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return None


def only(allowed: set[str], body: dict[str, Any]) -> None:
    for name in sorted(set(body) - allowed):
        raise Refused(400, f'Unrecognized field "{name}"')


def _found(site: JiraSite, id_or_key: str) -> Issue:
    issue = site.find(id_or_key)
    if issue is None:
        raise Refused(404, "Issue does not exist or you do not have permission to see it.")
    if request.method in ("POST", "PUT"):
        now = site.clock.now()
        recent = [at for at in issue.setdefault("writes", []) if (now - at).total_seconds() < 2]
        if len(recent) >= WRITES_IN_TWO_SECONDS and "unlimited" not in site.wrong:
            raise Refused(429, "Rate limit exceeded.", headers={"RateLimit-Reason": "jira-per-issue-on-write"})
        issue["writes"] = [*recent, now]
    return issue


def _issues(app: Flask, site: JiraSite) -> None:
    @app.get(f"{P}/issue/<key>")
    def read(key: str) -> Any:
        issue = _found(site, key)
        told = site.told(issue, "3")
        meanwhile = site.after_next_look.pop(issue["id"], None)
        if meanwhile:
            meanwhile()
        wanted = request.args.get("fields", "*all").split(",")
        if "*all" not in wanted:
            told["fields"] = {name: value for name, value in told["fields"].items() if name in wanted}
        return jsonify(told)

    @app.get(f"{P}/issue/<key>/comment")
    def comments(key: str) -> Any:
        issue, start, most = _found(site, key), int(request.args.get("startAt", 0)), int(request.args["maxResults"])
        rows = []
        for each in issue["comments"][start:start + min(most, site.page)]:
            properties = {"properties": each["properties"]} if "properties" in request.args.get("expand", "") else {}
            rows.append({**site.told_comment(issue, each, "3"), **properties})
        return jsonify({"startAt": start, "maxResults": most, "total": len(issue["comments"]), "comments": rows})

    @app.get(f"{P}/issue/<key>/worklog")
    def worklogs(key: str) -> Any:
        issue, start = _found(site, key), int(request.args.get("startAt", 0))
        rows = [site.told_worklog(issue, each) for each in issue["worklogs"][start:start + site.page]]
        return jsonify({"startAt": start, "maxResults": site.page, "total": len(issue["worklogs"]), "worklogs": rows})

    @app.get(f"{P}/issue/<key>/changelog")
    def changelog(key: str) -> Any:
        issue, start = _found(site, key), int(request.args.get("startAt", 0))
        rows = [{**each, "author": site.person(each["author"])} for each in issue["history"][start:start + site.page]]
        end = start + len(rows) >= len(issue["history"])
        return jsonify({"startAt": start, "total": len(issue["history"]), "isLast": end, "values": rows})

    @app.delete(f"{P}/issue/<key>")
    def delete(key: str) -> Any:
        issue = _found(site, key)
        if "no delete" in site.wrong:
            raise Refused(403, "You do not have permission to delete issues in this project.")
        site.delete(US, issue)
        return "", 204

    @app.get(f"{P}/issue/<key>/transitions")
    def transitions(key: str) -> Any:
        with_fields = request.args.get("expand") == "transitions.fields"
        rows = [{"id": f"3{status[-1]}", "name": f"To {STATUSES[status][0]}", "to": status_as(status),
                 **({"fields": _screen(site, status)} if with_fields else {})}
                for status in _ways(site, _found(site, key))]
        return jsonify({"expand": "transitions", "transitions": rows})


def _ways(site: JiraSite, issue: Issue) -> list[str]:
    now = issue["fields"]["status"]
    if STATUSES[now][1] == "done":
        return [next(iter(STATUSES))]
    return [status for status in STATUSES if status != now and f"no way to {STATUSES[status][0]}" not in site.wrong]


def _screen(site: JiraSite, status: str) -> dict[str, Any]:
    resolution = {"required": True, "name": "Resolution", "key": "resolution", "hasDefaultValue": False,
                  "allowedValues": [{"id": str(number), "name": name} for number, name in enumerate(RESOLUTIONS)]}
    asked = {"required": True, "name": "Root cause", "key": "customfield_10099", "hasDefaultValue": False}
    screens = {RESOLVED: {"resolution": resolution}, CANCELED: {"customfield_10099": asked}
               if "root cause" in site.wrong else {}}
    return screens.get(status, {})


def _writing(app: Flask, site: JiraSite) -> None:
    @app.put(f"{P}/issue/<key>")
    def edit(key: str) -> Any:
        issue = _found(site, key)
        only({"fields", "update", "historyMetadata", "properties", "transition"}, g.body)
        changes = {name: _value(name, value, site) for name, value in g.body.get("fields", {}).items()}
        for name, steps in g.body.get("update", {}).items():
            if name in changes:
                raise Refused(400, **{name: f"Field '{name}' cannot appear in both 'fields' and 'update'"})
            changes[name] = _updated(issue["fields"][name], name, steps)
        site.edit(US, issue, changes)
        return "", 204

    @app.post(f"{P}/issue/<key>/transitions")
    def transit(key: str) -> Any:
        issue = _found(site, key)
        if "busy workflow" in site.wrong:
            site.wrong.discard("busy workflow")
            raise Refused(409, "The issue is being transitioned by somebody else.")
        only({"transition", "fields", "update", "historyMetadata", "properties"}, g.body)
        number = g.body["transition"].get("id")
        status = next((each for each in _ways(site, issue) if f"3{each[-1]}" == number), None)
        if status is None:
            raise Refused(400, f"It seems that you have tried to perform a workflow operation ({number}) that is not "
                               "valid for the current state of this issue.")
        given, screen = g.body.get("fields", {}), _screen(site, status)
        for name, told in screen.items():
            if told["required"] and name not in given:
                raise Refused(400, **{name: f"{told['name']} is required."})
        for name in set(given) - set(screen):
            raise Refused(400, **{name: f"Field '{name}' cannot be set. It is not on the appropriate screen."})
        site.move(US, issue, status, given.get("resolution", {}).get("name"))
        return "", 204

    @app.post(f"{P}/issue/<key>/comment")
    def comment(key: str) -> Any:
        issue = _found(site, key)
        only({"body", "properties", "visibility", "parent"}, g.body)
        properties = g.body.get("properties", [])
        if not all(set(each) == {"key", "value"} for each in properties):
            raise Refused(400, "Invalid properties")
        said = next((each["value"] for each in properties if each["key"] == "sd.public.comment"), {})
        try:
            words = read_document(g.body.get("body"))
        except Invalid:
            raise Refused(400, comment="Comment body is not valid!") from None
        made = site.comment(US, issue, words, public=said.get("internal") is not True, properties=properties)
        return jsonify(site.told_comment(issue, made, "3")), 201


def _value(name: str, value: Any, site: JiraSite) -> Any:
    if name not in EDITABLE or (name == RELEASE and "release off screen" in site.wrong):
        raise Refused(400, **{name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."})
    if value is None:
        return None
    kind = FIELDS.get(name, ("", ""))[1].rpartition(":")[2]
    if kind == "select":
        if not isinstance(value, dict) or value.get("value") not in TEAMS or name != TEAM:
            raise Refused(400, **{name: "Option value is not valid"})
        return value["value"]
    if kind == "textarea":
        try:
            read_document(value)
        except Invalid:
            raise Refused(400, **{name: "Operation value must be an Atlassian Document"}) from None
        return value
    if not isinstance(value, str) or (kind == "textfield" and (len(value) > 255 or "\n" in value)):
        raise Refused(400, **{name: "Operation value must be a string of one line, 255 characters at most"})
    if kind == "datetime" and not value.endswith("+0000"):
        raise Refused(400, **{name: "Error parsing date string"})
    return value


def _updated(now: list[str], name: str, steps: Any) -> list[str]:
    if name not in ("labels", "components") or not isinstance(steps, list):
        raise Refused(400, **{name: "Field does not support update"})
    found = list(now)
    for step in steps:
        ((verb, told),) = step.items()
        value = told if name == "labels" else told["name"]
        if verb not in ("add", "remove") or (name == "labels" and (" " in value or len(value) > 255)):
            raise Refused(400, **{name: f"The label '{value}' contains spaces which is invalid."})
        if name == "components" and value not in TEAMS:
            raise Refused(400, **{name: f"Component name '{value}' is not valid"})
        found = [each for each in found if each != value] + ([value] if verb == "add" else [])
    return found
