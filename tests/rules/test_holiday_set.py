"""Holiday sets: several sources, one word for each date, and what people wrote stays."""

from datetime import date

from entitlements.rules.holiday_set import Holiday, HolidaySet, with_holidays
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import Window

NEW_YEAR, EVE, CHRISTMAS = date(2026, 1, 1), date(2026, 12, 24), date(2026, 12, 25)
FRANCE = "holidays FR"
AFTERNOON = (Window(13 * 3600, 86_400),)


def france(*days):
    return tuple(Holiday(day, f"Holiday {day:%d %b}", FRANCE) for day in days)


def told(kept):
    return {each.day: (each.name, each.source, each.closed) for each in kept.holidays()}


def test_a_second_import_replaces_what_the_source_said_of_the_same_years():
    kept = HolidaySet("France", france(NEW_YEAR, CHRISTMAS)).with_imported(FRANCE, france(CHRISTMAS), [2026])
    assert list(told(kept)) == [CHRISTMAS]


def test_a_second_import_leaves_other_years_and_other_sources_alone():
    last_year = Holiday(date(2025, 12, 25), "Christmas", FRANCE)
    company = Holiday(EVE, "Company day", "company.ics")
    kept = HolidaySet("France", (last_year, company)).with_imported(FRANCE, france(NEW_YEAR), [2026])
    assert list(told(kept)) == [last_year.day, NEW_YEAR, EVE]


def test_a_date_taken_out_by_hand_stays_out_when_its_source_is_imported_again():
    kept = HolidaySet("France", france(NEW_YEAR, CHRISTMAS)).with_hand(Holiday(NEW_YEAR, "", removed=True))
    assert list(told(kept)) == [CHRISTMAS]
    assert list(told(kept.with_imported(FRANCE, france(NEW_YEAR, CHRISTMAS), [2026]))) == [CHRISTMAS]


def test_a_date_changed_by_hand_stays_as_changed():
    kept = HolidaySet("France", france(EVE)).with_hand(Holiday(EVE, "Half a day", closed=AFTERNOON))
    kept = kept.with_imported(FRANCE, france(EVE), [2026])
    assert told(kept)[EVE] == ("Half a day", "by hand", AFTERNOON)


def test_writing_a_date_twice_by_hand_keeps_the_last_word():
    kept = HolidaySet("Ours").with_hand(Holiday(EVE, "Party")).with_hand(Holiday(EVE, "Big party"))
    assert [each.name for each in kept.entries] == ["Big party"]
    assert kept.with_hand(Holiday(EVE, "", removed=True)).entries == ()


def test_two_sources_of_one_date_are_told_together_and_the_longer_closing_holds():
    half = Holiday(EVE, "Half day", "company.ics", AFTERNOON)
    morning = Holiday(EVE, "Inventory", "stock.ics", (Window(0, 14 * 3600),))
    assert told(HolidaySet("Both", (half, morning)))[EVE] == (
        "Half day, Inventory", "company.ics, stock.ics", (Window(0, 86_400),))
    assert told(HolidaySet("All", (half, *france(EVE))))[EVE] == (
        "Half day, Holiday 24 Dec", "company.ics, holidays FR", ())


def test_a_schedule_gets_the_dates_of_its_sets_beside_its_own():
    written = {"zone": "Europe/Paris", "weekly": {"thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]},
               "holidays": ["2026-05-01"], "closures": {"2026-12-24": [["09:00", "10:00"]]}}
    sets = [HolidaySet("France", france(CHRISTMAS)), HolidaySet("Ours", (Holiday(EVE, "Party", closed=AFTERNOON),))]
    desk = Schedule.from_dict(with_holidays(written, sets))
    assert desk.to_dict()["holidays"] == ["2026-05-01", "2026-12-25"]
    assert desk.to_dict()["closures"] == {"2026-12-24": [["09:00", "10:00"], ["13:00", "24:00"]]}
    assert written["holidays"] == ["2026-05-01"]
