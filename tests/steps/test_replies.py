"""How customers are spoken to: in which language, in whose words, and what happens when a reply cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError, NotFound
from entitlements.helpdesk import ConnectionConfig, Identity
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import Submission, submit
from entitlements.steps.connect import Edit, add, edit
from entitlements.steps.judge import Question, preview
from entitlements.steps.people import Override, override
from entitlements.steps.replies import save_language
from entitlements.store import db, tables
from entitlements.store.board import attention
from entitlements.store.connections import get_connection
from entitlements.store.customers import Identifiers, add_identifiers, find_customer
from entitlements.store.database import transaction
from entitlements.store.troubles import failed_replies
from tests.steps.house import IT, OPS, House
from tests.steps.importing import load

SATURDAY = "2026-03-07 09:00"
GERMAN = "Ihr Supportvertrag gilt zu folgenden Zeiten: Montag bis Freitag"
FRENCH = "Votre contrat couvre les horaires suivants\xa0: du lundi au vendredi"
ENGLISH = "Your license covers Monday to Friday"


def set_settings(house: House, **settings: str) -> None:
    with transaction():
        get_connection("desk").settings = {name.replace("__", "."): value for name, value in settings.items()}


def speak(customer: str, language: str, house: House) -> None:
    with transaction():
        save_language(customer, language, "desk-1", house.clock.now())


def told(house: House, remote_id: str = "7") -> str:
    return house.ticket(remote_id).decision.customer_text


def written_on_saturday(house: House, identity: Identity = IT) -> House:
    house.clock.set(SATURDAY)
    house.created(identity=identity)
    return house


# --- In which language -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("customers", "connections", "begins"), [
    ("", "", ENGLISH), ("", "de", GERMAN), ("fr", "de", FRENCH), ("fr", "", FRENCH), ("", "DE", GERMAN)])
def test_the_customers_language_counts_before_that_of_the_connection(
        house: House, customers: str, connections: str, begins: str) -> None:
    if customers:
        speak("Acme", customers, house)
    set_settings(house, language=connections)
    written_on_saturday(house)
    decision = house.ticket().decision
    assert decision.customer_text.startswith(begins)
    assert decision.language == (customers or connections.lower() or "en")
    assert decision.agent_text.startswith("Queued until Monday 9 March at 09:00 (Paris)")


def test_the_public_message_and_the_answer_are_in_the_customers_language(house: House) -> None:
    speak("Acme", "de", house)
    written_on_saturday(house)
    assert house.work(1) == ["queue"]
    delivery = house.helpdesk.applied[0]
    assert delivery.message.startswith(GERMAN)
    assert delivery.explanation.customer == delivery.message
    assert delivery.note.startswith("Deskgate: Queued until Monday")


def test_a_stranger_is_spoken_to_as_the_connection_says(small_house: House) -> None:
    set_settings(small_house, language="es")
    small_house.created(identity=Identity(email="who@nowhere.example"))
    assert told(small_house).startswith("No hemos podido asociarle a un contrato de soporte")


def test_what_is_recorded_stays_as_it_was_told(small_house: House) -> None:
    written_on_saturday(small_house)
    speak("Acme", "fr", small_house)
    assert told(small_house).startswith(ENGLISH)
    small_house.clock.set("2026-03-09 08:00")
    small_house.work(1)
    assert told(small_house).startswith("Le support est ouvert en ce moment")


def test_who_submits_a_ticket_is_answered_in_the_language_they_ask_for(house: House) -> None:
    submission = Submission(OPS, Severity.NORMAL, "It stops", "Since noon", language="ja")
    with transaction():
        verdict = submit(submission, house.clock.now(), house.deskgate)
        row = db.session.get(tables.Ticket, verdict.ticket_id)
        assert (row.language, row.decision.language) == ("ja", "ja")
    assert verdict.explanation.customer.startswith("ご契約のサポート時間は次のとおりです：毎日24時間。")


def test_a_ticket_stays_in_the_language_that_was_asked_for(small_house: House) -> None:
    small_house.clock.set(SATURDAY)
    with transaction():
        number = submit(Submission(IT, Severity.NORMAL, "It stops", "", language="de"), small_house.clock.now(),
                        small_house.deskgate).ticket_id
    with transaction():
        verdict = override(number, Override(Outcome.ROUTE, "their line has stopped", None), "desk-1",
                           small_house.clock.now(), small_house.deskgate)
    assert verdict.explanation.customer == "Ihr Ticket liegt jetzt beim Supportteam."


def test_the_customers_own_language_goes_before_the_one_they_ask_for(small_house: House) -> None:
    speak("Globex", "fr", small_house)
    with transaction():
        verdict = submit(Submission(OPS, Severity.NORMAL, "It stops", "", language="ja"), small_house.clock.now(),
                         small_house.deskgate)
    assert verdict.explanation.customer.startswith("Votre contrat couvre")


def test_a_language_that_nobody_speaks_here_is_as_if_none_was_asked_for(small_house: House) -> None:
    with transaction():
        verdict = submit(Submission(OPS, Severity.NORMAL, "It stops", "", language="x" * 40), small_house.clock.now(),
                         small_house.deskgate)
    assert verdict.explanation.customer.startswith("Your license covers 24 hours")


def test_a_preview_says_what_will_be_said(house: House) -> None:
    set_settings(house, language="de", reply__outside_hours="{{ text }} Viele Grüße")
    house.clock.set(SATURDAY)
    asked = Question("Acme", Severity.NORMAL, house.clock.now(), contact="it@acme.example")
    before = preview(asked, house.deskgate).explanation
    with transaction():
        after = submit(Submission(replace(IT, customer="Acme"), Severity.NORMAL, "x", "y"), house.clock.now(),
                       house.deskgate)
    assert before == after.explanation
    assert before.customer.endswith("Viele Grüße")


def test_choosing_a_language_is_audited_once_and_refused_where_it_cannot_be(small_house: House) -> None:
    speak("acme", "FR", small_house)
    speak("Acme", "fr", small_house)
    [entry] = [row for row in small_house.rows(tables.AuditEntry) if row.action == "customer.language"]
    assert (entry.subject, entry.values) == ("customer:Acme", {"language": "fr"})
    with pytest.raises(ConfigError, match=r"'xx' is no language that customers can be told things in; there are en"):
        speak("Acme", "xx", small_house)
    with pytest.raises(NotFound):
        speak("Nobody", "fr", small_house)
    speak("Acme", "", small_house)
    assert find_customer("Acme").language == ""


# --- Imported --------------------------------------------------------------------------------------------------------

ROW = """\
    customer,license,zone,starts_on,ends_on,weekly,{field}
    Initech,Gold,UTC,2026-01-01,2026-12-31,mon-fri 09:00-17:00,{value}
