"""The OpenAPI 3.1 document: what FastAPI derives from the routes, and what holds for all of them."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from lingtan.apps.api.contract import KEY, WRITES
from lingtan.apps.web.need import SHAPES

WORDS = {
    "400": "The body cannot be read: it is no text in UTF-8, or its parts are broken.",
    "401": "Not signed in, or the token is not valid.",
    "403": "Not allowed.",
    "404": "No such object.",
    "409": "The data do not allow it, or the same write is still running.",
    "413": "The body is too large.",
    "415": "The body has a form that is not taken here.",
    "422": "Something of the request is wrong.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
    "503": "A store or a child process does not answer.",
}
OF_BODY = ("400", "413", "415")
OF_ACTOR = ("401", "403")
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details after RFC 9457; `code` is stable, `detail` speaks the asker's language.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "object"}, "description": "Each place that is wrong."},
    },
    "additionalProperties": False,
    "examples": [
        {"type": "https://lingtan.example/problems/portal.unknown-enterprise", "title": "portal.unknown-enterprise", "status": 404,
         "detail": "There is no enterprise 'fondry'. Did you mean 'foundry'?", "instance": "/api/v1/enterprises/fondry/postings",
         "code": "portal.unknown-enterprise", "request_id": "8b47fca37ef59244", "problems": []}
    ],
}  # fmt: skip
CHANGED = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the answer that is there already: 304 without a body where nothing changed.",
}  # fmt: skip
ONCE = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200},
    "description": "The same write under the same key is done once; the first answer comes back with `Idempotency-Replayed: true`.",
}  # fmt: skip
TAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this very answer; for `If-None-Match`."}}


@cache
def described(api: FastAPI) -> dict[str, Any]:
    """The document."""
    made = api.openapi()
    made["servers"] = [{"url": "/api/v1"}]
    parts = made.setdefault("components", {})
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token from the profile page or `POST /tokens`."},
        "session": {"type": "apiKey", "in": "cookie", "name": "lt_session", "description": "A signed-in browser; writes send `X-CSRF-Token`."},
    }  # fmt: skip
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    _shapes(api, made["paths"], schemas)
    for path, methods in made["paths"].items():
        for method, told in methods.items():
            _complete(told, path, method.upper())
    return made


def _shapes(api: FastAPI, paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """What each answer looks like, by the models that the routes name."""
    from pydantic import TypeAdapter

    stated = [
        (route.path, method, status, TypeAdapter(shape))
        for route in api.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
        for status, shape in SHAPES.get((method, route.endpoint), {}).items()
    ]
    asked = [((path, method, status), "serialization", adapter) for path, method, status, adapter in stated]
    found, defined = TypeAdapter.json_schemas(asked, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas |= defined.get("$defs", {})
    for path, method, status, _ in stated:
        content = paths[path][method.lower()]["responses"][status].setdefault("content", {})
        content["application/json"] = {"schema": found[(path, method, status), "serialization"]}


def _complete(told: dict[str, Any], path: str, method: str) -> None:
    """What every operation has."""
    told["operationId"] = f"{method.lower()}{path.replace('/', '_').replace('{', '').replace('}', '')}"
    public = told["x-lingtan-needs"] == "public"
    told["security"] = [] if public else [{"token": []}, {"session": []}]
    answers = told["responses"]
    left = (*(OF_ACTOR if public else ()), *(() if "requestBody" in told else OF_BODY))
    for status, words in WORDS.items():
        if status not in left:
            refused = {"schema": {"$ref": "#/components/schemas/Problem"}}
            answers[status] = {"description": words, "content": {"application/problem+json": refused}}
    parameters = told.setdefault("parameters", [])
    if method in WRITES:
        if not any(p["name"].lower() == KEY for p in parameters):
            parameters.append(ONCE)
        return
    parameters.append(CHANGED)
    answers.setdefault("304", {"description": "Not changed since the ETag that was sent."})
    if "200" in answers:
        answers["200"].setdefault("headers", {}).update(TAG)
        content = answers["200"].get("content", {})
        if len(content) > 1 and content.get("application/json") == {"schema": {}}:
            del content["application/json"]  # a file
