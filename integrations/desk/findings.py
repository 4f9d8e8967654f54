"""What a check of any helpdesk finds: whether there is a secret, and whether its clock goes as ours."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.http import Answer

FAR_APART = timedelta(seconds=60)


def secret_finding(config: ConnectionConfig) -> Finding:
    """Whether webhooks can be proved at all."""
    there = any(config.secrets)
    return Finding("secret", there, "set" if there else
                   "there is none, so every webhook is refused; set one by rotate-secret")


def clock_finding(answer: Answer, now: datetime) -> Finding:
    """Whether the helpdesk's clock, as an answer tells it, goes as ours: late and early are told apart by it."""
    try:
        told = parsedate_to_datetime(answer.header("Date"))
    except ValueError:
        return Finding("clock", True, "the helpdesk does not tell its time")
    off = (told if told.tzinfo else told.replace(tzinfo=timezone.utc)) - now
    if abs(off) <= FAR_APART:
        return Finding("clock", True, "goes as ours")
    side = "ahead of" if off > timedelta(0) else "behind"
    return Finding("clock", False, f"the helpdesk is {abs(off).total_seconds():.0f} s {side} us; "
                                   "set both clocks by NTP")
