"""What a provider's status, code and headers mean."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.upstream.faults import ErrorClass
from miavo_gateway.upstream.refusal import classify, parse_retry_after, refusal

NOW = 1_795_392_000.0


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "invalid_request_error", ErrorClass.CLIENT),
        (413, "", ErrorClass.CLIENT),
        (422, "", ErrorClass.CLIENT),
        (400, "context_length_exceeded", ErrorClass.CONTEXT_LENGTH),
        (400, "content_filter", ErrorClass.CONTENT_FILTER),
        (401, "", ErrorClass.BAD_CREDENTIAL),
        (403, "", ErrorClass.BAD_CREDENTIAL),
        (402, "", ErrorClass.QUOTA),
        (429, "insufficient_quota", ErrorClass.QUOTA),
        (429, "exceeded_current_quota_error", ErrorClass.QUOTA),
        (429, "rate_limit_exceeded", ErrorClass.THROTTLE),
        (429, "engine_overloaded_error", ErrorClass.RETRY),
        (404, "", ErrorClass.RETIRED),
        (410, "", ErrorClass.RETIRED),
        (408, "", ErrorClass.RETRY),
        (500, "", ErrorClass.RETRY),
        (529, "overloaded_error", ErrorClass.RETRY),
        (307, "", ErrorClass.RETRY),
        (200, "", ErrorClass.RETRY),
        (200, "insufficient_quota", ErrorClass.QUOTA),
    ],
)
def test_classification(status: int, code: str, expected: ErrorClass) -> None:
    assert classify(status, code) is expected


def test_the_adapters_own_class_wins_and_the_headers_say_first_how_long_to_wait() -> None:
    headers = httpx.Headers({"Retry-After": "7"})
    error = ProviderError("", "Quota exceeded", ErrorClass.THROTTLE, retry_after=9.0)
    found = refusal(403, headers, error, now=NOW)
    assert (found.error_class, found.retry_after) == (ErrorClass.THROTTLE, 7.0)
    assert refusal(403, {}, error, now=NOW).retry_after == 9.0
    assert found.message == "answered 403: Quota exceeded"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "30", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "30", "retry-after-ms": "soon"}, 30),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:37 GMT"}, 0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert parse_retry_after(headers, NOW) == expected


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_header_breaks_it(seconds: str, milliseconds: str) -> None:
    found = parse_retry_after({"retry-after": seconds, "retry-after-ms": milliseconds}, NOW)
    assert found is None or 0 <= found < float("inf")
