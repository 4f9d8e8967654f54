"""Stories of admins who put replies into their own words: seen before saved, and told from then on."""

from __future__ import annotations

import re
from html import unescape

import pytest

from entitlements.rules.language import NAMES
from entitlements.rules.reasons import Reason
from entitlements.store import tables
from entitlements.store.connections import find_connection
from entitlements.store.database import transaction
from tests.steps.house import IT
from tests.web.pages.filled import fields_of
from tests.web.pages.visitor import Pages, words_of

WORDS = "/connections/desk/words"
HELLO = "Hello {{ customer }},\r\n\r\nwe are back on {{ release_about }}."
TOLD = "Hello Lutece, we are back on Monday 16 March at about 09:00 (Paris), 17:00 your time in Tokyo."


def settings(pages: Pages) -> dict[str, str]:
    [row] = pages.rows(tables.Connection)
    return row.settings


def previewed(pages: Pages, word: str, text: str, language: str = "") -> str:
    path = f"{WORDS}/{word}/preview?language={language}"
    answer = pages.visitor("desk-1").send(path, {"text": text}, seen_on=f"{WORDS}/{word}")
    assert answer.status_code == 200
    return words_of(answer.get_data(as_text=True))


def test_the_wording_of_a_connection_is_told_for_every_reason_in_every_language(pages: Pages) -> None:
    shown = pages.visitor("desk-2").page(WORDS)
    assert "Outside hours Your license covers Monday to Friday, 09:00-17:00 (Paris). Support opens on Monday" in shown
    for code in NAMES:
        assert f'lang="{code}"' in pages.visitor("desk-2").html(f"{WORDS}?language={code}")
    assert "Ihr Ticket liegt jetzt beim Supportteam." in pages.visitor("desk-2").page(f"{WORDS}?language=de")
    assert "Wording of desk" in pages.visitor("desk-1").page("/connections")


def test_the_page_opens_in_the_connections_language(pages: Pages) -> None:
    with transaction():
        find_connection("desk").settings = {"language": "pt"}
    assert "Seu chamado já está com a equipe de suporte." in pages.visitor("desk-1").page(WORDS)


def test_a_reply_is_previewed_and_nothing_is_saved(pages: Pages) -> None:
    shown = previewed(pages, "outside_hours", HELLO, "en")
    assert f"Queued Outside hours, English {TOLD}" in shown
    assert settings(pages) == {}


def test_a_reply_for_all_languages_is_previewed_in_each_that_has_none_of_its_own(pages: Pages) -> None:
    with transaction():
        find_connection("desk").settings = {"reply.outside_hours.de": "Hallo"}
    shown = previewed(pages, "outside_hours", "{{ release_at }}")
    assert "French lundi 16 mars à 09:00 (Paris), soit 17:00 à votre heure (Tokyo)" in shown
    assert "Japanese" in shown
    assert "German" not in shown


def test_a_usual_reply_is_previewed_for_the_reasons_that_have_none_of_their_own(pages: Pages) -> None:
    with transaction():
        find_connection("desk").settings = {"reply.holiday": "Closed."}
    shown = previewed(pages, "queue", "In line: {{ next }}")
    assert "Outside hours, English In line: Support opens on" in shown
    assert "Daily limit reached, English In line: Your ticket is in line" in shown
    assert "Holiday" not in shown


