"""The slow, independent check of decisions: the schedule as it was written down, painted minute by minute, and usage
added up in plain SQL.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from sqlite3 import Row

from tests.simulator.customers import BY_NAME, Buyer
from tests.simulator.store_view import StoreView, read

SECOND = timedelta(seconds=1)
DAYS_AHEAD = 9


def misjudged(row: Row, view: StoreView) -> str:
    """What is wrong with a decision, empty when nothing is."""
    buyer = BY_NAME.get(row["customer"] or "")
    if buyer is None:
        return "" if row["outcome"] == "route" else "a stranger goes to a person"
    made_at, as_of = read(row["made_at"]), read(row["as_of"])
    assert made_at is not None and as_of is not None
    if as_of > made_at:
        return "judged as of the future"
    check = CHECKS.get(row["reason"])
    return check(_Case(buyer, row, as_of, view)) if check else ""


class _Case:
    """One decision, with what it depends on."""

    def __init__(self, buyer: Buyer, row: Row, as_of: datetime, view: StoreView) -> None:
        self.buyer, self.row, self.as_of, self.oracle = buyer, row, as_of, buyer.oracle
        self._view = view
        self.is_open = self.oracle.is_open(as_of)
        self.release_at = read(row["release_at"])

    def used(self, at: datetime, *, reserved: bool) -> int:
        return self._view.used(self.buyer.name, self.oracle.day_of(at), self.row["made_at"], reserved=reserved)

    def within(self) -> str:
        if not self.buyer.is_in_force:
            return "routed under a license that is not in force"
        if not self.is_open:
            return "closed at that time"
        limit = self.buyer.limit
        if limit and self.used(self.as_of, reserved=False) >= limit:
            return "the daily limit was used up"
        return "" if self.row["outcome"] == "route" else "it was open"

    def outside(self) -> str:
        if self.is_open:
            return "open at that time"
        return self.promise()

    def limited(self) -> str:
        limit = self.buyer.limit
        if not limit or not self.is_open:
            return "no limit, or not open at all"
        if not self.buyer.reserve_minutes and self.used(self.as_of, reserved=True) < limit:
            return "the daily limit was not used up"
        return self.promise()

    def exempt(self) -> str:
        fits = self.row["severity"] in self.buyer.exempt and not self.is_open
        return "" if fits else "not exempt, or open anyhow"

    def rejected(self) -> str:
        return "the license is in force" if self.buyer.is_in_force else ""

    def promise(self) -> str:
        """The promised instant is the first that routes."""
        if self.row["outcome"] != "queue":
            return "" if self.row["outcome"] == "route" and self.row["triage"] else "it should wait"
        at = self.release_at
        if at is None or at <= self.as_of:
            return "promised for no time, or for the past"
        if not self.oracle.is_open(at):
            return "promised for a time when it is closed"
        if self.buyer.limit:
            return ""
        start = self.as_of.replace(second=0, microsecond=0)
        walk = self.oracle.walk(start, DAYS_AHEAD * 1440)
        first = walk.next_of(int((self.as_of - start).total_seconds()), True)
        return "" if first is not None and walk.instant(first) == at else f"it opens {walk.instant(first or 0)}"


CHECKS = {"within_hours": _Case.within, "always_open": _Case.within, "outside_hours": _Case.outside,
          "holiday": _Case.outside, "daily_limit_reached": _Case.limited, "severity_exempt": _Case.exempt,
          "license_expired": _Case.rejected, "license_suspended": _Case.rejected}


def day_of(customer: str, at: datetime) -> date | None:
    buyer = BY_NAME.get(customer)
    return buyer.oracle.day_of(at) if buyer else None
