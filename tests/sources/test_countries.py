"""Public holidays out of the `holidays` package: the dates people know, what they are called, what is refused."""

from datetime import date

import pytest

from entitlements.errors import ConfigError
from entitlements.sources.countries import country_holidays, country_source, known_countries


def names(country, subdivision="", year=2026, language=""):
    return {holiday.day: holiday.name for holiday in country_holidays(country, subdivision, [year], language)}


def refused(field, *arguments):
    with pytest.raises(ConfigError) as caught:
        country_holidays(*arguments)
    assert caught.value.field == field
    return str(caught.value)


def test_france_has_eleven_public_holidays_in_2026():
    assert names("FR") == {
        date(2026, 1, 1): "New Year's Day", date(2026, 4, 6): "Easter Monday", date(2026, 5, 1): "Labor Day",
        date(2026, 5, 8): "Victory Day", date(2026, 5, 14): "Ascension Day", date(2026, 5, 25): "Pentecost Monday",
        date(2026, 7, 14): "National Day", date(2026, 8, 15): "Assumption Day", date(2026, 11, 1): "All Saints' Day",
        date(2026, 11, 11): "Armistice Day", date(2026, 12, 25): "Christmas Day"}


def test_a_subdivision_has_holidays_that_its_country_has_not():
    epiphany = date(2026, 1, 6)
    assert epiphany in names("DE", "BY")
    assert epiphany not in names("DE")
    assert epiphany not in names("DE", "BE")


def test_a_holiday_on_a_weekend_is_closed_on_the_day_it_is_observed_too():
    assert names("US", year=2026)[date(2026, 7, 3)] == "Independence Day (observed)"
    assert names("US", year=2027)[date(2027, 12, 24)] == "Christmas Day (observed)"


def test_new_years_day_of_the_year_after_may_be_observed_in_december():
    assert names("US", year=2027)[date(2027, 12, 31)] == "New Year's Day (observed)"


def test_each_entry_says_where_it_came_from_and_closes_all_day():
    [first, *_] = country_holidays("de", "by", [2026])
    assert (first.day, first.source, first.closed, first.removed) == (date(2026, 1, 1), "holidays DE-BY", (), False)
    assert {holiday.source for holiday in country_holidays("FR", "", [2026])} == {"holidays FR"}


def test_where_holidays_come_from_is_told_even_when_there_are_none():
    # Ukraine keeps no public holidays while martial law holds.
    assert country_holidays("UA", "", [2024]) == ()
    assert country_source("ua", "") == "holidays UA"
    assert country_source("Germany", "Bayern") == "holidays DE-BY"


def test_two_holidays_on_one_date_make_one_entry():
    assert names("FR", year=2008)[date(2008, 5, 1)] == "Ascension Day, Labor Day"
    for holidays in (country_holidays("TH", "", range(2015, 2030)), country_holidays("IN", "MH", range(2015, 2030))):
        days = [holiday.day for holiday in holidays]
        assert days == sorted(set(days))
        assert not any(";" in holiday.name or len(holiday.name) > 200 for holiday in holidays)


def test_names_are_english_unless_another_language_is_asked_for():
    assert names("DE")[date(2026, 10, 3)] == "German Unity Day"
    assert names("DE", language="de")[date(2026, 10, 3)] == "Tag der Deutschen Einheit"
    assert names("NZ")[date(2026, 2, 6)] == "Waitangi Day"


def test_the_language_of_the_machine_changes_no_name(monkeypatch):
    before = names("DE"), names("NZ")
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert (names("DE"), names("NZ")) == before


def test_several_years_are_read_at_once_and_only_these():
    holidays = country_holidays("FR", "", [2028, 2026])
    assert {holiday.day.year for holiday in holidays} == {2026, 2028}
    assert {holiday.day.year for holiday in country_holidays("FR", "", range(2008, 2038))} == {*range(2008, 2038)}


def test_a_half_day_without_hours_is_left_out():
    assert date(2026, 12, 24) not in names("GR")


def test_other_codes_and_names_of_a_country_are_understood():
    assert names("USA") == names("us") == names("United States") == names("US")
    assert names("UK", "England") == names("GB", "ENG")
    assert names("DE", "Bayern") == names("DE", "BY")
    assert country_holidays("UK", "England", [2026])[0].source == "holidays GB-ENG"


def test_a_wrong_country_is_answered_with_those_that_may_be_meant():
    assert refused("country", "Frence", "", [2026]).startswith(
        "'Frence' is not the code of a country; did you mean FR (France)")
    assert "did you mean" in refused("country", "XX", "", [2026])
    assert refused("country", "", "", [2026]) == "'' is not the code of a country."
    assert len(refused("country", "x" * 1_000_000, "", [2026])) < 100


def test_a_wrong_subdivision_is_answered_with_those_that_may_be_meant():
    assert refused("subdivision", "DE", "Bayren", [2026]) == (
        "'Bayren' is not a subdivision of Germany; did you mean BY?")
    assert refused("subdivision", "GB", "Wessex", [2026]) == (
        "'Wessex' is not a subdivision of United Kingdom; known are ENG, NIR, SCT, WLS.")
    assert refused("subdivision", "BV", "X", [2026]).endswith("there is nothing to choose, leave it empty.")


def test_a_name_that_the_package_no_longer_uses_for_a_subdivision_is_refused():
    assert "is not a subdivision of France" in refused("subdivision", "FR", "Métropole", [2026])


def test_a_language_the_package_has_no_names_in_is_refused():
    assert refused("language", "FR", "", [2026], "xx") == (
        "The holidays of France are not named in 'xx'; known are en_US, fr, th, uk.")
    assert "leave it empty" in refused("language", "NZ", "", [2026], "fr")


@pytest.mark.parametrize("years", [[], [1989], [2038], [2026, 2038], range(1990, 2021)])
def test_years_are_some_from_1990_to_2037_and_at_most_thirty(years):
    refused("years", "FR", "", years)


def test_a_form_can_offer_every_country_by_name():
    countries = {country.code: country for country in known_countries()}
    assert len(countries) > 200
    assert [country.name for country in known_countries()] == sorted(country.name for country in countries.values())
    assert countries["BA"].name == "Bosnia and Herzegovina"
    assert ("BY", "Bayern") in [(part.code, part.name) for part in countries["DE"].subdivisions]
    assert countries["FR"].languages == ("en_US", "fr", "th", "uk")


def test_every_country_and_subdivision_that_is_offered_can_be_read():
    for country in known_countries():
        for part in ("", *(part.code for part in country.subdivisions)):
            country_holidays(country.code, part, [2026])
        assert country.language in country.languages or not country.languages
