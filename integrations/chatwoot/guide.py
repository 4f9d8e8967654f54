"""What to do in Chatwoot to connect it: an account, a webhook, labels, and what makes automations wait for us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entitlements.kinds import Step
from integrations.chatwoot.settings import Options
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import PREFIX

LABELS = ("routed", "triage", "queued", "rejected", "closed")
EVENTS = "conversation_created, conversation_status_changed, conversation_updated, message_created"


def steps(address: str, mapping: DeskMapping, options: Options) -> Sequence[Step]:
    """The exact steps, in the order in which they are to be done."""
    return (*_access(address, options), *_names(mapping), *_rules(mapping))


def _access(address: str, options: Options) -> Iterator[Step]:
    yield Step("Make an account", "Settings > Agents > Add Agent: one for Deskgate alone, as an Administrator. An "
               "Agent sees only inboxes it is a collaborator of, and is assigned what it opens, which Deskgate has to "
               "undo.")
    yield Step("Copy its access token", "Sign in as that account: Profile Settings > Access Token. Give it "
               "to Deskgate. On a server of your own, have the proxy let headers with underscores through, since the "
               "token is sent in api_access_token: in nginx, underscores_in_headers on.")
    yield Step("Add the webhook", f"Settings > Integrations > Webhooks > Add new webhook, with these events: {EVENTS}.",
               address)
    if options.is_signed:
        yield Step("Give Deskgate the secret", "Edit the webhook that you have just added: Chatwoot shows the secret "
                   "that it signs with. Where it shows none, your Chatwoot is too old to sign: set signed=off.")


def _names(mapping: DeskMapping) -> Iterator[Step]:
    if mapping.uses_tags:
        yield Step("Add the labels", "Settings > Labels > Add label, one for each, so that agents see them and "
                   "automations can go by them.", "\n".join(PREFIX + each for each in LABELS))
    if mapping.fields:
        yield Step("Add the custom attributes", "Settings > Custom Attributes > Conversation > Add, of the type Text, "
                   "with these keys.", "\n".join(sorted(set(mapping.fields.values()))))


def _rules(mapping: DeskMapping) -> Iterator[Step]:
    yield Step("Have automations wait for Deskgate", "Settings > Automation: rules that assign, page or answer must "
               "wait for Deskgate's mark. Change their event from Conversation Created to Conversation Updated, and "
               f"add the condition Labels equal to {PREFIX}routed. Turn auto assignment of the inboxes off: what is "
               "assigned counts as taken.")
    yield Step("Have agents see what is theirs, with a safety net", "Save two filters as folders, and have agents work "
               f"from them: Status open and Labels equal to {PREFIX}routed; and, should Deskgate be gone, Status open "
               "and Labels is not present. Chatwoot's filters count days, not minutes: look into the second one when "
               "the first stays empty.")
    yield Step("Nothing to do for waking", "Queued conversations are snoozed until the very minute they are released: "
               "Chatwoot opens them by itself if Deskgate is gone.")
    yield Step("Only where notice is by tag", "Add an automation: event Conversation Updated, condition Labels equal "
               f"to {PREFIX}tell_queued, action Send Message. The same for {PREFIX}tell_rejected.")
