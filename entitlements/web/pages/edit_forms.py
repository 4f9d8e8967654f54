"""The forms in which admins change schedules and holiday sets. How what is typed in them is read: see `typed`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from entitlements.rules.zone import known_zones
from entitlements.web.pages.forms import FIRST_YEAR, LAST_YEAR, LONGEST_TEXT, one_line, trimmed
from entitlements.web.pages.typed import refuse

YEARS_AHEAD = 2
AREAS = frozenset("Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split())
A_YEAR = NumberRange(1, 9999, "Say a year, as in 2026.")  # which of them are known is for the steps to say


@cache
def zone_names() -> tuple[str, ...]:
    """Names of time zones to choose from; others are understood as well."""
    return ("UTC", *sorted(name for name in known_zones() if name.partition("/")[0] in AREAS))


def long_text(label: str) -> TextAreaField:
    """A field for a list, one thing on a line."""
    return TextAreaField(label, filters=[trimmed], validators=[Length(max=LONGEST_TEXT)])


class ScheduleForm(FlaskForm):
    """A schedule as people write it. `seen` marks the state in which it was when the form was opened."""

    name = StringField("Name", filters=[one_line], validators=[DataRequired("Give it a name."), Length(max=160)])
    zone = StringField("Time zone", filters=[one_line], validators=[DataRequired("Say where its clocks are."),
                                                                    Length(max=80)])
    weekly = long_text("Usual hours")
    exceptions = long_text("Dates with other hours")
    holidays = long_text("Own holidays")
    closures = long_text("Closed hours of single dates")
    sets = SelectMultipleField("Holiday sets")
    seen = HiddenField()


class HolidayForm(FlaskForm):
    """One date of a holiday set, written by hand."""

    day = DateField("Date", validators=[DataRequired("Say the date, as in 2026-12-24.")])
    holiday = StringField("What it is called", filters=[one_line], validators=[DataRequired("Give it a name."),
                                                                               Length(max=200)])
    closed = StringField("Closed hours", filters=[one_line], validators=[Length(max=300)])

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """What each field asks for, and a year for which clocks are known."""
        valid = super().validate(extra_validators)
        if valid and not FIRST_YEAR <= self.day.data.year <= LAST_YEAR:
            refuse(self.day, f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
        return valid and not self.day.errors


class YearsForm(FlaskForm):
    """A run of years."""

    first = IntegerField("From", validators=[InputRequired("Say the first year."), A_YEAR])
    last = IntegerField("To", validators=[InputRequired("Say the last year."), A_YEAR])

    def suggest(self, today: date) -> None:
        """This year and the next two, where nothing was said yet."""
        if not self.is_submitted():
            self.first.data, self.last.data = today.year, today.year + YEARS_AHEAD

    @property
    def years(self) -> range:
        """The years between the two, both of them included."""
        return range(self.first.data, self.last.data + 1)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """What each field asks for, and that the years come in their order."""
        valid = super().validate(extra_validators)
        if valid and self.last.data < self.first.data:
            refuse(self.last, "It is before the first year")
        return valid and not self.last.errors


class CountryForm(YearsForm):
    """The public holidays of a country."""

    country = StringField("Country", filters=[one_line], validators=[DataRequired("Choose a country."), Length(max=80)])
    subdivision = StringField("State or region", filters=[one_line], validators=[Length(max=80)])


class NewSetForm(YearsForm):
    """A new holiday set, empty or filled with a country's public holidays."""

    name = StringField("Name", filters=[one_line], validators=[DataRequired("Give it a name."), Length(max=80)])
    country = StringField("Begin with", filters=[one_line], validators=[Length(max=80)])
    subdivision = StringField("State or region", filters=[one_line], validators=[Length(max=80)])


class IcalForm(YearsForm):
    """The events of an iCalendar file, uploaded or pasted."""

    file = FileField("File")
    text = TextAreaField("Or its text", filters=[trimmed])
    source = StringField("What the calendar is called", filters=[one_line], validators=[Length(max=160)])
    zone = StringField("Time zone", filters=[one_line], validators=[Length(max=80)])


class LicenseFileForm(FlaskForm):
    """A license file."""

    file = FileField("File")
    text = TextAreaField("Or its text", filters=[trimmed])
