"""Stories of licenses that are edited, added or imported: the terms are said in full, and shown before saving."""

from __future__ import annotations

import json
from html import unescape
from io import BytesIO
from urllib.parse import quote

from entitlements.rules.license import OverLimit, Standing, Terms
from entitlements.rules.plan import BUSINESS_HOURS
from entitlements.rules.ticket import Severity
from entitlements.store.changes import get_change
from entitlements.store.database import transaction
from entitlements.store.licenses import add_plan, licenses_of
from tests.builders import a_schedule, targets
from tests.web.pages.filled import Fields, errors_of, fields_of, fill_in, press, save
from tests.web.pages.visitor import Pages, Visitor, words_of

EDIT = f"/changes/new/license?customer=Acme&license={quote('Acme license')}"
NEW = "/changes/new/license?customer=Acme"
FILE = "/changes/new/licenses"
HEADER = "Customer,License,LicenseStartDate,LicenseEndDate,DailyStartTime,DailyEndTime\n"


def terms(customer: str = "Acme", name: str = "") -> Terms:
    """The terms of a customer's license."""
    return next(each.terms for each in licenses_of(customer) if not name or each.name == name)


def refused(staff: Visitor, path: str, fields: Fields, **typed: object) -> dict[str, str]:
    """What is told beside the fields of a form when it is sent like this."""
    answer = staff.open("POST", path, data={**fields, **typed})
    assert answer.status_code == 422, answer.location
    return errors_of(unescape(answer.get_data(as_text=True)))


def test_a_license_opens_in_its_form_as_it_is(pages: Pages) -> None:
    pages.change_terms("Acme", daily_limit=5400, over_limit=OverLimit.ALLOW, grace_days=3, reserve_seconds=600,
                       exempt_severities=frozenset({Severity.URGENT}), targets=targets("urgent 1h wall; high 4h"),
                       contacts=frozenset({"it@acme.example"}))
    admin = pages.visitor("desk-1")
    assert quote("Acme license", safe="").replace("%20", "+") in admin.html("/customers/Acme").replace("%20", "+")
    fields = fields_of(admin, EDIT)
    told = {name: fields[name] for name in fields if name not in ("csrf_token", "seen", "schedule")}
    assert told == {
        "starts_on": "2026-01-01", "ends_on": "2026-12-31", "state": "active", "grace_days": "3",
        "daily_limit": "1h30m", "over_limit": "allow", "reserve_minutes": "10", "exempt_severities": ["urgent"],
        "exempt_from": ["schedule", "daily_limit"], "respond": "urgent 1h wall; high 4h", "resolve": "",
        "contacts": "it@acme.example", "products": "", "channels": ""}
    assert "Paris" in fields["schedule"]
    before = terms()
    shown = admin.page(fill_in(admin, EDIT))
    assert "Nothing differs." in shown
    assert terms() == before


