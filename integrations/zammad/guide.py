"""What to do in Zammad, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Step, later
from integrations.desk.mapping import DeskMapping, NoticeBy
from integrations.zammad.ticket import ENDED


def steps(address: str, config: ConnectionConfig, mapping: DeskMapping) -> Sequence[Step]:
    """At most twelve. Menus are those of Zammad 6, in English."""
    return (*_account(), *_attributes(mapping), *_webhook(address), *_triggers(),
            *later((*_two_steps(), *_mailing(mapping))))


def _account() -> Sequence[Step]:
    return (
        Step("An agent for Deskgate",
             "Manage > Users > New User: a user with the role Agent and full access to every group whose tickets "
             "Deskgate decides on or moves tickets to. Do not share it with a person: what it does is taken for "
             "Deskgate's doing. Customers may read its name in mails."),
        Step("Its token",
             "Sign in as that user, Profile > Token Access > Create, with the permission ticket.agent alone. Give it "
             "to `--token`. If the user has a role with admin.group, admin.object, admin.webhook and admin.trigger, "
             "too, and the token these permissions, `connection check` sees more; it works without."),
    )


def _attributes(mapping: DeskMapping) -> Sequence[Step]:
    names = sorted(mapping.fields.values())
    return () if not names else (
        Step("Attributes",
             "System > Objects > Ticket > New Attribute, of the format Text with 250 characters, shown to agents and "
             "not to customers, not required; then Update Database.", paste="\n".join(names)),)


def _webhook(address: str) -> Sequence[Step]:
    return (
        Step("The webhook",
             "Manage > Webhook > New Webhook, method POST where it is asked, with SSL verification. As HMAC SHA1 "
             "Signature Token enter the secret of the connection. Leave Custom Payload off. The endpoint must not "
             "redirect.", paste=address),
    )


ALWAYS = "Activated by Action; Action execution: Always, since Selective leaves out most changes."


def _triggers() -> Sequence[Step]:
    """The webhook does not say what happened: the names of these triggers do. Each attribute is named at most once, as
    the basic conditions want it. A merge is no update to Zammad, but it is no creation either."""
    return (
        Step("Tell of new tickets",
             "Manage > Trigger > New Trigger, activated by Action. Condition: Action is created. Execute: Notification "
             "> Webhook, the one above.",
             paste="deskgate: created"),
        Step("Tell of closings",
             f"Another. {ALWAYS} Conditions: Action is not created; State is closed; Tags contain one not {ENDED}, "
             "deskgate_closed. "
             f"Execute: Tags add {ENDED}; the webhook.",
             paste="deskgate: closed"),
        Step("Tell of tickets that are opened again",
             f"Another. {ALWAYS} Conditions: Action is not created; State is not closed, merged; Tags contain one "
             f"{ENDED}, deskgate_closed. Execute: Tags remove the same two; the webhook.",
             paste="deskgate: reopened"),
        Step("Tell of everything else",
             f"Another. {ALWAYS} Condition: Action is not created. Execute: the webhook.",
             paste="deskgate: updated"),
    )


def _two_steps() -> Sequence[Step]:
    return (
        Step("Let rules of your own wait for the decision",
             "In triggers of yours that assign, page or answer new tickets, replace the condition Action is created by "
             "Action is updated and Tags contain one of these, and let them run Always, with a condition that holds no "
             "more once they have run, such as Owner is not set. An automatic receipt to the customer may stay.",
             paste="deskgate_routed, deskgate_triage"),
        Step("Should Deskgate be gone: nobody is forgotten",
             "Manage > Scheduler > New, every ten minutes, on conditions: State is new; Created at before (relative) "
             "15 minutes; Tags contain one not deskgate_routed, deskgate_triage, deskgate_queued, deskgate_rejected. "
             "Execute: Tags add the one below; whatever your rules do for a routed ticket.",
             paste="deskgate_routed"),
        Step("Should Deskgate be gone: queued tickets wake",
             "Queued tickets are pending reminder: at their hour Zammad reminds of them by itself. To have it open "
             "them, too, New Trigger, activated by Time event. Conditions: State is pending reminder; Tags contain one "
             "deskgate_queued; Pending till before (relative) 15 minutes. Execute: State open.",
             paste="deskgate: wake"),
    )


def _mailing(mapping: DeskMapping) -> Sequence[Step]:
    if NoticeBy.TAG not in mapping.notice.values():
        return ()
    field = mapping.fields.get("notice_field", "")
    said = f"#{{ticket.{field}}}" if field else "your own words, such as when you are open"
    return (
        Step("Tell customers",
             f"New Trigger. {ALWAYS} Conditions: Action is updated; Tags contain one of those below. Execute: an email "
             f"to the customer with {said}; Tags remove all of those below.",
             paste="deskgate_tell_queued, deskgate_tell_rejected, deskgate_tell_routed, deskgate_tell_triage"),)
