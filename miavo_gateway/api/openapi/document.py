"""The description of the whole HTTP surface, as OpenAPI 3.1.

Put together on its first request, and never before: it takes a while and nothing else needs it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug.routing import Rule

from miavo_gateway import __version__
from miavo_gateway.api.openapi.operations import (
    BODY_ERRORS,
    JSON,
    OPERATIONS,
    PATH_ERRORS,
    QUERY_ERRORS,
    Access,
    Operation,
)
from miavo_gateway.api.openapi.parameters import path_parameter, query_parameter
from miavo_gateway.api.openapi.schemas import Mode, Schemas
from miavo_gateway.errors import (
    AuthenticationError,
    InternalError,
    MiavoError,
    NoUpstream,
    RateLimitExceeded,
)
from miavo_gateway.schema.errors import ErrorView

__all__ = ["describe", "methods_of", "path_of"]

_PLACEHOLDER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_SECTION = re.compile(r"^(?:Args|Returns|Raises):$", re.MULTILINE)
_RATE_HEADERS = tuple(
    f"x-ratelimit-{what}-{of}"
    for what in ("limit", "remaining", "reset")
    for of in ("requests", "tokens")
)
_HEADERS = {
    "x-request-id": "Names the request, in the log and in `/admin/v1/usage/{request_id}`.",
    "x-should-retry": "`false` where the same request cannot succeed later.",
    "retry-after": "Whole seconds until it may be tried again (RFC 9110, 10.2.3).",
    "retry-after-ms": "The same in milliseconds.",
    **dict.fromkeys(_RATE_HEADERS, "How full the key's rolling 60-second windows are."),
}
_SECURITY: Mapping[Access, list[dict[str, list[str]]]] = {
    Access.ANYBODY: [],
    Access.KEY: [{"key": []}],
    Access.KEY_OR_TOKEN: [{"key": []}, {"token": []}],
    Access.ADMIN: [{"admin": []}],
    Access.LOCAL_OR_ADMIN: [{}, {"admin": []}],
}
_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of this gateway, `sk-maas-…`.",
    },
    "token": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "What opens one file without a key; it is in the address of the file.",
    },
    "admin": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token from the file `admin-token` in the gateway's home.",
    },
}
_TAGS = {
    "models": "What can be called.",
    "chat": "Chat completions, as OpenAI's.",
    "realtime": "Spoken conversation over a WebSocket, in OpenAI's realtime events.",
    "audio": "Speech, music and transcription, as OpenAI's.",
    "images": "Image models, which are previews.",
    "videos": "Videos: tasks that are asked for until they have ended, and their files.",
    "gateway": "The gateway itself.",
    "admin": "What the app and the commands use.",
}


def describe(rules: Iterable[Rule], views: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """The document.

    Args:
        rules: the routes of the application.
        views: what serves them, by endpoint; their docstrings are the words of the description.
    """
    schemas = Schemas(_wanted())
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda each: each.rule):
        path = path_of(rule)
        for method in methods_of(rule):
            operation = OPERATIONS.get((method, path))
            if operation is not None:
                view = views[rule.endpoint]
                described = _operation(operation, rule, view, schemas)
                paths.setdefault(path, {})[method.lower()] = described
    errors: list[type[MiavoError]] = list(_all_errors(MiavoError))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Miavo",
            "version": __version__,
            "summary": "One OpenAI-compatible gateway in front of 93 models.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {each.__name__: _error_response(each, schemas) for each in errors},
            "headers": {
                name: {"description": words, "schema": {"type": "string"}}
                for name, words in _HEADERS.items()
            },
            "securitySchemes": _SCHEMES,
        },
    }


def path_of(rule: Rule) -> str:
    """A route's path as OpenAPI writes it: `/v1/models/{slug}`."""
    return _PLACEHOLDER.sub(r"{\1}", rule.rule)


def methods_of(rule: Rule) -> tuple[str, ...]:
    """The methods of a route, less those that every route has by itself."""
    return tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _operation(
    operation: Operation, rule: Rule, view: Callable[..., Any], schemas: Schemas
) -> dict[str, Any]:
    summary, _, rest = (inspect.getdoc(view) or "").partition("\n")
    named = _PLACEHOLDER.findall(rule.rule)
    parameters = [
        *(path_parameter(name) for name in named),
        *(query_parameter(name) for name in operation.query),
    ]
    described: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2].strip("_"),
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "security": _SECURITY[operation.access],
        "responses": {
            **_answers(operation, schemas),
            **_error_answers(operation, has_path=bool(named), schemas=schemas),
        },
    }
    if words := _SECTION.split(rest)[0].strip():
        described["description"] = words
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                operation.body_type: {"schema": schemas.place(operation.body, "validation")}
            },
        }
    return described


def _answers(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    if operation.answer is None:
        return {}
    headers = ["x-request-id", *(_RATE_HEADERS if operation.access is Access.KEY else ())]
    answer: dict[str, Any] = {
        "description": HTTPStatus(operation.status).phrase,
        "headers": {name: _header(name) for name in headers},
    }
    if isinstance(operation.answer, str):
        answer["description"] = operation.answer
        answer["content"] = {
            each: {"schema": {"type": "object" if each == JSON else "string"}}
            for each in operation.media_type.split(", ")
            if each
        }
    else:
        place = schemas.place(operation.answer, "serialization")
        if operation.or_else:
            others = [schemas.place(each, "serialization") for each in operation.or_else]
            place = {"anyOf": [*others, place]}
        answer["content"] = {
            each: {"schema": place if each == JSON else {"type": "string"}}
            for each in operation.media_type.split(", ")
        }
    if operation.streamed is not None:
        answer["content"]["text/event-stream"] = {
            "schema": {"type": "string", "description": operation.streamed}
        }
    return {str(operation.status): answer}


def _error_answers(operation: Operation, *, has_path: bool, schemas: Schemas) -> dict[str, Any]:
    errors: list[type[MiavoError]] = list(operation.errors)
    if operation.access is not Access.ANYBODY:
        errors.append(AuthenticationError)
    if operation.body is not None:
        errors += BODY_ERRORS
    if operation.query:
        errors += QUERY_ERRORS
    if has_path:
        errors += PATH_ERRORS
    errors.append(InternalError)
    return {
        str(each.status): {"$ref": f"#/components/responses/{each.__name__}"}
        for each in sorted(set(errors), key=lambda each: each.status)
    }


def _error_response(error: type[MiavoError], schemas: Schemas) -> dict[str, Any]:
    words = (inspect.getdoc(error) or "").partition("\n")[0]
    names = ["x-request-id", "x-should-retry"]
    if issubclass(error, RateLimitExceeded | NoUpstream):
        names += ["retry-after", "retry-after-ms"]
    return {
        "description": f"`{error.code}`: {words}",
        "headers": {name: _header(name) for name in names},
        "content": {"application/json": {"schema": schemas.place(ErrorView, "serialization")}},
    }


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _all_errors(of: type[MiavoError]) -> Iterator[type[MiavoError]]:
    for each in of.__subclasses__():
        yield each
        yield from _all_errors(each)


def _wanted() -> Iterator[tuple[Any, Mode]]:
    yield ErrorView, "serialization"
    for operation in OPERATIONS.values():
        if operation.body is not None:
            yield operation.body, "validation"
        if operation.answer is not None and not isinstance(operation.answer, str):
            yield operation.answer, "serialization"
        for each in operation.or_else:
            yield each, "serialization"
