"""The OpenAPI document, made from the operations and the very models that requests are read with."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from entitlements.store.access import SCOPES
from entitlements.web.api.operation import OPERATIONS, PREFIX, Answers, Operation
from entitlements.web.api.tickets import CREATE
from entitlements.web.api.told import Verdict
from entitlements.web.problems import KINDS, MEDIA_TYPE, Kind

VERSION = "1"
REF = "#/components/schemas/{model}"
JSON = "application/json"
ABOUT = ("Deskgate decides in one step whether a ticket is routed, queued until the license opens, or rejected. "
         "Instants are UTC to the second, ids are texts, durations seconds. Every error is an object of the type "
         "application/problem+json.")


@cache
def document() -> dict[str, Any]:
    """The whole document. It is made once: operations are known when the application has been imported."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Deskgate", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**_models(), **{_problem_name(kind): _problem_schema(kind) for kind in KINDS.values()}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description":
                                          f"An API token. Scopes: {', '.join(SCOPES)}."}}},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation), "summary": operation.summary,
        "description": f"{operation.about}\n\nNeeds a token with the scope `{operation.scope}`.",
        "tags": [operation.path.split("/")[1]], "security": [{"token": [operation.scope]}],
        "parameters": _parameters(operation), "responses": _responses(operation)}
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(operation.body)}}}
    return described


def _operation_id(operation: Operation) -> str:
    words = operation.path.replace("-", "/").replace("{", "one/").replace("}", "").split("/")
    return operation.method.lower() + "".join(word.title() for word in words)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    named = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
             for name in operation.parameters]
    asked = [_asked(name, schema) for name, schema in _query_schema(operation).items()]
    key = [{"name": "Idempotency-Key", "in": "header", "required": False, "description":
            "The same key with the same body gets the same answer, and nothing is done twice.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255}}] if operation.idempotent_by_key else []
    return named + asked + key


def _query_schema(operation: Operation) -> dict[str, Any]:
    if operation.query is None:
        return {}
    members: dict[str, Any] = operation.query.model_json_schema(by_alias=True)["properties"]
    return members


def _asked(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter of the query. It can be left out, but never be null."""
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    plain = {**{key: value for key, value in schema.items() if key not in {"anyOf", "title", "description", "default"}},
             **(choices[0] if choices else {})}
    if schema.get("default") not in (None, ""):
        plain["default"] = schema["default"]
    told = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": "query", "required": False, "schema": plain, **told}


def _responses(operation: Operation) -> dict[str, Any]:
    responses = {str(each.status): _answer(each) for each in operation.answers}
    by_status: dict[int, list[Kind]] = {}
    for name in operation.all_problems:
        by_status.setdefault(KINDS[name].status, []).append(KINDS[name])
    return responses | {str(status): _problems(status, kinds) for status, kinds in sorted(by_status.items())}


def _answer(answers: Answers) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answers.when, "content": {JSON: {"schema": _ref(answers.model)}}}
    if answers.headers:
        told["headers"] = {name: {"description": what, "schema": {"type": "string"}}
                           for name, what in answers.headers.items()}
    return told


def _problems(status: int, kinds: list[Kind]) -> dict[str, Any]:
    schemas = [{"$ref": REF.format(model=_problem_name(kind))} for kind in kinds]
    return {"description": f"{HTTPStatus(status).phrase}: {', '.join(kind.name for kind in kinds)}.",
            "content": {MEDIA_TYPE: {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}}}


def _problem_name(kind: Kind) -> str:
    return "".join(word.title() for word in kind.name.split("-")) + "Problem"


def _problem_schema(kind: Kind) -> dict[str, Any]:
    members: dict[str, Any] = {
        "type": {"const": kind.type}, "title": {"const": kind.title}, "status": {"const": kind.status},
        "detail": {"type": "string"}, **_members_of(kind)}
    return {"type": "object", "description": kind.meaning, "properties": members, "required": list(members)}


def _members_of(kind: Kind) -> dict[str, Any]:
    if kind.name in ("invalid", "idempotency-mismatch"):
        wrong = {"type": "object", "required": ["pointer", "detail"],
                 "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}}}
        return {"errors": {"type": "array", "items": wrong}}
    if kind.name == "missing-scope":
        return {"scope": {"enum": list(SCOPES)}}
    if kind.name in CREATE.problems:
        members: dict[str, Any] = _models()[Verdict.__name__]["properties"]
        return members
    return {}


@cache
def _models() -> dict[str, Any]:
    """The schemas of all models that are read or told, and of what they are made of."""
    used: dict[tuple[type[BaseModel], Literal["validation", "serialization"]], None] = {}
    for operation in OPERATIONS:
        used.update({(answers.model, "serialization"): None for answers in operation.answers})
        used.update({(operation.body, "validation"): None} if operation.body else {})
    _, schemas = models_json_schema(list(used), ref_template=REF)
    found: dict[str, Any] = schemas["$defs"]
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
