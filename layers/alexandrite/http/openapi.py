"""The description of the HTTP API (OpenAPI 3.1), made of the routes themselves: nothing is described twice."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from re import findall
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from alexandrite.http import problems
from alexandrite.http.audiences import PUBLIC_PREFIX, Route, described_routes
from alexandrite.http.requests import Nothing

type Document = dict[str, Any]
type Described = tuple[str, str, Route, Any]

_REFERENCE = "#/components/schemas/{model}"
_AUDIENCES = {
    "shop": "Shop: customers",
    "partner": "Partner: other sellers, by API key",
    "crm": "CRM: sellers",
    "mes": "MES: operators and foremen",
    "carrier": "Carriers, by signed messages",
}

# The statuses of refusals that are not conflicts; every other code that a route names is 409.
_STATUSES: Mapping[str, int] = {
    "cursor.invalid": 400,
    "finish.unavailable": 400,
    "material.unknown": 400,
    "order.no_maker": 400,
    "order.unknown_piece": 400,
    "signature.headers_missing": 400,
    "signature.expired": 401,
    "signature.invalid": 401,
    "key.test_only": 403,
    "metal_rates.not_found": 404,
    "model.not_found": 404,
    "not_found": 404,
    "price.not_found": 404,
    "price_list.not_found": 404,
    "idempotency.key_reused": 422,
    "model.unpriceable": 422,
    "order.busy": 503,
}

_HEADERS: Document = {
    "RequestId": {
        "description": "The request's id: the one sent in X-Request-Id, or a new one. Name it when you ask us.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "The version, to be sent as If-Match.", "schema": {"type": "string"}},
    "Location": {"description": "Where the resource, or the state of its price, is.", "schema": {"type": "string"}},
    "IdempotentReplayed": {
        "description": "`true`: this repeats the answer to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

_PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457, with further members of the problem itself, for example the winner of a race.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence for a person"},
        "code": {"type": "string", "description": "stable and dotted, for programs; new ones may be added"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into the request"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def document(apps: Iterable[Any], *, version: str) -> Document:
    """Return the description of all routes of these Chalice apps."""
    routes = [described for app in apps for described in described_routes(app)]
    requests: set[type[BaseModel]] = {model for _, _, route, _ in routes for model in (route.takes, route.query)}
    answers = {route.gives for _, _, route, _ in routes if route.gives is not None}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in _sorted(requests)]
    wanted += [(model, "serialization") for model in _sorted(answers)]
    names, schemas = models_json_schema(wanted, ref_template=_REFERENCE)
    paths: dict[str, Document] = {}
    for described in routes:
        method, path, _, _ = described
        paths.setdefault(path, {})[method.lower()] = _operation(described, names)
    queries = {names[route.query, "validation"]["$ref"].rpartition("/")[2] for _, _, route, _ in routes}
    definitions = {name: schema for name, schema in schemas.get("$defs", {}).items() if name not in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Alexandrite",
            "version": version,
            "description": (
                "From a 3D model to delivered jewellery. Money is in integer minor units, times are RFC 3339 in UTC, "
                "lengths millimetres, masses grams. Enumerations are open: be ready for further values. "
                "`/v1` changes by addition only."
            ),
        },
        "servers": [{"url": PUBLIC_PREFIX}],
        "tags": [{"name": name, "description": text} for name, text in _AUDIENCES.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted({**definitions, "Problem": _PROBLEM}.items())),
            "headers": _HEADERS,
            "securitySchemes": {
                "customers": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT of the customers' pool"},
                "staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT of the staff's pool"},
                "partners": {"type": "http", "scheme": "bearer", "bearerFormat": "ak_live_… or ak_test_…"},
            },
        },
    }


def statuses_of(route: Route, path: str) -> dict[int, list[str]]:
    """Return the statuses with which a route refuses, each with the codes that are the route's own."""
    found: dict[int, list[str]] = {400: [], 413: [], 415: [], 429: [], 500: []}
    if not route.public:
        found[401] = []
    if route.groups or route.scope is not None:
        found[403] = []
    if "{" in path:
        found[404] = []
    if route.keyed:
        found |= {409: [], 422: []}
    if route.conditional:
        found[412] = []
    for code in route.refuses:
        found.setdefault(_STATUSES.get(code, 409), []).append(code)
    return dict(sorted(found.items()))


def _operation(described: Described, names: Mapping[Any, Any]) -> Document:
    method, path, route, authorizer = described
    audience = path.split("/")[1]
    operation: Document = {
        "operationId": f"{audience}_{route.operation}",
        "tags": [audience],
        "summary": route.summary,
        "description": route.description,
        "parameters": _parameters(path, route),
        "responses": _responses(path, route, names),
    }
    if method in ("POST", "PUT", "PATCH") and route.takes is not Nothing:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": names[route.takes, "validation"]}},
        }
    operation["security"] = [{authorizer.name: []}] if authorizer is not None else []
    if route.scope is not None and audience == "partner":
        operation["x-scope"] = route.scope
    if route.groups:
        operation["x-groups"] = sorted(route.groups)
    return operation


def _parameters(path: str, route: Route) -> list[Document]:
    found: list[Document] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 80}}
        for name in findall(r"{(\w+)}", path)
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": _inlined(schema)}
        for name, schema in route.query.model_json_schema(ref_template=_REFERENCE).get("properties", {}).items()
    ]
    if route.keyed:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": route.key_required,
                "description": "One per intention: sent again, it has no second effect and gets the same answer.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
            }
        )
    if route.conditional:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag that the decision was made on; 412 when the order has changed since.",
                "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'},
            }
        )
    return found


def _responses(path: str, route: Route, names: Mapping[Any, Any]) -> Document:
    headers: Document = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if route.keyed:
        headers["Idempotent-Replayed"] = {"$ref": "#/components/headers/IdempotentReplayed"}
    if route.conditional:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    if route.status in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    success: Document = {"description": HTTPStatus(route.status).phrase, "headers": headers}
    if route.gives is not None:
        success["content"] = {"application/json": {"schema": names[route.gives, "serialization"]}}
    responses: Document = {str(route.status): success}
    if path.endswith("/materials"):
        responses["304"] = {"description": "You have it already."}
    for status, codes in statuses_of(route, path).items():
        responses[str(status)] = _refusal(status, codes)
    return responses


def _refusal(status: int, codes: list[str]) -> Document:
    described: Document = {
        "description": HTTPStatus(status).phrase + (": " + ", ".join(f"`{code}`" for code in codes) if codes else ""),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        described["headers"] = {"Retry-After": {"schema": {"type": "integer", "description": "seconds"}}}
    return described


def _inlined(schema: Document) -> Document:
    return {name: value for name, value in schema.items() if name != "title"}


def _sorted(models: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: (model.__module__, model.__qualname__))
