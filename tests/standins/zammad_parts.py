"""What a Zammad comes with: its states, priorities and kinds of articles, and how it writes things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

NOBODY, US, AGENT = 1, 3, 5
STATES = {"new": "new", "open": "open", "pending reminder": "pending reminder", "closed": "closed", "merged": "merged",
          "pending close": "pending action"}
PRIORITIES = ("1 low", "2 normal", "3 high")
TYPES = {"email": True, "phone": True, "web": True, "chat": True, "note": False}
"""Kinds of articles, and whether they are communication with the customer."""
SENDERS = ("Agent", "Customer", "System")
ATTRIBUTES = ("deskgate_outcome", "product")
ENDED = "was_closed"
NOT_SET_BACK = frozenset({"new", "merged"})
"""States that nobody can set an existing ticket to."""


class Refused(Exception):
    """An answer that is not a success: its status and what it says."""

    def __init__(self, status: int, error: str):
        super().__init__(error)
        self.status, self.error = status, error


def wants_receipt(article: Mapping[str, Any]) -> bool:
    """Whether the trigger that Zammad comes with mails the customer that their new ticket was received."""
    return (article["sender"] == "Customer" and article["type"] in ("email", "phone", "web")
            and article["preferences"].get("send-auto-response") is not False)


def a_user(number: int, login: str, email: str | None = None) -> dict[str, Any]:
    return {"id": number, "login": login, "email": login if email is None else email, "organization_id": None,
            "firstname": "", "lastname": "", "active": True}


def named(priority: str) -> dict[str, Any]:
    return {"id": PRIORITIES.index(priority) + 1, "name": priority, "active": True}


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
