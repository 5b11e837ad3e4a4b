"""Anthropic's errors, as its API words and shapes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from pydantic import ValidationError

from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["AnthropicRefusal", "error_answer", "error_body", "failure_type", "invalid", "misshapen"]

_TYPES: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicRefusal(Exception):
    """The API refuses a request.

    Attributes:
        status: the HTTP status.
        message: its words.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def failure_type(status: int) -> str:
    """The type of error that a status goes with."""
    return _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")


def error_body(status: int, message: str, request_id: str) -> bytes:
    """The error as JSON, for an answer or for an event."""
    error = {"type": failure_type(status), "message": message}
    return orjson.dumps({"type": "error", "error": error, "request_id": request_id})


def error_answer(status: int, message: str, request_id: str) -> Simulated:
    """The answer that is an error."""
    headers = {"content-type": "application/json", "request-id": request_id}
    return Simulated(status, headers, (Part(error_body(status, message, request_id)),))


def invalid(message: str) -> AnthropicRefusal:
    """The API finds the request wrong."""
    return AnthropicRefusal(400, message)


def misshapen(error: ValidationError) -> AnthropicRefusal:
    """The request has not the shape that the API asks for."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return invalid("The request body is not valid JSON.")
    return invalid(f"{_place(first['loc'])}: {_words(first['type'], first['msg'])}")


def _place(location: Sequence[int | str]) -> str:
    return ".".join(map(str, location))


def _words(kind: str, message: str) -> str:
    return message.removeprefix("Value error, ") if kind == "value_error" else message
