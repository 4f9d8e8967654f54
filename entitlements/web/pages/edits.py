"""Where changes of schedules and licenses begin: forms filled with what is there, and license files.

Nothing is written here. What was typed becomes a draft, and the draft's page tells what it would do.
"""

from __future__ import annotations

import json

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from entitlements.errors import ConfigError
from entitlements.rules.license_fields import Problem
from entitlements.sources.countries import known_countries
from entitlements.steps.changes import Kind
from entitlements.steps.import_licenses import plan_import
from entitlements.steps.license_change import LicenseChange, license_change
from entitlements.steps.schedule_change import ScheduleChange, present, read_schedule_change, schedule_change
from entitlements.store.changes import get_change
from entitlements.store.customers import find_customer
from entitlements.store.holidays import all_sets
from entitlements.store.schedules import find_schedule
from entitlements.web.pages.changes import keep_draft
from entitlements.web.pages.edit_forms import IcalForm, LicenseFileForm, ScheduleForm, zone_names
from entitlements.web.pages.guard import for_admins, for_agents, me
from entitlements.web.pages.license_form import Begun, LicenseForm, refuse_cell, row_of
from entitlements.web.pages.license_start import opened, sent
from entitlements.web.pages.live import digest
from entitlements.web.pages.typed import fill, reason, refuse, refuse_all, written

bp = Blueprint("edits", __name__, url_prefix="/changes/new")
for_agents(bp)
Answer = Response | str | tuple[str, int]
MOST_PROBLEMS = 200
CHANGED_MEANWHILE = ("Somebody else has changed {} since you opened this form. What you typed is kept below: look at "
                     "the present state, then send it again if it still holds.")


# Schedules


@bp.get("/schedule")
@for_admins
def schedule() -> str:
    form, began = ScheduleForm(formdata=None), _began()
    if began is not None:
        fill(form, began.written)
        form.name.data, form.sets.data = began.name, list(began.sets)
    form.seen.data = _state(form.name.data or "")
    return _schedule_page(form)


def _began() -> ScheduleChange | None:
    """What the form begins with: a draft that is edited further, the schedule of that name, or nothing."""
    if draft := request.args.get("draft"):
        row = get_change(draft)
        return read_schedule_change(row.payload) if row.kind == Kind.SCHEDULE else abort(404)
    name = request.args.get("name", "")
    return present(name) if name else None


def _state(name: str) -> str:
    """A mark of how the schedule is written at present; empty while there is none."""
    row = find_schedule(name) if name else None
    return digest((row.written, sorted(each.name for each in row.sets))) if row else ""


def _schedule_page(form: ScheduleForm) -> str:
    form.sets.choices = [row.name for row in all_sets()]
    return render_template("pages/schedule_edit.html", form=form, zones=zone_names(), known=_known(),
                           draft=request.args.get("draft", ""))


def _known() -> str:
    """The name of the schedule that is edited; empty for a new one."""
    row = find_schedule(request.args.get("name", ""))
    return row.name if row else ""


@bp.post("/schedule")
@for_admins
def write_schedule() -> Answer:
    form, actor, known = ScheduleForm(), me().name, _known()
    form.sets.choices = [row.name for row in all_sets()]
    if known:
        form.name.data = known
    form.validate()
    change = _schedule_change(form, known)
    return keep_draft(change, actor) if change is not None else (_schedule_page(form), 422)


def _schedule_change(form: ScheduleForm, known: str) -> ScheduleChange | None:
    """The change that the form describes; None, with the reasons beside the fields, when it is not right."""
    told = written(form)
    if not known and form.name.data and find_schedule(form.name.data):
        refuse(form.name, "there is a schedule of that name already: edit that one, or take another name")
    if form.errors or _is_stale(form, known):
        return None
    try:
        return schedule_change(form.name.data, told, tuple(form.sets.data))
    except ConfigError as error:
        refuse_all(form, error, otherwise=form.weekly)
        return None


def _is_stale(form: ScheduleForm | LicenseForm, known: str, state: str = "") -> bool:
    """Whether what the form was filled with is not what is there now; says so once, and takes the present for seen."""
    present_state = state or _state(known)
    if (form.seen.data or "") == present_state:
        return False
    form.seen.data = present_state
    form.form_errors = [CHANGED_MEANWHILE.format(known)]
    return True


# Licenses


@bp.get("/license")
@for_admins
def license() -> str:
    return _license_page(*opened(_customer()))


def _customer() -> str:
    name = request.args.get("customer", "")
    customer = find_customer(name)
    return customer.name if customer else abort(404, f"There is no customer named {name}.")


def _license_page(form: LicenseForm, begun: Begun) -> str:
    return render_template("pages/license_edit.html", form=form, begun=begun, zones=zone_names())


@bp.post("/license")
@for_admins
def write_license() -> Answer:
    actor = me().name
    form, begun = sent(_customer())
    form.validate()
    change = _license_change(form, begun)
    return keep_draft(change, actor) if change is not None else (_license_page(form, begun), 422)


def _license_change(form: LicenseForm, begun: Begun) -> LicenseChange | None:
    """The change that the form describes; None, with the reasons beside the fields, when it is not right."""
    content = json.dumps([row_of(form, begun)], indent=1, ensure_ascii=False).encode()
    planned = plan_import(content)
    for problem in planned.problems:
        refuse_cell(form, problem)
    if form.errors or (begun.name and _is_stale(form, begun.name, begun.state)):
        return None
    return license_change(content, planned)


# License files


@bp.get("/licenses")
@for_admins
def licenses() -> str:
    return _file_page(LicenseFileForm(formdata=None))


def _file_page(form: LicenseFileForm, problems: tuple[Problem, ...] = ()) -> str:
    return render_template("pages/license_file.html", form=form, problems=problems, most=MOST_PROBLEMS)


@bp.post("/licenses")
@for_admins
def write_licenses() -> Answer:
    form, actor = LicenseFileForm(), me().name
    if not form.validate():
        return _file_page(form), 422
    try:
        return keep_draft(license_change(uploaded(form)), actor)
    except ConfigError as error:
        problems = _problems(form)
        if not problems:
            refuse(form.file, reason(error))
    return _file_page(form, problems), 422


def _problems(form: LicenseFileForm) -> tuple[Problem, ...]:
    """All that is wrong in the file, row by row; nothing when it cannot be read at all."""
    try:
        return plan_import(uploaded(form)).problems
    except ConfigError:
        return ()


def uploaded(form: LicenseFileForm | IcalForm) -> bytes:
    """The uploaded file, else the text that was pasted. Raises ConfigError where there is neither."""
    if form.file.data:
        form.file.data.seek(0)
    content = form.file.data.read() if form.file.data else (form.text.data or "").encode()
    if not content.strip():
        raise ConfigError("the file is empty" if form.file.data else "choose a file, or paste its text", field="file")
    return content


# Choices that follow from others


@bp.get("/subdivisions")
@for_admins
def subdivisions() -> str:
    """The states and regions of a country, to choose from once the country is chosen."""
    code = request.args.get("country", "").upper()
    country = next((each for each in known_countries() if each.code == code), None)
    return render_template("parts/subdivisions.html", country=country)
