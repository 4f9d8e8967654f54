"""Short words of the pages themselves: names of states and causes, severities for customers, browsers' names."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from entitlements import wording
from entitlements.rules.reasons import Outcome
from entitlements.steps.judge import Judged

CAUSES = {
    "arrival": "On arrival", "release": "When its time came", "replan": "Looked at again", "reply": "After a reply",
    "severity": "After its severity changed", "reopened": "When it was reopened", "taken": "Taken early",
    "override": "Overridden", "release_all": "Released with all others",
}
DELIVERY_STATES = {
    "waiting": "waiting", "sending": "under way", "done": "done", "gone": "no longer needed",
    "parked": "refused by the helpdesk", "dead": "given up on",
}
SEVERITY_WORDS = {
    "low": "A question, or something small.", "normal": "Something does not work as it should.",
    "high": "Work is held up.", "urgent": "Work has stopped.",
}
CUSTOMER_STATES = {
    "routed": "is with the team", "queued": "is in line", "rejected": "was not taken up", "withdrawn": "is closed",
}
CUSTOMER_HEADLINES = {
    "routed": "It is with the team", "queued": "It is in line", "rejected": "Not covered", "withdrawn": "It is closed",
}
SIGNING_KINDS = frozenset({"sandbox", "standard"})
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS",
           "Linux": "Linux"}


def promise_title(judged: Judged, now: datetime) -> str:
    """What will happen to a ticket sent now, in a few words for the customer."""
    decision = judged.decision
    if decision.outcome is Outcome.REJECT:
        return "Would not be taken up"
    if decision.release_at is not None:
        zone = decision.license.zone if decision.license else "UTC"
        return f"Reaches the team on {wording.moment_text(decision.release_at, zone, now, about=True)}"
    return "Somebody looks at it first" if decision.triage else "Reaches the team at once"


def device_words(user_agent: str) -> str:
    """`Firefox on Linux` for what a browser calls itself."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "Another program")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def init_words(app: Flask) -> None:
    """Make these known to templates."""
    app.jinja_env.filters.update(promise_title=promise_title, device=device_words)
    app.jinja_env.globals.update(
        causes=CAUSES, delivery_states=DELIVERY_STATES, severity_words=SEVERITY_WORDS, signing_kinds=SIGNING_KINDS,
        customer_states=CUSTOMER_STATES, customer_headlines=CUSTOMER_HEADLINES, target_text=wording.target_text,
        used_text=wording.used_text)
