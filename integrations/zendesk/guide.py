"""What to do in Zendesk, step by step, with the texts to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence

from entitlements.kinds import Kind, Step, later
from integrations.desk.mapping import DeskMapping, NoticeBy
from integrations.desk.ticket import PREFIX, TOLD_TAG

SUBSCRIPTIONS = ("created", "comment_added", "status_changed", "priority_changed", "agent_assignment_changed",
                 "organization_changed", "requester_changed", "custom_field_changed", "merged", "soft_deleted",
                 "permanently_deleted", "marked_as_spam", "undeleted")
"""The ticket events that a webhook must subscribe to."""
ROUTED, TRIAGE, QUEUED = (PREFIX + word for word in ("routed", "triage", "queued"))
OURS = (ROUTED, TRIAGE, QUEUED, PREFIX + "rejected")
STAGES = ("routed", "triage", "queued", "rejected")
WEBHOOKS = "Admin Center, Apps and integrations, Webhooks, Create webhook"
TRIGGERS = "Admin Center, Objects and rules, Business rules, Triggers, Add trigger"
AUTOMATIONS = "Admin Center, Objects and rules, Business rules, Automations, Add automation"
NOT_US = "Current user, Is not, Deskgate's account"
WHEN = {
    "created": "Ticket is Created",
    "replied": "Ticket is Updated; Comment is Public; Current user, Is, (end user)",
    "answered": f"Ticket is Updated; Comment is Public; Current user, Is, (agent); {NOT_US}",
    "updated": f"Ticket is Updated; {NOT_US}. And any of them: Status changed, Priority changed, Assignee changed, "
               "Organization changed, Requester changed",
}
"""The conditions of each trigger, by the word that its webhook says."""


def by_events(address: str, mapping: DeskMapping, about: Kind) -> Sequence[Step]:
    """With a webhook that subscribes to events: one webhook and no triggers."""
    return (
        _account(about),
        Step("Create the webhook", f"{WEBHOOKS}. Choose Zendesk events and tick the ticket events below; name it "
             "Deskgate, paste the endpoint URL, request method POST, format JSON, no authentication.", address),
        Step("Tick these ticket events", "Their names in the API are below; Admin Center lists the same in words.",
             "\n".join(f"ticket.{each}" for each in SUBSCRIPTIONS)),
        _secret(), *later(_rules(mapping)))


def by_triggers(address: str, mapping: DeskMapping, about: Kind) -> Sequence[Step]:
    """With a webhook that triggers call: where an account cannot subscribe to ticket events."""
    return (
        _account(about),
        Step("Create the webhook", f"{WEBHOOKS}. Choose Trigger or automation; name it Deskgate, paste the endpoint "
             "URL, request method POST, format JSON, no authentication.", address),
        _secret(),
        *(Step(f"Trigger: Deskgate {what}", f"{TRIGGERS}. Conditions, all of them: {when}. Action: Notify by "
               "active webhook, Deskgate, with this body. It holds numbers only, so that nobody's words can break it: "
               "leave titles and texts out.", body_of(what))
          for what, when in WHEN.items()),
        *later(_rules(mapping)))


def body_of(what: str) -> str:
    """The body of one trigger's webhook."""
    return json.dumps({
        "source": "zendesk", "event": what, "ticket_id": "{{ticket.id}}", "requester_id": "{{ticket.requester.id}}",
        "actor_id": "{{current_user.id}}", "created_at": "{{ticket.created_at_with_timestamp}}",
        "updated_at": "{{ticket.updated_at_with_timestamp}}"}, indent=1)


def _account(about: Kind) -> Step:
    return Step("Give Deskgate an account of its own", "Admin Center, People, Team members: add one with the role "
                "Admin, which is what Zendesk asks of whoever lists changed tickets. It must be nobody's: what it does "
                "counts as Deskgate's. Then make its API token and enter it here as " + about.token.partition(" of ")[0]
                + ".", "")


def _secret() -> Step:
    return Step("Enter the signing secret", "On the page of the webhook: Reveal secret. Enter it here as it is; it "
                "looks like base64 and is not to be decoded.")


def _rules(mapping: DeskMapping) -> Sequence[Step]:
    return (_places(mapping), _two_steps(), _safety_net(), _waking(), *_notices(mapping))


def _places(mapping: DeskMapping) -> Step:
    fields = ", ".join(mapping.fields.values()) or "none are named"
    return Step("Make what the settings name", "Groups in Admin Center, People; the status On-hold in Admin Center, "
                "Objects and rules, Tickets, Settings (without it queued tickets are pending); fields of the type "
                f"Text, not to be filled in by customers, in Objects and rules, Tickets, Fields: {fields}.")


def _two_steps() -> Step:
    return Step("Let your rules wait for Deskgate", "Do this when you switch to advise or enforce, since nothing is "
                "tagged before. To every trigger that assigns, pages, or answers new tickets by itself add the "
                "condition Tags, Contains at least one of the following, with the tags below, and let it run on "
                "Ticket is Updated too. SLA policies can ask for the same tags. Before them put a trigger "
                "on Ticket is Created and Channel is Closed Ticket that removes all tags of Deskgate's: a follow-up "
                "begins with the tags of the ticket it follows.", f"{ROUTED} {TRIAGE}")


def _safety_net() -> Step:
    return Step("Safety net: treat as routed what Deskgate never marked", f"{AUTOMATIONS}. Conditions, all of them: "
                "Hours since created, Greater than, 1; Hours since created, Less than, 48; Status, Less than, Solved; "
                "Tags, Contains none of the following, with the tags below. Action: Add tags "
                f"{ROUTED}. Automations run once an hour: Zendesk has no shorter clock of its own.", " ".join(OURS))


def _waking() -> Step:
    return Step("Wake queued tickets if Deskgate is gone", f"{AUTOMATIONS}. Conditions, all of them: Tags, Contains at "
                "least one of the following, the tag below; Status, Less than, Solved; Hours since update, Greater "
                "than, as many hours as you are ever closed at a stretch, for a weekend 72. Actions: Status, Open; "
                f"Remove tags, the tag below; Add tags, {ROUTED}.", QUEUED)


def _notices(mapping: DeskMapping) -> Sequence[Step]:
    """The trigger that writes to customers, where we do not write ourselves."""
    if NoticeBy.TAG not in mapping.notice.values():
        return ()
    told = mapping.fields.get("notice_field", "")
    text = ("{{ticket.ticket_field_NUMBER}}" if told else "We have received your request and will answer when your "
            "support hours begin.")
    tags = " ".join(f"{PREFIX}tell_{stage}" for stage in STAGES)
    where = f", where NUMBER is that of the field {told}" if told else ""
    return (Step("Tell customers", f"{TRIGGERS}. Conditions, all of them: Ticket is Updated; Tags, Contains at least "
                 f"one of the following: {tags}. Actions: Remove tags, the same; Add tags, {TOLD_TAG}; Email user, "
                 f"(requester), with a text such as the one below{where}. A mail of a trigger is no reply of an agent, "
                 "so no target counts it. Make one such trigger for each tag if each is to say something else.", text),)
