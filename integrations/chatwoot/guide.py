"""What to do in Chatwoot to connect it: an account, a webhook, labels, and what makes automations wait for us."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from entitlements.kinds import Step, later
from integrations.addresses import why_not
from integrations.chatwoot.settings import Options
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import PREFIX

LABELS = ("routed", "triage", "queued", "rejected", "closed")
EVENTS = "conversation_created, conversation_status_changed, conversation_updated, message_created"
PRIVATE = ("Since 4.14 Chatwoot calls an address within a private network, or on its own machine, only with "
           "SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true in the environment of its Sidekiq")


def steps(address: str, root: str, mapping: DeskMapping, options: Options) -> Sequence[Step]:
    """The exact steps, in the order in which they are to be done; `root` is the address of the Chatwoot."""
    return (*_access(), *_webhook(address, root, options), *later((*_names(mapping), *_rules(mapping))))


def is_private(address: str) -> bool:
    """Whether an address looks like one that is not on the internet: Chatwoot's form refuses such a one."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    is_number = why_not(host, allow_loopback=False) != "not an address"
    return bool(why_not(host, allow_loopback=False)) if is_number else "." not in host


def _access() -> Iterator[Step]:
    yield Step("Make an account", "Settings > Agents > Add Agent: one for Deskgate alone, as an Administrator. "
               "Chatwoot mails it an invitation; where no mail is set up, make it at /super_admin under Users, and add "
               "it to the account there. An Agent sees only inboxes it is a collaborator of, and is assigned what it "
               "opens, which Deskgate has to undo.")
    yield Step("Copy its access token", "Sign in as that account: Profile Settings > Access Token. Give it "
               "to Deskgate. On a server of your own, have the proxy let headers with underscores through, since the "
               "token is sent in api_access_token: in nginx, underscores_in_headers on.")


def _webhook(address: str, root: str, options: Options) -> Iterator[Step]:
    yield Step("Add the webhook", "Settings > Integrations > Webhooks > Configure > Add new webhook, with these "
               f"events: {EVENTS}.", address)
    if is_private(address):
        yield Step("If the form refuses the address", "Chatwoot's form takes neither names without a dot nor addresses "
                   f"of private networks; its API does. {PRIVATE}.", _call(address, root, options))
    if options.is_signed:
        yield Step("Give Deskgate the secret", "Chatwoot shows the secret that it signs with once the webhook is "
                   "added, and again when you edit it. Where it shows none, your Chatwoot is too old to sign: set "
                   "signed=off, and take the webhook's address anew.")


def _call(address: str, root: str, options: Options) -> str:
    webhook = {"webhook": {"name": "Deskgate", "url": address, "subscriptions": EVENTS.split(", ")}}
    return (f"curl {root}/api/v1/accounts/{options.account}/webhooks -H 'api_access_token: TOKEN' "
            f"-H 'Content-Type: application/json' -d '{json.dumps(webhook)}'")


def _names(mapping: DeskMapping) -> Iterator[Step]:
    yield Step("Make the teams", "Settings > Teams: those that you name in Deskgate's settings. Turn \"Allow auto "
               "assign for this team\" off: Chatwoot would assign what Deskgate moves there to one of its members, and "
               "what is assigned counts as taken.")
    if mapping.uses_tags:
        yield Step("Add the labels", "Settings > Labels > Add label, one for each, so that agents see them and "
                   "automations can go by them.", "\n".join(PREFIX + each for each in LABELS))
    if mapping.fields:
        yield Step("Add the custom attributes", "Settings > Custom Attributes > Add custom attribute: applies to "
                   "Conversation, of the type Text, with these keys.", "\n".join(sorted(set(mapping.fields.values()))))


def _rules(mapping: DeskMapping) -> Iterator[Step]:
    yield Step("Turn auto assignment off", "Settings > Inboxes > each one > Collaborators > Enable auto assignment: it "
               "is on by default, and assigns a new conversation before Deskgate has seen it.")
    yield Step("Have automations wait for Deskgate", "Settings > Automation: rules that assign, page or answer must "
               "wait for Deskgate's mark. Change their event from Conversation Created to Conversation Updated, and "
               f"add a condition: Labels equal to {PREFIX}routed where your release offers Labels there; otherwise "
               "Team equal to the team of route_group, or the attribute of outcome_field equal to route. Such a rule "
               "runs at each update, so have it do what does no harm twice.")
    yield Step("Have agents see what is theirs, with a safety net", "Save two filters as folders, and have agents work "
               f"from them: Status open and Labels equal to {PREFIX}routed; and, should Deskgate be gone, Status open "
               "and Labels is not present. Chatwoot's filters count days, not minutes: look into the second one when "
               "the first stays empty.")
    yield Step("Nothing to do for waking", "Queued conversations are snoozed until they are released: Chatwoot opens "
               "them by itself if Deskgate is gone, within five minutes.")
    yield Step("Only where notice is by tag", "Add an automation: event Conversation Updated, condition Labels equal "
               f"to {PREFIX}tell_queued, actions Remove a Label, the same, Add a Label {PREFIX}told, and Send a "
               f"Message, in this order. The same for {PREFIX}tell_rejected. It runs at each update until the label "
               "is gone, so that a customer may be written to twice: a reply is safer.")
