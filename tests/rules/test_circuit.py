"""When a helpdesk counts as gone, and how often it is asked whether it is back."""

from __future__ import annotations

from datetime import timedelta

from entitlements.rules.circuit import CLOSED, OPENS_AFTER, PROBE_EVERY, Circuit
from tests.builders import utc

NOW = utc("2026-03-09 09:00")


def after_failures(count: int) -> Circuit:
    circuit = CLOSED
    for _ in range(count):
        circuit = circuit.failed(NOW)
    return circuit


def test_a_few_failures_make_it_shaky_and_five_in_a_row_open_it():
    assert [after_failures(count).is_open for count in (0, OPENS_AFTER - 1, OPENS_AFTER)] == [False, False, True]
    assert [after_failures(count).is_shaky() for count in (0, 1, OPENS_AFTER - 1, OPENS_AFTER)] == [
        False, True, True, False]


def test_an_open_circuit_is_probed_once_in_half_a_minute():
    circuit = after_failures(OPENS_AFTER)
    assert not circuit.is_time_to_probe(NOW + PROBE_EVERY - timedelta(seconds=1))
    assert circuit.is_time_to_probe(NOW + PROBE_EVERY)
    probed = circuit.probed(NOW + PROBE_EVERY)
    assert not probed.is_time_to_probe(NOW + PROBE_EVERY)
    assert probed.is_time_to_probe(NOW + 2 * PROBE_EVERY)


def test_further_failures_change_neither_since_when_it_is_open_nor_the_next_probe():
    circuit = after_failures(OPENS_AFTER)
    later = circuit.failed(NOW + timedelta(hours=3))
    assert (later.broken_since, later.probe_at) == (circuit.broken_since, circuit.probe_at)


def test_a_closed_circuit_is_not_probed():
    assert not CLOSED.is_time_to_probe(NOW)
