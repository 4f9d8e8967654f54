"""The API's reference: the OpenAPI document, the same as a page, and where the type of a problem leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from entitlements.settings import Settings
from entitlements.store.access import SCOPES
from entitlements.web.api.openapi import JSON, document
from entitlements.web.api.operation import OPERATIONS
from entitlements.web.problems import KINDS

SPELLED_OUT = 7  # values of an enumeration at most
FIRST = ("tickets", "decisions", "usage")  # what most readers come for
NO_BODY: dict[str, Any] = {"content": {JSON: {"schema": {}}}}
bp = Blueprint("api_reference", __name__)


@dataclass(frozen=True)
class Member:
    """One field or parameter as a line of a table."""

    name: str
    kind: str
    required: bool
    about: str
    model: str


@dataclass(frozen=True)
class Ending:
    """One way an operation ends well: its status, when that is, its headers, and what is told."""

    status: str
    when: str
    headers: tuple[str, ...]
    model: str


@dataclass(frozen=True)
class Entry:
    """One operation as a section of the page."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    parameters: tuple[Member, ...]
    body: tuple[Member, ...]
    about_body: str
    endings: tuple[Ending, ...]
    problems: tuple[str, ...]


@bp.get("/api/openapi.json")
def openapi_json() -> Response:
    """The OpenAPI document."""
    return jsonify(document())


@bp.get("/api/docs")
def docs() -> str:
    """The document as a page, rendered here: nothing is loaded from elsewhere, and nothing runs."""
    settings: Settings = current_app.extensions["deskgate_settings"]
    return render_template("api_docs.html", about=document()["info"]["description"], groups=groups(), models=models(),
                           enumerations=enumerations(), problems=KINDS.values(), scopes=SCOPES, url=settings.public_url)


@bp.get("/problems/<name>")
def explain_problem(name: str) -> AnyResponse:
    """The address that is a problem's type: its line in the reference."""
    if name not in KINDS:
        abort(404)
    return redirect(url_for("api_reference.docs", _anchor=f"problem-{name}"))


def groups() -> dict[str, list[Entry]]:
    """The operations under the noun that their address begins with."""
    found: dict[str, list[Entry]] = {noun: [] for noun in FIRST}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_entry(method, path, operation))
    return found


def models() -> dict[str, tuple[str, tuple[Member, ...]]]:
    """What each model is for that is told, and its members. What is asked stands beside its operation."""
    asked = {each.body.__name__ for each in OPERATIONS if each.body}
    return {name: (schema.get("description", ""), _members(schema)) for name, schema in _schemas().items()
            if "properties" in schema and not name.endswith("Problem") and name not in asked}


def enumerations() -> dict[str, list[str]]:
    """The values of each enumeration that is too long to be spelled out wherever it occurs."""
    return {name: schema["enum"] for name, schema in _schemas().items() if len(schema.get("enum", ())) > SPELLED_OUT}


def _schemas() -> dict[str, Any]:
    return dict(sorted(document()["components"]["schemas"].items()))


def _entry(method: str, path: str, operation: dict[str, Any]) -> Entry:
    body = _schemas().get(_model_of(operation.get("requestBody", NO_BODY)["content"][JSON]["schema"]), {})
    named = tuple(Member(each["name"], f"{each['in']}: {_kind(each['schema'])}", each["required"],
                         _about({**each["schema"], **each}), "") for each in operation["parameters"])
    endings = tuple(_ending(status, each) for status, each in operation["responses"].items() if status < "300")
    return Entry(id=operation["operationId"], method=method.upper(), path=path, summary=operation["summary"],
                 about=operation["description"].partition("\n")[0],
                 scope=operation["security"][0]["token"][0], parameters=named, body=_members(body),
                 about_body=body.get("description", ""), endings=endings, problems=_problems(operation["responses"]))


def _ending(status: str, response: dict[str, Any]) -> Ending:
    return Ending(status, response["description"], tuple(response.get("headers", {})),
                  _model_of(response["content"][JSON]["schema"]))


def _problems(responses: dict[str, Any]) -> tuple[str, ...]:
    told = [each["description"].partition(": ")[2].rstrip(".") for status, each in responses.items() if status > "300"]
    return tuple(name for names in told for name in names.split(", "))


def _members(schema: dict[str, Any]) -> tuple[Member, ...]:
    required = schema.get("required", [])
    return tuple(Member(name, _kind(each), name in required, _about(each), _linked(each))
                 for name, each in schema.get("properties", {}).items())


def _about(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    left_out = f"`{default}` if not given." if default not in (None, "") else ""
    return f"{schema.get('description', '')} {left_out}".strip()


def _model_of(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in schema:
        return _of_model(_model_of(schema))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("type") == "object":
        return "object"
    return _plain_kind(schema)


def _of_model(name: str) -> str:
    """A model by its name; the values of a short enumeration are spelled out."""
    values = _schemas()[name].get("enum", ())
    return ", ".join(values) if 0 < len(values) <= SPELLED_OUT else name


def _linked(schema: dict[str, Any]) -> str:
    """The model that a member leads to, if one is named in its kind."""
    inner = [schema, schema.get("items", {}), *schema.get("anyOf", [])]
    return next((name for each in inner if (name := _model_of(each)) and _of_model(name) == name), "")


def _plain_kind(schema: dict[str, Any]) -> str:
    types = schema.get("type", "value")
    first, *others = [types] if isinstance(types, str) else types
    word = {"date-time": "instant", "date": "day"}.get(schema.get("format", ""), {"string": "text"}.get(first, first))
    bounds = _bounds(schema)
    return " or ".join([f"{word} {bounds}".strip(), *others])


def _bounds(schema: dict[str, Any]) -> str:
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return f"up to {schema['maxLength']}" if "maxLength" in schema else ""
