"""What a customer may receive at this instant, for the lists that show who is open and who is closed.

It is the rules' own answer to an ordinary ticket raised now, so that the board never says anything else than a ticket
would be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from entitlements.rules.decision import Decision, Policy, decide
from entitlements.rules.license import License
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import MatchStep, Requester, Ticket
from entitlements.rules.usage import Usage
from entitlements.store.board import cover_version
from entitlements.store.customers import list_customers
from entitlements.store.licenses import licenses_by_customer
from entitlements.store.usage import usage_of

OLDEST_DAY_NEEDED = timedelta(days=3)
SHORTEST_KEPT = 5  # seconds
CUSTOMERS_WORKED_OUT_PER_SECOND = 50  # a share of the time it takes, so that polling never fills a process


@dataclass(frozen=True)
class Cover:
    """One customer's entitlement at an instant. `until` is when it closes, `opens_at` when it opens, if ever.

    `license` is None only for a customer that has none. `queued` counts waiting tickets.
    """

    customer: str
    outcome: Outcome
    reason: str
    license: License | None
    until: datetime | None
    opens_at: datetime | None
    queued: int = 0

    @property
    def is_open(self) -> bool:
        return self.outcome is Outcome.ROUTE and self.license is not None

    @property
    def zone(self) -> str:
        return self.license.zone if self.license else ""


def cover_of(customer: str, licenses: list[License], usage: Usage, now: datetime, queued: int = 0) -> Cover:
    """As of an aware UTC instant."""
    asked = Ticket(Requester(customer=customer, step=MatchStep.NAMED), created_at=now)
    decision = decide(asked, licenses, usage, now, Policy())
    return Cover(customer, _outcome(decision), decision.reason.value, decision.license, _until(decision, now),
                 decision.release_at, queued)


def _outcome(decision: Decision) -> Outcome:
    """A route to triage is not service: nobody is promised anything."""
    return Outcome.REJECT if decision.triage else decision.outcome


def _until(decision: Decision, now: datetime) -> datetime | None:
    if decision.outcome is not Outcome.ROUTE or decision.license is None:
        return None
    schedule = decision.license.terms.schedule
    return schedule.next_close(now) if schedule.is_open(now) else None


def all_covers(now: datetime) -> tuple[Cover, ...]:
    """Every customer's, by name."""
    licenses = licenses_by_customer()
    usage = usage_of([each for some in licenses.values() for each in some], (now - OLDEST_DAY_NEEDED).date())
    return tuple(cover_of(each.name, licenses.get(each.name, []), usage, now, each.queued)
                 for each in list_customers())


@dataclass(frozen=True)
class _Kept:
    covers: tuple[Cover, ...]
    version: tuple[int, ...]
    made_at: datetime
    stale_at: datetime


def covers(app: Flask, now: datetime) -> tuple[Cover, ...]:
    """The same, worked out anew when something opens or closes, a license changes or usage comes in; else every few
    seconds."""
    kept = app.extensions.get("deskgate_covers")
    version = cover_version()
    if kept is None or kept.version != version or not kept.made_at <= now < kept.stale_at:
        kept = app.extensions["deskgate_covers"] = _keep(all_covers(now), version, now)
    return kept.covers


def _keep(found: tuple[Cover, ...], version: tuple[int, ...], now: datetime) -> _Kept:
    kept_for = max(SHORTEST_KEPT, len(found) / CUSTOMERS_WORKED_OUT_PER_SECOND)
    changes = [at for cover in found for at in (cover.until, cover.opens_at) if at is not None and at > now]
    return _Kept(found, version, now, min([now + timedelta(seconds=kept_for), *changes]))