def test_without_a_script_the_preview_is_a_page(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    answer = admin.send(f"{WORDS}/outside_hours?language=en", {"text": HELLO, "preview": "yes"})
    assert answer.status_code == 200
    assert TOLD in words_of(answer.get_data(as_text=True))
    assert settings(pages) == {}


def test_a_reply_is_saved_told_and_taken_away_again(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    shown = admin.after(f"{WORDS}/outside_hours?language=en", {"text": HELLO})
    assert "Saved. Customers are told so from the next decision on." in shown
    assert f"Outside hours own words {TOLD}" in shown
    assert settings(pages) == {"reply.outside_hours.en": HELLO.replace("\r\n", "\n")}
    pages.clock.set("2026-03-14 10:00")
    pages.created(identity=IT)
    assert pages.ticket().decision.customer_text == (
        "Hello Acme,\n\nwe are back on Monday 16 March at about 09:00 (Paris).")
    assert "desk-1: connection.edit connection:desk" in pages.audited()
    admin = pages.visitor("desk-1")
    form = admin.html(f"{WORDS}/outside_hours?language=en")
    assert unescape(re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", form, re.DOTALL).group(1)) == (
        HELLO.replace("\r\n", "\n"))
    shown = admin.after(f"{WORDS}/outside_hours?language=en", {"text": " \r\n"})
    assert "Customers are told Deskgate's own words" in shown
    assert settings(pages) == {}


@pytest.mark.parametrize(("text", "message"), [
    ("a\r\n{{ costumer }}", "Line 2: there is no value 'costumer'; there are customer, ends_on, hours"),
    ("{% for x in text %}{% endfor %}", "Line 1: a reply cannot use {% for %}."),
    ("{{ text", "Line 1: unexpected end of template"),
    ("x" * 2001, "A reply has 2,000 characters at most, not 2,001."),
])
def test_what_cannot_be_a_reply_is_told_beside_it_and_kept_for_mending(pages: Pages, text: str, message: str) -> None:
    admin = pages.visitor("desk-1")
    answer = admin.send(f"{WORDS}/outside_hours", {"text": text})
    assert answer.status_code == 422
    assert message in words_of(answer.get_data(as_text=True))
    assert text[:20].replace("\r\n", "\n") in unescape(answer.get_data(as_text=True))
    assert message in previewed(pages, "outside_hours", text)
    assert settings(pages) == {}


def test_a_reply_that_comes_to_too_much_is_told_in_the_preview(pages: Pages) -> None:
    shown = previewed(pages, "outside_hours", "{{ text }} " * 150, "en")
    assert "It comes to more than 4,000 characters. Deskgate's own words are told in its place." in shown.replace(
        "Reply.outside_hours.en: it", "It")


def test_only_admins_change_the_wording(pages: Pages) -> None:
    agent = pages.visitor("desk-2")
    assert agent.get(f"{WORDS}/outside_hours").status_code == 403
    assert "Change for all reasons" not in agent.page(WORDS)
    for path in (f"{WORDS}/outside_hours", f"{WORDS}/outside_hours/preview"):
        assert agent.send(path, {"text": "x"}, seen_on="/account").status_code == 403
    assert pages.visitor().get(WORDS).status_code == 302


@pytest.mark.parametrize("path", [f"{WORDS}/nothing", "/connections/nowhere/words", "/connections/nowhere/words/queue",
                                  f"{WORDS}/%00"])
def test_what_does_not_exist_is_not_found(pages: Pages, path: str) -> None:
    assert pages.visitor("desk-1").get(path).status_code == 404


@pytest.mark.parametrize("word", [*Reason, "route", "queue", "release", "reject"])
def test_every_reply_has_a_page(pages: Pages, word: str) -> None:
    admin = pages.visitor("desk-1")
    for language in ("", "ja", "xx"):
        assert "Deskgate's own words" in admin.page(f"{WORDS}/{word}?language={language}")


def test_a_reply_that_failed_is_shown_until_it_is_mended(pages: Pages) -> None:
    with transaction():
        find_connection("desk").settings = {"reply.within_hours": "{{ gone }}"}
    pages.created(identity=IT)
    admin = pages.visitor("desk-1")
    assert "A reply of desk could not be used Reply.within_hours: line 1: there is no value 'gone'" in admin.page(
        "/attention")
    assert "need attention 1" in admin.page("/")
    assert "A reply could not be used: reply.within_hours" in admin.page("/connections")
    assert "Within hours fails Support is open now" in admin.page(WORDS)
    assert "A reply could not be used" not in admin.after(f"{WORDS}/within_hours", {"text": "{{ text }}"})
    assert "could not be used" not in admin.page("/attention")


def test_replies_stay_as_they_are_when_the_rest_of_a_connection_is_changed(pages: Pages) -> None:
    pages.open_sandbox()
    replies = {"reply.queue": "Hello,\n\n{{ text }}", "reply.queue.de": "Hallo,\n{{ text }}"}
    with transaction():
        find_connection("sandbox").settings = {**replies, "reject_breaker": "off"}
    admin = pages.visitor("desk-1")
    assert "reply.queue" not in admin.html("/connections/sandbox/setup")
    fields = {**fields_of(admin, "/connections/sandbox/setup", "/setup"), "others": "language = fr"}
    assert admin.open("POST", "/connections/sandbox/setup", data=fields).status_code == 303
    assert {row.name: row.settings for row in pages.rows(tables.Connection)}["sandbox"] == {**replies, "language": "fr"}


def test_the_customers_page_chooses_their_language(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    assert "Is told things in the language of each connection" in admin.page("/customers/Acme")
    shown = admin.after("/customers/Acme/language", {"language": "fr"}, seen_on="/customers/Acme")
    assert "Is told things in French" in shown
    assert admin.send("/customers/Acme/language", {"language": "xx"}, seen_on="/customers/Acme").status_code == 400
    agent = pages.visitor("desk-2")
    assert agent.send("/customers/Acme/language", {"language": "de"}, seen_on="/account").status_code == 403
    assert admin.send("/customers/Nobody/language", {"language": "de"}, seen_on="/account").status_code == 404
    assert "Is told things in French" in agent.page("/customers/Acme")