"""


@pytest.mark.parametrize("field", ["language", "Language", "LANGUAGE"])
def test_a_license_file_says_the_language_of_a_customer(small_house: House, field: str) -> None:
    assert load(small_house, ROW.format(field=field, value="PT")).applied
    assert find_customer("Initech").language == "pt"


def test_the_language_can_be_changed_by_a_row_that_changes_nothing_else_and_stays_where_none_is_said(
        small_house: House) -> None:
    load(small_house, ROW.format(field="language", value="pt"))
    assert load(small_house, ROW.format(field="language", value="es")).unchanged == 1
    assert find_customer("Initech").language == "es"
    load(small_house, ROW.format(field="language", value=""))
    assert find_customer("Initech").language == "es"


def test_a_wrong_language_is_refused_with_its_row_and_two_different_ones_too(small_house: House) -> None:
    report = load(small_house, ROW.format(field="language", value="klingon"))
    assert not report.applied
    assert str(report.problems[0]).startswith("row 2, language: 'klingon' is no language that customers can be told")
    two = ROW.format(field="language", value="fr") + "    Initech,Silver,UTC,2026-01-01,2026-12-31,mon 09:00-17:00,de\n"
    assert "another row says fr for Initech" in str(load(small_house, two).problems[0])


# --- In whose words --------------------------------------------------------------------------------------------------


def test_a_connections_own_words_go_out_to_its_customers(house: House) -> None:
    set_settings(house, reply__outside_hours="Hello {{ customer }},\nback on {{ release_about }}.")
    written_on_saturday(house)
    assert house.work(1) == ["queue"]
    assert house.helpdesk.applied[0].message == "Hello Acme,\nback on Monday 9 March at about 09:00 (Paris)."
    assert attention(house.clock.now()).total == 0


def test_words_in_a_language_are_for_customers_of_that_language(small_house: House) -> None:
    set_settings(small_house, reply__queue="In line.", reply__queue__fr="En attente.")
    small_house.clock.set(SATURDAY)
    small_house.created("1")
    speak("Acme", "fr", small_house)
    small_house.created("2")
    assert (told(small_house, "1"), told(small_house, "2")) == ("In line.", "En attente.")


def test_a_ticket_that_waited_is_told_of_its_release(small_house: House) -> None:
    set_settings(small_house, reply__release="You have waited long enough.", reply__route="At once.")
    written_on_saturday(small_house)
    small_house.clock.set("2026-03-09 08:00")
    small_house.work(1)
    assert told(small_house) == "You have waited long enough."
    small_house.created("8")
    assert told(small_house, "8") == "At once."


def test_somebody_known_by_domain_alone_gets_deskgates_own_discreet_words(small_house: House) -> None:
    with transaction():
        add_identifiers(find_customer("Acme"), Identifiers(domains=frozenset({"acme.example"})))
    set_settings(small_house, reply__queue="{{ license }} covers {{ hours }}", reply__outside_hours="{{ license }}")
    written_on_saturday(small_house, Identity(email="anybody@acme.example"))
    assert told(small_house) == "Your ticket is in line and reaches the team on Monday 9 March at about 09:00 (Paris)."


@pytest.mark.parametrize("template", ["{{ text }} " * 150, "{{ gone }}", "{{ text", "{% if not text %}x{% endif %}"])
def test_a_reply_that_fails_loses_no_ticket_and_is_reported(
        house: House, template: str, caplog: pytest.LogCaptureFixture) -> None:
    set_settings(house, reply__outside_hours=template)
    with caplog.at_level(logging.WARNING):
        written_on_saturday(house)
    assert house.ticket().state == "queued"
    assert told(house).startswith(ENGLISH)
    assert house.work(1) == ["queue"]
    [row] = failed_replies()
    assert row.reply_trouble.startswith("reply.outside_hours: ")
    assert attention(house.clock.now()).failed_replies == attention(house.clock.now()).total == 1
    assert "a reply could not be used: connection=desk reply.outside_hours: " in caplog.text
    assert "acme" not in caplog.text.lower()


def test_saving_other_words_ends_the_report(small_house: House) -> None:
    set_settings(small_house, reply__outside_hours="{{ gone }}")
    written_on_saturday(small_house)
    edit("desk", Edit(settings={"language": "de"}), "desk-1", small_house.deskgate)
    assert failed_replies()
    edit("desk", Edit(settings={"reply.outside_hours": ""}), "desk-1", small_house.deskgate)
    assert not failed_replies()
    assert get_connection("desk").settings == {"language": "de"}


@pytest.mark.parametrize(("settings", "message"), [
    ({"reply.outside_hours": "a\n{{ costumer }}"}, r"reply\.outside_hours: line 2: there is no value 'costumer'"),
    ({"reply.shut": "x"}, "there is no reason or outcome 'shut'"),
    ({"reply.queue.xx": "x"}, "'xx' is no language"),
])
def test_words_that_cannot_be_used_are_refused_before_anything_is_kept(
        small_house: House, settings: Mapping[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        edit("desk", Edit(settings=settings), "desk-1", small_house.deskgate)
    with pytest.raises(ConfigError, match=message):
        add(ConnectionConfig("new", "fake", settings=settings), "", "desk-1", small_house.deskgate)
    assert get_connection("desk").settings == {}
    assert len(small_house.rows(tables.Connection)) == 1


def test_other_settings_can_be_changed_while_stored_words_are_wrong(small_house: House) -> None:
    set_settings(small_house, reply__queue="{{ gone }}")
    edit("desk", Edit(settings={"reply.reject": "No."}), "desk-1", small_house.deskgate)
    assert get_connection("desk").settings == {"reply.queue": "{{ gone }}", "reply.reject": "No."}
