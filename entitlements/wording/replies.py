"""What a connection's admins have customers told in place of Deskgate's own sentences.

A setting `reply.<reason>` holds the template for a reason, `reply.<outcome>` the usual one of an outcome, and either
may end in a language: `reply.outside_hours.de`. The most special one wins. Somebody known by a mail domain alone always
gets Deskgate's own words: which reason it was would tell them something about the license.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from entitlements.errors import ConfigError
from entitlements.rules.language import parse_language
from entitlements.rules.reasons import Outcome, Reason
from entitlements.wording.case import Case
from entitlements.wording.customer import contact_text, customer_text, next_text, release_text, why_text
from entitlements.wording.hours import hours_text
from entitlements.wording.sentences import say
from entitlements.wording.template import ReplyError, check_template, render

PREFIX = "reply."


class Usual(StrEnum):
    """What a customer may be told of: an outcome, or that a ticket which has waited goes to the team."""

    ROUTE = "route"
    QUEUE = "queue"
    RELEASE = "release"
    REJECT = "reject"


VALUES = {
    "text": "all that Deskgate itself would say",
    "why": "why, as Deskgate says it, without its full stop; empty where it says no reason",
    "next": "what happens next, or whom to turn to, in a sentence of Deskgate's",
    "release_at": "when a queued ticket reaches the team, in the license's time and the customer's own; else empty",
    "release_about": "the same with about, which is what can be promised when many wait for the same hour",
    "customer": "the customer's short name; empty if not known",
    "license": "the license's name; empty without one",
    "hours": "the usual week of the license; empty without one",
    "ends_on": "the last day of the license; empty without one",
    "severity": "how bad it is: low, normal, high or urgent",
    "renewal_contact": "whom to turn to about a license",
}
"""The values that a template may name, each a text, with what it is."""


@dataclass(frozen=True)
class Reply:
    """What the customer is told, and the setting that says so (empty: none does, and it is Deskgate's own words). With
    `trouble`, that setting could not be used, and it is Deskgate's own words all the same."""

    text: str
    setting: str = ""
    trouble: str = ""


def check_replies(settings: Mapping[str, str]) -> None:
    """Look at all the replies among a connection's settings. Raises ConfigError, with setting and line."""
    for name, template in settings.items():
        if name.startswith(PREFIX):
            check_reply(name, template)


def check_reply(name: str, template: str) -> None:
    """Look at one of them. Raises ConfigError for a reason or language that does not exist, or a wrong template."""
    word, dot, language = name.removeprefix(PREFIX).partition(".")
    if word not in {*Reason, *Usual}:
        raise ConfigError(f"{name}: there is no reason or outcome {word!r}; there are {', '.join((*Usual, *Reason))}",
                          field=name)
    if dot:
        parse_language(language, name)
    check_template(name, template, VALUES)


def setting_name(word: str, language: str = "") -> str:
    """The setting that holds the reply for a reason or outcome, in one language or in all without one of their own."""
    return f"{PREFIX}{word}.{language}" if language else f"{PREFIX}{word}"


def reply_to(case: Case, settings: Mapping[str, str]) -> Reply:
    """What the customer is told by a connection with these settings. A template that fails gives way to our own."""
    own = customer_text(case)
    if case.ticket.requester.is_known_by_domain_only:
        return Reply(own)
    setting = next((name for name in _settings_for(case) if settings.get(name, "").strip()), "")
    if not setting:
        return Reply(own)
    try:
        return Reply(render(settings[setting], values_of(case)), setting)
    except ReplyError as error:
        return Reply(own, setting, f"{setting}: {error}")


def usual_of(case: Case) -> Usual:
    """Which usual reply is meant for the case."""
    released = case.released and case.decision.outcome is Outcome.ROUTE
    return Usual.RELEASE if released else Usual(case.decision.outcome.value)


def _settings_for(case: Case) -> Iterator[str]:
    """The most special first."""
    for word in (case.decision.reason, usual_of(case)):
        yield setting_name(word, case.language)
        yield setting_name(word)


def values_of(case: Case) -> dict[str, str]:
    """What a template may name, as it is for a case."""
    license, language = case.decision.license, case.language
    return {
        "text": customer_text(case), "why": why_text(case), "next": next_text(case), "release_at": release_text(case),
        "release_about": release_text(case, about=True), "customer": case.ticket.requester.customer,
        "license": license.name if license else "",
        "hours": hours_text(license.terms.schedule, language) if license else "",
        "ends_on": case.ends_on(language) if license else "",
        "severity": say(language, f"severity.{case.ticket.severity}"), "renewal_contact": contact_text(case),
    }
