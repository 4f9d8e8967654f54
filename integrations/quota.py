"""What is left of a helpdesk's limit, read from the headers of an answer. Every product spells them its own way."""

from __future__ import annotations

import re

from entitlements.helpdesk import Quota
from integrations.http import Answer

LIMIT = ("X-Rate-Limit", "X-RateLimit-Limit", "X-RateLimit-Total", "RateLimit-Limit")
REMAINING = ("X-Rate-Limit-Remaining", "X-RateLimit-Remaining", "RateLimit-Remaining")


def quota_of(answer: Answer) -> Quota | None:
    """The quota that an answer tells of, in one of the usual spellings; None when it does not."""
    limit, remaining = _first(answer, LIMIT), _first(answer, REMAINING)
    return None if limit is None or remaining is None else Quota(limit, remaining)


def _first(answer: Answer, names: tuple[str, ...]) -> int | None:
    values = (answer.header(name).strip() for name in names)
    found = next((value for value in values if re.fullmatch(r"[0-9]{1,9}", value)), None)
    return None if found is None else int(found)
