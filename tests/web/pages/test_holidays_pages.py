"""Stories of holiday sets: made from a country's holidays, from a calendar file or by hand, and mended by hand."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from io import BytesIO
from urllib.parse import quote

from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.windows import parse_hours
from entitlements.store.database import transaction
from entitlements.store.holidays import get_set, save_set, set_value
from entitlements.store.schedules import all_schedules, refresh, schedule_value
from tests.web.pages.filled import Fields, errors_of, fields_of, save
from tests.web.pages.visitor import Pages, Visitor

CALENDAR = "\r\n".join((
    "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "SUMMARY:Company <b>outing</b>", "DTSTART;VALUE=DATE:20260918",
    "END:VEVENT", "BEGIN:VEVENT", "UID:2", "SUMMARY:Early end", "DTSTART:20261224T120000Z", "DTEND:20261224T230000Z",
    "END:VEVENT", "END:VCALENDAR", ""))


def keep(pages: Pages, *days: Holiday, name: str = "France") -> None:
    """A holiday set with these dates, which the schedule of Acme's uses."""
    with transaction():
        row = save_set(HolidaySet(name, days))
        paris = next(each for each in all_schedules() if "Paris" in each.name)
        paris.sets = [row]
        refresh(paris, pages.clock.now(), "test")


def imported(day: str, name: str = "A holiday") -> Holiday:
    return Holiday(date.fromisoformat(day), name, "holidays FR")


def days_of(name: str = "France") -> dict[str, str]:
    """What holds of a set: the name and source of each date."""
    return {each.day.isoformat(): f"{each.name}, {each.source}" for each in set_value(get_set(name)).holidays()}


def draft_of(staff: Visitor, page: str, action: str, **typed: object) -> str:
    """Send one of the forms of a page, and return the address of the draft that it begins."""
    return staff.open("POST", f"{page}{action}", data={**fields_of(staff, page, action or page), **typed}).location


def refused(staff: Visitor, address: str, fields: Fields, **typed: object) -> dict[str, str]:
    """What is told beside the fields of a form when it is sent like this."""
    answer = staff.open("POST", address, data={**fields, **typed})
    assert answer.status_code == 422, answer.location
    return errors_of(unescape(answer.get_data(as_text=True)))


