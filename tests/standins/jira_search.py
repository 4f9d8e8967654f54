"""Searching in a Jira that is not there: the few words of JQL that are asked for, in the time zone of who asks."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, jsonify

from tests.standins.jira_site import US, Issue, JiraSite

JQL = re.compile(r'(?P<where>project in \((?P<keys>"[A-Z]+"(, "[A-Z]+")*)\)|project = "(?P<key>[A-Z]+)"|'
                 r'projectType = service_desk)( AND (?P<field>updated|created) >= "(?P<since>[0-9-]{10} [0-9:]{5})")?'
                 r" ORDER BY (?P<order>updated|created) (?P<way>ASC|DESC)")
BODY = {"jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "failFast",
        "reconcileIssues"}


def search_routes(app: Flask, site: JiraSite, refused: type[Exception]) -> None:
    @app.post("/rest/api/3/search/jql")
    def search() -> Any:
        if set(g.body) - BODY or not 1 <= g.body.get("maxResults", 50) <= 5000:
            raise refused(400, "Invalid request payload.")
        asked = JQL.fullmatch(g.body.get("jql", ""))
        if asked is None:
            raise refused(400, f"Error in the JQL Query: {g.body.get('jql')}")
        found, start = _matching(site, asked), int(g.body.get("nextPageToken", "0"))
        page = found[start:start + min(g.body.get("maxResults", 50), site.page)]
        end = start + len(page)
        more = {"nextPageToken": str(end)} if end < len(found) else {}
        return jsonify({"issues": [_told(site, each, g.body.get("fields", ["id"])) for each in page],
                        "isLast": not more, **more})

    @app.route("/rest/api/3/search", methods=["GET", "POST"])
    def gone() -> Any:
        raise refused(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")


def _matching(site: JiraSite, asked: re.Match[str]) -> list[Issue]:
    keys = re.findall("[A-Z]+", asked["keys"] or asked["key"] or "SUP")
    found = list(site.issues.values()) if "SUP" in keys else []
    if asked["since"]:
        zone = ZoneInfo(site.accounts[US]["timeZone"])
        since = datetime.fromisoformat(asked["since"]).replace(tzinfo=zone)
        found = [each for each in found if each["fields"][asked["field"]] >= since]
    return sorted(found, key=lambda each: each["fields"][asked["order"]], reverse=asked["way"] == "DESC")


def _told(site: JiraSite, issue: Issue, fields: list[str]) -> dict[str, Any]:
    told = site.told(issue, "3")
    return {**told, "fields": {name: value for name, value in told["fields"].items() if name in fields}}
