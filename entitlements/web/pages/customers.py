"""Customers: who has what, whether it is open now, and each one's licenses, hours and time used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from entitlements.rules.language import NAMES
from entitlements.rules.license import License, OverLimit
from entitlements.rules.usage import Usage
from entitlements.steps.replies import save_language
from entitlements.store import tables
from entitlements.store.customers import find_customer
from entitlements.store.database import transaction
from entitlements.store.licenses import licenses_of
from entitlements.store.lines import Wanted, ticket_page
from entitlements.store.usage import usage_of
from entitlements.web.pages.cover import OLDEST_DAY_NEEDED, Cover, cover_of, covers
from entitlements.web.pages.forms import LanguageForm
from entitlements.web.pages.guard import for_admins, for_agents, me, now
from entitlements.web.pages.strip import DayStrip, week_strip

bp = Blueprint("customers", __name__)
for_agents(bp)
PER_PAGE = 100


@dataclass(frozen=True)
class Held:
    """A license as its customer holds it at an instant. `used` and `remaining` in seconds of the limit of `day`."""

    license: License
    state: str
    open_now: bool
    next_change: datetime | None
    day: date
    used: int
    remaining: int | None
    week: tuple[DayStrip, ...]

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left of today's limit, and that keeps tickets waiting."""
        return (self.remaining is not None and self.remaining <= 0
                and self.license.terms.over_limit is OverLimit.QUEUE)


def held(license: License, usage: Usage, at: datetime) -> Held:
    """As of an aware UTC instant."""
    schedule = license.terms.schedule
    is_open, day = schedule.is_open(at), schedule.day_of(at)
    return Held(license, license.state_at(at).value, is_open,
                schedule.next_close(at) if is_open else schedule.next_open(at), day, usage.used(license, day),
                usage.remaining(license, day), week_strip(schedule, at))


@bp.get("/customers")
def everybody() -> str:
    named = request.args.get("q", "").strip()[:80]
    found = [cover for cover in covers(current_app, now()) if named.lower() in cover.customer.lower()]
    page = max(1, request.args.get("page", 1, type=int))
    shown = found[(page - 1) * PER_PAGE:page * PER_PAGE]
    return render_template("pages/customers.html", covers=shown, named=named, page=page, total=len(found),
                           has_next=len(found) > page * PER_PAGE)


@bp.get("/customers/<path:name>")
def one(name: str) -> str:
    customer = find_customer(name) or abort(404, f"There is no customer named {name}.")
    licenses = licenses_of(customer.name)
    usage = usage_of(licenses, (now() - OLDEST_DAY_NEEDED).date())
    return render_template(
        "pages/customer.html", customer=customer, cover=_cover(customer, licenses, usage),
        licenses=[held(each, usage, now()) for each in licenses],
        tickets=ticket_page(Wanted(customer=customer.name)).lines[:15], languages=NAMES,
        form=LanguageForm(formdata=None, language=customer.language))


@bp.post("/customers/<path:name>/language")
@for_admins
def language(name: str) -> Response:
    """Choose what the customer is told things in."""
    form, actor = LanguageForm(), me().name
    if not form.validate():
        abort(400, "There is no such language.")
    with transaction():
        known = save_language(name, form.language.data, actor, now()).name
    flash("Saved. It counts from the next decision on.", "good")
    return redirect(url_for("customers.one", name=known), 303)


def _cover(customer: tables.Customer, licenses: list[License], usage: Usage) -> Cover:
    return cover_of(customer.name, licenses, usage, now())