def test_an_edited_license_tells_what_differs_and_what_would_move(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created("7")
    admin = pages.visitor("desk-1")
    draft = fill_in(admin, EDIT, ends_on="2027-12-31", daily_limit="2h", contacts="IT@acme.example;x@acme.example",
                    products="Pump\nValve, small", exempt_severities=["normal"], respond="all 8h", resolve="high 4h")
    shown = admin.page(draft)
    assert "License: Acme: Acme license" in shown
    assert "1 queued ticket would move" in shown
    assert "at once Covered at any hour" in shown
    for what in ("Ends on no longer 31 December 2026 from then on 31 December 2027",
                 "Daily limit no longer none from then on 2 h", "Products no longer all products from then on Pump",
                 "Exempt severities no longer none from then on normal",
                 "To respond within no longer none from then on all 8h"):
        assert what in shown, what
    assert "Starts on" not in shown
    assert "Change cover now Acme" in shown
    save(admin, draft)
    saved = terms()
    assert (saved.daily_limit, saved.products) == (7200, frozenset({"Pump", "Valve, small"}))
    assert saved.contacts == frozenset({"it@acme.example", "x@acme.example"})
    assert saved.targets == targets("all 8h", "high 4h")
    assert "desk-1: license.save license:Acme: Acme license" in pages.audited()


def test_every_term_can_be_taken_back_even_one_that_the_plan_has(pages: Pages) -> None:
    with transaction():
        add_plan(BUSINESS_HOURS)
    admin = pages.visitor("desk-1")
    new = fill_in(admin, f"{NEW}&plan={quote(BUSINESS_HOURS.name)}", name="Second", daily_limit="3h", grace_days="9",
                  exempt_severities=["urgent", "high"], products="Pump", respond="all 1h")
    save(admin, new)
    edit = f"{NEW}&license=Second"
    save(admin, fill_in(admin, edit, daily_limit="", grace_days="", reserve_minutes="", exempt_severities=[],
                        exempt_from=[], respond="", resolve="", products="", state="suspended"))
    found = terms(name="Second")
    assert (found.daily_limit, found.grace_days, found.standing) == (None, 0, Standing.SUSPENDED)
    assert found.exempt_severities == found.exempt_from == found.targets == found.products == frozenset()


def test_a_new_license_begins_with_its_plan(pages: Pages) -> None:
    with transaction():
        add_plan(BUSINESS_HOURS)
    admin = pages.visitor("desk-1")
    assert fields_of(admin, NEW)["name"] == ""
    path = f"{NEW}&plan=business+hours"
    fields = fields_of(admin, path)
    assert (fields["name"], fields["starts_on"], fields["ends_on"]) == ("Business hours", "2026-03-09", "2027-03-08")
    assert (fields["schedule"], fields["zone"]) == ("", "Europe/Paris")
    assert "As in the plan: mon-fri 09:00-17:00" in admin.page(path)
    draft = fill_in(admin, path, zone="America/New_York")
    assert "new" in admin.page(draft)
    save(admin, draft)
    found = terms(name="Business hours")
    assert found.schedule == a_schedule("America/New_York")
    assert fields_of(admin, path)["name"] == "Business hours 2026"
    pages.clock.set("2028-02-29 12:00")
    assert fields_of(pages.visitor("desk-1"), path)["ends_on"] == "2029-02-27"


def test_what_was_typed_is_edited_further(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    for path, typed in ((EDIT, {"grace_days": "14"}), (f"{NEW}&plan=24x7", {"name": "Nights", "zone": "Asia/Tokyo"})):
        draft = fill_in(admin, path, **typed)
        [link] = [part.partition('"')[0] for part in unescape(admin.html(draft)).split('href="')
                  if part.startswith("/changes/new/license")]
        fields = fields_of(admin, link)
        assert {name: fields[name] for name in typed} == typed
        assert "21 days" in admin.page(fill_in(admin, link, grace_days="21"))
    assert admin.get(f"{NEW}&draft={draft.rpartition('/')[2]}".replace("Acme", "Globex")).status_code == 404
    file = fill_in(admin, FILE, text=f"{HEADER}Acme,A,01-Jan-2026,31-Dec-2026,09:00,17:00\n")
    assert "Edit further" not in admin.page(file)
    assert admin.get(f"{NEW}&draft={file.rpartition('/')[2]}").status_code == 404


def test_what_is_wrong_with_a_license_is_told_beside_its_field(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    edit, new = fields_of(admin, EDIT), fields_of(admin, NEW)
    for field, typed, words in (
            ("starts_on", "", "Say the first day."), ("ends_on", "2025-01-01", "before the start"),
            ("ends_on", "soon", "'soon' is not a date"), ("daily_limit", "a lot", "'a lot' is not a limit"),
            ("daily_limit", "25h", "longer than a day"), ("grace_days", "-1", "Must not be negative."),
            ("grace_days", "some", "'some' is not a whole number"), ("reserve_minutes", "9999", "above 1440"),
            ("respond", "urgent soon", "is not a length of time"), ("resolve", "all 3d", "no length of business time"),
            ("contacts", "nobody", "'nobody' is not a mail address"), ("products", "x" * 121, "longer than 120"),
            ("channels", "x" * 41, "longer than 40"), ("state", "gone", "Not a valid choice"),
            ("over_limit", "gone", "Not a valid choice"), ("schedule", "gone", "Not a valid choice"),
            ("exempt_severities", ["fatal"], "not a valid choice")):
        errors = refused(admin, EDIT, edit, **{field: typed})
        assert list(errors) == [field], (field, typed, errors)
        assert words in errors[field], errors
    wrong = refused(admin, EDIT, edit, starts_on="x", grace_days="y", respond="z", contacts="w")
    assert set(wrong) == {"starts_on", "grace_days", "respond", "contacts"}
    assert refused(admin, NEW, new) == {"name": "Give it a name.",
                                        "schedule": "Choose the schedule that it is open by."}
    assert "has a license of that name already" in refused(admin, f"{NEW}&plan=24x7", new, name="ACME license")["name"]
    assert "is not a time zone" in refused(admin, f"{NEW}&plan=24x7", new, name="x", zone="Here")["zone"]
    assert "longer than 120" in refused(admin, f"{NEW}&plan=24x7", new, name="x" * 121)["name"]
    assert admin.get("/changes/new/license?customer=Nobody").status_code == 404
    assert admin.get(f"{NEW}&license=Nothing").status_code == 404


def test_a_form_that_was_open_while_somebody_saved_is_not_taken_blindly(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    stale = {**fields_of(admin, EDIT), "grace_days": "7"}
    draft = fill_in(admin, EDIT, grace_days="30")
    pages.change_terms("Acme", daily_limit=3600)
    answer = admin.open("POST", EDIT, data=stale)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Somebody else has changed Acme license since" in html
    seen = html.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    assert admin.open("POST", EDIT, data={**stale, "seen": seen}).status_code == 303
    assert "Somebody else has changed this meanwhile." in admin.page(draft)


def test_a_license_that_takes_the_last_cover_needs_a_word_more(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created("7")
    admin = pages.visitor("desk-1")
    draft = fill_in(admin, EDIT, state="cancelled")
    shown = admin.page(draft)
    assert "1 of 2 customers would lose the cover they have now: Acme." in shown
    assert "1 of these tickets would be rejected." in shown
    assert "rejected License cancelled" in shown
    digest = fields_of(admin, draft, "/save")["digest"]
    for losing in ({}, {"losing": "2"}, {"losing": "x"}):
        told = admin.after(f"{draft}/save", {"digest": digest, **losing}, seen_on="/account")
        assert "Nothing was saved: 1 customer would lose the cover they have now; say that this is meant." in told
    press(admin, draft, "/save", losing="1")
    assert terms().standing is Standing.CANCELLED


def test_a_license_file_is_looked_at_before_it_is_imported(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    assert "Import a license file" in admin.page("/customers")
    content = (f"\ufeff{HEADER}Initech,Gold,01-Jan-2026,31-Dec-2026,09:00,17:00\n"
               "Hooli <b>,Silver,01-Jan-2026,31-Dec-2026,22:00,06:00\n").encode()
    draft = fill_in(admin, FILE, file=(BytesIO(content), "licenses.csv"))
    html = admin.html(draft)
    shown = words_of(html)
    assert "Hooli &lt;b&gt;" in html
    assert "License: 2 licenses" in shown
    assert "2 added, 0 changed, 0 unchanged" in shown
    assert "New customers Initech, Hooli <b>" in shown
    assert "Initech: Gold new Schedule from then on" in shown
    assert licenses_of("Initech") == []
    assert "Saved." in save(admin, draft)
    assert "Initech,Gold" in admin.html(draft)
    assert terms("Initech").schedule.zone == "UTC"
    again = fill_in(admin, FILE, text=content.decode().replace("\ufeff", ""))
    assert "Nothing differs." in admin.page(again)
    assert "2 licenses" in admin.page("/changes")


def test_all_that_is_wrong_with_a_license_file_is_listed(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    rows = "".join(f"C{number},,x,31-Dec-2026,09:00,25:00\n" for number in range(120))
    shown = fill_in(admin, FILE, text=f"{HEADER}{rows}")
    assert "240 things are wrong in the file" in shown
    assert "2 LicenseStartDate 'x' is not a date" in shown
    assert "and 40 more" in shown
    for garbage, words in (
            (b"", "Choose a file, or paste its text."), (b" \n ", "The file is empty."), (b"\xff\xfe\x00", "not UTF-8"),
            (bytes(range(256)) * 40, "not UTF-8"), (b"[1, 2", "not readable as JSON"), (b'{"a": 1}', "list of objects"),
            (b"a\0b,c\n1,2\n", "Is no field of a license"), (b"[" * 5000, "not readable as JSON"),
            (b"[[]]", "Is not an object"), (b"Customer\nAcme\n", "Is missing")):
        upload = {"file": (BytesIO(garbage), "x.csv")} if garbage else {}
        assert words in fill_in(admin, FILE, **upload), garbage[:20]
    assert admin.open("POST", FILE, data={**fields_of(admin, FILE), "text": "x" * 3_000_000}).status_code == 413


def test_the_longest_names_fit(pages: Pages) -> None:
    customer, name = "C" * 80, "L" * 120
    admin = pages.visitor("desk-1")
    draft = fill_in(admin, FILE, text=json.dumps([{
        "customer": customer, "license": name, "starts_on": "2026-01-01", "ends_on": "2026-12-31",
        "weekly": "mon-fri 09:00-17:00", "zone": "Europe/Paris"}]))
    assert len(get_change(draft.rpartition("/")[2]).subject) == 200
    save(admin, draft)
    assert name in admin.page(f"/customers/{customer}")
    assert customer in admin.page("/changes")
