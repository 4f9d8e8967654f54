"""What people do in a ServiceNow that is not there, what its business rules send, and the bench of the stories."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from tests.standins.bench import CUSTOMER, State
from tests.standins.servicenow_table import AGENT, CALLER, US, Instance, application, priority
from tests.standins.serving import Serving

PASSWORD, SECRET, COMPANY = "p4ssw0rd-of-snow", "a-secret-property", "31bea3d53790200044e0bfc8bcbe5dec"
IMPACTS = {"low": ("3", "3"), "normal": ("2", "2"), "high": ("1", "2"), "urgent": ("1", "1")}
GROUPS = {"route_group": "Service Desk", "triage_group": "Triage", "queue_group": "Later", "renewals_group": "Renewals"}
SENT = ("sys_id", "sys_mod_count", "sys_updated_on", "sys_created_on", "company", "contact_type", "correlation_id",
        "assigned_to")
CLOSING = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}


class ServiceNowBench:
    """One instance, with the scripts of the guide."""

    kind = "servicenow"

    def __init__(self, clock: Clock):
        self.instance = Instance(clock, PASSWORD)
        self.serving = Serving(application(self.instance))
        self._groups = {name: self.instance.insert("sys_user_group", US, name=name, active="true")["sys_id"]
                        for name in GROUPS.values()}
        self._labels: dict[str, set[str]] = {}
        for name, email in ((US, "deskgate@snow.example"), (AGENT, "beth@snow.example")):
            self.instance.user(name, email)
        self._callers = {CUSTOMER: self.instance.user(CALLER, CUSTOMER, COMPANY)}

    @property
    def url(self) -> str:
        return self.serving.url

    @property
    def token(self) -> str:
        return f"{US}:{PASSWORD}"

    @property
    def secret(self) -> str:
        return SECRET

    def settings(self) -> Mapping[str, str]:
        return {**GROUPS, "outcome_field": "u_outcome", "more_fields": ",u_outcome"}

    # --- People -------------------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        caller = self._callers.get(email) or self.instance.user(email.partition("@")[0], email)
        self._callers[email] = caller
        impact, urgency = IMPACTS[severity]
        row = self.instance.open(AGENT if by_agent else caller["user_name"], caller_id=caller["sys_id"], impact=impact,
                                 urgency=urgency, short_description="Printer on fire", description="It burns.",
                                 contact_type="self-service")
        return row["sys_id"]

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        row = self._row(ticket_id)
        again = {"state": "2"} if row["state"] == "6" else {}
        self.instance.update(self._caller(row)["user_name"], row, {"comments": words, **again})

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self._agent(ticket_id, comments=words)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self._agent(ticket_id, work_notes=words)

    def agent_takes(self, ticket_id: str) -> None:
        self._agent(ticket_id, assigned_to="46d44a40a9fe198101ec6a4d9e9e8a4a")

    def agent_closes(self, ticket_id: str) -> None:
        self._agent(ticket_id, **CLOSING)

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        self._labels.setdefault(ticket_id, set()).add(tag)

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        impact, urgency = IMPACTS[severity]
        self._agent(ticket_id, impact=impact, urgency=urgency)

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        entry = self.instance.insert("task_time_worked", AGENT, task=ticket_id, time_in_seconds=str(seconds))
        row = self._row(ticket_id)
        row["sys_updated_on"] = self.instance.now()
        self.instance.happened.append(("time_logged", AGENT, dict(row), {
            "seconds": seconds, "entry": entry["sys_id"], "sys_updated_on": entry["sys_created_on"]}))
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        return False

    def deletes(self, ticket_id: str) -> None:
        row = self.instance.tables["incident"].pop(ticket_id)
        self.instance.happened.append(("deleted", AGENT, row, {}))

    def meanwhile(self, ticket_id: str) -> None:
        self.instance.after_next_look[ticket_id] = lambda: self.agent_tags(ticket_id, "smells-of-smoke")

    def _row(self, ticket_id: str) -> dict[str, str]:
        return self.instance.tables["incident"][ticket_id]

    def _caller(self, row: Mapping[str, str]) -> dict[str, str]:
        return self.instance.tables["sys_user"].get(row["caller_id"], {"user_name": "", "email": "", "sys_id": ""})

    def _agent(self, ticket_id: str, **fields: str) -> None:
        self.instance.update(AGENT, self._row(ticket_id), fields)

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        told = [each for each in self.instance.happened if (each[1] == US) is ours]
        self.instance.happened = [each for each in self.instance.happened if each not in told]
        return [self.sent(event, by, row, more) for event, by, row, more in told]

    def sent(self, event: str, by: str, row: Mapping[str, str], more: Mapping[str, object]) -> Inbound:
        """What the script of the guide sends."""
        caller = self._caller(row)
        told = {"event": event, "by": by, "caller": caller["user_name"], "caller_email": caller["email"],
                "priority": priority(row), "opened_by_agent": row["opened_by"] != caller["user_name"],
                **{name: row[name] for name in SENT}, **more}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
        return Inbound("POST", "/hooks/desk", headers, json.dumps(told).encode(), self.instance.clock.now())

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        row = self.instance.tables["incident"].get(ticket_id)
        if row is None:
            return State("closed", exists=False)
        journal = [each for each in self.instance.tables["sys_journal_field"].values()
                   if each["element_id"] == ticket_id]
        ours = [each for each in journal if each["sys_created_by"] == US]
        answers = [each for each in journal if each["sys_created_by"] == AGENT and each["element"] == "comments"]
        ours_tags = {tag for tag in row["u_deskgate"].split(",") if tag}
        names = {number: name for name, number in self._groups.items()}
        return State(
            standing=self._standing(row, ours_tags), group=names.get(row["assignment_group"], ""),
            tags=frozenset(ours_tags | self._labels.get(ticket_id, set())), assignee=row["assigned_to"],
            fields={"u_outcome": row["u_outcome"]},
            told=tuple(each["value"] for each in ours if each["element"] == "comments"),
            notes=tuple(each["value"] for each in ours if each["element"] == "work_notes"),
            first_reply_at=_at(answers[0]["sys_created_on"]) if answers else None)

    @staticmethod
    def _standing(row: Mapping[str, str], tags: set[str]) -> str:
        if row["state"] == "3":
            return "held" if "deskgate_queued" in tags else "waiting"
        return "open" if row["state"] in ("1", "2") else "closed"


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
