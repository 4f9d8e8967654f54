"""`connection check` for Request Tracker: is it there, who are we, and does everything exist that is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.desk.findings import clock_finding, secret_finding
from integrations.desk.mapping import GROUPS, DeskMapping, Stage
from integrations.desk.ticket import Standing
from integrations.http import Answer
from integrations.request_tracker.api import Row, RtApi
from integrations.request_tracker.settings import USUAL_STATUS, RtSettings, names
from integrations.tools import Tools

ONLY_READ = frozenset({"product_field", "external_id_field"})
LINKS = {"correspond": "ReplyToTicket", "comment": "CommentOnTicket", "lifecycle": "ModifyTicket"}


@dataclass(frozen=True)
class Checks:
    """Every finding that can be had; what depends on being let in is left out when we are not. Writes nothing."""

    config: ConnectionConfig
    tools: Tools
    api: RtApi
    mapping: DeskMapping
    settings: RtSettings

    def findings(self) -> Iterator[Finding]:
        yield secret_finding(self.config)
        answer = self.api.calls.ask("GET", "rt")
        found = list(self._access(answer))
        yield from found
        if all(each.ok for each in found):
            yield clock_finding(answer, self.tools.clock.now())
            yield from self._account()
            queues = dict(self._known_queues())
            yield from self._queues(queues)
            yield from self._statuses(queues)
            yield from self._fields(queues)
            yield from self._rights()

    def _access(self, answer: Answer) -> Iterator[Finding]:
        if answer.status == 401:
            yield Finding("address", True, "answers")
            yield Finding("token", False, "not accepted: make a new one under Admin > Users > the account > Auth "
                          "Tokens; an account that is disabled, and a password where a second factor is wanted, are "
                          "refused as well, and so is everybody where the web server keeps the header Authorization to "
                          "itself (Apache: FcgidPassHeader AUTHORIZATION, or CGIPassAuth On)")
            return
        if not answer.is_success or not _is_rt(answer):
            yield Finding("address", False, f"answers {answer.status}, but not as Request Tracker's REST 2 interface "
                          "does; enter the address of Request Tracker's start page, and see that its web server lets "
                          "/REST/2.0 through and $EnableREST2 is not 0")
            return
        version = str(answer.object().get("Version"))
        yield Finding("address", True, f"Request Tracker {version[:20]}")
        yield Finding("token", True, "accepted")

    def _account(self) -> Iterator[Finding]:
        self.api.forget_own_name()
        name = self.api.own_name
        if not name:
            yield Finding("account", False, "the token does not tell whose it is; copy the whole of it, like 1-14-...")
        elif not self.api.user(name).is_staff:
            yield Finding("account", False, f"{name} is not privileged: tick \"Let this user be granted rights\"")
        else:
            yield Finding("account", True, f"Deskgate is {name}")

    # --- Queues, statuses, fields -------------------------------------------------------------------------------------

    def _known_queues(self) -> Iterator[tuple[str, Row]]:
        """The queues that are named, as far as they are there."""
        for name in sorted({name for each in self.mapping.groups.values() for name in each.values()}):
            answer = self.api.calls.ask("GET", ("queue", name))
            if answer.is_success and answer.object().get("id"):
                yield name, answer.object()

    def _queues(self, known: dict[str, Row]) -> Iterator[Finding]:
        for stage, setting in GROUPS.items():
            for name in sorted(self.mapping.groups[stage].values()):
                yield self._queue(setting, name, known.get(name))
        if not self.mapping.groups[Stage.ROUTE].values():
            yield Finding("route_group", True, "not set: routed tickets stay in the queue they came to")

    def _queue(self, setting: str, name: str, row: Row | None) -> Finding:
        if row is None:
            return Finding(setting, False, f"there is no queue {name}, or our account may not see it (right SeeQueue)")
        if str(row.get("Disabled") or "0") != "0":
            return Finding(setting, False, f"queue {name} is disabled: enable it under Admin > Queues")
        if not any(link.get("ref") == "create" for link in _links(row)):
            return Finding(setting, False, f"our account may not create tickets in queue {name} (right CreateTicket), "
                           "which moving them there needs too")
        return Finding(setting, True, f"queue {name} exists")

    def _statuses(self, known: dict[str, Row]) -> Iterator[Finding]:
        """Lifecycles are shown by recent versions, and to superusers only."""
        for lifecycle in sorted({str(row.get("Lifecycle") or "") for row in known.values()} - {""}):
            answer = self.api.calls.ask("GET", ("lifecycle", lifecycle))
            if not answer.is_success:
                yield Finding("statuses", True, f"lifecycle {lifecycle} cannot be looked at; a status that it lacks is "
                              "named when it is first refused")
                continue
            row = answer.object()
            there = {str(each).lower() for kind in ("initial", "active", "inactive")
                     for each in row.get(kind) or () if isinstance(each, str)}
            for setting, status in self._wanted_statuses():
                is_there = status.lower() in there
                yield Finding(setting, is_there, f"lifecycle {lifecycle} has {status}" if is_there else
                              f"lifecycle {lifecycle} has no status {status}: it has {', '.join(sorted(there))}")

    def _wanted_statuses(self) -> Iterator[tuple[str, str]]:
        usual = {Stage.ROUTE: Standing.OPEN, Stage.QUEUE: Standing.HELD, Stage.REJECT: Standing.CLOSED}
        for stage, standing in usual.items():
            for status in sorted(self.mapping.statuses[stage].values() or {USUAL_STATUS[standing]}):
                yield f"{stage}_status", status

    def _fields(self, known: dict[str, Row]) -> Iterator[Finding]:
        for setting, name in names(self.mapping, self.settings).items():
            yield self._field(setting, name, known)

    def _field(self, setting: str, name: str, known: dict[str, Row]) -> Finding:
        row = self._custom_field(name)
        if row is None:
            return Finding(setting, False, f"there is no custom field {name} for tickets, or our account may not see "
                           "it (right SeeCustomField); see its exact name under Admin > Custom Fields")
        if str(row.get("Disabled") or "0") != "0":
            return Finding(setting, False, f"custom field {name} is disabled")
        unfit = "" if setting in ONLY_READ else _unfit(row, wants_many=setting == "tags_field")
        if unfit:
            return Finding(setting, False, f"custom field {name} {unfit}")
        lacking = sorted(queue for queue, told in known.items() if not _applies(told, name))
        if lacking:
            return Finding(setting, False, f"custom field {name} does not apply to queue {', '.join(lacking)}: see "
                           "Applies to, under Admin > Custom Fields")
        return Finding(setting, True, f"custom field {name} exists")

    def _custom_field(self, name: str) -> Row | None:
        numbers = [name] if name.isdecimal() else self._numbered(name)
        for number in numbers:
            answer = self.api.calls.ask("GET", ("customfield", number))
            if answer.is_success and "Ticket" in str(answer.object().get("LookupType") or "Ticket"):
                return answer.object()
        return None

    def _numbered(self, name: str) -> list[str]:
        query = f'[{{"field": "Name", "value": "{_escaped(name)}"}}]'
        answer = self.api.calls.ask("GET", "customfields", params={"query": query, "per_page": 100})
        items = answer.object().get("items") if answer.is_success else None
        return [str(each["id"]) for each in items or () if isinstance(each, dict) and each.get("id")]

    def _rights(self) -> Iterator[Finding]:
        """What we may do with the latest ticket that we see."""
        latest = next(iter(self.api.search("id > 0", "id")), None)
        if latest is None:
            yield Finding("tickets", True, "there is none that our account may see (right ShowTicket), so what it may "
                          "do with one is not known")
            return
        row, _ = self.api.ticket(str(latest.get("id")))
        there = {str(link.get("ref")) for link in _links(row)}
        for link, right in LINKS.items():
            yield Finding(right, link in there, f"granted, seen at ticket {row.get('id')}" if link in there else
                          f"our account lacks the right {right} on ticket {row.get('id')}: grant it in every queue")


def _is_rt(answer: Answer) -> bool:
    return answer.body.lstrip()[:1] == b"{" and "Version" in answer.object()


def _links(row: Row) -> list[Row]:
    listed = row.get("_hyperlinks")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _unfit(field: Row, *, wants_many: bool) -> str:
    """Why a custom field cannot hold what we write, if it cannot."""
    if field.get("Type") not in ("Freeform", "Text", None):
        return f"has the type {field.get('Type')}: it must be one to enter text in"
    takes_many = str(field.get("MaxValues")) == "0"
    if field.get("MaxValues") is not None and takes_many != wants_many:
        return f"must be one to enter {'one value' if takes_many else 'multiple values'}"
    return ""


def _applies(queue: Row, name: str) -> bool:
    """Whether a custom field is listed with a queue; where none are listed, nothing can be said against it."""
    listed = queue.get("TicketCustomFields")
    if not isinstance(listed, list):
        return True
    return any(name in (str(each.get("name")), str(each.get("id"))) for each in listed if isinstance(each, dict))


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
