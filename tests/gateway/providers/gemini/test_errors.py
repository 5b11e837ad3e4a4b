"""Google's errors: what they mean."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.gemini.errors import read_error, stream_error

RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "14.5s"}


def quota(name: str) -> dict[str, Any]:
    violation = {"quotaId": f"GenerateRequests{name}PerProjectPerModel-FreeTier"}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


def reason(name: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name}


def read(status: int, name: str, message: str, *details: Any) -> ProviderError:
    error = {"code": status, "message": message, "status": name, "details": list(details)}
    whole = read_error(status, orjson.dumps({"error": error}))
    # Google wraps some errors into an array, and sends others within a stream.
    assert read_error(status, orjson.dumps([{"error": error}])) == whole
    assert stream_error(error) == whole
    return whole


@pytest.mark.parametrize(
    ("status", "name", "message", "details", "expected"),
    [
        (400, "INVALID_ARGUMENT", "Bad field", (), ErrorClass.CLIENT),
        (
            400,
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
            (reason("API_KEY_INVALID"),),
            ErrorClass.BAD_CREDENTIAL,
        ),
        (400, "INVALID_ARGUMENT", "API key expired. Renew it.", (), ErrorClass.BAD_CREDENTIAL),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count (2000000) exceeds the maximum number of tokens allowed.",
            (),
            ErrorClass.CONTEXT_LENGTH,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
            (),
            ErrorClass.BAD_CREDENTIAL,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "This requires billing to be enabled",
            (),
            ErrorClass.QUOTA,
        ),
        (401, "UNAUTHENTICATED", "Expected OAuth 2 access token", (), ErrorClass.BAD_CREDENTIAL),
        (402, "RESOURCE_EXHAUSTED", "Top up", (), ErrorClass.QUOTA),
        (
            403,
            "PERMISSION_DENIED",
            "The API has not been used in project 1 before or it is disabled.",
            (reason("SERVICE_DISABLED"),),
            ErrorClass.BAD_CREDENTIAL,
        ),
        (403, "PERMISSION_DENIED", "x", (reason("BILLING_DISABLED"),), ErrorClass.QUOTA),
        (404, "NOT_FOUND", "models/x is not found", (), ErrorClass.RETIRED),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            (quota("PerMinute"), RETRY),
            ErrorClass.THROTTLE,
        ),
        (429, "RESOURCE_EXHAUSTED", "x", (quota("PerDay"), RETRY), ErrorClass.QUOTA),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted.",
            (),
            ErrorClass.QUOTA,
        ),
        (499, "CANCELLED", "x", (), ErrorClass.RETRY),
        (500, "INTERNAL", "x", (), ErrorClass.RETRY),
        (503, "UNAVAILABLE", "The model is overloaded.", (), ErrorClass.RETRY),
        (504, "DEADLINE_EXCEEDED", "x", (), ErrorClass.RETRY),
    ],
)
def test_an_error_has_its_class(
    status: int, name: str, message: str, details: tuple[Any, ...], expected: ErrorClass
) -> None:
    error = read(status, name, message, *details)
    assert (error.message, error.error_class) == (message, expected)


def test_a_throttle_says_when_to_come_back_and_a_days_quota_does_not() -> None:
    assert read(429, "RESOURCE_EXHAUSTED", "x", RETRY).retry_after == 14.5
    assert read(429, "RESOURCE_EXHAUSTED", "x", RETRY, quota("PerDay")).retry_after is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"", ""),
        (b"[]", ""),
        (b"7", ""),
        (b'{"error":"no"}', "no"),
        (b'{"error":{"message":7,"details":[7,{"violations":7,"retryDelay":7}]}}', ""),
    ],
)
def test_a_body_of_another_shape_is_still_an_error(body: bytes, message: str) -> None:
    assert read_error(502, body).message == message


def test_an_error_in_a_stream_may_name_its_status_in_words_alone() -> None:
    assert stream_error({"status": "NOT_FOUND"}).error_class is ErrorClass.RETIRED
    assert stream_error({"message": "x"}).error_class is ErrorClass.RETRY
    assert stream_error("no").message == "no"


@given(status=st.integers(100, 599), body=st.binary(max_size=100))
def test_any_body_is_read(status: int, body: bytes) -> None:
    assert isinstance(read_error(status, body), ProviderError)
