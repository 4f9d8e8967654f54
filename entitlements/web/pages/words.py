"""Short words of the pages themselves: names of states and causes, browsers' names."""

from __future__ import annotations

from flask import Flask

from entitlements import wording

CAUSES = {
    "arrival": "On arrival", "release": "When its time came", "replan": "Looked at again", "reply": "After a reply",
    "severity": "After its severity changed", "reopened": "When it was reopened", "taken": "Taken early",
    "override": "Overridden", "release_all": "Released with all others",
}
DELIVERY_STATES = {
    "waiting": "waiting", "sending": "under way", "done": "done", "gone": "no longer needed",
    "parked": "refused by the helpdesk", "dead": "given up on",
}
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS",
           "Linux": "Linux"}


def device_words(user_agent: str) -> str:
    """`Firefox on Linux` for what a browser calls itself."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "Another program")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def init_words(app: Flask) -> None:
    """Make these known to templates."""
    app.jinja_env.filters.update(device=device_words)
    app.jinja_env.globals.update(
        causes=CAUSES, delivery_states=DELIVERY_STATES, target_text=wording.target_text,
        used_text=wording.used_text)
