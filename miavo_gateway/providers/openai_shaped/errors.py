"""Errors in the shape that OpenAI gives them, or near it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from miavo_gateway.providers.exchange import ErrorClass, ProviderError

__all__ = ["Classify", "class_by_words", "read_error"]

Classify: TypeAlias = Callable[[int, str, str], ErrorClass | None]
"""From status, code and message to what the error means; None leaves it to the status."""

_SHOWN = 500
"""How much of a body that is no JSON is passed on: a proxy's page can be long."""
_OK = 200
_TOO_LONG = re.compile(
    r"context[ _](length|size|window)|maximum context|token length too long"
    r"|exceeded model token limit|prompt is too long|too many (input )?tokens",
    re.IGNORECASE,
)
_LENGTH_STATUSES = frozenset({_OK, 400, 413, 422})
_CLASS_BY_NAME: Mapping[str, ErrorClass] = {
    "invalid_request_error": ErrorClass.CLIENT,
    "BadRequestError": ErrorClass.CLIENT,
    "400": ErrorClass.CLIENT,
    "422": ErrorClass.CLIENT,
    "401": ErrorClass.BAD_CREDENTIAL,
    "403": ErrorClass.BAD_CREDENTIAL,
    "404": ErrorClass.RETIRED,
    "429": ErrorClass.THROTTLE,
}
"""What a code or type means where the status is 200: within a stream it is all there is."""
_WAIT = re.compile(r"(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?) ?(ms|s)", re.IGNORECASE)


def read_error(
    body: bytes, status: int = _OK, classify: Classify = lambda status, code, message: None
) -> ProviderError:
    """The error in a body or an event, whatever its shape.

    Args:
        body: JSON, or anything else.
        status: the HTTP status; 200 for an event of a stream.
        classify: what the provider's own codes mean; it goes before the words.
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ProviderError("", body[:_SHOWN].decode(errors="replace").strip())
    code, message = _said(decoded)
    found = classify(status, code, message) or class_by_words(status, code, message)
    wait = _WAIT.search(message)
    return ProviderError(
        code,
        message,
        found,
        retry_after=float(wait[1]) / (1000 if wait[2].lower() == "ms" else 1) if wait else None,
    )


def class_by_words(status: int, code: str, message: str) -> ErrorClass | None:
    """What can be told of any such error beyond its status."""
    if status in _LENGTH_STATUSES and _TOO_LONG.search(f"{code} {message}"):
        return ErrorClass.CONTEXT_LENGTH
    return _CLASS_BY_NAME.get(code) if status == _OK else None


def _said(decoded: Any) -> tuple[str, str]:
    """Code and message out of `{"error": {...}}`, `{"error": "..."}` or the same without a lid."""
    if not isinstance(decoded, dict):
        return "", ""
    base = decoded.get("base_resp")
    error = decoded.get("error") or (base if isinstance(base, dict) else decoded)
    if isinstance(error, str):
        return "", error
    if not isinstance(error, dict):
        return "", ""
    code = error.get("code") or error.get("type") or error.get("status_code") or ""
    message = error.get("message") or error.get("status_msg") or error.get("msg") or ""
    if not message and isinstance(error.get("detail"), str):
        message = error["detail"]  # FastAPI's own errors, as vLLM's server has them.
    return str(code), str(message)
