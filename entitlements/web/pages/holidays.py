"""Holiday sets: the dates of each with where they came from, by hand or imported. Every edit becomes a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response
from wtforms import Field

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.schedule_warnings import WARN_DAYS
from entitlements.rules.windows import parse_hours
from entitlements.sources.countries import known_countries
from entitlements.steps.holiday_change import HolidayChange, with_calendar, with_country, with_days, without_hand
from entitlements.store import tables
from entitlements.store.holidays import all_sets, find_set, get_set, schedules_with, set_value
from entitlements.web.pages.changes import keep_draft
from entitlements.web.pages.edit_forms import CountryForm, HolidayForm, IcalForm, NewSetForm, YearsForm, zone_names
from entitlements.web.pages.edits import Answer, uploaded
from entitlements.web.pages.forms import one_line
from entitlements.web.pages.guard import for_admins, for_agents, me, now
from entitlements.web.pages.typed import reason, refuse, refuse_all

bp = Blueprint("holidays", __name__, url_prefix="/holidays")
for_agents(bp)
PASTED = "pasted calendar"
CALENDAR = "calendar"  # its fields are named apart from those of the other forms on the page


@dataclass(frozen=True)
class Line:
    """A holiday set in the list. `is_ending`: its last date is near or past, and schedules rest on it."""

    name: str
    count: int
    first: date | None
    last: date | None
    schedules: tuple[str, ...]
    is_ending: bool


@dataclass(frozen=True)
class Year:
    """The holidays of one year, in order."""

    year: int
    days: tuple[Holiday, ...]


def today() -> date:
    """The present date in UTC, which is near enough for what is told in days."""
    return now().date()


@bp.get("")
def index() -> str:
    return _index(NewSetForm(formdata=None))


def _index(form: NewSetForm) -> str:
    form.suggest(today())
    return render_template("pages/holidays.html", lines=[_line(row) for row in all_sets()], form=form,
                           countries=known_countries())


def _line(row: tables.HolidaySet) -> Line:
    found = set_value(row).holidays()
    schedules = tuple(each.name for each in schedules_with(row))
    last = found[-1].day if found else None
    return Line(row.name, len(found), found[0].day if found else None, last, schedules, is_ending(last, schedules))


def is_ending(last: date | None, schedules: Sequence[str]) -> bool:
    """Whether the holidays of schedules run out within two months, or have."""
    return bool(schedules) and (last is None or last <= today() + timedelta(days=WARN_DAYS))


@bp.post("")
@for_admins
def add() -> Answer:
    form, actor = NewSetForm(), me().name
    change = _new_set(form) if form.validate() else None
    return keep_draft(change, actor) if change is not None else (_index(form), 422)


def _new_set(form: NewSetForm) -> HolidayChange | None:
    if find_set(form.name.data):
        refuse(form.name, "there is a holiday set of that name already: take another name")
        return None
    try:
        if form.country.data:
            return with_country(form.name.data, form.country.data, form.subdivision.data, form.years)
        return with_days(form.name.data)
    except ConfigError as error:
        _refuse(form, error, form.name)
        return None


def _refuse(form: YearsForm | HolidayForm, error: ConfigError, otherwise: Field) -> None:
    """What is wrong with the years is told beside the last of them."""
    if error.field == "years":
        refuse(form.last, reason(error))
    else:
        refuse_all(form, error, otherwise)


# One set


@dataclass
class Forms:
    """The forms of a set's page; the one that was sent comes as it was sent."""

    day: HolidayForm
    country: CountryForm
    calendar: IcalForm


def _forms(sent: HolidayForm | CountryForm | IcalForm | None = None) -> Forms:
    forms = Forms(HolidayForm(formdata=None), CountryForm(formdata=None),
                  IcalForm(formdata=None, prefix=CALENDAR))
    for name, form in list(vars(forms).items()):
        if isinstance(sent, type(form)):
            setattr(forms, name, sent)
        elif isinstance(form, YearsForm):
            form.first.data, form.last.data = today().year, today().year + 2
    return forms


@bp.get("/<path:name>")
def show(name: str) -> str:
    return _page(name, _forms())


def _page(name: str, forms: Forms) -> str:
    row = get_set(name)
    value = set_value(row)
    found, schedules = value.holidays(), tuple(each.name for each in schedules_with(row))
    last = found[-1].day if found else None
    return render_template(
        "pages/holiday_set.html", row=row, years=_years(found), last=last, schedules=schedules, forms=forms,
        is_ending=is_ending(last, schedules), removed=[each for each in value.entries if each.removed], today=today(),
        imported=_imported(value), countries=known_countries(), zones=zone_names())


def _years(found: Iterable[Holiday]) -> list[Year]:
    return [Year(year, tuple(days)) for year, days in groupby(found, key=lambda each: each.day.year)]


def _imported(value: HolidaySet) -> frozenset[date]:
    """The dates of which a source says something, whatever a hand has written."""
    return frozenset(each.day for each in value.entries if not each.by_hand)


def _answer(name: str, form: HolidayForm | CountryForm | IcalForm, begin: Callable[[], HolidayChange]) -> Answer:
    """The draft that the form begins, or its page again with what is wrong."""
    actor, name = me().name, get_set(name).name
    try:
        if form.validate():
            return keep_draft(begin(), actor)
    except ConfigError as error:
        _refuse(form, error, form.file if isinstance(form, IcalForm) else next(iter(form)))
    return _page(name, _forms(form)), 422


@bp.post("/<path:name>/days")
@for_admins
def write_day(name: str) -> Answer:
    form = HolidayForm()
    return _answer(name, form, lambda: with_days(name, [_written(form)]))


def _written(form: HolidayForm) -> Holiday:
    return Holiday(form.day.data, form.holiday.data, closed=parse_hours(form.closed.data or "", "closed"))


@bp.post("/<path:name>/country")
@for_admins
def import_country(name: str) -> Answer:
    form = CountryForm()
    return _answer(name, form, lambda: with_country(name, form.country.data, form.subdivision.data, form.years))


@bp.post("/<path:name>/calendar")
@for_admins
def import_calendar(name: str) -> Answer:
    form = IcalForm(prefix=CALENDAR)
    return _answer(name, form, lambda: _with_calendar(name, form))


def _with_calendar(name: str, form: IcalForm) -> HolidayChange:
    content = uploaded(form)
    source = form.source.data or one_line(form.file.data.filename if form.file.data else "") or PASTED
    return with_calendar(name, content, source, form.years, form.zone.data)


@bp.post("/<path:name>/remove")
@for_admins
def remove(name: str) -> Response:
    """Take a date out by hand, so that it stays out when its source is imported again."""
    return keep_draft(with_days(get_set(name).name, [Holiday(_day(), "", removed=True)]), me().name)


@bp.post("/<path:name>/restore")
@for_admins
def restore(name: str) -> Response:
    """Take back what was written of a date by hand: what the sources say of it holds again."""
    return keep_draft(without_hand(name, _day()), me().name)


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        abort(400, "That is no date.")

