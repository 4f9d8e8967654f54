"""Around clock changes of every kind and every zone, minute by minute; `make soak` walks around all seventeen thousand.

The share tried here: of each kind (by how much the clock jumps, at what time of day) the first and the last there was,
and of every third zone one more, of other years from zone to zone.
"""

from datetime import timedelta
from itertools import groupby
from operator import attrgetter

import pytest
import pytz
import tzdata

from tests.soak.around_changes import check, same_changes
from tests.soak.clock_changes import all_changes, changes_by_kind

SHARES = 4


def test_both_sources_of_zones_are_of_the_same_release():
    assert pytz.OLSON_VERSION == tzdata.IANA_VERSION, "pin pytz and tzdata to one release: the tests compare the two"


def of_every_kind():
    return [change for changes in changes_by_kind() for change in {changes[0], changes[-1]}]


def one_of_every_third_zone():
    zones = [list(changes) for _, changes in groupby(all_changes(), key=attrgetter("zone"))]
    return [changes[13 * number % len(changes)] for number, changes in enumerate(zones[::3])]


def chosen():
    """In an order that does not depend on the hashes of this run."""
    return sorted({*of_every_kind(), *one_of_every_third_zone()}, key=lambda change: (change.at, change.zone))


@pytest.mark.parametrize("share", range(SHARES))
def test_two_hours_before_and_after_a_change_every_minute_gets_the_right_answers(share):
    for change in chosen()[share::SHARES]:
        check(change)


def test_the_share_holds_every_kind_of_change_there_is():
    jumps = {(change.after - change.before) // timedelta(minutes=1) for change in chosen()}
    assert jumps == {30, -30, 60, -60, 120, -120, 180, -180, 1_440}
    assert {change.kind for change in chosen()} == {change.kind for change in all_changes()}
    assert len({change.zone for change in chosen()}) > 120
    assert len({change.at.year for change in chosen()}) == 38


def test_every_zone_changes_its_clock_when_the_standard_library_says_and_at_no_other_time():
    for zone in pytz.all_timezones:
        same_changes(zone)
    assert len(all_changes()) > 17_000
