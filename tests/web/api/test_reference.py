"""The OpenAPI document and the page made of it: complete, consistent, and loading nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from entitlements.store.access import SCOPES
from entitlements.web.problems import KINDS
from tests.web.api.desk import Desk


@pytest.fixture
def document(desk: Desk) -> dict[str, Any]:
    response = desk.client.get("/api/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    return response.get_json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def found_in(value: Any, key: str) -> Iterator[Any]:
    """What stands under that key anywhere in the value."""
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from found_in(each, key)


def test_every_route_of_the_api_is_described_and_nothing_else(desk: Desk, document: dict[str, Any]) -> None:
    routes = {(method, re.sub(r"<(\w+)>", r"{\1}", rule.rule)) for rule in desk.app.url_map.iter_rules()
              if rule.rule.startswith("/api/v1") for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert {(method, path) for method, path, _ in operations(document)} == routes


def test_the_routes_that_were_promised_are_there(document: dict[str, Any]) -> None:
    promised = {("POST", "/tickets"), ("GET", "/tickets"), ("GET", "/tickets/{ticket}"),
                ("POST", "/tickets/{ticket}/override"), ("POST", "/tickets/{ticket}/take"),
                ("POST", "/decisions/preview"), ("POST", "/usage"), ("GET", "/usage"), ("GET", "/customers"),
                ("POST", "/customers/{customer}/language"), ("GET", "/licenses"), ("GET", "/plans"),
                ("GET", "/schedules"), ("GET", "/deliveries"), ("POST", "/deliveries/{delivery}/redeliver"),
                ("GET", "/connections"), ("POST", "/connections/{connection}/release-all")}
    assert {(method, path.removeprefix("/api/v1")) for method, path, _ in operations(document)} == promised


def test_every_operation_names_a_scope_and_the_problems_of_having_none(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        [[scope]] = [each["token"] for each in operation["security"]]
        assert scope in SCOPES
        assert {"401", "403", "500", "503"} <= set(operation["responses"])


def test_what_reads_a_body_tells_what_can_be_wrong_with_it(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        assert ("requestBody" in operation) == ({"400", "413", "415", "422"} <= set(operation["responses"]))


def test_every_reference_leads_somewhere_and_every_name_is_one_of_its_own(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    references = set(found_in(document, "$ref"))
    assert {each.removeprefix("#/components/schemas/") for each in references} <= set(schemas)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_a_ticket_is_described_as_it_is_read_and_told(document: dict[str, Any], desk: Desk) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["NewTicket"]["required"] == ["subject"]
    assert schemas["NewTicket"]["additionalProperties"] is False
    assert schemas["Severity"]["enum"] == ["low", "normal", "high", "urgent"]
    assert set(schemas["Verdict"]["required"]) == set(desk.submit().get_json())
    rejected = schemas["TicketRejectedProblem"]["required"]
    assert set(rejected) == {"type", "title", "status", "detail", *schemas["Verdict"]["required"]}


class Page(HTMLParser):
    """Which ids a page has, where its links lead, and what it would load or run."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if tag == "a" and given.get("href") else []
        self.loads += [source for source in (given.get("src"), given.get("href") if tag == "link" else None) if source]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


def test_the_page_shows_every_operation_scope_and_problem(desk: Desk, document: dict[str, Any]) -> None:
    response = desk.client.get("/api/docs")
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    page = Page(text)
    for method, path, operation in operations(document):
        assert operation["operationId"] in page.ids
        assert f">{method}<" in text
        assert path in text
    assert {f"problem-{name}" for name in KINDS} <= set(page.ids)
    assert all(scope in text for scope in SCOPES)


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(desk: Desk) -> None:
    page = Page(desk.client.get("/api/docs").get_data(as_text=True))
    assert page.inline == []
    assert all(source.startswith("/static/") for source in page.loads)


def test_every_link_inside_the_page_leads_somewhere(desk: Desk) -> None:
    page = Page(desk.client.get("/api/docs").get_data(as_text=True))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


@pytest.mark.parametrize("name", KINDS)
def test_the_type_of_a_problem_leads_to_its_line(desk: Desk, name: str) -> None:
    response = desk.client.get(f"/problems/{name}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/api/docs#problem-{name}")


def test_an_unknown_type_of_problem_is_not_found(desk: Desk) -> None:
    assert desk.client.get("/problems/nonsense").status_code == 404
