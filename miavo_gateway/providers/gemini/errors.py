"""Google's errors: `google.rpc.Status` as JSON, now and then in an array of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from miavo_gateway.providers.exchange import ErrorClass, ProviderError

__all__ = ["read_error", "stream_error"]

_SHOWN = 500
"""How much of a body that is no JSON is passed on: a proxy's page can be long."""
_INTERNAL = 500
_CLASS_BY_REASON: Final[Mapping[str, ErrorClass]] = {
    # google.api.ErrorReason. A bad key comes with status 400.
    "API_KEY_INVALID": ErrorClass.BAD_CREDENTIAL,
    "API_KEY_SERVICE_BLOCKED": ErrorClass.BAD_CREDENTIAL,
    "API_KEY_HTTP_REFERRER_BLOCKED": ErrorClass.BAD_CREDENTIAL,
    "API_KEY_IP_ADDRESS_BLOCKED": ErrorClass.BAD_CREDENTIAL,
    "CONSUMER_INVALID": ErrorClass.BAD_CREDENTIAL,
    "CONSUMER_SUSPENDED": ErrorClass.BAD_CREDENTIAL,
    "SERVICE_DISABLED": ErrorClass.BAD_CREDENTIAL,
    "IAM_PERMISSION_DENIED": ErrorClass.BAD_CREDENTIAL,
    "BILLING_DISABLED": ErrorClass.QUOTA,
    "RATE_LIMIT_EXCEEDED": ErrorClass.THROTTLE,
}
_CLASS_BY_STATUS: Final[Mapping[int, ErrorClass]] = {
    400: ErrorClass.CLIENT,
    401: ErrorClass.BAD_CREDENTIAL,
    402: ErrorClass.QUOTA,
    403: ErrorClass.BAD_CREDENTIAL,
    404: ErrorClass.RETIRED,
    408: ErrorClass.RETRY,
    429: ErrorClass.THROTTLE,
    499: ErrorClass.RETRY,
}
_STATUS_BY_NAME: Final[Mapping[str, int]] = {
    # google.rpc.Code, for an error that does not say its HTTP status.
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
}
_CLASS_BY_WORDS: Final = (
    # Where neither status nor reason tells (Google's page on errors, litellm's and users' reports).
    (re.compile(r"api key (?:not valid|expired)", re.I), ErrorClass.BAD_CREDENTIAL),
    (re.compile(r"location is not supported", re.I), ErrorClass.BAD_CREDENTIAL),
    (
        re.compile(r"prepay|spend(?:ing)? cap|billing (?:is|account|to be|has)", re.I),
        ErrorClass.QUOTA,
    ),
    (
        re.compile(r"token count.*exceeds|exceeds the maximum number of (?:input )?tokens", re.I),
        ErrorClass.CONTEXT_LENGTH,
    ),
)
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)


def read_error(status: int, body: bytes) -> ProviderError:
    """The error in a body, whatever its shape.

    Args:
        status: the HTTP status.
        body: what came.
    """
    try:
        decoded: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ProviderError("", body[:_SHOWN].decode(errors="replace").strip())
    while isinstance(decoded, list):
        decoded = decoded[0] if decoded else None
    return _error(status, decoded.get("error", decoded) if isinstance(decoded, dict) else decoded)


def stream_error(error: Any) -> ProviderError:
    """The error in an event of a stream, whose HTTP status is in itself.

    Args:
        error: the value of `error`.
    """
    fields = error if isinstance(error, dict) else {}
    code = fields.get("code")
    by_name = _STATUS_BY_NAME.get(str(fields.get("status")), _INTERNAL)
    return _error(code if isinstance(code, int) else by_name, error)


def _error(status: int, error: Any) -> ProviderError:
    if isinstance(error, str):
        return ProviderError("", error)
    if not isinstance(error, dict):
        return ProviderError("", "")
    message, name = error.get("message"), error.get("status")
    message = message if isinstance(message, str) else ""
    name = name if isinstance(name, str) else ""
    details = [each for each in _list(error.get("details")) if isinstance(each, dict)]
    reason = next((each["reason"] for each in details if isinstance(each.get("reason"), str)), "")
    error_class = _classified(status, reason, message, details)
    # A day's quota is not back after the seconds that such an error still names.
    retry_after = None if error_class is ErrorClass.QUOTA else _retry_delay(details)
    return ProviderError(reason or name, message, error_class, retry_after)


def _classified(
    status: int, reason: str, message: str, details: Iterable[dict[str, Any]]
) -> ErrorClass:
    if status == 429 and any(map(_is_daily, details)):
        return ErrorClass.QUOTA
    by_reason = _CLASS_BY_REASON.get(reason)
    if by_reason is not None:
        return by_reason
    if 400 <= status < 500:
        for words, error_class in _CLASS_BY_WORDS:
            if words.search(message):
                return error_class
        return _CLASS_BY_STATUS.get(status, ErrorClass.CLIENT)
    return ErrorClass.RETRY


def _is_daily(detail: dict[str, Any]) -> bool:
    """Whether it is a `QuotaFailure` of a quota that comes back the next day."""
    return any(
        isinstance(each, dict) and "PerDay" in str(each.get("quotaId"))
        for each in _list(detail.get("violations"))
    )


def _retry_delay(details: Iterable[dict[str, Any]]) -> float | None:
    """The seconds of a `RetryInfo`: `"14s"`, a protobuf duration."""
    for detail in details:
        found = _SECONDS.fullmatch(str(detail.get("retryDelay")))
        if found is not None:
            return float(found[1])
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
