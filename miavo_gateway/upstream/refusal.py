"""What an HTTP error of a provider means, where the provider's adapter does not know better."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.upstream.faults import ErrorClass, Refused

__all__ = ["classify", "parse_retry_after", "refusal"]

_QUOTA_CODES = frozenset(
    {
        # OpenAI
        "insufficient_quota",
        "billing_hard_limit_reached",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        # Anthropic
        "billing_error",
        # Moonshot
        "exceeded_current_quota_error",
    }
)
_CLASS_BY_CODE = {
    **dict.fromkeys(_QUOTA_CODES, ErrorClass.QUOTA),
    # Moonshot's 429 for its own load: no fault of the credential.
    "engine_overloaded_error": ErrorClass.RETRY,
    "overloaded_error": ErrorClass.RETRY,
    "context_length_exceeded": ErrorClass.CONTEXT_LENGTH,
    "content_filter": ErrorClass.CONTENT_FILTER,
    "content_policy_violation": ErrorClass.CONTENT_FILTER,
    "model_not_found": ErrorClass.RETIRED,
}
_CLASS_BY_STATUS = {
    401: ErrorClass.BAD_CREDENTIAL,
    402: ErrorClass.QUOTA,
    403: ErrorClass.BAD_CREDENTIAL,
    404: ErrorClass.RETIRED,
    408: ErrorClass.RETRY,
    409: ErrorClass.RETRY,
    410: ErrorClass.RETIRED,
    425: ErrorClass.RETRY,
    429: ErrorClass.THROTTLE,
}


def classify(status: int, code: str = "") -> ErrorClass:
    """The class of an answer, from its status and the provider's own code or type.

    A status under 400 is one whose body is an error, or a redirect, which is not followed: both
    are the provider's fault.
    """
    by_code = _CLASS_BY_CODE.get(code)
    if by_code is not None:
        return by_code
    if status < 400 or status >= 500:
        return ErrorClass.RETRY
    return _CLASS_BY_STATUS.get(status, ErrorClass.CLIENT)


def refusal(
    status: int, headers: Mapping[str, str], error: ProviderError, *, now: float | None = None
) -> Refused:
    """The fault of an answer that is an error.

    How long to wait, its headers say before its body does.

    Args:
        status: the HTTP status.
        headers: the answer's headers, by lower-case name or in a mapping that ignores case.
        error: the error, in the provider's own words.
        now: Unix seconds, for a `retry-after` that is a date; by default the time it is.
    """
    wait = parse_retry_after(headers, time.time() if now is None else now)
    return Refused(
        error.error_class or classify(status, error.code),
        status,
        error.message,
        retry_after=error.retry_after if wait is None else wait,
    )


def parse_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds a provider asks to wait; None if it does not, or not legibly.

    `retry-after-ms` (OpenAI, Anthropic) is finer and goes first; `retry-after` is a number of
    seconds or an HTTP date (RFC 9110, 10.2.3), of which the past counts as 0.

    Args:
        headers: as in `refusal`.
        now: Unix seconds.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:  # "-0000": a time in UTC whose zone is not known
        date = date.replace(tzinfo=UTC)
    return max(0.0, date.timestamp() - now)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
