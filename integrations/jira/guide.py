"""What a person does in Jira to connect it, with the texts to paste. Calls nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence

from entitlements.kinds import Step, later
from integrations.desk.mapping import DeskMapping, Stage
from integrations.desk.ticket import PREFIX, QUEUED_TAG, TOLD_TAG
from integrations.jira.settings import OPEN, JiraSettings

ROUTED, TRIAGE = f"{PREFIX}routed", f"{PREFIX}triage"
RULES = "Project settings, Automation, Create rule. "
BODY = {"webhookEvent": "jira:issue_created", "issue": {"id": "{{issue.id}}"},
        "user": {"accountId": "{{initiator.accountId}}"}}


def guide(address: str, settings: JiraSettings, mapping: DeskMapping) -> Sequence[Step]:
    """At most twelve steps, in the order in which they are done."""
    where = f"project in ({', '.join(settings.projects)})" if settings.projects else "projectType = service_desk"
    sender = _rule_that_sends(address) if settings.by_automation else [_webhook(address, where)]
    rules = [*_two_steps(), _safety_net(where), _waking(where, mapping), *_telling(mapping)]
    return [_account(), *sender, *later(rules)]


def _account() -> Step:
    return Step("An account for Deskgate",
                "Invite an account of its own to the site with a license of Jira Service Management, and give it the "
                "role Service Desk Team in the project. Signed in as it, make an API token at id.atlassian.com, "
                "Security. The connection's token is EMAIL:API_TOKEN.")


def _webhook(address: str, where: str) -> Step:
    return Step("The webhook",
                "Jira's settings, System, WebHooks, Create a WebHook. Enter the address, and the secret that this "
                "connection shows. Narrow it to the project by the JQL at the end. Tick, for work items, created, "
                "updated and deleted; for worklogs, created, updated and deleted; for comments, created. Leave Exclude "
                f"body unticked. JQL: `{where}`", paste=address)


def _rule_that_sends(address: str) -> list[Step]:
    said = ("Trigger: {trigger}. Action: Send web request, method POST, custom data, the address of this connection, "
            "and this body. It carries ids alone, so that no title can break it.")
    rows: tuple[tuple[str, str, str, dict[str, object]], ...] = (
            ("created", "Work item created", "jira:issue_created", {}),
            ("changed", "Work item transitioned, and one more each for Work item assigned and Field value changed, "
                        "Priority", "jira:issue_updated", {}),
            ("commented", "Work item commented", "comment_created", {"comment": {
                "id": "{{comment.id}}", "author": {"accountId": "{{comment.author.accountId}}"}, "internal": "@"}}))
    return [Step("The address", "Where the rules send to. It carries the secret: treat it like a password.", address),
            *(Step(f"A rule for what is {name}", RULES + said.format(trigger=trigger), _body(event, more))
              for name, trigger, event, more in rows)]


def _body(event: str, more: dict[str, object]) -> str:
    text = json.dumps({**BODY, "webhookEvent": event, **more}, indent=1)
    return text.replace('"@"', "{{comment.internal}}")


def _two_steps() -> list[Step]:
    return [
        Step("Rules that wait for Deskgate",
             "Have every rule that assigns, pages or answers new tickets start with Field value changed, Labels, "
             "instead of Work item created, and go on only where this holds. The goals of SLAs can name the same "
             "labels.", f"labels in ({ROUTED}, {TRIAGE})")]


def _safety_net(where: str) -> Step:
    return Step("A safety net",
                RULES + "Trigger: Scheduled, every 5 minutes, with this JQL. Action: Edit work item, add the label "
                f"{ROUTED}. So tickets go on as usual when Deskgate is not there.",
                f'{where} AND statusCategory != Done AND created <= "-15m" AND created >= "-1d" AND (labels is EMPTY '
                f"OR labels not in ({ROUTED}, {TRIAGE}, {QUEUED_TAG}, {PREFIX}rejected))")


def _waking(where: str, mapping: DeskMapping) -> Step:
    field, status = mapping.fields.get("release_field"), mapping.statuses[Stage.ROUTE].usual or OPEN
    moves = f", and Transition work item to {status}" if mapping.statuses[Stage.QUEUE].values() else ""
    told = f'"{field}" <= "-15m"' if field else 'updated <= "-3d"'
    lacking = "" if field else (" Without a release_field, a field for date and time, Jira does not know when that is, "
                                "and takes three days for it.")
    return Step("Waking queued tickets",
                RULES + "Trigger: Scheduled, every 15 minutes, with this JQL. Actions: Edit work item, remove the "
                f"label {QUEUED_TAG} and add {ROUTED}{moves}. It acts only when Deskgate is gone.{lacking}",
                f"{where} AND labels = {QUEUED_TAG} AND {told}")


def _telling(mapping: DeskMapping) -> list[Step]:
    if "tag" not in mapping.notice.values():
        return []
    field = mapping.fields.get("notice_field")
    words = f"{{{{issue.{field}}}}}" if field else "yours; with a notice_field, a paragraph, it can be Deskgate's"
    return [Step("Telling customers",
                 RULES + "Trigger: Field value changed, Labels, value added. Condition: labels contain the one below, "
                 "a rule for each. Actions: Send email, to the reporter, since a comment would count as the first "
                 f"response; then Edit work item, remove that label and add {TOLD_TAG}, so that it is sent once. "
                 + ("The text is below the labels." if field else f"The text: {words}."),
                 "\n".join([*(f"{PREFIX}tell_{word}" for word in ("routed", "triage", "queued", "rejected")),
                            *([words] if field else [])]))]
