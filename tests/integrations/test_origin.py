"""Calls to one helpdesk: its credentials go to its own origin and nowhere else, whatever paths and links are."""

from __future__ import annotations

import ast
import base64
import json

import pytest
import responses

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Quota
from integrations.http import HttpClient
from integrations.origin import Origin, OriginClient, Params
from tests.integrations.server import ByteServer, answer
from tests.source_tree import imports, product_files, source

BASE = "https://desk.example/helpdesk/api"
TOKEN = "s3cr3t-t0ken"
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def desk(http: HttpClient) -> OriginClient:
    return OriginClient(http, BASE, SIGNED_IN)


def refusal(call: object, *args: object, **content: object) -> str:
    with pytest.raises(DeliveryError) as caught:
        call(*args, **content)  # type: ignore[operator]
    assert caught.value.kind == "refused"
    return str(caught.value)


# --- Paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "url"), [
    ("", BASE), ("/", BASE), ("tickets", f"{BASE}/tickets"), ("/tickets/7/", f"{BASE}/tickets/7/"),
    ("tickets/a b", f"{BASE}/tickets/a%20b"), ("tags/50%", f"{BASE}/tags/50%25"), ("x/%2e%2e", f"{BASE}/x/%252e%252e"),
    ("tags/ä", f"{BASE}/tags/%C3%A4"), (("tickets", 7, "notes"), f"{BASE}/tickets/7/notes"),
    (("tags", "a?b#c"), f"{BASE}/tags/a%3Fb%23c"), ("users/me@acme.example", f"{BASE}/users/me%40acme.example"),
    ("ticket;x", f"{BASE}/ticket%3Bx"), ("x/http:evil", f"{BASE}/x/http%3Aevil"), ((), BASE)])
def test_a_path_is_quoted_and_lies_below_the_base_address(desk: OriginClient, path: object, url: str) -> None:
    assert desk.url(path) == url  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [
    "..", "../admin", "tickets/../../admin", "tickets/.", "//evil.example/x", "https://evil.example/x", "tickets//7",
    "https://desk.example/helpdesk/api/tickets", "tickets/7?admin=1", "tickets/7#x", "tickets/7\r\nHost: evil.example",
    "tickets/\x00", "tickets/\ud800", ("tickets", "7/merge"), ("tickets", ".."), ("tickets", ""), ("tickets", "7\n")])
def test_a_path_that_could_lead_elsewhere_is_refused(desk: OriginClient, path: object) -> None:
    assert "is no path below the address" in refusal(desk.get, path)


def test_parameters_are_quoted_and_may_repeat(desk: OriginClient) -> None:
    params: Params = {"query": "a&b=c #1", "page": 2, "id": ["7", 8], "none": [], "open": True}
    assert desk.url("search", params) == f"{BASE}/search?query=a%26b%3Dc%20%231&page=2&id=7&id=8&open=true"


def test_half_a_character_in_a_parameter_is_refused(desk: OriginClient) -> None:
    assert "half a character" in refusal(desk.get, "search", params={"query": "\ud800"})


def test_what_the_base_address_asks_is_asked_with_every_call(http: HttpClient) -> None:
    hook = OriginClient(http, "https://desk.example/hook?code=a%2Fb#part")
    assert hook.url("") == "https://desk.example/hook?code=a%2Fb"
    assert hook.url("x", {"page": 1}) == "https://desk.example/hook/x?code=a%2Fb&page=1"


def test_without_an_address_nothing_is_called(http: HttpClient) -> None:
    desk = OriginClient(http, "")
    assert desk.origin is None
    for call in (lambda: desk.get("x"), lambda: desk.follow("https://desk.example/x")):
        assert refusal(call) == "this connection has no address to call"


@pytest.mark.parametrize("url", ["ftp://desk.example", "https://user:pw@desk.example", "https://10.0.0.1/", "desk"])
def test_an_address_that_may_not_be_called_is_refused_at_once(http: HttpClient, url: str) -> None:
    with pytest.raises(ConfigError):
        OriginClient(http, url)


# --- Links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [
    "https://desk.example/helpdesk/api/tickets/?page=2", "HTTPS://DESK.example:443/helpdesk/api/tickets/?page=2",
    "/helpdesk/api/tickets/?page=2", "//desk.example/helpdesk/api/tickets/?page=2", "?page=2"])
@responses.activate
def test_a_link_to_the_same_origin_is_followed_with_our_credentials(desk: OriginClient, link: str) -> None:
    responses.get(f"{BASE}/tickets/?page=2", json={"page": 2})
    responses.get(f"{BASE}?page=2", json={"page": 2})
    assert desk.follow(link).object() == {"page": 2}
    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("link", [
    "https://evil.example/helpdesk/api/", "//evil.example/", "https://desk.example.evil.example/",
    "https://desk.example:8443/", "http://desk.example/", "https://desk.example./", "https://www.desk.example/",
    "https://desk.example@evil.example/", "https://evil.example\\@desk.example/", "/\\evil.example/",
    "https://desk.example\t.evil.example/", "\thttps://evil.example/", "https://evil.example#@desk.example/",
    "javascript:alert(1)", "file:///etc/passwd", "https://[::1", "https://10.0.0.1/", "", None, 7, ["x"],
    "https://desk.example:0443x/", "https://xn--dsk-1na.example/", "https://dësk.example/"])
