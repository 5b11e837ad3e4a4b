"""Anthropic's errors: what each means for the request and for the credential."""

from __future__ import annotations

import pytest
from anthropic.types import ErrorResponse
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.anthropic.errors import read_error
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.upstream.refusal import refusal
from tests.gateway.providers.anthropic.asking import ADAPTER


def body(kind: str, message: str = "Words.", code: str | None = None) -> bytes:
    error: dict[str, object] = {"type": kind, "message": message}
    if code:
        error["details"] = {"error_code": code}
    shape = {"type": "error", "error": error, "request_id": "req_1"}
    return ErrorResponse.model_validate(shape).model_dump_json(exclude_none=True).encode()


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, body("invalid_request_error"), ErrorClass.CLIENT),
        (
            400,
            body("invalid_request_error", "Your credit balance is too low to access the API."),
            ErrorClass.QUOTA,
        ),
        (
            400,
            body("invalid_request_error", "You have reached your specified API usage limits."),
            ErrorClass.QUOTA,
        ),
        (
            400,
            body("invalid_request_error", "prompt is too long: 213000 tokens > 200000 maximum"),
            ErrorClass.CONTEXT_LENGTH,
        ),
        (
            400,
            body("invalid_request_error", "input length and `max_tokens` exceed context limit"),
            ErrorClass.CONTEXT_LENGTH,
        ),
        (
            400,
            body("invalid_request_error", "Output blocked by content filtering policy"),
            ErrorClass.CONTENT_FILTER,
        ),
        (
            400,
            body("invalid_request_error", "This organization has been disabled."),
            ErrorClass.BAD_CREDENTIAL,
        ),
        (
            400,
            body("invalid_request_error", code="organization_on_hold"),
            ErrorClass.BAD_CREDENTIAL,
        ),
        (401, body("authentication_error"), ErrorClass.BAD_CREDENTIAL),
        (402, body("billing_error"), ErrorClass.QUOTA),
        (403, body("permission_error"), ErrorClass.BAD_CREDENTIAL),
        (404, body("not_found_error", "model: claude-x"), ErrorClass.RETIRED),
        (413, b'{"type":"error","error":{"type":"request_too_large"}}', ErrorClass.CLIENT),
        (413, b"<html>Request Entity Too Large</html>", ErrorClass.CLIENT),
        (429, body("rate_limit_error"), ErrorClass.THROTTLE),
        (429, body("rate_limit_error", code="ramp_limit_exceeded"), ErrorClass.THROTTLE),
        (429, body("rate_limit_error", code="enforced_spend_limit_reached"), ErrorClass.QUOTA),
        (429, body("rate_limit_error", "You have reached your monthly limit."), ErrorClass.QUOTA),
        (500, body("api_error"), ErrorClass.RETRY),
        (502, b"<html>Bad gateway</html>", ErrorClass.RETRY),
        (529, body("overloaded_error"), ErrorClass.RETRY),
        (200, body("overloaded_error"), ErrorClass.RETRY),
        (200, body("rate_limit_error"), ErrorClass.THROTTLE),
        (200, body("invalid_request_error"), ErrorClass.CLIENT),
    ],
)
def test_an_error_has_the_class_that_tells_what_to_do(
    status: int, error: bytes, expected: ErrorClass
) -> None:
    read = ADAPTER.error(status, {}, error)
    fault = refusal(status, {}, read, now=0)
    assert fault.error_class is expected


def test_a_month_that_is_full_is_only_told_from_a_full_minute_where_no_wait_is_named() -> None:
    full = body("rate_limit_error", "This month's limit of tokens per minute.")
    assert ADAPTER.error(429, {"retry-after": "7"}, full).error_class is ErrorClass.THROTTLE
    assert ADAPTER.error(429, {}, full).error_class is ErrorClass.QUOTA


def test_the_words_and_the_finest_code_are_kept() -> None:
    read = read_error(body("rate_limit_error", "Slow down.", "ramp_limit_exceeded"))
    assert (read.code, read.message) == ("ramp_limit_exceeded", "Slow down.")
    assert read_error(body("api_error")).code == "api_error"


@given(st.binary(max_size=60) | st.sampled_from([b"[]", b"null", b'"x"', b'{"error":[1]}', b"{}"]))
def test_any_bytes_are_an_error_of_some_kind(data: bytes) -> None:
    assert isinstance(read_error(data, 400).message, str)
