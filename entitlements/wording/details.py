"""One check of a decision in one sentence, with the values it saw: a line of the receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from entitlements.rules.decision import Check, Value
from entitlements.rules.license import LicenseState
from entitlements.rules.reasons import CheckName
from entitlements.rules.ticket import MatchStep
from entitlements.wording.times import all_of, city, date_text, duration_text, listed, moment_text

Values = Mapping[str, Value]

STEPS = {
    MatchStep.NAMED: "by name",
    MatchStep.ORGANIZATION: "by the helpdesk's organization id",
    MatchStep.EXTERNAL_ID: "by external id",
    MatchStep.CONTACT: "by contact address",
    MatchStep.DOMAIN: "by mail domain",
}
STATES = {
    LicenseState.UPCOMING: "has not begun",
    LicenseState.ACTIVE: "is active",
    LicenseState.GRACE: "has ended and is in grace",
    LicenseState.EXPIRED: "has expired",
    LicenseState.SUSPENDED: "is suspended",
    LicenseState.CANCELLED: "was cancelled",
    LicenseState.DRAFT: "is a draft",
}
NOT_LOOKED_AT = "Not looked at: there is no license to look at."


def detail(check: Check) -> str:
    """What the check found, in one sentence."""
    return DETAILS[check.name](check, check.values) if check.values else NOT_LOOKED_AT


def _customer(check: Check, values: Values) -> str:
    if check.passed:
        return f"{values['customer']} was found {_step(values['step'])}."
    candidates, contact = values["candidates"], values["contact"]
    if isinstance(candidates, tuple) and candidates:
        return f"{all_of(candidates)} fit {_step(values['step'])}."
    if values["step"] == MatchStep.NAMED:
        return "There is no customer of the name that was given."
    return f"No customer is known for {contact}." if contact else "The ticket does not say which customer it is from."


def _step(step: Value) -> str:
    return STEPS[MatchStep(str(step))] if step else "as told"


def _license(check: Check, values: Values) -> str:
    if "license" not in values:
        return f"{values['customer']} has no license."
    name, state = values["license"], LicenseState(str(values["state"]))
    grace = f", with {values['grace_days']} days of grace" if values["grace_days"] else ""
    dates = f"{_date(values['starts_on'])} to {_date(values['ends_on'])}"
    return f'License "{name}" {STATES[state]}: {dates}{grace} ({city(str(values["zone"]))}).'


def _date(value: Value) -> str:
    return date_text(value) if isinstance(value, date) else "?"


def _coverage(check: Check, values: Values) -> str:
    missing = values["missing"]
    if missing:
        return f"The {missing} {values[str(missing)]} is not among those that the license covers."
    told = [f"{name} {values[name]}" for name in ("contact", "product", "channel") if values[name]]
    return f"Covered: {', '.join(told)}." if told else "The ticket names nothing that could be left out of the cover."


def _severity(check: Check, values: Values) -> str:
    skips = values["skips"]
    name = str(values["severity"]).capitalize()
    if isinstance(skips, tuple) and skips:
        return f"{name} severity is exempt from the {listed([_words(each) for each in skips])}."
    return f"{name} severity has no exemption: hours and daily limit count."


def _words(name: str) -> str:
    return {"schedule": "hours", "daily_limit": "daily limit"}.get(name, name)


def _schedule(check: Check, values: Values) -> str:
    at = values["at"]
    assert isinstance(at, datetime)
    zone = str(values["zone"])
    if values["open"]:
        return f"Open on {moment_text(at, zone, at)}{_next(', until', values['closes'], zone, at)}."
    holiday = " for a holiday" if values["holiday"] else ""
    opens = _next("; opens on", values["opens"], zone, at) or "; no opening lies ahead"
    return f"Closed{holiday} on {moment_text(at, zone, at)}{opens}{_exempted(check)}."


def _exempted(check: Check) -> str:
    return "; not held against a ticket of this severity" if check.passed is None else ""


def _next(words: str, instant: Value, zone: str, now: datetime) -> str:
    return f"{words} {moment_text(instant, zone, now)}" if isinstance(instant, datetime) else ""


def _daily_limit(check: Check, values: Values) -> str:
    limit, used = values["limit"], values.get("used", 0)
    if not isinstance(limit, int) or not isinstance(used, int):
        return "The license has no daily limit."
    left = limit - used
    rest = f"{duration_text(left)} left" if left > 0 else "nothing left" if left == 0 else (
        f"{duration_text(-left)} over")
    tolerated = "; a reached limit stops nothing here" if check.passed is None else ""
    return f"{duration_text(used)} of {duration_text(limit)} used on {_date(values['day'])}: {rest}{tolerated}."


DETAILS: dict[CheckName, Callable[[Check, Values], str]] = {
    CheckName.CUSTOMER: _customer,
    CheckName.LICENSE: _license,
    CheckName.COVERAGE: _coverage,
    CheckName.SEVERITY: _severity,
    CheckName.SCHEDULE: _schedule,
    CheckName.DAILY_LIMIT: _daily_limit,
}
