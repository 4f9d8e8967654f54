"""Replies of a connection's own: which one counts, what it may say, and what happens when it cannot be used."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError
from entitlements.rules.language import Language
from entitlements.rules.reasons import Reason
from entitlements.rules.ticket import MatchStep
from entitlements.wording.case import Case
from entitlements.wording.customer import customer_text
from entitlements.wording.replies import VALUES, Usual, check_replies, reply_to, values_of
from entitlements.wording.samples import outcomes_of, sample
from entitlements.wording.template import LONGEST_REPLY, LONGEST_TEMPLATE
from tests.builders import utc

NOW = utc("2026-03-04 12:00")


def case_of(reason: Reason = Reason.OUTSIDE_HOURS, outcome: Usual | None = None,
            language: Language = Language.ENGLISH) -> Case:
    return sample(reason, outcome or outcomes_of(reason)[0], NOW, language, "renewals@desk.example")


def told(template: str, case: Case | None = None) -> str:
    reply = reply_to(case or case_of(), {"reply.outside_hours": template})
    assert not reply.trouble
    return reply.text


def problem(template: str, name: str = "reply.outside_hours") -> str:
    with pytest.raises(ConfigError) as refused:
        check_replies({name: template})
    assert refused.value.field == name
    assert str(refused.value).startswith(f"{name}: ")
    return str(refused.value).removeprefix(f"{name}: ")


# --- Which one counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "expected"), [
    ({}, ""),
    ({"reply.queue": "x"}, "reply.queue"),
    ({"reply.queue": "x", "reply.queue.de": "x"}, "reply.queue.de"),
    ({"reply.queue.de": "x", "reply.outside_hours": "x"}, "reply.outside_hours"),
    ({"reply.outside_hours": "x", "reply.outside_hours.de": "x"}, "reply.outside_hours.de"),
    ({"reply.outside_hours.fr": "x", "reply.holiday": "x", "reply.reject": "x"}, ""),
    ({"reply.outside_hours": " \n ", "reply.queue": "x"}, "reply.queue"),
])
def test_the_most_special_reply_counts(settings: dict[str, str], expected: str) -> None:
    assert reply_to(case_of(language=Language.GERMAN), settings).setting == expected


def test_a_ticket_that_has_waited_is_told_what_is_meant_for_a_release() -> None:
    settings = {"reply.route": "at once", "reply.release": "at last"}
    assert reply_to(case_of(Reason.WITHIN_HOURS, Usual.ROUTE), settings).text == "at once"
    assert reply_to(case_of(Reason.WITHIN_HOURS, Usual.RELEASE), settings).text == "at last"
    assert reply_to(case_of(Reason.WITHIN_HOURS, Usual.RELEASE), {"reply.route": "at once"}).setting == ""


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_without_a_reply_it_is_deskgates_own_words(reason: Reason, language: Language) -> None:
    for outcome in outcomes_of(reason):
        case = case_of(reason, outcome, language)
        assert reply_to(case, {"language": "de", "reply_waits": "on"}).text == customer_text(case)


@pytest.mark.parametrize("reason", Reason)
def test_somebody_known_by_domain_alone_is_never_told_a_reply(reason: Reason) -> None:
    for outcome in outcomes_of(reason):
        case = case_of(reason, outcome)
        stranger = replace(case, ticket=replace(case.ticket, requester=replace(
            case.ticket.requester, step=MatchStep.DOMAIN)))
        settings = {f"reply.{word}": "Your {{ license }} covers {{ hours }}" for word in (*Reason, *Usual)}
        assert reply_to(stranger, settings).text == customer_text(stranger)
        assert "Gold" not in reply_to(stranger, settings).text


# --- What it may say -------------------------------------------------------------------------------------------------


def test_a_reply_is_filled_in_with_the_customers_own_local_time() -> None:
    assert told("Hello {{ customer }},\n\nwe are back on {{ release_about }}.\n") == (
        "Hello Lutece,\n\nwe are back on Monday 9 March at about 09:00 (Paris), 17:00 your time in Tokyo.")


def test_values_are_in_the_language_of_the_customer() -> None:
    case = case_of(language=Language.FRENCH)
    assert told("{{ release_at }}|{{ hours }}|{{ severity }}", case) == (
        "lundi 9 mars à 09:00 (Paris), soit 17:00 à votre heure (Tokyo)|du lundi au vendredi, de 09:00 à 17:00 (Paris)|"
        "normale")


def test_every_value_can_be_named_for_every_reason_and_outcome() -> None:
    everything = " ".join(f"{{{{ {name} }}}}" for name in VALUES) + "."
    settings = {f"reply.{usual}": everything for usual in Usual}
    check_replies(settings)
    for reason in Reason:
        for outcome in outcomes_of(reason):
            case = case_of(reason, outcome)
            assert set(values_of(case)) == set(VALUES)
            assert reply_to(case, settings).setting == f"reply.{outcome}"


def test_conditions_and_filters_work() -> None:
    assert told("{% if release_at and severity == 'normal' %}wait{% else %}now{% endif %}") == "wait"
    assert told("{{ customer|upper }} {{ 'x' if not license else 'y' }}{{ ' and ' ~ severity }}") == (
        "LUTECE y and normal")
    stranger = case_of(Reason.UNKNOWN_CUSTOMER)
    reply = reply_to(stranger, {"reply.route": "Dear {{ customer|default('customer', true) }}"})
    assert reply.text == "Dear customer"


def test_a_reply_is_plain_text_and_nothing_is_escaped() -> None:
    case = case_of()
    odd = replace(case, ticket=replace(case.ticket, requester=replace(case.ticket.requester, customer="<b>A&B</b>")))
    assert told("{{ customer }} <i>", odd) == "<b>A&B</b> <i>"


def test_what_stands_in_a_value_is_not_a_template() -> None:
    case = case_of()
    odd = replace(case, ticket=replace(case.ticket, requester=replace(case.ticket.requester, customer="{{ license }}")))
    assert told("{{ customer }}", odd) == "{{ license }}"


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("template", "message"), [
    ("Hello\n{{ costumer }}", "line 2: there is no value 'costumer'; there are customer, ends_on, hours"),
    ("a\nb\n{{ text", "line 3: unexpected end of template"),
    ("{% if text %}", "line 1: Unexpected end of template"),
    ("{{ text|nope }}", "line 1: there is no filter 'nope'; there are capitalize"),
    ("{{ text|replace('a', 'aaaaaaaa') }}", "there is no filter 'replace'"),
    ("{{ text|center(99999999) }}", "there is no filter 'center'"),
    ("{% for each in text %}{{ each }}{% endfor %}", "line 1: a reply cannot use {% for %}"),
    ("x\n{% for i in range(10**9) %}{% endfor %}", "line 2: a reply cannot use {% for %}"),
    ("{% set x = text %}", "line 1: a reply cannot use {% set %}"),
    ("{% macro x() %}{% endmacro %}", "line 1: a reply cannot use {% macro %}"),
    ("{% include 'x' %}", "line 1: a reply cannot use {% include %}"),
    ("{% extends 'x' %}", "line 1: a reply cannot use {% extends %}"),
    ("{{ text.__class__ }}", "line 1: a reply cannot use attributes"),
    ("{{ text['x'] }}", "line 1: a reply cannot use [ ]"),
    ("{{ text() }}", "line 1: a reply cannot use calls"),
    ("{{ ''.join(text) }}", "line 1: a reply cannot use calls"),
    ("{{ range(9) }}", "line 1: a reply cannot use calls"),
    ("{{ 9**9**9**9 }}", "line 1: a reply cannot use arithmetic"),
    ("{{ 'x' * 999999999 }}", "line 1: a reply cannot use arithmetic"),
    ("{{ '%999999999d' % 1 }}", "line 1: a reply cannot use arithmetic"),
    ("{{ [text] }}", "line 1: a reply cannot use lists"),
    ("{{ text is defined }}", "line 1: a reply cannot use tests (is)"),
    ("{% unknown %}", "line 1: Encountered unknown tag 'unknown'"),
    ("{{ self }}", "line 1: there is no value 'self'"),
    ("{{ loop }}", "line 1: there is no value 'loop'"),
    ("{{ text|trim(1, 2, 3) }}", "it cannot be filled in: "),
    ("{{ text|upper(why=text) }}", "it cannot be filled in: "),
    ("{{ text < 3 }}", "it cannot be filled in: "),
    ("x\x00y", "has characters in it that cannot be shown"),
    ("x" * (LONGEST_TEMPLATE + 1), "a reply has 2,000 characters at most, not 2,001"),
])
def test_a_template_that_cannot_be_a_reply_is_refused_with_the_line(template: str, message: str) -> None:
    assert message in problem(template)


@pytest.mark.parametrize("template", ["{{ " + "(" * 900 + "text" + ")" * 900 + " }}", "{{ " + "not " * 400 + "text }}",
                                      "{% if text %}" * 80 + "x" + "{% endif %}" * 70])
def test_endless_nesting_is_refused_and_not_gone_into(template: str) -> None:
    assert problem(template)


@pytest.mark.parametrize(("name", "message"), [
    ("reply.closed", "there is no reason or outcome 'closed'; there are route, queue, release, reject, unknown"),
    ("reply.", "there is no reason or outcome ''"),
    ("reply.queue.xx", "'xx' is no language that customers can be told things in; there are en (English)"),
    ("reply.queue.", "is no language"),
])
def test_a_reply_for_what_does_not_exist_is_refused(name: str, message: str) -> None:
    assert message in problem("x", name)


def test_whatever_is_taken_is_quick_to_fill_in() -> None:
    heavy = "{{ text ~ text ~ text }}" * 80
    check_replies({"reply.queue": heavy})
    began = time.perf_counter()
    assert "comes to more than 4,000 characters" in reply_to(case_of(), {"reply.queue": heavy}).trouble
    assert time.perf_counter() - began < 1


# --- What happens when it fails --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("template", "trouble"), [
    ("{{ text }} " * 150, f"it comes to more than {LONGEST_REPLY:,} characters"),
    ("{% if not release_at %}x{% endif %}", "it comes to nothing"),
    ("{{ written_by_other_means }}", "line 1: there is no value 'written_by_other_means'"),
    ("{{ text", "line 1: unexpected end of template"),
])
def test_a_reply_that_fails_gives_way_to_deskgates_own_words_and_says_why(template: str, trouble: str) -> None:
    case = case_of()
    reply = reply_to(case, {"reply.outside_hours": template})
    assert reply.text == customer_text(case)
    assert reply.trouble.startswith(f"reply.outside_hours: {trouble}")
