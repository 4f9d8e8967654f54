"""Who and what there is in the account that is not there, and what its refusals are made of."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

BIG = 9_007_199_254_740_993  # 2**53 + 1: what a float cannot hold
ACME, DEPARTED = BIG + 500, BIG + 501
ADMIN, AGENT, CUSTOMER_ID, STRANGER_ID = BIG, BIG + 1, BIG + 2, BIG + 3
GROUPS = {"Support": 98738, "Entitlements": 98739, "Night": 98740, "Renewals": 98741, "Everybody": 98742}
OUTCOME_FIELD, PRODUCT_FIELD, TIME_FIELD, MUST_FIELD = 27642, 27643, 27644, 27645
STATUSES = {"new", "open", "pending", "hold", "solved"}
PRIORITIES = {"low", "normal", "high", "urgent", None}
STAFF = {"agent", "admin"}
WRITABLE = {"id", "subject", "comment", "requester", "external_id", "priority", "status", "custom_status_id",
            "group_id", "assignee_id", "tags", "custom_fields", "metadata", "safe_update", "updated_stamp",
            "requester_id", "organization_id", "type", "description"}
CHANGED = {"status": "status_changed", "priority": "priority_changed", "group_id": "group_assignment_changed",
           "assignee_id": "agent_assignment_changed", "requester_id": "requester_changed",
           "organization_id": "organization_changed", "custom_status_id": "custom_status_changed"}
"""What a change of each property is called in webhooks."""
ONLY_FOR_MANY = {"additional_tags", "remove_tags"}
ONLY_AT_FIRST = {"requester", "description"}


class Refused(Exception):
    """An answer other than 2xx: status, `error`, and the description of what is wrong under its field."""

    def __init__(self, status: int, error: str, said: str = "", where: str = "base"):
        super().__init__(said or error)
        self.status, self.error, self.said, self.where = status, error, said, where


def invalid(said: str, where: str = "base") -> Refused:
    return Refused(422, "RecordInvalid", said, where)


def value_of(ticket: Mapping[str, Any], number: int) -> Any:
    return next((each["value"] for each in ticket["custom_fields"] if each["id"] == number), None)


def plain(comment: Mapping[str, Any]) -> str:
    told = comment.get("html_body")
    if not told:
        return str(comment.get("body") or "")
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>|</p>", "\n", told))).strip()


def a_user(number: int, email: str, role: str, organization: int | None = None) -> dict[str, Any]:
    return {"id": number, "email": email, "name": email.partition("@")[0], "role": role, "suspended": False,
            "organization_id": organization, "role_type": None, "ticket_restriction": None,
            "only_private_comments": False}


def a_field(number: int, title: str, type_: str) -> dict[str, Any]:
    return {"id": number, "title": title, "type": type_, "active": True}
