"""What a Jira that is not there tells of itself: its account, fields, projects, statuses, permissions and webhooks."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request

from tests.standins.jira_site import FIELDS, PRIORITIES, STATUSES, TEAM, TEAMS, US, JiraSite, status_as

P = "/rest/api/3"


def name_routes(app: Flask, site: JiraSite, refused: type[Exception]) -> None:
    wrong = site.wrong

    @app.get(f"{P}/serverInfo")
    def server() -> Any:
        return jsonify({"baseUrl": "https://acme.atlassian.net", "version": "1001.0.0",
                        "deploymentType": "Server" if "data center" in wrong else "Cloud"})

    @app.get(f"{P}/myself")
    def myself() -> Any:
        me = dict(site.accounts[US], active="deactivated" not in wrong)
        if "no zone" in wrong:
            me.pop("timeZone")
        return jsonify({**me, "accountType": "customer" if "portal account" in wrong else "atlassian"})

    @app.get(f"{P}/field")
    def fields() -> Any:
        if "no fields" in wrong:
            raise refused(403, "The token lacks the scope read:field:jira.")
        listed = [{"id": "labels", "key": "labels", "name": "Labels", "custom": False,
                   "schema": {"type": "array", "items": "string", "system": "labels"}}]
        twice = {"customfield_10077": ("Deskgate outcome", "x:textfield")} if "field twice" in wrong else {}
        return jsonify(listed + [{"id": id_, "key": id_, "name": name, "custom": True,
                                  "schema": {"type": "any", "custom": type_, "customId": int(id_[12:])}}
                                 for id_, (name, type_) in {**FIELDS, **twice}.items()])

    @app.get(f"{P}/project/<key>")
    def project(key: str) -> Any:
        if key not in ("SUP", "DEV", "OLD"):
            raise refused(404, f"No project could be found with key '{key}'.")
        return jsonify({"id": "10000", "key": key, "projectTypeKey": "software" if key == "DEV" else "service_desk",
                        "archived": key == "OLD"})

    @app.get(f"{P}/project/search")
    def projects() -> Any:
        values = [] if "no project" in wrong else [{"key": "SUP", "projectTypeKey": "service_desk"}]
        return jsonify({"values": values, "isLast": True, "total": len(values)})

    @app.get(f"{P}/project/<key>/statuses")
    def statuses(key: str) -> Any:
        return jsonify([{"id": "1", "name": "Incident", "statuses": [status_as(each) for each in STATUSES]}])

    @app.get(f"{P}/project/<key>/components")
    def components(key: str) -> Any:
        return jsonify([{"id": str(number), "name": name, "archived": f"{name} archived" in wrong}
                        for number, name in enumerate(TEAMS)])

    @app.get(f"{P}/mypermissions")
    def permissions() -> Any:
        asked = request.args["permissions"].split(",")
        return jsonify({"permissions": {name: {"key": name, "havePermission": f"no {name}" not in wrong}
                                        for name in asked}})

    @app.get(f"{P}/priority/search")
    def priorities() -> Any:
        names = {**PRIORITIES, **({"10000": "P1"} if "own priority" in wrong else {})}
        return jsonify({"values": [{"id": id_, "name": name} for id_, name in names.items()], "isLast": True,
                        "startAt": 0, "total": len(names)})

    @app.get(f"{P}/issue/<key>/editmeta")
    def editmeta(key: str) -> Any:
        known = {id_: {"key": id_} for id_ in ("summary", "labels", "components", *FIELDS)
                 if f"{id_} off screen" not in wrong}
        if TEAM in known:
            known[TEAM]["allowedValues"] = [{"id": f"1020{number}", "value": name} for number, name in enumerate(TEAMS)]
        return jsonify({"fields": known})

    @app.get(f"{P}/issue/createmeta/<key>/issuetypes")
    def types(key: str) -> Any:
        return jsonify({"startAt": 0, "maxResults": 50, "total": 1, "issueTypes": [{"id": "10004", "name": "Task"}]})

    @app.get(f"{P}/issue/createmeta/<key>/issuetypes/10004")
    def creatable(key: str) -> Any:
        options = [{"id": f"1020{number}", "value": name} for number, name in enumerate(TEAMS)]
        rows = [{"fieldId": "summary", "required": True}, {"fieldId": TEAM, "allowedValues": options}]
        return jsonify({"startAt": 0, "maxResults": 50, "total": len(rows), "fields": rows})

    @app.get("/rest/webhooks/1.0/webhook")
    def webhooks() -> Any:
        if "no admin" in wrong:
            raise refused(403, "You do not have permission to administer Jira.")
        return jsonify(site.hooks)
