"""`connection check` for Zendesk: is it there, who are we there, does what the settings name exist. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from entitlements.clock import Clock
from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.desk.findings import clock_finding, secret_finding
from integrations.desk.mapping import GROUPS, DeskMapping, NoticeBy
from integrations.http import Answer
from integrations.zendesk.api import Fields, ZendeskApi
from integrations.zendesk.change import Names
from integrations.zendesk.events import TICKETS
from integrations.zendesk.guide import SUBSCRIPTIONS
from integrations.zendesk.kind import STATUSES, TOTAL_TIME, Wishes

PUBLIC_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # what Zendesk signs with before a webhook exists
LIGHT_AGENT = 1
TEXT_TYPES = frozenset({"text", "textarea", "regexp"})
SEES_SOME = {"organization": "its organization", "groups": "its groups", "assigned": "itself", "requested": "itself"}


@dataclass(frozen=True)
class Checks:
    """Everything that can be found out about one connection."""

    config: ConnectionConfig
    api: ZendeskApi
    mapping: DeskMapping
    wishes: Wishes
    clock: Clock

    def findings(self) -> Iterator[Finding]:
        yield self._secret()
        if not self.config.url:
            yield Finding("address", False, "there is none; set --url https://NAME.zendesk.com")
            return
        answer = self.api.ask("users/me")
        if answer.status != 200:
            yield self._no_way_in(answer)
            return
        yield Finding("address", True, "answers")
        yield clock_finding(answer, self.clock.now())
        user = answer.object().get("user")
        role = str(user.get("role")) if isinstance(user, dict) else ""
        yield from self._account(user if isinstance(user, dict) else {})
        if role in ("agent", "admin"):
            yield from self._tickets(role)
            yield from self._names()
            yield from self._webhook()

    # --- Address, account, clock --------------------------------------------------------------------------------------

    def _no_way_in(self, answer: Answer) -> Finding:
        host = urlsplit(self.config.url).hostname or ""
        if answer.status == 401:
            return Finding("token", False, "not accepted; it is EMAIL/token:API-TOKEN, with token access switched on "
                                           "in Admin Center, Apps and integrations, APIs; set it with --token")
        if answer.status == 403:
            return Finding("token", False, f"refused: {answer.piece()}; is the account suspended, or this address not "
                                           "among the IP addresses that Zendesk lets in?")
        own = "" if host.endswith(".zendesk.com") else "; a domain of your own does not serve the API"
        return Finding("address", False, f"answers {answer.status}; it should be https://NAME.zendesk.com, as in the "
                                         f"address of your agents{own}")

    def _account(self, user: Fields) -> Iterator[Finding]:
        trouble = self._trouble_with(user)
        yield Finding("token", not trouble, trouble or f"accepted, as {user.get('email')}, {user.get('role')}")

    def _trouble_with(self, user: Fields) -> str:
        if not user.get("id"):
            return "there is none, or it is not accepted: Zendesk takes us for nobody; set it with --token"
        if user.get("suspended") is True:
            return "its account is suspended; activate it in Admin Center, People"
        if user.get("role") not in ("agent", "admin"):
            return "its account is an end user; make it an agent or admin in Admin Center, People, Team members"
        if user.get("role_type") == LIGHT_AGENT:
            return "its account is a light agent, who can only write notes; give it the role of an agent or admin"
        told = SEES_SOME.get(str(user.get("ticket_restriction")))
        if told:
            return f"its account sees only the tickets of {told}; give it access to all tickets"
        if user.get("only_private_comments") is True and NoticeBy.REPLY in self.mapping.notice.values():
            return "its account may not write public comments, and notice is `reply`; let it, or set notice=tag"
        return ""

    def _tickets(self, role: str) -> Iterator[Finding]:
        status = self.api.ask("tickets", params={"page[size]": 1}).status
        yield Finding("tickets", status == 200, "can be read" if status == 200 else
                      f"cannot be read: {status}; give the token's account the right to all tickets")
        yield Finding("lost webhooks", role == "admin", "can be looked for" if role == "admin" else
                      "cannot be looked for: Zendesk lists changed tickets for admins only; make the account an admin")

    # --- What the settings name ---------------------------------------------------------------------------------------

    def _names(self) -> Iterator[Finding]:
        names = Names(self.api)
        for setting, values in {GROUPS[stage]: each.values() for stage, each in self.mapping.groups.items()}.items():
            yield from (self._named(setting, f"group {value}", partial(self._group, names, value))
                        for value in sorted(values))
        yield from self._statuses(names)
        wanted = {**self.mapping.fields, **({"product_field": self.wishes.product_field}
                                            if self.wishes.product_field else {})}
        for setting, name in wanted.items():
            any_type = setting == "product_field"
            yield self._named(setting, f"field {name}", partial(self._field, names, name, any_type=any_type))
        yield self._time(names)

    def _named(self, setting: str, what: str, trouble: Callable[[], str]) -> Finding:
        try:
            told = trouble()
        except DeliveryError as error:
            if error.kind != "setting":
                raise
            told = str(error)
        return Finding(setting, not told, told or f"{what} exists")

    def _group(self, names: Names, value: str) -> str:
        if value in {str(each.get("id")) for each in self.api.named("groups")}:
            return ""
        number = names.group(value)
        return f"there is no group {value} in Zendesk, or it was deleted" if str(number) == value else ""

    def _statuses(self, names: Names) -> Iterator[Finding]:
        for stage, each in self.mapping.statuses.items():
            for value in sorted(each.values()):
                yield self._named(f"{stage}_status", f"status {value}", partial(self._status, names, value))
        if not self.api.has_hold():
            usual = self.mapping.statuses[next(stage for stage in self.mapping.statuses if stage == "queue")].usual
            yield Finding("on hold", True, "switched off in Zendesk: queued tickets are pending" if not usual else
                          "switched off in Zendesk, and not needed")

    def _status(self, names: Names, value: str) -> str:
        if value.lower() == "hold" and not self.api.has_hold():
            return "on hold is switched off; switch it on in Admin Center, Objects and rules, Tickets, Settings"
        if value.lower() in STATUSES:
            return ""
        _, number = names.status(value)
        row = next((each for each in self.api.named("custom_statuses") if each.get("id") == number), {})
        return "" if row.get("active", True) else f"the ticket status {value} is not active; activate it in Zendesk"

    def _field(self, names: Names, name: str, *, any_type: bool) -> str:
        number = names.field(name)
        row = next((each for each in self.api.named("ticket_fields") if each.get("id") == number), None)
        if row is None:
            return f"there is no ticket field {name}; add one in Admin Center, Objects and rules, Tickets, Fields"
        if row.get("active") is False:
            return f"the field {name} is not active; activate it in Admin Center, Objects and rules, Tickets, Fields"
        if not any_type and row.get("type") not in TEXT_TYPES:
            return f"the field {name} is of the type {row.get('type')}; it must be Text or Multi-line"
        return ""

    def _time(self, names: Names) -> Finding:
        wanted = self.wishes.time_field or TOTAL_TIME
        exists = wanted.lower() in names.fields().values() or wanted in names.fields()
        if exists:
            return Finding("time_field", True, f"{wanted} is counted")
        if self.wishes.time_field:
            return Finding("time_field", False, f"there is no ticket field {wanted}")
        return Finding("time_field", True, "there is none: time is not counted; install Zendesk's Time Tracking app if "
                                           "it is to be")

    # --- The webhook on the other side --------------------------------------------------------------------------------

    def _secret(self) -> Finding:
        secrets = [each for each in self.config.secrets if each]
        if PUBLIC_SECRET in secrets:
            return Finding("secret", False, "this is the secret of Zendesk's test requests, which everybody knows; "
                                            "create the webhook, reveal its own secret, and set that by rotate-secret")
        if any(re.search(r"\s", each) or each.startswith("whsec_") for each in secrets):
            return Finding("secret", False, "this was not made by Zendesk; reveal the secret on the page of the "
                                            "webhook in Admin Center and set it by rotate-secret")
        return secret_finding(self.config)

    def _webhook(self) -> Iterator[Finding]:
        answer = self.api.ask("webhooks", params={"page[size]": 100})
        if answer.status != 200:
            yield Finding("webhook", True, "cannot be looked at with this account, which is no admin")
            return
        listed = answer.object().get("webhooks")
        ours = [each for each in listed if isinstance(each, dict) and self._is_ours(each)] if isinstance(
            listed, list) else []
        if not ours:
            yield Finding("webhook", False, f"none sends to /hooks/{self.config.name}; create one in Admin Center, "
                                            "Apps and integrations, Webhooks")
        for webhook in ours:
            trouble = self._wrong_with(webhook) or self._wrong_secret(webhook)
            yield Finding("webhook", not trouble, trouble or f"{webhook.get('name')} sends here")

    def _is_ours(self, webhook: Fields) -> bool:
        path = urlsplit(str(webhook.get("endpoint", ""))).path
        return f"/hooks/{self.config.name}/" in path.rstrip("/") + "/"

    def _wrong_with(self, webhook: Fields) -> str:
        if webhook.get("status") != "active":
            return f"{webhook.get('name')} is not active; activate it in Admin Center"
        if (webhook.get("http_method"), webhook.get("request_format")) != ("POST", "json"):
            return f"{webhook.get('name')} must send POST and JSON"
        told = set(webhook.get("subscriptions") or ())
        missing = [each for each in SUBSCRIPTIONS if TICKETS + each not in told]
        if self.wishes.by_triggers or "conditional_ticket_events" in told:
            return "" if "conditional_ticket_events" in told else (
                f"{webhook.get('name')} subscribes to events, and the setting webhooks is `triggers`; take that out")
        return f"{webhook.get('name')} does not subscribe to: {', '.join(missing)}" if missing else ""

    def _wrong_secret(self, webhook: Fields) -> str:
        answer = self.api.ask(("webhooks", str(webhook.get("id")), "signing_secret"))
        told = answer.object().get("signing_secret") if answer.status == 200 else None
        if not isinstance(told, dict) or told.get("secret") in self.config.secrets:
            return ""
        return (f"{webhook.get('name')} signs with another secret than ours; reveal it in Admin Center and set it by "
                "rotate-secret")
