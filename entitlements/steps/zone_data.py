"""Following the time-zone data: when a new release is installed, promised times are worked out again.

Governments change clocks, sometimes with days of notice. An instant that was worked out from older data may then be an
hour off, so a worker that starts with another release than the last one looks at every promise once more.
"""

from __future__ import annotations

import logging
from datetime import datetime

from entitlements.errors import ConfigError
from entitlements.rules.license import License
from entitlements.rules.zone import ZONE_DATA
from entitlements.steps.changes import Kind, keep_moves
from entitlements.steps.context import Deskgate
from entitlements.steps.impact import Impact, impact_of
from entitlements.steps.milestones import replan_milestones
from entitlements.store.access import audit
from entitlements.store.changes import add_draft, fact, remember
from entitlements.store.customers import customer_names
from entitlements.store.database import hold_terms, transaction
from entitlements.store.licenses import licenses_by_customer, licenses_of
from entitlements.store.tickets import wake

log = logging.getLogger(__name__)
FACT = "zone_data"
ACTOR = "new time-zone data"


def follow_zone_data(now: datetime, deskgate: Deskgate, installed: str = ZONE_DATA) -> Impact | None:
    """Work promised times out again if the data is another release than the last time; None if it is the same.

    Opens a transaction. What moved is kept as a change, told in the log, and carried out by the worker.
    """
    with transaction():
        hold_terms()
        known = fact(FACT)
        if known == installed:
            return None
        remember(FACT, installed)
        return _replan(f"from {known} to {installed}", now, deskgate) if known else None


def _readable_licenses() -> dict[str, list[License]]:
    """All licenses but those whose schedule names a zone that the new data has no more: decisions about them already
    go to people."""
    try:
        return licenses_by_customer()
    except ConfigError:
        return {name: licenses for name in customer_names().values() for licenses in (_licenses_of(name),) if licenses}


def _licenses_of(name: str) -> list[License]:
    try:
        return licenses_of(name)
    except ConfigError:
        log.exception("the licenses of customer=%s cannot be read with this time-zone data", name)
        return []


def _replan(what: str, now: datetime, deskgate: Deskgate) -> Impact:
    licenses = _readable_licenses()
    schedules = {each.id: (each.terms.schedule, each.terms.schedule) for some in licenses.values() for each in some}
    impact = impact_of(licenses, licenses, now, deskgate, schedules)
    wake(impact.ticket_ids, now)
    replan_milestones(schedules, now)
    keep_moves(add_draft(Kind.ZONE_DATA, what, {}, now, ACTOR), impact, ACTOR, now)
    audit(actor=ACTOR, action="zone_data", subject=what, at=now, values={"moved": len(impact.moves)})
    log.warning("time-zone data went %s: %d of %d queued tickets and %d open milestones looked at, %d times moved",
                what, len(impact.ticket_ids), impact.tickets, impact.milestones, len(impact.moves))
    return impact
