"""`connection check` for Chatwoot: is it there, who are we, and does everything exist that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.chatwoot import guide
from integrations.chatwoot.api import ChatwootApi, Row, Team
from integrations.chatwoot.guide import EVENTS, LABELS
from integrations.chatwoot.settings import Options
from integrations.desk.findings import clock_finding
from integrations.desk.mapping import GROUPS, DeskMapping, Stage
from integrations.desk.ticket import PREFIX
from integrations.http import Answer
from integrations.tools import Tools

STATUS_NAMES = frozenset({"open", "resolved", "pending", "snoozed"})
OF_CONVERSATIONS = frozenset({0, "conversation_attribute"})


NOT_LET_IN = (
    (b"Invalid Access Token", "not accepted: copy it anew from Profile Settings > Access Token"),
    (b"not authorized for bots", "that of a bot, which may not look around: take that of an administrator"))
DROPPED = ("missing, says Chatwoot: enter one with --token. If there is one, a proxy in front of Chatwoot drops "
           "headers with underscores, such as api_access_token: in nginx, underscores_in_headers on")
BY_MAIL = frozenset({"Channel::Api", "Channel::Email", "Channel::WebWidget"})
TAKEN = "which counts as taken by a person"


@dataclass(frozen=True)
class Checks:
    """Every finding that can be had; what depends on being let in is left out when we are not. Writes nothing."""

    config: ConnectionConfig
    tools: Tools
    api: ChatwootApi
    mapping: DeskMapping
    options: Options

    def findings(self) -> Iterator[Finding]:
        self.api.forget()
        yield self._secret()
        profile = self.api.calls.ask("GET", "api/v1/profile")
        found = list(self._access(profile))
        yield from found
        if all(each.ok for each in found):
            yield clock_finding(profile, self.tools.clock.now())
            yield from self._teams()
            yield from self._statuses()
            yield from self._labels()
            yield from self._attributes()
            yield from self._inbox()
            yield from self._auto_assignment()
            yield self._webhook()

    def _secret(self) -> Finding:
        if not any(self.config.secrets):
            return Finding("secret", False, "there is none, so every webhook is refused: edit the webhook in Chatwoot, "
                           "copy its secret, and set it by rotate-secret")
        return Finding("secret", True, "what webhooks are signed with" if self.options.is_signed
                       else "in the webhook address, since this Chatwoot does not sign")

    def _access(self, profile: Answer) -> Iterator[Finding]:
        if profile.status == 401:
            yield Finding("address", True, "answers")
            yield Finding("token", False, next((says for word, says in NOT_LET_IN if word in profile.body), DROPPED))
            return
        if not profile.is_success or not profile.body.lstrip().startswith(b"{"):
            yield Finding("address", False, f"answers {profile.status}, but not as Chatwoot's API does; enter the "
                          "address that you see in the browser, such as https://chat.example/app/accounts/1")
            return
        yield Finding("address", True, "answers")
        yield Finding("token", True, "accepted")
        yield self._account(profile.object())

    def _account(self, profile: Row) -> Finding:
        listed = [each for each in profile.get("accounts") or () if isinstance(each, dict)]
        mine = next((each for each in listed if str(each.get("id")) == self.options.account), None)
        number, name = self.options.account, str(profile.get("name") or profile.get("email") or "")
        if mine is None:
            others = ", ".join(sorted(str(each.get("id")) for each in listed))
            return Finding("account_id", False, f"{name} is not in account {number}, but in {others or 'none'}")
        if mine.get("status") not in (None, "active"):
            return Finding("account_id", False, f"account {number} is {mine['status']}: ask who runs this Chatwoot")
        if mine.get("role") != "administrator":
            return Finding("account_id", True, f"{name} is only an agent of account {number}: add it to every inbox as "
                           "a collaborator, and know that what it opens is assigned to it for a moment")
        return Finding("account_id", True, f"{name} is an administrator of account {number}")

    # --- Names --------------------------------------------------------------------------------------------------------

    def _teams(self) -> Iterator[Finding]:
        teams = self.api.teams()
        known = {**{team.name.lower(): team for team in teams}, **{team.id: team for team in teams}}
        for stage, setting in GROUPS.items():
            for name in sorted(self.mapping.groups[stage].values()):
                yield self._team(stage, setting, name, known)
        if not self.mapping.groups[Stage.ROUTE].values():
            yield Finding("route_group", True, "not set: routed conversations keep their team")

    def _team(self, stage: Stage, setting: str, name: str, known: Mapping[str, Team]) -> Finding:
        team = known.get(name.lower())
        if team is None:
            names = ", ".join(sorted({each.name for each in known.values()})) or "none"
            return Finding(setting, False, f"there is no team {name}: see Settings > Teams; there are {names}")
        if team.assigns and stage is not Stage.ROUTE and not self.mapping.default_owners:
            return Finding(setting, False, f"team {name} assigns what is moved there to one of its members at once, "
                           f"{TAKEN}: edit it under Settings > Teams, and do not allow auto assign")
        return Finding(setting, True, f"team {name} exists")

    def _auto_assignment(self) -> Iterator[Finding]:
        """By default an inbox assigns whatever comes in, before we have seen it, to whoever is online. The list holds
        all templates of WhatsApp inboxes, and may be longer than what we read."""
        try:
            inboxes = self.api.inboxes()
        except DeliveryError as error:
            yield Finding("auto_assignment", True, f"could not be looked at, see that it is off in each inbox: {error}")
            return
        found = sorted(str(each.get("name")) for each in inboxes if each.get("enable_auto_assignment") is True)
        if not inboxes:
            yield Finding("auto_assignment", False, "our account sees no inbox: add it to each as a collaborator")
        elif found and not self.mapping.default_owners:
            yield Finding("auto_assignment", False, f"{', '.join(found)} assigns new conversations by itself, {TAKEN}: "
                          "turn auto assignment off under Settings > Inboxes > Collaborators")

    def _statuses(self) -> Iterator[Finding]:
        for stage, found in self.mapping.statuses.items():
            for status in sorted(found.values() - STATUS_NAMES):
                yield Finding(f"{stage}_status", False, f"there is no status {status}: it must be one of "
                              f"{', '.join(sorted(STATUS_NAMES))}")

    def _labels(self) -> Iterator[Finding]:
        if not self.mapping.uses_tags:
            return
        answer = self.api.ask("GET", "labels")
        rows = answer.object().get("payload") if answer.is_success else None
        known = {str(each.get("title")) for each in rows or () if isinstance(each, dict)}
        lacking = [PREFIX + each for each in LABELS if PREFIX + each not in known]
        yield Finding("labels", True, f"add {', '.join(lacking)} under Settings > Labels, or agents will not see them"
                      if lacking else "Deskgate's labels can be seen by agents")

    def _attributes(self) -> Iterator[Finding]:
        named = {**self.mapping.fields, **({"product_field": self.options.product_field}
                                           if self.options.product_field else {})}
        if not named:
            return
        rows = self.api.get("custom_attribute_definitions", params={"attribute_model": 0})
        kinds = {str(each.get("attribute_key")): str(each.get("attribute_display_type")) for each in rows
                 if isinstance(each, dict) and each.get("attribute_model") in OF_CONVERSATIONS}
        for setting, name in named.items():
            yield _attribute(setting, name, kinds.get(name))

    def _inbox(self) -> Iterator[Finding]:
        if not self.options.inbox:
            yield Finding("inbox_id", True, "not set: Deskgate opens no conversations here, and cannot rehearse")
            return
        answer = self.api.ask("GET", "inboxes", self.options.inbox)
        if not answer.is_success:
            yield Finding("inbox_id", False, f"there is no inbox {self.options.inbox}, or our account is no "
                          "collaborator of it; its number is in the address of its settings")
        elif answer.object().get("lock_to_single_conversation") is True:
            yield Finding("inbox_id", False, f"inbox {self.options.inbox} puts everything of a contact into one "
                          "conversation: turn that off in its settings")
        elif answer.object().get("channel_type") not in BY_MAIL:
            yield Finding("inbox_id", False, f"inbox {self.options.inbox} knows customers by something else than their "
                          "mail address: take one of the kind API, mail or website")
        else:
            yield Finding("inbox_id", True, f"conversations are opened in {answer.object().get('name')}")

    def _webhook(self) -> Finding:
        """Whether there is a webhook that leads to this connection, if our account may see them."""
        answer = self.api.ask("GET", "webhooks")
        if not answer.is_success:
            return Finding("webhook", True, "our account may not see webhooks; see that there is one, with the events "
                           f"{EVENTS}")
        payload = answer.object().get("payload")
        rows = payload.get("webhooks") if isinstance(payload, dict) else payload
        mine = [each for each in rows or () if isinstance(each, dict) and self._leads_here(path_of(each))]
        if not mine:
            return Finding("webhook", False, f"no webhook leads to /hooks/{self.config.name}: add one under Settings > "
                           "Integrations > Webhooks, see the guide")
        lacking = sorted({*EVENTS.split(", ")} - {str(each) for row in mine for each in row.get("subscriptions") or ()})
        trouble = f"it lacks the events {', '.join(lacking)}: edit it" if lacking else self._unproved(mine)
        return Finding("webhook", not trouble, trouble or "there is one, with all events that are needed" + (
            f". {guide.PRIVATE}" if any(guide.is_private(str(each.get("url"))) for each in mine) else ""))

    def _leads_here(self, path: list[str]) -> bool:
        return ["hooks", self.config.name] in (path[-2:], path[-3:-1])

    def _unproved(self, mine: Sequence[Row]) -> str:
        """Why no webhook of ours will be believed, if so. Newer releases tell an administrator each one's secret."""
        known = {each for each in self.config.secrets if each}
        if not self.options.is_signed:
            return "" if any(path_of(each)[-1] in known for each in mine) else (
                "its address does not end with our secret: take the one from the guide")
        told = {str(each["secret"]) for each in mine if each.get("secret")}
        if not told:
            return "this Chatwoot is too old to sign it: set signed=off, and enter the address anew, from the guide"
        return "" if told & known or not known else (
            f"its secret is another one: copy it, and run connection rotate-secret {self.config.name} --secret")


def path_of(webhook: Row) -> list[str]:
    """The parts of the path of a webhook's address."""
    try:
        return [unquote(part) for part in urlsplit(str(webhook.get("url"))).path.rstrip("/").split("/")]
    except ValueError:
        return [""]


def _attribute(setting: str, name: str, kind: str | None) -> Finding:
    if kind is None:
        return Finding(setting, False, f"there is no custom attribute {name} of conversations: add it under Settings > "
                       "Custom Attributes > Conversation; what is meant is its key")
    if kind not in ("text", "0", "link", "list", "6"):
        return Finding(setting, False, f"custom attribute {name} is a {kind}: it must be a text")
    return Finding(setting, True, f"custom attribute {name} exists")
