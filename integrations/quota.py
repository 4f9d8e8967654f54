"""What is left of a helpdesk's limit, read from the headers of an answer. Every product spells them its own way."""

from __future__ import annotations

import re

from entitlements.helpdesk import Quota
from integrations.http import Answer

SPELLINGS = (
    ("X-Rate-Limit", "X-Rate-Limit-Remaining"),
    ("X-RateLimit-Limit", "X-RateLimit-Remaining"),
    ("X-RateLimit-Total", "X-RateLimit-Remaining"),
    ("X-RateLimit-Limit-Minute", "X-RateLimit-Remaining-Minute"),
    ("RateLimit-Limit", "RateLimit-Remaining"),
)
"""The limit, and what remains of it: both from the same spelling, since one answer may tell of two limits."""


def quota_of(answer: Answer) -> Quota | None:
    """The quota that an answer tells of, in one of the usual spellings; None when it does not."""
    told = ((_number(answer, limit), _number(answer, remaining)) for limit, remaining in SPELLINGS)
    return next((Quota(limit, remaining) for limit, remaining in told if limit is not None and remaining is not None),
                None)


def _number(answer: Answer, name: str) -> int | None:
    value = answer.header(name).strip()
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None
