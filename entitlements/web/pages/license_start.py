"""What the form of a license begins with: the license as it is, a plan, or a draft that is edited further."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from flask import abort, request
from wtforms import SelectChoice

from entitlements.rules.license import License, Standing
from entitlements.rules.plan import STANDARD_PLANS, Plan
from entitlements.rules.target import MilestoneKind, Targets, length_text, targets_text
from entitlements.steps.changes import Kind
from entitlements.store.changes import get_change
from entitlements.store.customers import find_customer
from entitlements.store.licenses import all_plans, licenses_of, plan_value
from entitlements.store.schedules import all_schedules
from entitlements.web.pages.guard import now
from entitlements.web.pages.license_form import LISTS, NO_LIMIT, Begun, Cells, LicenseForm, fill, form_arguments

A_YEAR = timedelta(days=364)


def opened(customer: str) -> tuple[LicenseForm, Begun]:
    """The form filled with a draft, a license or a plan, whichever is asked for. Answers 404 where there is none."""
    begun, license = _begun(customer)
    form = _form(begun, LicenseForm(formdata=None))
    fill(form, _first_cells(begun, license))
    form.seen.data = begun.state
    return form, begun


def sent(customer: str) -> tuple[LicenseForm, Begun]:
    """The form as it was sent."""
    begun, _ = _begun(customer)
    return _form(begun, LicenseForm()), begun


def _begun(customer: str) -> tuple[Begun, License | None]:
    named = request.args.get("license", "")
    license = next((each for each in licenses_of(customer) if each.name.lower() == named.lower()), None)
    if named and license is None:
        abort(404, f"{customer} has no license named {named}.")
    plans = _plans()
    wanted = license.plan if license else request.args.get("plan", "")
    plan = next((each for each in plans if each.name.lower() == wanted.lower()), None)
    return Begun(customer, license.name if license else "", plan, plans, str(license.version) if license else "",
                 request.args.get("draft", "")), license


def _plans() -> tuple[Plan, ...]:
    """Those that are kept, and the standard ones that no kept one goes by the name of."""
    kept = [plan_value(row) for row in all_plans()]
    names = {each.name.lower() for each in kept}
    return tuple(sorted((*kept, *(each for each in STANDARD_PLANS if each.name.lower() not in names)),
                        key=lambda each: each.name.lower()))


def _form(begun: Begun, form: LicenseForm) -> LicenseForm:
    """The form with its choices of schedules; a new license may also take the hours of its plan."""
    own = [SelectChoice("", f"As in the plan: {begun.plan_hours}")] if begun.plan_hours and not begun.name else []
    choose = [] if own or begun.name else [SelectChoice("", "Choose one")]
    form.schedule.choices = [*own, *choose, *(SelectChoice(row.name, row.name) for row in all_schedules())]
    return form


def _first_cells(begun: Begun, license: License | None) -> Cells:
    if begun.draft:
        return _draft_cells(begun)
    return _license_cells(license) if license else _plan_cells(begun)


def _draft_cells(begun: Begun) -> Cells:
    """The one row of a draft that is edited further."""
    row = get_change(begun.draft)
    asked = form_arguments(row.payload["content"]) if row.kind == Kind.LICENSE else None
    if asked is None or asked["customer"] != begun.customer:
        abort(404, "That change was not begun in this form.")
    cells: Cells = json.loads(row.payload["content"])[0]
    return cells


def _license_cells(license: License) -> Cells:
    terms = license.terms
    state = "active" if terms.standing is Standing.IN_FORCE else terms.standing.value
    return {"schedule": terms.schedule_name, "starts_on": terms.starts_on.isoformat(),
            "ends_on": terms.ends_on.isoformat(), "state": state,
            **_limit_cells(terms), "reserve_minutes": str(terms.reserve_seconds // 60),
            **{name: sorted(getattr(terms, name)) for name in LISTS}}


def _limit_cells(terms: Any) -> Cells:
    """What terms and plans say alike."""
    return {"daily_limit": NO_LIMIT if terms.daily_limit is None else length_text(terms.daily_limit),
            "over_limit": terms.over_limit.value, "grace_days": str(terms.grace_days),
            "exempt_severities": sorted(terms.exempt_severities), "exempt_from": sorted(terms.exempt_from),
            **_target_cells(terms.targets)}


def _target_cells(targets: Targets) -> Cells:
    return {kind.value: targets_text(targets, kind) for kind in MilestoneKind}


def _plan_cells(begun: Begun) -> Cells:
    """A license of the plan for a year from today."""
    plan, today = begun.plan or Plan(name="", weekly={}), now().date()
    return {"license": _free_name(begun), "zone": _usual_zone(begun.customer), "state": "active",
            "starts_on": today.isoformat(), "ends_on": _year_later(today).isoformat(), **_limit_cells(plan),
            "reserve_minutes": str(plan.reserve_minutes)}


def _usual_zone(name: str) -> str:
    """The zone of a license of the customer's, else the one in which its people read clocks."""
    customer = find_customer(name)
    zones = [*(each.zone for each in licenses_of(name)), customer.zone if customer else ""]
    return zones[0]


def _year_later(first: date) -> date:
    try:
        return first.replace(year=first.year + 1) - timedelta(days=1)
    except ValueError:  # it begins on a 29 February
        return first + A_YEAR


def _free_name(begun: Begun) -> str:
    """The plan's name, or with the year behind it when the customer has a license of that name."""
    taken = {each.name.lower() for each in licenses_of(begun.customer)}
    names = (begun.plan_name, f"{begun.plan_name} {now().year}") if begun.plan else ()
    return next((name for name in names if name.lower() not in taken), "")
