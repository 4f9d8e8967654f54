"""What a morning came to, in the figures that are promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.herd.morning import NINE, Morning

FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True)
class Figures:
    """Seconds, but for `all_out` in minutes; `near` is the part that came within five minutes of what was shown."""

    released: int
    early: int
    urgent_within: float
    live: int
    live_p50: float
    live_p99: float
    all_out: float
    near: float
    refused_us: int
    refused_agents: int
    busiest: int
    first_of_each_within: float

    def lines(self) -> list[str]:
        return [f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
                for name, value in vars(self).items()]


def figures_of(morning: Morning) -> Figures:
    out = morning.desk.out_at
    herd = {number: at for number, at in out.items() if number.startswith("q")}
    live = sorted((out[number] - made).total_seconds() for number, made in morning.made_at.items() if number in out)
    urgent = [(herd[f"q{number}"] - NINE).total_seconds() for number in range(morning.plan.urgent)]
    near = sum(abs(at - morning.expected[number]) <= FIVE_MINUTES for number, at in herd.items())
    return Figures(
        released=len(herd), early=sum(at < NINE for at in herd.values()), urgent_within=max(urgent), live=len(live),
        live_p50=live[len(live) // 2], live_p99=live[int(len(live) * 0.99)],
        all_out=(max(herd.values()) - NINE) / timedelta(minutes=1), near=near / len(herd),
        refused_us=morning.desk.refused_us, refused_agents=morning.desk.refused_agents, busiest=morning.desk.busiest,
        first_of_each_within=(max(_first_of_each(morning, herd)) - NINE).total_seconds())


def _first_of_each(morning: Morning, herd: dict[str, datetime]) -> list[datetime]:
    """When the first ticket of each customer came out."""
    first: dict[str, datetime] = {}
    for delivery in morning.desk.applied:
        if delivery.ticket_id in herd:
            first.setdefault(delivery.customer, herd[delivery.ticket_id])
    return list(first.values())
