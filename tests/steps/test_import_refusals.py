"""Files that are refused, and what their authors are told."""

from __future__ import annotations

from datetime import timedelta
from textwrap import dedent

import pytest
from sqlalchemy import select

from entitlements.errors import ConfigError
from entitlements.steps.import_licenses import How, import_licenses
from entitlements.store import db, tables
from entitlements.store.database import transaction
from tests.steps.house import House
from tests.steps.importing import CASES, customers, load


@pytest.fixture
def house(sqlite_url: str):
    house = House(sqlite_url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def test_all_or_nothing_and_every_bad_row_and_field_named(house: House) -> None:
    report = load(house, """\
        Customer,LicenseStartDate,LicenseEndDate,DailyStartTime,DailyEndTime,TimeZone,domains,plan
        Initech,01-Jan-2026,31-Dec-2026,09:00:00,17:00:00,UTC,,
        Hooli,01-Jan-2026,31-Dec-2025,09:00:00,09:00:00,UTC,,

        Umbrella,01-Jan-2026,31-Dec-2026,09:00:00,17:00:00,Mars,gmail.com,
        Stark,01-Jan-2026,31-Dec-2026,,,UTC,,Platinum
        """)
    assert [(each.row, each.field) for each in report.problems] == [
        (3, "DailyEndTime"), (3, "LicenseEndDate"), (5, "TimeZone"), (5, "domains"), (6, "plan")]
    assert customers() == ["Acme", "Globex"]


def test_unknown_and_repeated_columns_are_told_once(house: House) -> None:
    report = load(house, """\
        customer,starts_on,ends_on,weekly,Colour,Customer
        Initech,2026-01-01,2026-12-31,mon 09:00-17:00,red,Hooli
        Hooli,2026-01-01,2026-12-31,mon 09:00-17:00,red,Hooli
        """)
    assert [(each.row, each.field) for each in report.problems] == [(1, "Colour"), (1, "Customer")]


def test_a_row_with_too_many_cells_is_named(house: House) -> None:
    report = load(house, """\
        customer,starts_on,ends_on,weekly
        Initech,2026-01-01,2026-12-31,mon 09:00-12:00,13:00-17:00
        """)
    assert [str(each) for each in report.problems] == ["row 2: has 5 cells, and the header only 4"]


def test_two_zones_for_one_customer_are_refused(house: House) -> None:
    report = load(house, """\
        customer,license,starts_on,ends_on,weekly,customer_zone
        Initech,Gold,2026-01-01,2026-12-31,mon 09:00-12:00,Asia/Tokyo
        Initech,Silver,2026-01-01,2026-12-31,mon 09:00-12:00,Europe/Paris
        """)
    assert [(each.row, each.field) for each in report.problems] == [(3, "customer_zone")]


@pytest.mark.parametrize(("content", "why"), [
    (b"", "empty"), (b"  \n\n", "empty"), (b"\xff\xfe\x00", "not UTF-8"),
    (b'{"customer": "A"}', "a list of objects"),
    (b"[1,", "not readable as JSON"), (b"[" * 100_000, "not readable as JSON"), (b'[{"a": NaN}]', "not a number"),
    (b'[{"customer": "A", "customer": "B"}]', "same field twice"), (b'customer\n"Acme', "not readable as CSV")])
def test_what_is_no_license_file_is_refused_whole(house: House, content: bytes, why: str) -> None:
    with transaction(), pytest.raises(ConfigError, match=why):
        import_licenses(content, How("admin"), house.clock.now())


def test_json_that_is_no_object_is_named_by_its_place(house: House) -> None:
    assert [str(each) for each in load(house, "[7]").problems] == ["row 1: is not an object"]


def test_a_spreadsheets_byte_order_mark_does_no_harm(house: House) -> None:
    assert load(house, "\ufeff" + dedent(CASES)).applied


def test_an_address_that_would_stand_for_two_customers_is_pointed_out(house: House) -> None:
    report = load(house, """\
        customer,starts_on,ends_on,weekly,contacts,domains
        Initech,2026-01-01,2026-12-31,mon 09:00-12:00,IT@acme.example,shared.example
        Hooli,2026-01-01,2026-12-31,mon 09:00-12:00,,shared.example
        """)
    assert report.warnings == (
        "it@acme.example would stand for Acme and Initech: their tickets could not be told apart by it",
        "shared.example would stand for Hooli and Initech: their tickets could not be told apart by it")


def test_a_large_file_is_imported_in_reasonable_time(house: House) -> None:
    rows = "".join(f"Customer {n},2026-01-01,2026-12-31,mon-fri 09:00-17:00,c{n}.example\n" for n in range(400))
    report = load(house, "customer,starts_on,ends_on,weekly,domains\n" + rows)
    assert len(report.new_customers) == 400
    assert len(db.session.scalars(select(tables.Schedule)).all()) == 3
    house.clock.at += timedelta(days=1)
    assert load(house, "customer,starts_on,ends_on,weekly,domains\n" + rows).unchanged == 400
