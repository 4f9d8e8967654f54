"""What to do in Help Scout, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from entitlements.kinds import Step, later
from integrations.desk.mapping import DeskMapping, NoticeBy
from integrations.desk.ticket import PREFIX, QUEUED_TAG, TOLD_TAG
from integrations.helpscout.events import SILENT, WANTED
from integrations.helpscout.options import LONGEST_SECRET, Options

ROUTED, TRIAGE, REJECTED = (PREFIX + word for word in ("routed", "triage", "rejected"))


def steps(address: str, mapping: DeskMapping, options: Options) -> Sequence[Step]:
    """At most twelve. Menus are those of Help Scout in English."""
    return (*_account(), *_fields(mapping), *_webhook(address, options),
            *later((*_two_steps(), *_mailing(mapping))))


def _account() -> Sequence[Step]:
    return (
        Step("A user for Deskgate",
             "Manage > Users > New User: a user with access to each mailbox whose conversations Deskgate decides on or "
             "moves them to. No person should use it: what it does is taken for Deskgate's doing."),
        Step("An app of that user",
             "Sign in as that user, Your Profile > My Apps > Create My App; the redirection URL does not matter. Give "
             "its App ID and App Secret to `--token`, joined by a colon. The secret is shown this once."),
    )


def _fields(mapping: DeskMapping) -> Sequence[Step]:
    names = sorted(mapping.fields.values())
    return () if not names else (
        Step("Custom fields", "In each mailbox, Inbox Settings > Custom Fields: add these, of the type Single line. "
                              "Each mailbox has fields of its own.", paste="\n".join(names)),)


def _webhook(address: str, options: Options) -> Sequence[Step]:
    silent = sorted(SILENT) if options.severity_tags or options.severity_field or options.product_field else []
    return (
        Step("The webhook",
             "Manage > Apps > Webhooks > Install: this address as callback URL, the connection's secret as secret key, "
             f"{LONGEST_SECRET} characters at most, and payload version V2.", paste=address),
        Step("What it tells of",
             "Tick these events. Tags and custom fields are left out unless urgency or product are told by them: they "
             "change with every decision.", paste="\n".join([*WANTED, *silent])),
    )


def _two_steps() -> Sequence[Step]:
    return (
        Step("Let workflows of your own wait for the decision",
             "In automatic workflows that assign, notify or answer new conversations, replace the conditions by Tag is "
             "equal to one of these. An auto reply of the mailbox may stay as it is.", paste=f"{ROUTED}\n{TRIAGE}"),
        Step("Should Deskgate be gone: nobody is forgotten",
             "An automatic workflow: Status is active; Date created is more than 15 minutes ago, or the least that can "
             "be chosen; Tag is not equal to any of those below. Actions: Add tag deskgate_routed, and whatever your "
             "workflows do for a routed conversation.", paste="\n".join((ROUTED, TRIAGE, QUEUED_TAG, REJECTED))),
        Step("Should Deskgate be gone: queued conversations wake",
             "They are snoozed until their hour and then come back by themselves. Nothing is to be done, unless "
             "queue_status is pending: then an automatic workflow has to set those with this tag to active.",
             paste=QUEUED_TAG),
    )


def _mailing(mapping: DeskMapping) -> Sequence[Step]:
    if NoticeBy.TAG not in mapping.notice.values():
        return ()
    tell = "\n".join(f"{PREFIX}tell_{word}" for word in ("queued", "rejected", "routed", "triage"))
    return (
        Step("Tell customers",
             "An automatic workflow for each of the first lines that you use: Tag is equal to it; Tag is not equal to "
             f"{TOLD_TAG}. Actions: Send email to the customer with your own words, such as when you are open; Add tag "
             f"{TOLD_TAG}. A reply through the API would count as the first response.", paste=f"{tell}\n{TOLD_TAG}"),)