def test_a_set_is_made_from_a_countrys_holidays(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    assert "No holiday set yet." in admin.page("/holidays")
    assert '<option value="BY">Bayern</option>' in admin.html("/changes/new/subdivisions?country=de")
    draft = draft_of(admin, "/holidays", "", name="Germany", country="DE", subdivision="BY", first="2026", last="2027")
    shown = admin.page(draft)
    assert "Holidays: Germany" in shown
    assert "Tue 6 Jan 2026 Epiphany all day holidays DE-BY" in shown
    assert "No schedule uses this set yet" in shown
    save(admin, draft)
    listed = admin.page("/holidays")
    assert "Germany 24 1 January 2026 to 26 December 2027 no schedule" in listed
    set_page = admin.page("/holidays/germany")
    assert "2026 12 dates" in set_page
    assert "Fri 25 Dec 2026 Christmas Day all day holidays DE-BY Remove" in set_page
    save(admin, draft_of(admin, "/holidays", "", name="Empty for now", country=""))
    assert days_of("Empty for now") == {}


def test_a_date_written_by_hand_moves_the_tickets_that_wait_for_it(pages: Pages) -> None:
    keep(pages, imported("2026-05-01"))
    pages.clock.set("2026-03-07 10:00")
    pages.created("7")
    admin = pages.visitor("desk-1")
    draft = draft_of(admin, "/holidays/France", "/days", day="2026-03-09", holiday="Moving house", closed="08:00-12:30")
    shown = admin.page(draft)
    assert "1 queued ticket would move" in shown
    assert "Mon 9 Mar 2026 Moving house 08:00-12:30 by hand" in shown
    assert "Mon 9 Mar, 09:00 Paris Mon 9 Mar, 12:30 Paris" in shown
    save(admin, draft)
    assert days_of()["2026-03-09"] == "Moving house, by hand"
    draft = draft_of(admin, "/holidays/France", "/days", day="2026-03-09", holiday="Moved", closed="")
    assert "Moved before: Moving house, 08:00-12:30, by hand all day" in admin.page(draft)


def test_a_date_taken_out_by_hand_stays_out_until_it_is_put_back(pages: Pages) -> None:
    keep(pages, imported("2026-05-01", "Labor Day"), imported("2026-05-08", "Victory Day"))
    admin = pages.visitor("desk-1")
    assert "Remove 2026-05-08, Victory Day" in admin.page("/holidays/France")
    draft = draft_of(admin, "/holidays/France", "/remove", day="2026-05-08")
    assert "Fri 8 May 2026 Victory Day no holiday any more" in admin.page(draft)
    save(admin, draft)
    again = draft_of(admin, "/holidays/France", "/country", country="FR", first="2026", last="2026")
    assert "Fri 8 May 2026" not in admin.page(again)
    save(admin, again)
    assert "2026-05-08" not in days_of()
    assert "Taken out by hand they stay out when their source is imported again Fri 8 May 2026" in admin.page(
        "/holidays/France")
    save(admin, draft_of(admin, "/holidays/France", "/restore", day="2026-05-08"))
    assert days_of()["2026-05-08"] == "Victory Day, holidays FR"


def test_a_date_changed_by_hand_goes_back_to_what_was_imported(pages: Pages) -> None:
    keep(pages, imported("2026-12-24", "Christmas Eve"),
         Holiday(date(2026, 12, 24), "Half a day", closed=parse_hours("13:00-24:00", "")))
    admin = pages.visitor("desk-1")
    assert "Half a day 13:00-24:00 by hand As imported" in admin.page("/holidays/France")
    button = fields_of(admin, "/holidays/France", "/remove") | {"day": "2026-12-24"}
    save(admin, admin.open("POST", "/holidays/France/restore", data=button).location)
    assert days_of() == {"2026-12-24": "Christmas Eve, holidays FR"}
    assert "As imported" not in admin.page("/holidays/France")


def test_a_calendar_file_is_imported_by_upload_or_as_text(pages: Pages) -> None:
    keep(pages)
    admin, page = pages.visitor("desk-1"), "/holidays/France"
    told = refused(admin, f"{page}/calendar", fields_of(admin, page, "/calendar"), **{"calendar-text": CALENDAR})
    assert "UTC" in told["calendar-zone"]
    upload = (BytesIO(CALENDAR.encode()), "own days.ics")
    draft = draft_of(admin, page, "/calendar", **{"calendar-file": upload, "calendar-zone": "Europe/Paris"})
    html = admin.html(draft)
    assert "Company &lt;b&gt;outing&lt;/b&gt;" in html
    assert "13:00-24:00" in html
    save(admin, draft)
    assert days_of()["2026-12-24"] == "Early end, own days.ics"
    draft = draft_of(admin, page, "/calendar", **{
        "calendar-text": CALENDAR.replace("20261224", "20261223"), "calendar-source": "own days.ics",
        "calendar-zone": "Europe/Paris"})
    save(admin, draft)
    assert list(days_of()) == ["2026-09-18", "2026-12-23"]


def test_agents_read_the_dates_and_admins_change_them(pages: Pages) -> None:
    keep(pages, imported("2026-05-01", "Labor Day"))
    agent = pages.visitor("desk-2")
    assert "<form" not in agent.html("/holidays")
    shown = agent.html("/holidays/France")
    assert "Labor Day" in shown
    assert "<form" not in shown
    assert "Remove" not in shown
    for action in ("", "/France/days", "/France/country", "/France/calendar", "/France/remove", "/France/restore"):
        answer = agent.send(f"/holidays{action}", {"day": "2026-05-01", "name": "x"}, seen_on="/account")
        assert answer.status_code == 403, action
    assert list(days_of()) == ["2026-05-01"]


def test_names_of_sets_may_be_any_text(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    for name in ('a/b days "x" <i>', "x/days", "ä" * 80):
        save(admin, draft_of(admin, "/holidays", "", name=name))
        page = f"/holidays/{quote(name)}"
        assert "<i>" not in admin.html(page)
        save(admin, draft_of(admin, page, "/days", day="2026-12-24", holiday="<script>x</script>"))
        assert "&lt;script&gt;x" in admin.html(page)
    assert "<script>x" not in admin.html("/changes")


def test_holidays_that_run_out_are_told_in_time_and_counted_everywhere(pages: Pages) -> None:
    keep(pages, imported("2026-05-01"))
    agent = pages.visitor("desk-2")
    assert "runs out soon" in agent.page("/holidays")
    assert "Its last date is 1 May 2026." in agent.page("/holidays/France")
    assert "Holidays run out" not in agent.page("/attention")
    pages.clock.set("2026-04-01 12:00")
    agent = pages.visitor("desk-2")
    shown = agent.page("/attention")
    assert "the last of its holidays is on 1 May 2026 Add those that follow to France" in shown
    assert '<span class="count">1</span>' in agent.html("/customers")
    assert "need attention 1" in agent.page("/")
    pages.clock.set("2026-06-01 12:00")
    agent = pages.visitor("desk-2")
    assert "the last of its holidays was on 1 May 2026" in agent.page("/attention")
    assert "has run out" in agent.page("/holidays")
    admin = pages.visitor("desk-1")
    save(admin, draft_of(admin, "/holidays/France", "/days", day="2026-12-24", holiday="Christmas Eve"))
    assert "Holidays run out" not in agent.page("/attention")


def test_holidays_of_hours_that_nobody_has_any_more_need_no_attention(pages: Pages) -> None:
    keep(pages, imported("2026-03-20"))
    agent = pages.visitor("desk-2")
    assert "Holidays run out" in agent.page("/attention")
    pages.change_terms("Acme", ends_on=pages.clock.now().date() - timedelta(days=2))
    assert "Holidays run out" not in agent.page("/attention")
    assert schedule_value(next(each for each in all_schedules() if "Paris" in each.name)).to_dict()["holidays"]


def a_calendar(text: str = CALENDAR, **more: object) -> dict[str, object]:
    """What is sent with the form of a calendar file."""
    return {f"calendar-{name}": said for name, said in {"text": text, "zone": "UTC", **more}.items()}


def a_file(content: bytes) -> tuple[BytesIO, str]:
    return BytesIO(content), "days.ics"


ALL_WRONG = {
    ("/holidays", "/holidays"): (
        ("name", "Give it a name.", {"name": ""}), ("name", "longer than 80", {"name": "x" * 81}),
        ("name", "There is a holiday set of that name already", {"name": "FRANCE"}),
        ("country", "'XX' is not the code of a country", {"name": "New", "country": "XX"}),
        ("subdivision", "'BY' is not a subdivision", {"name": "New", "country": "FR", "subdivision": "BY"}),
        ("last", "It is before the first year.", {"name": "New", "first": "2027", "last": "2026"}),
        ("last", "at most 30 years", {"name": "New", "country": "FR", "first": "1990", "last": "2037"}),
        ("last", "from 1990 to 2037 only", {"name": "New", "country": "FR", "first": "1980", "last": "1990"}),
        ("last", "Say a year", {"name": "New", "last": "9" * 30}),
        ("first", "valid integer", {"name": "New", "first": "soon"}),
    ),
    ("/holidays/France", "/holidays/France/days"): (
        ("day", "Say the date", {"day": "", "holiday": "x"}), ("day", "Say the", {"day": "2026-02-30", "holiday": "x"}),
        ("day", "between 1970 and 2037", {"day": "9999-12-31", "holiday": "x"}),
        ("holiday", "Give it a name.", {"day": "2026-12-24", "holiday": " "}),
        ("closed", "'noon' is not hours", {"day": "2026-12-24", "holiday": "x", "closed": "noon"}),
        ("closed", "end on their own date", {"day": "2026-12-24", "holiday": "x", "closed": "22:00-02:00"}),
    ),
    ("/holidays/France", "/holidays/France/calendar"): (
        ("calendar-file", "Choose a file, or paste its text.", {}),
        ("calendar-file", "The file is empty.", a_calendar("", file=a_file(b" \n"))),
        ("calendar-file", "", a_calendar("", file=a_file(bytes(range(256)) * 50))),
        ("calendar-file", "", a_calendar("Customer,License\nAcme,Gold")),
        ("calendar-zone", "is not a time zone", a_calendar(zone="Here")),
        ("calendar-source", "written by hand", a_calendar(source="by hand")),
        ("calendar-last", "before the first", a_calendar(first="2030")),
    ),
}


def test_what_is_wrong_is_told_beside_its_field(pages: Pages) -> None:
    keep(pages)
    admin = pages.visitor("desk-1")
    for (page, address), cases in ALL_WRONG.items():
        fields = fields_of(admin, page, address)
        for field, words, typed in cases:
            errors = refused(admin, address, fields, **typed)
            assert list(errors) == [field], typed
            assert words in errors[field], errors
    assert admin.send("/holidays/France/remove", {"day": "soon"}, seen_on="/account").status_code == 400
    assert admin.send("/holidays/Spain/days", seen_on="/account").status_code == 404
    assert admin.get("/holidays/Spain").status_code == 404
