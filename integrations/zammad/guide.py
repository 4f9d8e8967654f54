"""What to do in Zammad, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Step
from integrations.desk.mapping import DeskMapping, NoticeBy

ENDED = "was_closed"
"""A tag that Zammad itself sets when a ticket is closed, so that opening it again can be told from any other change."""


def steps(address: str, config: ConnectionConfig, mapping: DeskMapping) -> Sequence[Step]:
    """At most twelve. Menus are those of Zammad 6, in English."""
    return (*_account(), *_attributes(mapping), *_webhook(address), *_triggers(), *_two_steps(), *_mailing(mapping))


def _account() -> Sequence[Step]:
    return (
        Step("An agent for Deskgate",
             "Manage > Users > New User: a user with the role Agent and full access to every group whose tickets "
             "Deskgate decides on or moves tickets to. Do not share it with a person: what it does is taken for "
             "Deskgate's doing."),
        Step("Its token",
             "Sign in as that user, Profile > Token Access > Create, with the permission ticket.agent alone. Give it "
             "to `--token`. With admin.group, admin.object, admin.webhook and admin.trigger besides, `connection "
             "check` sees more; it works without."),
    )


def _attributes(mapping: DeskMapping) -> Sequence[Step]:
    names = sorted(mapping.fields.values())
    return () if not names else (
        Step("Attributes", "Manage > Objects > Ticket > New Attribute, of the format Text field with 250 characters, "
                           "shown to agents and not to customers; then Update Database.", paste="\n".join(names)),)


def _webhook(address: str) -> Sequence[Step]:
    return (
        Step("The webhook",
             "Manage > Webhook > New Webhook, method POST, with SSL verification. As HMAC SHA1 Signature Token enter "
             "the secret of the connection. Leave Custom Payload off. The endpoint must not redirect: Zammad would "
             "lose what it sends.", paste=address),
    )


def _triggers() -> Sequence[Step]:
    """The webhook does not say what happened: the names of these triggers do."""
    return (
        Step("Tell of new tickets",
             "Manage > Trigger > New Trigger, activated by Action. Condition: Action is created. Execute: the webhook.",
             paste="deskgate: created"),
        Step("Tell of closings",
             "Another, activated by Action and run always, also when other triggers have changed the ticket. "
             f"Conditions: Action is updated; State has changed; State is closed. Execute: Tags add {ENDED}; the "
             "webhook.",
             paste="deskgate: closed"),
        Step("Tell of tickets that are opened again",
             f"Another. Conditions: Action is updated; State has changed; State is new or open; Tags contain one "
             f"{ENDED}. Execute: Tags remove {ENDED}, deskgate_closed; the webhook.",
             paste="deskgate: reopened"),
        Step("Tell of everything else",
             "Another, for which the order by name matters: it must come last. Conditions: Action is updated; Last "
             "updated by is not Deskgate's agent. Execute: the webhook.",
             paste="deskgate: updated"),
    )


def _two_steps() -> Sequence[Step]:
    return (
        Step("Let rules of your own wait for the decision",
             "In triggers of yours that assign, page or answer new tickets, replace the condition Action is created by "
             "Action is updated and Tags contain one of these. An automatic receipt to the customer may stay as it is.",
             paste="deskgate_routed, deskgate_triage"),
        Step("Should Deskgate be gone: nobody is forgotten",
             "Manage > Scheduler > New, every ten minutes, on conditions: State is new; Created at before (relative) "
             "15 minutes; Tags contain one not deskgate_routed, deskgate_triage, deskgate_queued, deskgate_rejected. "
             "Execute: Tags add the one below; whatever your rules do for a routed ticket.",
             paste="deskgate_routed"),
        Step("Should Deskgate be gone: queued tickets wake",
             "Queued tickets are pending reminder: at their hour Zammad reminds of them by itself. To have it open "
             "them, too, New Trigger, activated by Time event. Conditions: Action is reminder reached; Tags contain "
             "one deskgate_queued; Pending till before (relative) 15 minutes. Execute: State open.",
             paste="deskgate: wake"),
    )


def _mailing(mapping: DeskMapping) -> Sequence[Step]:
    if NoticeBy.TAG not in mapping.notice.values():
        return ()
    field = mapping.fields.get("notice_field", "")
    said = f"#{{ticket.{field}}}" if field else "your own words, such as when you are open"
    return (
        Step("Tell customers",
             "New Trigger, activated by Action. Conditions: Action is updated; Tags contain one of those below. "
             f"Execute: an email to the customer with {said}; Tags remove all of those below.",
             paste="deskgate_tell_queued, deskgate_tell_rejected, deskgate_tell_routed, deskgate_tell_triage"),)
