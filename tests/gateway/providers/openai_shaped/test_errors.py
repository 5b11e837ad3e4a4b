"""Errors of the providers that speak OpenAI's format: what they say, and what they mean."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.openai_shaped import ROWS
from tests.gateway.providers.openai_shaped.asking import adapter_of, asked


def error(message: str = "Oh", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("provider", "status", "body", "expected"),
    [
        ("openai", 400, error(code="context_length_exceeded"), ErrorClass.CONTEXT_LENGTH),
        ("openai", 429, error(code="insufficient_quota"), None),
        ("openai", 400, error("maximum context length is 8 tokens"), ErrorClass.CONTEXT_LENGTH),
        ("minimax", 200, {"base_resp": {"status_code": 1008}}, ErrorClass.QUOTA),
        ("minimax", 200, {"base_resp": {"status_code": 1002}}, ErrorClass.THROTTLE),
        ("minimax", 200, {"base_resp": {"status_code": 9999}}, ErrorClass.RETRY),
        ("minimax", 401, error("login fail (1004)"), ErrorClass.BAD_CREDENTIAL),
        ("minimax", 400, error("bad (2013)", type="bad_request_error"), ErrorClass.CLIENT),
        ("minimax", 500, error("input sensitive (1026)"), ErrorClass.CONTENT_FILTER),
        ("moonshot", 429, error(type="exceeded_current_quota_error"), ErrorClass.QUOTA),
        ("moonshot", 429, error(type="engine_overloaded_error"), ErrorClass.RETRY),
        ("moonshot", 429, error(type="rate_limit_reached_error"), ErrorClass.THROTTLE),
        ("moonshot", 400, error("Input token length too long"), ErrorClass.CONTEXT_LENGTH),
        ("moonshot", 403, error("balance depleted"), ErrorClass.QUOTA),
        ("deepseek", 402, error("Insufficient Balance"), None),
        ("zhipu", 429, error(code="1113"), ErrorClass.QUOTA),
        ("zhipu", 429, error(code="1302"), ErrorClass.THROTTLE),
        ("zhipu", 429, error(code="1305"), ErrorClass.RETRY),
        ("zhipu", 400, error(code="1261"), ErrorClass.CONTEXT_LENGTH),
        ("zhipu", 400, error(code="1301"), ErrorClass.CONTENT_FILTER),
        ("zhipu", 401, error(code="1000"), ErrorClass.BAD_CREDENTIAL),
        ("zhipu", 400, error(code="1214"), ErrorClass.CLIENT),
    ],
)
def test_an_error_means_what_the_providers_code_says(
    provider: str, status: int, body: dict[str, Any], expected: ErrorClass | None
) -> None:
    found = ROWS[provider].error(status, {}, orjson.dumps(body))
    assert found.error_class is expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "model not found"}', "model not found"),
        (b'{"object": "error", "message": "Oh", "type": "BadRequestError"}', "Oh"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"[1]", ""),
    ],
)
def test_an_error_of_any_shape_is_read(body: bytes, message: str) -> None:
    assert ROWS["openai"].error(502, {}, body).message == message


def test_an_error_within_a_stream_means_what_its_own_code_says() -> None:
    request = asked("gpt-5.4")
    body = orjson.dumps(error(code=400, type="BadRequestError"))
    found = adapter_of(request).reader(request).event(body)
    assert isinstance(found, ProviderError)
    assert found.error_class is ErrorClass.CLIENT


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("Please try again in 20ms.", 0.02), ("try again after 3 seconds", 3.0), ("Never.", None)],
)
def test_the_wait_that_the_words_ask_for_is_read(words: str, seconds: float | None) -> None:
    found = ROWS["moonshot"].error(429, {}, orjson.dumps(error(words)))
    assert found.retry_after == seconds


@given(provider=st.sampled_from(sorted(ROWS)), status=st.integers(200, 599), body=st.binary())
def test_no_bytes_raise(provider: str, status: int, body: bytes) -> None:
    assert isinstance(ROWS[provider].error(status, {}, body), ProviderError)
