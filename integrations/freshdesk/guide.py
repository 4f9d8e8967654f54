"""What to do in Freshdesk, step by step."""

from __future__ import annotations

import json
from collections.abc import Sequence

from entitlements.kinds import Step, later
from integrations.desk.mapping import DeskMapping, NoticeBy
from integrations.desk.ticket import PREFIX, QUEUED_TAG, TOLD_TAG
from integrations.freshdesk.events import CREATED, DELETED, REPLIED, UPDATED

ROUTED, TRIAGE, REJECTED = (PREFIX + word for word in ("routed", "triage", "rejected"))
WEBHOOK = "Action: Trigger Webhook, POST, to the address of the step before, JSON, Advanced, with this content"


def content(what: str) -> str:
    """What a rule sends: numbers and labels alone, since a quote in somebody's words would break it."""
    told = {"event": what, "ticket_id": "{{ticket.id}}", "triggered_event": "{{triggered_event}}"}
    return json.dumps({**told, "source": "{{ticket.source}}"} if what == CREATED else told)


def steps(address: str, mapping: DeskMapping) -> Sequence[Step]:
    """At most twelve. Menus are those of Freshdesk in English."""
    return (*_account(), *_places(mapping), *_rules(address), *later((*_two_steps(), *_mailing(mapping))))


def _account() -> Sequence[Step]:
    return (
        Step("An agent for Deskgate",
             "Admin > Agents > New agent: full-time, Global access, a role that may reply to, edit and delete tickets. "
             "No person should use it: what it does is taken for Deskgate's doing. Sign in as that agent, profile "
             "picture > Profile settings > View API key, and give the key to `--token`. An administrator's key lets "
             "`connection check` see groups, fields and rules; give numbers in place of names without one."),
    )


def _places(mapping: DeskMapping) -> Sequence[Step]:
    fields = sorted(mapping.fields.values())
    return (
        Step("A status for queued tickets",
             "Admin > Ticket Fields > Status: add one, with its SLA timer off, and name it in `queue_status`. Without "
             "it queued tickets are Pending, where agents wait for customers too. Fields that the settings name are "
             "added on the same page, of the type Single-line text, for agents only.",
             paste="\n".join(["Queued by Deskgate", *fields])),)


def _rules(address: str) -> Sequence[Step]:
    return (
        Step("The address of the webhooks",
             "The rules of the next steps all send here. If you would rather keep the secret out of the address, take "
             "its last part off, and put it into a custom header X-Deskgate-Secret of each webhook.", paste=address),
        Step("Tell of new tickets",
             "Admin > Workflows > Automations > Ticket Creation > New rule, for all tickets: Status is Open, or "
             f"whatever new tickets have. {WEBHOOK}. Put it first, and let all rules be run, not the first that "
             "matches.",
             paste=content(CREATED)),
        Step("Tell of customers who write",
             f"Ticket Updates > New rule, performed by the Requester, when Reply is sent. {WEBHOOK}.",
             paste=content(REPLIED)),
        Step("Tell of everything else",
             "Ticket Updates > New rule, performed by an Agent or the System, when any of these happens: priority, "
             "status, group or agent is changed, note is added, reply is sent, time entry is added or updated. "
             f"{WEBHOOK}.", paste=content(UPDATED)),
        Step("Tell of deletions",
             f"Ticket Updates > New rule, performed by an Agent, when Ticket is deleted. {WEBHOOK}.",
             paste=content(DELETED)),
    )


def _two_steps() -> Sequence[Step]:
    return (
        Step("Let rules of your own wait for the decision",
             "Move what assigns, pages or answers new tickets from Ticket Creation to Ticket Updates, performed by an "
             "Agent, when group is changed, on the condition Tags contains one of these. The receipt that Freshdesk "
             "mails to customers may stay.", paste=f"{ROUTED}, {TRIAGE}"),
        Step("Should Deskgate be gone: nobody is forgotten",
             "Hourly Triggers > New rule: Hours since created is greater than 1 and less than 48; Status is Open; Tags "
             "contains none of those below. Actions: Add tag deskgate_routed, and whatever your rules do for a routed "
             "ticket. These rules run once an hour: Freshdesk has no shorter clock.",
             paste=f"{ROUTED}, {TRIAGE}, {QUEUED_TAG}, {REJECTED}"),
        Step("Should Deskgate be gone: queued tickets wake",
             "Hourly Triggers > New rule: Tags contains the one below; Hours since updated is greater than as many as "
             "you are ever closed at a stretch, for a weekend 72; Status is neither Resolved nor Closed. Action: Set "
             "status as Open.", paste=QUEUED_TAG),
    )


def _mailing(mapping: DeskMapping) -> Sequence[Step]:
    if NoticeBy.TAG not in mapping.notice.values():
        return ()
    field = mapping.fields.get("notice_field", "")
    said = f"{{{{ticket.{field}}}}}" if field else "your own words, such as when you are open"
    tell = ", ".join(f"{PREFIX}tell_{word}" for word in ("queued", "rejected", "routed", "triage"))
    return (
        Step("Tell customers",
             "Ticket Updates > New rule, performed by an Agent, when status or group is changed, on the conditions "
             f"Tags contains one of the first line and Tags does not contain {TOLD_TAG}. Actions: Send email to "
             f"requester, with {said}; Add tag {TOLD_TAG}. A mail of a rule is no first response of an agent; a reply "
             "through the API would be.", paste=f"{tell}\n{TOLD_TAG}"),)
