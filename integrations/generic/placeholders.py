"""What placeholders there are, and which request may use which."""

from __future__ import annotations

from collections.abc import Mapping

DECISION: Mapping[str, str] = {
    "ticket_id": "the helpdesk's id of the ticket", "ticket": "Deskgate's number of it",
    "delivery": "the number of this change, the same on every try", "marker": "`dg-` and that number",
    "action": "`create`, `route`, `queue`, `release`, `reject`", "stage": "`route`, `triage`, `queue`, `reject`",
    "outcome": "`route`, `queue`, `reject`", "reason": "why, as in the list of reasons",
    "severity": "`low`, `normal`, `high`, `urgent`", "severity_value": "the helpdesk's word for it, from `severities`",
    "customer": "the customer's name", "license": "the license's name",
    "release_at": "when a queued ticket is released (an instant)", "decided_at": "when it was decided (an instant)",
    "respond_by": "when an answer is due (an instant)", "resolve_by": "when it is to be resolved (an instant)",
    "acting_as": "the id of our own account, from `whoami`"}
CHANGE: Mapping[str, str] = {
    "group": "the group to move to, if it is not there",
    "status": "the helpdesk's word for where it is to stand, if it does not stand there",
    "standing": "the same in our words: `open`, `held`, `closed`",
    "until": "when a held ticket wakes by itself (an instant)",
    "tags": "all tags it is to have (a list), if they differ",
    "added_tags": "those it lacks (a list)", "removed_tags": "those it is to lose (a list)",
    "fields": "what custom fields are to say, by name (an object), where they do not",
    "note": "words for agents, our marker below", "message": "words for the customer, our marker below",
    "note_words": "words for agents alone", "message_words": "words for the customer alone",
    "version": "the ticket's `version` as read, to guard against collisions"}
NEW: Mapping[str, str] = {
    "subject": "of the new ticket", "description": "its words, our marker below",
    "description_words": "its words alone",
    "requester_email": "who asks", "requester_id": "their account, from the request `requester`"}
LIST: Mapping[str, str] = {
    "since": "from when on (an instant)", "page": "the number of the page", "offset": "how many things came before",
    "cursor": "what the last page said leads to the next"}
ONE_TAG: Mapping[str, str] = {"tag": "one tag: the request is made once for each"}
SETTING, WORD = "setting.", "words."

READS = frozenset({"entries", "logged", "changed", "find_created", "groups", "fields"})
"""Requests whose answer is a list."""
WORDS = {"note": frozenset({"note", "note_words"}), "message": frozenset({"message", "message_words"})}
TAGS = frozenset({"tags", "added_tags", "removed_tags"})
FIELDS = frozenset({"fields"})

_WRITE = frozenset({*DECISION, *CHANGE})
_PAGED = frozenset(LIST) - {"since"}
USABLE: Mapping[str, frozenset[str]] = {
    "read": frozenset({"ticket_id"}), "entries": _PAGED | {"ticket_id"}, "logged": _PAGED | {"ticket_id"},
    "changed": _PAGED | {"since"}, "find_created": _PAGED | {"since", "marker", "requester_email", "subject"},
    "groups": _PAGED, "fields": _PAGED, "whoami": frozenset(), "check": frozenset(),
    "requester": frozenset({"requester_email"}), "discard": frozenset({"ticket_id"}),
    "create": _WRITE | frozenset(NEW),
    **dict.fromkeys(("route", "triage", "queue", "release", "reject", "close", "mark", "note", "reply"), _WRITE),
    "tag": _WRITE | {"tag"}, "untag": _WRITE | {"tag"}}
"""The requests there are, and which placeholders each may use."""
