"""The form of one license, which is filled from one row of a license file and read as one.

The row says every term, so that nothing is left to the plan: what is empty here is empty there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from entitlements.rules.license import Exemption, OverLimit
from entitlements.rules.license_fields import Problem
from entitlements.rules.plan import Plan
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import weekly_text
from entitlements.store.customers import find_customer
from entitlements.store.licenses import find_license, licenses_of
from entitlements.store.schedules import find_schedule
from entitlements.web.pages.forms import LONGEST_TEXT, one_line, trimmed
from entitlements.web.pages.typed import refuse

NO_LIMIT = "24hrs"
STATES = [SelectChoice("active", "In force"), SelectChoice("draft", "Draft: no decision sees it"),
          SelectChoice("suspended", "Suspended"), SelectChoice("cancelled", "Cancelled")]
OVER_LIMITS = [SelectChoice(OverLimit.QUEUE.value, "Tickets wait for the next day"),
               SelectChoice(OverLimit.ALLOW.value, "Tickets are let through, as overrun")]
SEVERITIES = [SelectChoice(each.value, each.value.capitalize()) for each in reversed(Severity)]
EXEMPTIONS = [SelectChoice(Exemption.SCHEDULE.value, "The hours"),
              SelectChoice(Exemption.DAILY_LIMIT.value, "The daily limit")]
LISTS = ("contacts", "products", "channels")
TEXTS = ("starts_on", "ends_on", "state", "daily_limit", "over_limit", "grace_days", "reserve_minutes", "respond",
         "resolve")
CHOICES = ("exempt_severities", "exempt_from")
WHEN_EMPTY = {"daily_limit": NO_LIMIT, "grace_days": "0", "reserve_minutes": "0", "respond": "none", "resolve": "none"}
LEFT_EMPTY = frozenset({NO_LIMIT, "none"})
Cells = Mapping[str, Any]

_BETWEEN = re.compile(r"[\r\n;]+")


def _line(label: str, longest: int, *validators: Any) -> StringField:
    return StringField(label, filters=[one_line], validators=[*validators, Length(max=longest)])


def _list(label: str) -> TextAreaField:
    return TextAreaField(label, filters=[trimmed], validators=[Length(max=LONGEST_TEXT)])


class LicenseForm(FlaskForm):
    """The terms of a license. `seen` marks the version that was there when the form was opened."""

    name = _line("Name", 120, Optional())
    schedule = SelectField("Schedule")
    zone = _line("Time zone", 80)
    starts_on = _line("Starts on", 20, DataRequired("Say the first day."))
    ends_on = _line("Ends on", 20, DataRequired("Say the last day."))
    state = SelectField("State", choices=STATES)
    grace_days = _line("Grace after the end, in days", 10)
    daily_limit = _line("Daily limit", 40)
    over_limit = SelectField("Past the limit", choices=OVER_LIMITS)
    reserve_minutes = _line("Set aside for each ticket, in minutes", 10)
    exempt_severities = SelectMultipleField("Exempt severities", choices=SEVERITIES)
    exempt_from = SelectMultipleField("They are exempt from", choices=EXEMPTIONS)
    respond = _line("To respond within", 300)
    resolve = _line("To resolve within", 300)
    contacts, products, channels = _list("Contacts"), _list("Products"), _list("Channels")
    seen = HiddenField()


@dataclass(frozen=True)
class Begun:
    """What a form is about: whose license, which (empty: a new one), of which plan, and a mark of its version."""

    customer: str
    name: str
    plan: Plan | None
    plans: tuple[Plan, ...]
    state: str = ""
    draft: str = ""

    @property
    def plan_name(self) -> str:
        return self.plan.name if self.plan else ""

    @property
    def plan_hours(self) -> str:
        """The plan's usual hours as text; empty where there are none to take."""
        return weekly_text(self.plan.weekly) if self.plan else ""


def fill(form: LicenseForm, cells: Cells) -> None:
    """Put a row of a license file into the form."""
    for name in ("schedule", "zone", *TEXTS):
        said = cells.get(name) or ""
        form[name].data = "" if said in LEFT_EMPTY else said
    for name in CHOICES:
        form[name].data = list(cells.get(name, ()))
    for name in LISTS:
        form[name].data = "\n".join(cells.get(name, ()))
    form.name.data = cells.get("license", "")


def row_of(form: LicenseForm, begun: Begun) -> dict[str, Any]:
    """The row of a license file that says all that the form does. A name or hours that are missing are told beside
    their fields."""
    return {"customer": begun.customer, "license": begun.name or _name(form, begun),
            **({"plan": begun.plan_name} if begun.plan else {}), **_hours(form, begun),
            **{each: form[each].data or WHEN_EMPTY.get(each, "") for each in TEXTS},
            **{each: list(form[each].data or ()) for each in CHOICES},
            **{each: _values(form[each].data) for each in LISTS}}


def _name(form: LicenseForm, begun: Begun) -> str:
    if not form.name.data:
        refuse(form.name, "give it a name")
    elif form.name.data.lower() in {each.name.lower() for each in licenses_of(begun.customer)}:
        refuse(form.name, f"{begun.customer} has a license of that name already: edit that one, or take another name")
    return form.name.data or ""


def _hours(form: LicenseForm, begun: Begun) -> dict[str, Any]:
    if form.schedule.data:
        return {"schedule": form.schedule.data} if find_schedule(form.schedule.data) else {}
    if not begun.plan_hours:
        refuse(form.schedule, "choose the schedule that it is open by")
    return {"weekly": begun.plan.weekly if begun.plan else {}, "zone": form.zone.data or "UTC"}


def form_arguments(content: str) -> dict[str, str] | None:
    """What the form's address has to say to open with this license file; None for one that the form did not make."""
    try:
        rows = json.loads(content)
    except ValueError:
        return None
    row = rows[0] if isinstance(rows, list) and len(rows) == 1 else None
    if not isinstance(row, dict) or not {"customer", "license", *TEXTS, *CHOICES, *LISTS} <= row.keys():
        return None
    known = find_customer(row["customer"])
    is_kept = known is not None and find_license(known.id, row["license"]) is not None
    return {"customer": row["customer"], **({"license": row["license"]} if is_kept else {"plan": row.get("plan", "")})}


def _values(text: str | None) -> Iterable[str]:
    return [each.strip() for each in _BETWEEN.split(text or "") if each.strip()]


def refuse_cell(form: LicenseForm, problem: Problem) -> None:
    """Put what is wrong with a cell beside its field, unless something is told there; what has no field here, beside
    the name."""
    name = {"license": "name", "weekly": "schedule"}.get(problem.field, problem.field)
    message = problem.message.removeprefix(f"{problem.field}: ")
    field = {each.short_name: each for each in form}.get(name, form.name)
    if not field.errors:
        refuse(field, message)
