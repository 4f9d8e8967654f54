"""The customer's pages in the customer's language: which it is, and how times and hours are written in it.

In English, times tick as they do on all pages; in other languages they stand as sentences have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton, format_timedelta
from flask import current_app, request
from markupsafe import Markup, escape

from entitlements import wording
from entitlements.rules.language import Language
from entitlements.rules.reasons import Outcome
from entitlements.rules.schedule import DayKind, Schedule
from entitlements.steps.judge import Judged, usual_voice
from entitlements.store.customers import find_customer
from entitlements.web.pages import times
from entitlements.web.pages.cover import Cover
from entitlements.web.pages.guard import Guest, now
from entitlements.web.pages.strip import DayStrip
from entitlements.wording.sentences import say
from entitlements.wording.times import listed

UNUSUAL = {DayKind.HOLIDAY: "holiday", DayKind.CLOSURE: "closure", DayKind.EXCEPTION: "exception"}


def asked_for() -> str:
    """The first of the browser's languages that Deskgate speaks, in whatever country; empty if it speaks none."""
    wanted = (code.partition("-")[0].lower() for code, quality in request.accept_languages if quality > 0)
    return next((code for code in wanted if code in set(Language)), "")


def spoken_to(asking: Guest | None) -> Spoken:
    """How to speak to whom a page is for: in the customer's own language, else in the browser's, else as the helpdesk
    does that a ticket would go to."""
    customer = find_customer(asking.customer) if asking else None
    return Spoken(usual_voice(asked_for(), current_app.extensions["deskgate"]).language(customer))


@dataclass(frozen=True)
class Spoken:
    """One language, and what templates ask of it."""

    language: Language

    @property
    def code(self) -> str:
        return self.language.value

    @property
    def is_english(self) -> bool:
        return self.language is Language.ENGLISH

    def __call__(self, sentence: str, **places: object) -> Markup:
        """A sentence of the pages, made safe for HTML; places may be HTML themselves."""
        told = say(self.language, f"page.{sentence}", **{name: f"{{{name}}}" for name in places})
        return Markup(escape(told)).format(**places)

    def city(self, zone: str) -> str:
        return wording.city(zone or "UTC", self.language)

    def amount(self, seconds: int) -> str:
        return wording.duration_text(seconds, self.language)

    def severity(self, name: str) -> str:
        return say(self.language, f"severity.{name}")

    def hours(self, schedule: Schedule, exempt: frozenset[str]) -> Markup:
        """The usual week, and which severities are covered around the clock besides."""
        told = times.capital(wording.hours_text(schedule, self.language))
        if not exempt:
            return self("hours", hours=told)
        return self("hours.exempt", hours=told, severities=listed([self.severity(each) for each in sorted(exempt)],
                                                                  self.language))

    def cover(self, cover: Cover) -> Markup | str:
        """Until when, or from when; empty where neither can be said. In English the pages say more."""
        if cover.is_open and cover.until is not None:
            return self("open_until", moment=self._moment(cover.until, cover.zone))
        if cover.is_open:
            return self("open_always") if cover.license and cover.license.terms.schedule.always_open else ""
        return self("opens", moment=self._moment(cover.opens_at, cover.zone)) if cover.opens_at else ""

    def _moment(self, at: datetime, zone: str, *, about: bool = False) -> str:
        return wording.moment_text(at, zone or "UTC", now(), about=about, language=self.language)

    def expected(self, at: datetime, zone: str, *, counting: bool = False) -> Markup:
        """`Expected with the team Mon 9 Mar, about 09:12 Paris`; `counting` says in how long, too, in English."""
        if not self.is_english:
            return self("expected", when=self._moment(at, zone, about=True))
        about = times.about(at, zone)
        counted = Markup("<strong>{}</strong>, {}").format(times.countdown(at, now()), about)
        return self("expected", when=counted if counting else about)

    def sent(self, ticket: str, at: datetime, zone: str) -> Markup:
        return self("sent", ticket=ticket,
                    when=times.when(at, zone) if self.is_english else self._moment(at, zone))

    def since(self, at: datetime) -> Markup | str:
        """`4 min ago`."""
        if self.is_english:
            return times.since(at, now())
        return format_timedelta(at - now(), add_direction=True, locale=self.code)

    def promise(self, judged: Judged) -> str:
        """What will happen to a ticket sent now, in a few words."""
        decision = judged.decision
        if decision.outcome is Outcome.REJECT:
            return str(self("promise.reject"))
        if decision.release_at is not None:
            zone = decision.license.zone if decision.license else "UTC"
            return str(self("promise.queue", moment=self._moment(decision.release_at, zone, about=True)))
        return str(self("promise.triage" if decision.triage else "promise.route"))

    def day(self, day: date) -> str:
        """`Mon 9 Mar`; in other languages, whose months are longer, without the month."""
        if self.is_english:
            return times.day_text(day)
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a local date, and Babel wants an instant
        return format_skeleton("Ed", midnight, locale=self.code)

    def note(self, day: DayStrip) -> str:
        """What is unusual about a day."""
        if self.is_english:
            return day.note.capitalize()
        return times.capital(str(self(f"day.{UNUSUAL[day.kind]}"))) if day.kind in UNUSUAL else ""

    def day_hours(self, day: DayStrip) -> str:
        """The hours of a day as text, for those who do not see the strip."""
        return day.words if day.stretches else str(self("day.closed"))
