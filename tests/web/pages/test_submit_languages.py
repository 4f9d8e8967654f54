"""Customers who read other languages: the submit page speaks theirs, and what it promises is what is recorded."""

from __future__ import annotations

import re

import pytest

from entitlements.rules.language import Language
from entitlements.rules.ticket import Severity
from entitlements.steps.replies import save_language
from entitlements.store import tables
from entitlements.store.connections import find_connection
from entitlements.store.database import transaction
from tests.web.pages.visitor import Pages, Visitor, words_of

SATURDAY = "2026-03-07 10:00"
ENGLISH = re.compile(r"\b(the|your|you|and|with|is|of|to|until|about|not|team|closed|sent|expected|ticket was|open)\b")


def guest(pages: Pages, accept: str) -> Visitor:
    visitor = pages.guest()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accept
    return visitor


def send(visitor: Visitor) -> str:
    return visitor.after("/submit", {"subject": "x", "description": "y", "severity": "normal"})


@pytest.mark.parametrize(("accept", "title", "promise"), [
    ("en-US,en;q=0.9", "Ask for support", "Reaches the team on Monday 9 March at about 09:00 (Paris)"),
    ("de-AT,de;q=0.9,en;q=0.5", "Support anfragen", "Erreicht das Team am Montag, 9. März, gegen 09:00 Uhr (Paris)"),
    ("fr-CA", "Demander de l’aide", "Parvient à l’équipe le lundi 9 mars vers 09:00 (Paris)"),
    ("es-MX,en;q=0.1", "Solicitar soporte", "Llega al equipo el lunes, 9 de marzo, hacia las 09:00 (París)"),
    ("pt-BR", "Solicitar suporte", "Chegada à equipe: segunda-feira, 9 de março, por volta das 09:00 (Paris)"),
    ("ja", "サポートへのお問い合わせ", "3月9日（月）09:00頃（パリ）に担当チームへ届きます"),
    ("fr;q=0,de;q=0.2", "Support anfragen", "Erreicht das Team am Montag"),
    ("*", "Ask for support", "Reaches the team on Monday 9 March"),
    ("it,nl;q=0.8", "Ask for support", "Reaches the team on Monday 9 March"),
    ("it;q=x,,;;", "Ask for support", "Reaches the team on Monday 9 March"),
    ("", "Ask for support", "Reaches the team on Monday 9 March"),
])
def test_the_page_speaks_the_language_that_the_browser_asks_for(
        pages: Pages, accept: str, title: str, promise: str) -> None:
    pages.clock.set(SATURDAY)
    shown = guest(pages, accept).page("/submit")
    assert title in shown
    assert promise in shown


@pytest.mark.parametrize("language", [each for each in Language if each is not Language.ENGLISH])
def test_what_was_promised_is_recorded_in_that_language_with_no_english_left(pages: Pages, language: Language) -> None:
    pages.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT, Severity.HIGH}), daily_limit=7200)
    pages.clock.set(SATURDAY)
    visitor = guest(pages, language.value)
    promised = visitor.page("/submit")
    told = send(visitor)
    ticket = pages.rows(tables.Ticket)[0]
    assert (ticket.language, ticket.decision.language) == (language, language)
    assert words_of(ticket.decision.customer_text) in promised
    assert words_of(ticket.decision.customer_text) in told
    again = visitor.page("/submit")
    for page in (promised, told, again):
        plain = page.replace("Acme license", "").replace("it@acme.example", "")
        assert not ENGLISH.search(plain), ENGLISH.search(plain)
    assert f'<html lang="{language}"' in visitor.html("/submit")


def test_the_customers_own_language_goes_before_the_browsers(pages: Pages) -> None:
    with transaction():
        save_language("Acme", "fr", "desk-1", pages.clock.now())
    visitor = guest(pages, "de")
    assert "Demander de l’aide" in visitor.page("/submit")
    assert "Merci" in send(visitor)
    assert pages.rows(tables.Ticket)[0].decision.language == "fr"


def test_without_a_wish_the_page_speaks_as_the_helpdesk_does_that_the_ticket_goes_to(pages: Pages) -> None:
    with transaction():
        find_connection("desk").settings = {"language": "es", "reply.within_hours": "{{ text }}\n¡Hasta pronto!"}
    visitor = guest(pages, "it")
    assert "¡Hasta pronto!" in visitor.page("/submit")
    assert "¡Hasta pronto!" in send(visitor)


def test_the_promise_that_is_drawn_anew_is_in_the_same_language(pages: Pages) -> None:
    visitor = guest(pages, "ja")
    assert words_of(visitor.get("/submit/preview?severity=low").get_data(as_text=True)).startswith(
        "すぐに担当チームへ届きます")


def test_a_form_that_is_not_complete_comes_back_in_the_language(pages: Pages) -> None:
    answer = guest(pages, "de").send("/submit", {"subject": " ", "description": "", "severity": "normal"})
    shown = words_of(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Sagen Sie in wenigen Worten, worum es geht." in shown
    assert "Beschreiben Sie es, damit jemand helfen kann." in shown


def test_a_link_that_is_needed_used_up_or_left_is_told_in_the_language(pages: Pages) -> None:
    visitor = pages.visitor()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    assert "Un lien personnel est nécessaire" in visitor.page("/submit", 401)
    assert "Ce lien a déjà servi" in visitor.page("/submit/enter/nothing", 403)
    known = guest(pages, "pt")
    left = known.send("/submit/leave", seen_on="/submit").location
    assert "A sessão foi encerrada." in known.page(left, 401)


def test_markup_in_what_is_filled_in_stays_text(pages: Pages) -> None:
    pages.change_terms("Acme", daily_limit=3600)
    shown = guest(pages, "fr").html("/submit")
    assert "<b>Normale</b>" in shown
    assert "&lt;" not in shown.partition("<main")[2].partition("<form")[0]
