"""Anthropic's errors: what each means for the request and for the credential.

Types and codes are those of anthropic 2.12.0, `types/shared`, and of Anthropic's page on errors. An
error of a stream comes under status 200, so its type has to tell all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from miavo_gateway.providers.exchange import ErrorClass, ProviderError

__all__ = ["read_error"]

_SHOWN = 500
"""How much of a body that is no JSON is passed on: a proxy's page can be long."""

_BY_TYPE: Final[Mapping[str, ErrorClass]] = {
    "invalid_request_error": ErrorClass.CLIENT,
    "request_too_large": ErrorClass.CLIENT,
    "authentication_error": ErrorClass.BAD_CREDENTIAL,
    "permission_error": ErrorClass.BAD_CREDENTIAL,
    "billing_error": ErrorClass.QUOTA,
    "not_found_error": ErrorClass.RETIRED,
    "rate_limit_error": ErrorClass.THROTTLE,
    "conflict_error": ErrorClass.RETRY,
    "timeout_error": ErrorClass.RETRY,
    "api_error": ErrorClass.RETRY,
    "overloaded_error": ErrorClass.RETRY,
}
_BY_DETAIL: Final[Mapping[str, ErrorClass]] = {
    "organization_on_hold": ErrorClass.BAD_CREDENTIAL,
    "organization_type_not_supported": ErrorClass.BAD_CREDENTIAL,
    "cmek_key_disabled": ErrorClass.BAD_CREDENTIAL,
    "cmek_key_network_blocked": ErrorClass.BAD_CREDENTIAL,
    "cmek_key_unreachable": ErrorClass.RETRY,
    "cmek_context_unavailable": ErrorClass.RETRY,
    "contract_spend_limit_reached": ErrorClass.QUOTA,
    "enforced_spend_limit_reached": ErrorClass.QUOTA,
    "linked_organization_billing_unavailable": ErrorClass.QUOTA,
    "linked_organization_spend_limit_reached": ErrorClass.QUOTA,
    "ramp_limit_exceeded": ErrorClass.THROTTLE,
}
"""By `details.error_code`, which goes before the type."""

# Errors of the type invalid_request_error that have no code of their own.
_WORDS: Final = (
    ("credit balance is too low|usage limits?\\b|spend(ing)? limit", ErrorClass.QUOTA),
    ("organization has been disabled", ErrorClass.BAD_CREDENTIAL),
    ("(prompt|input) is too long|exceeds? (the )?context", ErrorClass.CONTEXT_LENGTH),
    ("content filtering policy|usage policy", ErrorClass.CONTENT_FILTER),
)
_WAITING: Final = ("retry-after", "retry-after-ms")
_SPENT = re.compile(r"month|spend|usage limits?\b", re.IGNORECASE)


def read_error(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """The error in a body or an event, whatever its shape.

    Args:
        body: the bytes.
        status: the HTTP status; 200 for an event.
        headers: the answer's headers, by lower-case name.
    """
    try:
        decoded: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ProviderError("", body[:_SHOWN].decode(errors="replace").strip())
    error: Any = decoded.get("error", decoded) if isinstance(decoded, dict) else decoded
    if not isinstance(error, dict):
        return ProviderError("", error if isinstance(error, str) else "")
    kind, message = _text(error.get("type")), _text(error.get("message"))
    details = error.get("details")
    detail = _text(details.get("error_code")) if isinstance(details, dict) else ""
    waits = headers is not None and not headers.keys().isdisjoint(_WAITING)
    return ProviderError(detail or kind, message, _class_of(kind, detail, message, status, waits))


def _class_of(kind: str, detail: str, message: str, status: int, waits: bool) -> ErrorClass | None:
    """What it means; None leaves it to the status."""
    if detail in _BY_DETAIL:
        return _BY_DETAIL[detail]
    if kind == "invalid_request_error" or (not kind and status == 400):
        for words, known in _WORDS:
            if re.search(words, message, re.IGNORECASE):
                return known
    if kind == "rate_limit_error" and status == 429 and not waits and _SPENT.search(message):
        return ErrorClass.QUOTA  # The month's cap: no time to wait is named.
    return _BY_TYPE.get(kind)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
