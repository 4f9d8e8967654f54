"""What to do in a described helpdesk: what the description says, and what holds for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from entitlements.kinds import Step
from integrations.generic.description import Description
from integrations.generic.signing import HeaderSecret, SignedText

ADDRESS = "{address}"


def steps(described: Description, address: str) -> Sequence[Step]:
    """The steps of the description; a usual one about webhooks where it has none."""
    told = [replace(each, text=each.text.replace(ADDRESS, address), paste=each.paste.replace(ADDRESS, address))
            for each in described.guide]
    webhook = described.webhook
    if webhook is None:
        return [*told, Step("Nothing to send", "Deskgate asks this helpdesk every RECONCILE_MINUTES what changed; "
                                               "`connection look` asks at once.")]
    if any(ADDRESS in each.text + each.paste for each in described.guide):
        return told
    return [*told, Step("Have the helpdesk send its webhooks",
                        f"Make a webhook that sends a POST for each of: {_what(described)}. {_proof(described)} "
                        "Its address:", address)]


def _what(described: Description) -> str:
    webhook = described.webhook
    kinds = dict.fromkeys(rule.kind.value.replace("_", " ") for rule in webhook.rules) if webhook else {}
    return ", ".join(kinds)


def _proof(described: Description) -> str:
    scheme = described.webhook.scheme if described.webhook else ""
    if not scheme:
        return "It is not signed: the address carries the secret, so treat it like a password."
    if isinstance(scheme, HeaderSecret):
        return f"The secret goes into its header {scheme.header}, after {scheme.prefix!r}." if scheme.prefix else (
            f"The secret goes into its header {scheme.header}.")
    if isinstance(scheme, SignedText):
        return f"It signs with the secret, by HMAC-{scheme.algorithm.upper()} in the header {scheme.header}."
    return f"It proves itself with the secret, by {scheme}."
