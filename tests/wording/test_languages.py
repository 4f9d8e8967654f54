"""What customers are told in each language: nothing is missing, nothing is left in English, all of it reads well."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timezone
from string import Formatter

import pytest
from babel.dates import get_day_names, get_month_names

from entitlements.errors import ConfigError
from entitlements.rules.decision import Decision
from entitlements.rules.language import NAMES, Language, first_known, parse_language
from entitlements.rules.license import License
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket
from entitlements.rules.windows import parse_weekly
from entitlements.wording import city, date_text, duration_text, explain, hours_text, moment_for, moment_text
from entitlements.wording.customer import customer_text
from entitlements.wording.samples import outcomes_of, sample
from entitlements.wording.sentences import CATALOGS
from entitlements.wording.times import listed
from tests.builders import a_license, utc

NOW = utc("2026-03-04 12:00")
SATURDAY, MONDAY_NINE_IN_PARIS = utc("2026-03-07 09:00"), utc("2026-03-09 08:00")
OTHERS = [each for each in Language if each is not Language.ENGLISH]
ENGLISH = CATALOGS[Language.ENGLISH]
WORDLESS = {"hours.between", "duration.between"}
ENGLISH_WORDS = re.compile(r"\b(the|your|you|please|and|with|is|at|of|to|we|this|until|about|not|it|license|"
                           r"closed|hours|day|time|looks|support team)\b", re.IGNORECASE)
STOPS = (".", "。")
each_language = pytest.mark.parametrize("language", Language)
every_other = pytest.mark.parametrize("language", OTHERS)


def places_of(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def schedule(weekly: str, zone: str = "Europe/Paris") -> Schedule:
    return Schedule.from_dict({"zone": zone, "weekly": parse_weekly(weekly)})


@each_language
def test_a_language_has_every_sentence_and_no_other(language: Language) -> None:
    assert list(CATALOGS[language]) == list(ENGLISH)
    assert [name for name, told in ENGLISH.items() if not told] == [
        name for name, told in CATALOGS[language].items() if not told and name != "duration.between"]


@every_other
def test_every_place_of_the_english_sentence_is_filled_in_once(language: Language) -> None:
    for name, told in CATALOGS[language].items():
        assert places_of(told) == places_of(ENGLISH[name]), name


@every_other
def test_every_sentence_is_translated(language: Language) -> None:
    """Where a sentence is the same as in English, it is because it holds nothing but places, signs and shared words."""
    same = {name for name, told in CATALOGS[language].items()
            if told and told == ENGLISH[name] and re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", told))}
    shared = {"day", "day.year", "date", "severity.normal", "duration.minutes", "page.description", "page.ticket",
              "page.offline", "hours.all_day"}
    assert same <= shared, same - shared


@every_other
def test_no_english_is_left_in_what_a_customer_is_told(language: Language) -> None:
    for reason in Reason:
        for outcome in outcomes_of(reason):
            for contact in ("", "renewals@desk.example"):
                told = customer_text(sample(reason, outcome, NOW, language, contact))
                plain = told.replace("renewals@desk.example", "")
                assert not ENGLISH_WORDS.search(plain), (reason, outcome, told)
    for name, told in CATALOGS[language].items():
        assert not ENGLISH_WORDS.search(re.sub(r"\{\w+\}", "", told)), (name, told)


@each_language
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_with_every_outcome_makes_whole_sentences(reason: Reason, outcome: Outcome,
                                                               language: Language) -> None:
    license, ticket = a_license(daily_limit=3_600), Ticket(Requester("Acme", (), MatchStep.CONTACT), SATURDAY)
    decision = Decision(outcome, reason, SATURDAY, license=license, triage=outcome is Outcome.ROUTE,
                        release_at=MONDAY_NINE_IN_PARIS if outcome is Outcome.QUEUE else None)
    for asked in (ticket, by_domain(ticket)):
        said = explain(decision, asked, "Asia/Tokyo", language=language)
        assert said.customer.endswith(STOPS)
        assert not [flaw for flaw in ("..", "  ", "None", "{", "}", "。。", " .") if flaw in said.customer]
        assert said.agent == explain(decision, asked, "Asia/Tokyo").agent, "agents read English"


def by_domain(ticket: Ticket) -> Ticket:
    return replace(ticket, requester=replace(ticket.requester, step=MatchStep.DOMAIN))


@each_language
@pytest.mark.parametrize("reason", Reason)
def test_somebody_known_by_domain_alone_learns_nothing_in_any_language(reason: Reason, language: Language) -> None:
    for outcome in outcomes_of(reason):
        case = sample(reason, outcome, NOW, language)
        told = customer_text(replace(case, ticket=by_domain(case.ticket)))
        others = {customer_text(replace(case, ticket=by_domain(case.ticket), decision=replace(
            case.decision, reason=Reason.OVERRIDDEN)))}
        if reason is not Reason.TAKEN_EARLY:
            assert told in others, "it tells which reason it was"
        assert not [secret for secret in ("Gold", "2026", "3 h", "3時間") if secret in told]


@pytest.mark.parametrize(("language", "told"), [
    (Language.GERMAN, "Ihr Supportvertrag gilt zu folgenden Zeiten: Montag bis Freitag, 09:00–17:00 Uhr (Paris). Der "
                      "Support öffnet am Montag, 9. März, um 09:00 Uhr (Paris), das ist 17:00 Uhr Ihrer Zeit in Tokio; "
                      "etwa zu dieser Zeit erreicht Ihr Ticket das Team."),
    (Language.FRENCH, "Votre contrat couvre les horaires suivants\xa0: du lundi au vendredi, de 09:00 à 17:00 (Paris). "
                      "Le support ouvre le lundi 9 mars à 09:00 (Paris), soit 17:00 à votre heure (Tokyo)\xa0; votre "
                      "ticket parviendra à l’équipe vers cette heure-là."),
    (Language.SPANISH, "Su contrato cubre el siguiente horario: de lunes a viernes, de 09:00 a 17:00 (París). El "
                       "servicio de soporte abre el lunes, 9 de marzo, a las 09:00 (París), las 17:00 en su hora local "
                       "(Tokio); su ticket llegará al equipo aproximadamente a esa hora."),
    (Language.PORTUGUESE, "Seu contrato cobre o seguinte horário: de segunda-feira a sexta-feira, das 09:00 às 17:00 "
                          "(Paris). Próxima abertura do suporte: segunda-feira, 9 de março, às 09:00 (Paris), 17:00 no "
                          "seu horário local (Tóquio); seu chamado chegará à equipe por volta desse horário."),
    (Language.JAPANESE, "ご契約のサポート時間は次のとおりです：月曜日～金曜日 09:00～17:00（パリ）。サポートは"
                        "3月9日（月）09:00（パリ）、お客様の現地時刻（東京）では17:00に開始し、お問い合わせはその頃に"
                        "担当チームへ届きます。"),
])
def test_the_promise_outside_hours_in_each_language(language: Language, told: str) -> None:
    [outcome] = outcomes_of(Reason.OUTSIDE_HOURS)
    assert customer_text(sample(Reason.OUTSIDE_HOURS, outcome, NOW, language)) == told


@every_other
def test_weekdays_and_months_are_those_of_the_language(language: Language) -> None:
    told = moment_text(MONDAY_NINE_IN_PARIS, "Europe/Paris", SATURDAY, language=language)
    width = "abbreviated" if language is Language.JAPANESE else "wide"
    assert get_day_names(width, locale=language.value)[0] in told
    assert get_month_names(locale=language.value)[3] in told or language is Language.JAPANESE
    assert "09:00" in told


@each_language
def test_another_year_is_named_in_each_language(language: Language) -> None:
    at = datetime(2027, 1, 4, 8, 0, tzinfo=timezone.utc)
    assert "2027" in moment_text(at, "Europe/Paris", SATURDAY, language=language)
    assert "2026" not in moment_text(MONDAY_NINE_IN_PARIS, "Europe/Paris", SATURDAY, language=language)


@each_language
def test_a_reader_on_another_date_is_told_the_date_too(language: Language) -> None:
    at = utc("2026-03-09 21:00")
    told = moment_for(at, "America/New_York", "Asia/Tokyo", SATURDAY, language=language)
    assert re.search(r"10", told) and "06:00" in told
    assert moment_for(at, "UTC", "UTC", SATURDAY, language=language) == moment_text(at, "UTC", SATURDAY,
                                                                                   language=language)


def test_the_first_of_a_month_is_le_premier_in_french() -> None:
    assert date_text(date(2026, 3, 1), Language.FRENCH) == "1er mars 2026"
    assert date_text(date(2026, 3, 2), Language.FRENCH) == "2 mars 2026"
    first = moment_text(utc("2026-06-01 07:00"), "Europe/Paris", SATURDAY, language=Language.FRENCH)
    assert first == "lundi 1er juin à 09:00 (Paris)"


@pytest.mark.parametrize(("language", "text"), [
    (Language.GERMAN, "Montag, Mittwoch und Freitag, 09:00–12:00 und 13:00–17:00 Uhr (New York)"),
    (Language.FRENCH, "lundi, mercredi et vendredi, de 09:00 à 12:00 et de 13:00 à 17:00 (New York)"),
    (Language.SPANISH, "lunes, miércoles y viernes, de 09:00 a 12:00 y de 13:00 a 17:00 (Nueva York)"),
    (Language.PORTUGUESE, "segunda-feira, quarta-feira e sexta-feira, das 09:00 às 12:00 e das 13:00 às 17:00 "
                          "(Nova York)"),
    (Language.JAPANESE, "月曜日、水曜日、金曜日 09:00～12:00、13:00～17:00（ニューヨーク）"),
])
def test_a_week_reads_as_people_of_that_language_say_it(language: Language, text: str) -> None:
    assert hours_text(schedule("mon,wed,fri 09:00-12:00,13:00-17:00", "America/New_York"), language) == text


@each_language
def test_every_kind_of_week_can_be_told(language: Language) -> None:
    told = {hours_text(schedule(weekly), language) for weekly in (
        "mon-sun 00:00-24:00", "", "mon-fri 00:00-24:00", "mon-sun 09:00-17:00", "sat 10:00-11:00:30")}
    assert len(told) == 5 and all(told)


@pytest.mark.parametrize(("language", "text"), [
    (Language.ENGLISH, "1 h 30 min"), (Language.GERMAN, "1 Std. 30 Min."), (Language.JAPANESE, "1時間30分")])
def test_a_duration_in_its_language(language: Language, text: str) -> None:
    assert duration_text(5_400, language) == text


@pytest.mark.parametrize(("zone", "name"), [
    ("Asia/Tokyo", "Tokio"), ("Etc/UTC", "UTC"), ("America/Argentina/Buenos_Aires", "Buenos Aires"),
    ("Europe/Lisbon", "Lissabon")])
def test_a_zone_is_called_as_the_language_calls_its_city(zone: str, name: str) -> None:
    assert city(zone, Language.GERMAN) == name


def test_names_are_listed_as_the_language_lists_them() -> None:
    assert listed(["a", "b", "c"], Language.SPANISH) == "a, b y c"
    assert listed(["a", "b", "c"], Language.JAPANESE) == "a、b、c"


def test_what_is_filled_in_is_taken_as_it_is() -> None:
    license: License = a_license(products=frozenset({"Pump"}))
    case = sample(Reason.NOT_COVERED, outcomes_of(Reason.NOT_COVERED)[0], NOW, Language.GERMAN)
    assert license.terms.products
    odd = replace(case, ticket=replace(case.ticket, product="{mend} {0} %s", severity=Severity.LOW))
    assert "„{mend} {0} %s“" in customer_text(odd)


@pytest.mark.parametrize("text", ["xx", "", "English", "de-DE", "d e"])
def test_a_language_that_does_not_exist_is_refused_with_those_that_do(text: str) -> None:
    with pytest.raises(ConfigError, match=r"en \(English\), de \(German\), fr \(French\), es \(Spanish\)"):
        parse_language(text)


def test_languages_are_known_by_their_codes_however_they_are_written() -> None:
    assert parse_language(" FR ") is Language.FRENCH
    assert first_known("", "xx", "JA", "de") is Language.JAPANESE
    assert first_known("", "xx") is Language.ENGLISH
    assert set(NAMES) == set(Language)
