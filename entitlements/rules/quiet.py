"""When to keep quiet towards a customer: no answers to machines, and not the same word twice."""

from __future__ import annotations

import re

MESSAGES_PER_TICKET = 3
_MACHINE = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer[-_.]?daemon|postmaster|bounces?|notifications?|auto[-_.]?reply)"
    r"([-_.+=].*)?$")


def is_machine_address(email: str) -> bool:
    """True for addresses nobody reads: no-reply, bounces, mailer daemons. Case does not matter."""
    return bool(_MACHINE.match(email.strip().lower().partition("@")[0]))
