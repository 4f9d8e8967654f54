"""A description is read whole: what is wrong is told with its place, and what could have been meant."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from entitlements.errors import ConfigError
from integrations.generic.description import AuthBy, Meaning, PagingBy
from integrations.generic.document import merged, read_description
from integrations.generic.expression import LONGEST
from integrations.generic.fields import ENTRY, EVENT, LOGGED, TICKET
from integrations.generic.placeholders import CHANGE, DECISION, LIST, NEW, ONE_TAG, USABLE
from integrations.generic.signing import OWN
from integrations.generic.times import FORMS, LENGTHS
from integrations.signatures import SCHEMES
from tests.source_tree import ROOT

FOLDER = ROOT / "docs/helpdesks/generic"
PAGE = (ROOT / "docs/helpdesks/generic.md").read_text(encoding="utf-8")
ACME = (FOLDER / "acme.toml").read_text(encoding="utf-8")
SMALL = '''
title = "Acme"
[webhook.fields]
ticket_id = "id"
[[webhook.events]]
kind = "created"
'''


def trouble(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_description(text)
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_description_in_the_docs_is_one_and_understands_its_samples(path: Path) -> None:
    assert read_description(path.read_text(encoding="utf-8")).samples


def test_the_worked_example_is_a_description_as_it_stands_on_the_page() -> None:
    blocks = re.findall(r"^ *```toml\n(.*?)^ *```", PAGE, flags=re.MULTILINE | re.DOTALL)
    found = read_description("\n".join(textwrap.dedent(block) for block in blocks))
    assert set(found.requests) == {"read", "whoami", "route", "queue", "reject", "note", "reply", "groups"}
    assert found.reads


def test_the_page_names_everything_that_a_description_can_say() -> None:
    placeholders = {**DECISION, **CHANGE, **NEW, **LIST, **ONE_TAG}
    words = {*USABLE, *EVENT, *TICKET, *ENTRY, *LOGGED, *AuthBy, *PagingBy, *Meaning, *OWN, *SCHEMES, *FORMS, *LENGTHS}
    missing = [f"{{{name}}}" for name in placeholders if f"`{{{name}}}`" not in PAGE]
    missing += [word for word in words if not re.search(rf"`{re.escape(word)}`", PAGE)]
    assert sorted(missing) == ["static-bearer"], "what is spelled otherwise there"


def test_json_says_the_same_as_toml() -> None:
    as_json = read_description(json.dumps(tomllib.loads(ACME)))
    assert as_json == read_description(ACME)


def test_everything_that_is_wrong_is_told_at_once_each_with_its_place() -> None:
    told = trouble(SMALL + '''
        color = "red"
        [ticket]
        standing = "status["
        tgas = "labels"
        [auth]
        by = "bearr"
        [requests.rout]
        path = "x"
        [requests.note]
        path = "tickets/{ticket}/{id}"
        mehtod = "PUT"
    ''')
    for line in ("webhook.events[0].color: is not known here", "ticket.standing: 'status[' is no JMESPath",
                 "ticket.tgas: there is no such field; did you mean tags?", "auth.by: is one of",
                 "did you mean bearer?", "requests.rout: there is no such request; did you mean route?",
                 "requests.note.path: {id} is no placeholder here",
                 "requests.note.mehtod: is not known here; did you mean method?"):
        assert line in told
    with pytest.raises(ConfigError) as caught:
        read_description(SMALL + "[auth]\nby = 'x'\n[limits]\nper_minute = -1\n[other]\n")
    assert len(caught.value.others) == 2
    assert caught.value.field == "description"


@pytest.mark.parametrize(("more", "why"), [
    ("[requests.read]\npath='t/{ticket_id}'", "ticket.standing: is missing: requests.read reads a ticket"),
    ("[ticket]\nstanding='s'\n[requests.changed]\npath='t'\nfound='t'", "ticket.updated_at: is missing"),
    ("[ticket]\nid='i'\nstanding='s'\n[requests.find_created]\npath='t'\nfound='t'", "ticket.marker: is missing"),
    ("[requests.tag]\npath='t'\nbody={t='{tags:list}'}", "people's tags would be taken off"),
    ("[requests.route]\npath='t'\nbody={v='{version}'}", "ticket.version does not say where it is read"),
    ("[requests.route]\npath='t'\nbody={v='{severity_value}'}", "severities does not say the helpdesk's words"),
    ("[requests.route]\npath='t'\nbody={v='{acting_as}'}", "there is no request whoami"),
    ("[requests.route]\npath='t'\nbody='{\"a\": '", "requests.route.body: is a text, and so it must be JSON"),
    ("[requests.route]\npath='t'\nmethod='GET'\nbody={a=1}", "a GET has none"),
    ("[requests.route]\npath='t'\nheaders={Authorization='Bearer x'}", "give the credential with --token"),
    ("[requests.route]\npath='t'\nbody={at=2026-01-01}", "put it between quotes"),
    ("[requests.read]\npath='t'\nmethod='DELETE'\n[ticket]\nstanding='s'", "read only looks"),
    ("[ticket]\nid='i'\nstanding='s'\nupdated_at='u'\n[requests.changed]\npath='t'\nfound='t'\n"
     "query={p='{page}'}", 'so say by = "page"'),
    ("[ticket]\nid='i'\nstanding='s'\nupdated_at='u'\n[requests.changed]\npath='t'\nfound='t'\n"
     "paging={by='page'}", "needs {page} in query"),
    ("[requests.groups]\npath='g'", "requests.groups.found: is missing"),
    ("[[requests.read]]\npath='a'\n[[requests.read]]\npath='b'\n[ticket]\nstanding='s'", "is one call, not several"),
    ("[[answers]]\nmeans='done'", "say which answers are meant"), ("[times]\nzone='Mars/Base'", "is no time zone"),
    ("[times]\nform='isoo'", "did you mean iso?"), ("[severities]\nurgnt='1'", "did you mean urgent?"),
    ("[statuses]\nopen='x'\nclosed='x'", "stands for two of ours"),
    ("[[settings]]\nname='table'\nwhat='w'\nchoices=['a']\ndefault='b'", "is none of the choices"),
    ("[[settings]]\nname='route_group'\nwhat='w'", "is taken"),
    ("[ticket]\nseverity={path='p', map={P1='urgend'}}", "'urgend' is none of low, normal, high, urgent"),
    ("[ticket]\nproduct={map={a='b'}}", "needs a path"), ("[ticket]\nuntil={path='u', map={a='b'}}", "map: cannot be"),
    ("[ticket]\nemail='starts_wiht(a, b)'", "JMESPath has no function starts_wiht(); did you mean starts_with?"),
    ("[ticket]\nemail='starts_with(a)'", "starts_with() takes 2 arguments, not 1"),
    (f"[ticket]\nemail='{'x' * (LONGEST + 1)}'", "at most"), (f"[ticket]\nemail='{'!' * 1900}x'", "nested too deep")])
def test_what_cannot_work_is_refused_when_it_is_saved(more: str, why: str) -> None:
    assert why in trouble(f"{SMALL}\n{more}")


@pytest.mark.parametrize(("text", "why"), [
    ("title = ", "is not TOML: Invalid value (at end of document)"), ('{"title": 1, "title": 2}', "is not JSON"),
    ("{", "is not JSON"), ("x" * 100_001, "at most 100000 characters"), ("title = 5", "title: must be a text"),
    ('title = "x"', "nothing is ever heard of"), ('title = "x"\nwebhook = 5', "webhook: must be a table")])
def test_what_is_no_description_is_said_in_a_line(text: str, why: str) -> None:
    assert why in trouble(text)


@pytest.mark.parametrize(("events", "why"), [
    ("", "events: is missing"), ("[[webhook.events]]\nkind='made'", "kind: is one of"),
    ("[[webhook.events]]\nkind='created'", "fields.ticket_id: is missing"),
    ("[[webhook.events]]\nkind='time_logged'\nfields={ticket_id='i'}", "how much time was logged?"),
    ("[[webhook.events]]\nkind='time_logged'\nfields={ticket_id='i', seconds='s'}", "time that is told twice"),
    ("[[webhook.events]]\nkind='created'\nfields={ticket_id='i', sverity='s'}", "did you mean severity?")])
def test_an_event_that_could_say_nothing_is_refused(events: str, why: str) -> None:
    assert why in trouble(f'title = "x"\n[webhook]\nsign = "path"\n{events}')


@pytest.mark.parametrize(("sample", "why"), [
    ("payload = {nothing = 1}", "(one) is not understood: webhook.events[0]: there is no ticket_id"),
    ("payload = {id = 7}\nexpect = {kind = 'created', ticket_id = '8'}", "ticket_id should be '8', and is '7'"),
    ("payload = {id = 7}\nexpect = {sevrity = 'low'}", "there is no sevrity; did you mean severity?"),
    ("payload = {id = 7}\nexpect = [{}, {}]", "2 expected, and there is created"), ("", "payload: is missing")])
def test_a_description_that_does_not_understand_its_samples_is_not_saved(sample: str, why: str) -> None:
    assert why in trouble(f"{SMALL}\n[[samples]]\nname = 'one'\n{sample}")


def test_a_description_can_be_laid_over_another() -> None:
    over = 'title = "Ours"\nsamples = []\n[severities]\nurgent = "P0"\n[requests.route]\npath = "t"'
    found = read_description(merged(ACME, over))
    assert found.title == "Ours"
    assert found.severities["urgent"] == "P0"
    assert found.severities["low"] == "P4"
    assert found.requests["route"][0].method == "PATCH"