@responses.activate
def test_a_link_to_anywhere_else_is_refused_and_nothing_is_sent(desk: OriginClient, link: object) -> None:
    assert "link to the next page" in refusal(desk.follow, link)
    assert not responses.calls


def test_an_error_about_a_foreign_link_names_both_origins_and_nothing_of_its_path(desk: OriginClient) -> None:
    assert refusal(desk.follow, "https://evil.example:8443/take?token=abc") == (
        "the link to the next page leads to https://evil.example:8443, not to https://desk.example: it is not followed")


def test_an_origin_is_written_as_browsers_do() -> None:
    assert str(Origin("https", "desk.example", 443)) == "https://desk.example"
    assert str(Origin("http", "::1", 8080)) == "http://[::1]:8080"


# --- What is sent, and what comes back -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_method_carries_credentials_headers_and_parameters(http: HttpClient, method: str) -> None:
    with ByteServer(answer('{"id": 7}')) as server:
        desk = OriginClient(http, f"{server.url}/api", {**SIGNED_IN, "X-Site": "north"})
        found = getattr(desk, method)("tickets/7", json={"a": 1}, params={"p": 2}, headers={"x-site": "south"})
    sent = server.requests[0]
    assert found.object() == {"id": 7}
    assert sent.line == f"{method.upper()} /api/tickets/7?p=2 HTTP/1.1"
    assert (sent.headers["authorization"], sent.headers["x-site"]) == (f"Bearer {TOKEN}", "south")
    assert json.loads(sent.body) == {"a": 1}


@responses.activate
def test_an_answer_that_is_no_success_raises_unless_it_is_only_asked(desk: OriginClient) -> None:
    responses.get(f"{BASE}/tickets/7", status=404, json={"detail": "No."})
    assert desk.ask("GET", "tickets/7").status == 404
    with pytest.raises(DeliveryError) as caught:
        desk.get("tickets/7")
    assert (caught.value.kind, caught.value.status) == ("gone", 404)


@pytest.mark.parametrize(("limit", "remaining"), [
    ("X-Rate-Limit", "X-Rate-Limit-Remaining"), ("X-RateLimit-Limit", "X-RateLimit-Remaining"),
    ("X-RateLimit-Total", "X-RateLimit-Remaining"), ("X-RateLimit-Limit-Minute", "X-RateLimit-Remaining-Minute"),
    ("ratelimit-limit", "ratelimit-remaining")])
@responses.activate
def test_what_is_left_of_a_limit_is_known_from_the_last_answer_that_tells(
        desk: OriginClient, limit: str, remaining: str) -> None:
    responses.get(f"{BASE}/a", headers={limit: "700", remaining: "12"})
    responses.get(f"{BASE}/b")
    responses.get(f"{BASE}/c", status=429, headers={limit: "700", remaining: "0"})
    assert desk.quota is None
    desk.get("a")
    desk.get("b")
    assert desk.quota == Quota(700, 12)
    desk.ask("GET", "c")
    assert desk.quota == Quota(700, 0)


BASIC = "Basic " + base64.b64encode(f"gateway@desk.example/token:{TOKEN}".encode()).decode()


@pytest.mark.parametrize(("headers", "quoted"), [
    ({"Authorization": f"Bearer {TOKEN}"}, TOKEN), ({"authorization": f"Token {TOKEN}"}, f"Token {TOKEN}"),
    ({"api_access_token": TOKEN}, TOKEN), ({"X-Api-Key": TOKEN}, TOKEN), ({"X-Zendesk-Anything": TOKEN}, TOKEN),
    ({"Authorization": BASIC}, BASIC.partition(" ")[2]), ({"Authorization": BASIC}, TOKEN),
    ({"Cookie": f"session={TOKEN}"}, f"session={TOKEN}")])
@pytest.mark.parametrize("status", [200, 401])
@responses.activate
def test_no_error_repeats_a_credential_whichever_header_it_is_in(
        http: HttpClient, status: int, headers: dict[str, str], quoted: str) -> None:
    """Not even the error about a success that cannot be read: some servers show the whole request when debugging."""
    responses.get(f"{BASE}/x", status=status, body=f"<h1>Debug</h1> you sent {quoted}.")
    with pytest.raises(DeliveryError) as caught:
        OriginClient(http, BASE, headers).get("x").object()
    assert str(caught.value).endswith("Debug you sent ***.")


# --- The only way out ------------------------------------------------------------------------------------------------


def test_only_the_origin_bound_client_calls_the_one_that_takes_any_address() -> None:
    """An adapter that called `http.request` itself could send its credentials wherever a payload points."""
    calls = {"request", "exchange"}
    rows = [f"{path}:{node.lineno}" for path in product_files() if path.parts[0] == "integrations"
            and path.name not in {"origin.py", "http.py"} for node in ast.walk(source(path))
            if isinstance(node, ast.Attribute) and node.attr in calls and "http" in ast.unparse(node.value)]
    rows += [f"{path}:{each.line}" for path in product_files() if path.parts[0] == "integrations"
             and path.name not in {"http.py", "pinned.py", "addresses.py"} for each in imports(path)
             if each.name.partition(".")[0] in {"requests", "urllib3"}]
    assert rows == [], f"call through integrations.origin.OriginClient instead: {', '.join(rows)}"
