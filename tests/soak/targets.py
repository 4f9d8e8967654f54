"""What `tests.soak.signatures` fuzzes: functions of bytes that raise when a promise is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations import HELPDESKS
from tests.integrations.mutations import odd_webhooks, samples_of
from tests.integrations.promises import is_read_or_named, is_refused, nonsense, tampered

Fuzzed = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """Something to fuzz, and inputs to begin with."""

    name: str
    make: Callable[[], Fuzzed]
    seeds: tuple[bytes, ...] = ()


def drawn(strategy: st.SearchStrategy, check: Callable[..., object]) -> Fuzzed:
    """The bytes decide what is drawn, so that what the fuzzer learns about them leads it on."""

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(found=strategy)
    def draw(found: object) -> None:
        check(found)

    return draw.hypothesis.fuzz_one_input  # type: ignore[attr-defined]


def webhooks(kind: str) -> Fuzzed:
    """Odd webhooks of a kind."""
    return drawn(odd_webhooks(kind), lambda webhook: is_read_or_named(kind, *webhook))


def bodies(kind: str) -> Fuzzed:
    """The bytes themselves are the body."""
    return partial(is_read_or_named, kind, samples_of(kind)[0].headers)


TARGETS = {target.name: target for target in (
    Target("signatures", partial(drawn, nonsense(), is_refused)),
    Target("tampered", partial(drawn, tampered(), is_refused)),
    *(Target(f"{kind}-webhooks", partial(webhooks, kind)) for kind in HELPDESKS),
    *(Target(f"{kind}-bodies", partial(bodies, kind), tuple(each.raw for each in samples_of(kind)))
      for kind in HELPDESKS))}
