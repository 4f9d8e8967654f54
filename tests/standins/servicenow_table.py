"""A ServiceNow that is not there: records by table, and the Table API, in which every value is a text."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timezone
from typing import Any

from flask import Flask, Response, jsonify, request

from entitlements.clock import Clock

US, AGENT, CALLER = "deskgate", "beth", "dana"
JOURNALS = ("comments", "work_notes")
INCIDENT = frozenset({
    "short_description", "description", "caller_id", "company", "state", "hold_reason", "impact", "urgency",
    "assignment_group", "assigned_to", "contact_type", "correlation_id", "close_code", "close_notes", "u_deskgate",
    "u_outcome", "opened_by"})
OVER = frozenset({"6", "7", "8"})
CONDITION = re.compile(r"([a-z_]+)(>=|=|IN|ISNOTEMPTY)(.*)")


class Refused(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str, detail: str = ""):
        super().__init__(message)
        self.status, self.detail = status, detail


class Instance:
    """Records by table and sys_id. `happened` are the calls of business rules: event, who did it, the record, more."""

    def __init__(self, clock: Clock, password: str):
        self.clock, self.password = clock, password
        self.time_zone = "GMT"
        self.tables: dict[str, dict[str, dict[str, str]]] = {name: {} for name in (
            "incident", "sys_user", "sys_user_group", "sys_journal_field", "task_time_worked", "sys_dictionary")}
        self.happened: list[tuple[str, str, dict[str, str], Mapping[str, Any]]] = []
        self.after_next_look: dict[str, Callable[[], None]] = {}
        for element in sorted(INCIDENT):
            self.insert("sys_dictionary", US, name="incident", element=element)

    def now(self) -> str:
        return self.clock.now().astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")

    def insert(self, table: str, by: str, **fields: str) -> dict[str, str]:
        row = {"sys_id": uuid.uuid4().hex, "sys_created_on": self.now(), "sys_created_by": by, "sys_mod_count": "0",
               "sys_updated_on": self.now(), **fields}
        self.tables[table][row["sys_id"]] = row
        return row

    def user(self, name: str, email: str, company: str = "") -> dict[str, str]:
        return self.insert("sys_user", US, user_name=name, email=email, company=company, active="true",
                           time_zone=self.time_zone)

    def open(self, by: str, **fields: str) -> dict[str, str]:
        usual = dict.fromkeys(INCIDENT, "") | {"state": "1", "impact": "3", "urgency": "3"}
        row = self.insert("incident", by, **{**usual, **fields, "opened_by": by})
        row["company"] = self.tables["sys_user"].get(row["caller_id"], {}).get("company", "")
        self.happened.append(("created", by, row, {}))
        return row

    def update(self, by: str, row: dict[str, str], fields: Mapping[str, str]) -> None:
        """What the Table API or the form does: journals are written, all else is set; then the business rule runs."""
        before = row["state"]
        known = {name: value for name, value in fields.items() if name in INCIDENT}
        said = {name: value for name, value in fields.items() if name in JOURNALS and value}
        if all(row[name] == value for name, value in known.items()) and not said:
            return
        row |= known
        row["sys_updated_on"], row["sys_mod_count"] = self.now(), str(int(row["sys_mod_count"]) + 1)
        written = {name: self.insert("sys_journal_field", by, element_id=row["sys_id"], element=name, value=words)
                   for name, words in said.items()}
        self._tell(by, row, before, written.get("comments", {}).get("sys_id", ""))

    def _tell(self, by: str, row: dict[str, str], before: str, commented: str) -> None:
        closed, reopened = row["state"] in OVER and before not in OVER, before in OVER and row["state"] not in OVER
        if closed or reopened:
            self.happened.append(("closed" if closed else "reopened", by, dict(row), {}))
        if commented:
            self.happened.append(("commented", by, dict(row), {"entry": commented}))
        elif row["state"] == before:
            self.happened.append(("updated", by, dict(row), {}))

    def shown(self, table: str, row: dict[str, str], fields: list[str]) -> dict[str, str]:
        """A record as the API shows it, dot-walking into users; references are their sys_id alone."""
        told = {**row, "priority": priority(row)} if table == "incident" else dict(row)
        if not fields:
            return told
        caller = self.tables["sys_user"].get(row.get("caller_id", ""), {})
        found = {f"caller_id.{name}": caller.get(name, "") for name in ("email", "user_name")}
        return {name: {**told, **found}[name] for name in fields if name in {**told, **found}}


def priority(row: Mapping[str, str]) -> str:
    """As ServiceNow looks it up from impact and urgency."""
    return str(min(5, max(1, int(row["impact"]) + int(row["urgency"]) - 1)))


def application(instance: Instance) -> Flask:
    """The Table API."""
    app = Flask(__name__)

    @app.before_request
    def authenticate() -> None:
        told = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if told != f"{US}:{instance.password}":
            raise Refused(401, "User Not Authenticated", "Required to provide Auth information")

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error={"message": str(error), "detail": error.detail}, status="failure"), error.status

    @app.get("/api/now/table/<table>")
    def listed(table: str) -> Response:
        rows = [row for row in table_of(instance, table).values() if matches(row, conditions(), instance)]
        offset, limit = int(request.args.get("sysparm_offset", 0)), int(request.args.get("sysparm_limit", 10_000))
        rows.sort(key=lambda row: row["sys_updated_on"] if table == "incident" else row["sys_created_on"])
        return jsonify(result=[instance.shown(table, row, wanted()) for row in rows[offset:offset + limit]])

    @app.post("/api/now/table/<table>")
    def create(table: str) -> tuple[Response, int]:
        row = instance.open(US, **{name: value for name, value in body().items() if name in INCIDENT})
        return jsonify(result=instance.shown(table, row, wanted())), 201

    @app.get("/api/now/table/<table>/<sys_id>")
    def show(table: str, sys_id: str) -> Response:
        row = record(instance, table, sys_id)
        answer = jsonify(result=instance.shown(table, row, wanted()))
        if then := instance.after_next_look.pop(sys_id, None):
            then()
        return answer

    @app.patch("/api/now/table/<table>/<sys_id>")
    def change(table: str, sys_id: str) -> Response:
        row, fields = record(instance, table, sys_id), body()
        policies({**row, **fields})
        instance.update(US, row, fields)
        return jsonify(result=instance.shown(table, row, wanted()))

    @app.delete("/api/now/table/<table>/<sys_id>")
    def delete(table: str, sys_id: str) -> tuple[str, int]:
        record(instance, table, sys_id)
        del instance.tables[table][sys_id]
        return "", 204

    return app


def policies(row: Mapping[str, str]) -> None:
    """The data policies that come with incidents."""
    if row["state"] == "3" and not row["hold_reason"]:
        raise Refused(403, "Operation Failed", "Data Policy Exception: On hold reason is mandatory")
    if row["state"] in OVER and not (row["close_code"] and row["close_notes"]):
        raise Refused(403, "Operation Failed", "Data Policy Exception: Close code and Close notes are mandatory")


def table_of(instance: Instance, table: str) -> dict[str, dict[str, str]]:
    if table not in instance.tables:
        raise Refused(400, "Invalid table " + table)
    return instance.tables[table]


def record(instance: Instance, table: str, sys_id: str) -> dict[str, str]:
    row = table_of(instance, table).get(sys_id)
    if row is None:
        raise Refused(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
    return row


def body() -> dict[str, str]:
    told = request.get_json(silent=True) if request.is_json else None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise Refused(400, "Exception while reading request", "send a JSON object of texts")
    if told.get("state", "1") not in {"1", "2", "3", *OVER}:
        raise Refused(403, "Operation Failed", "no such state")
    return told


def wanted() -> list[str]:
    return [name for name in request.args.get("sysparm_fields", "").split(",") if name]


def conditions() -> list[str]:
    told = request.args.get("sysparm_query", "")
    return [each for each in told.split("^") if each and not each.startswith("ORDERBY")]


def matches(row: Mapping[str, str], told: list[str], instance: Instance) -> bool:
    return all(_holds(row, each, instance) for each in told)


def _holds(row: Mapping[str, str], condition: str, instance: Instance) -> bool:
    found = CONDITION.fullmatch(condition)
    if found is None:
        raise Refused(400, "Invalid query", condition)
    name, operator, value = found.groups()
    value = US if value == "javascript:gs.getUserName()" else value
    here = row.get(name, "")
    return {"=": here == value, ">=": here >= value, "IN": here in value.split(","), "ISNOTEMPTY": bool(here)}[operator]
