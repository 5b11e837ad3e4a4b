from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.bedrock.errors import read_error, stream_error
from miavo_gateway.providers.exchange import ErrorClass
from tests.gateway.providers.bedrock.service_model import operation

SEEN = [
    (
        400,
        "ValidationException",
        "The model returned the following errors: n: Extra inputs",
        "client",
    ),
    (400, "ValidationException", "Input is too long for requested model.", "context_length"),
    (400, "ValidationException", "prompt is too long: 210000 tokens > 200000", "context_length"),
    (400, "ValidationException", "The provided model identifier is invalid.", "retired"),
    (
        400,
        "ValidationException",
        "Invocation of model ID x with on-demand throughput isn't supported. Retry your request "
        "with the ID or ARN of an inference profile that contains this model.",
        "retired",
    ),
    (400, "ServiceQuotaExceededException", "Over quota", "quota"),
    (403, "AccessDeniedException", "You don't have access to the model", "retired"),
    (403, "AccessDeniedException", "User: arn:aws:iam::1:user/u is not authorized", "retired"),
    (403, "AccessDeniedException", "Bearer Token has expired", "bad_credential"),
    (403, "", "Authentication failed: Please make sure your API Key is valid.", "bad_credential"),
    (403, "UnrecognizedClientException", "The security token is invalid.", "bad_credential"),
    (403, "ExpiredTokenException", "The security token is expired", "bad_credential"),
    (403, "InvalidSignatureException", "Signature expired", "bad_credential"),
    (404, "ResourceNotFoundException", "This model version has reached its end", "retired"),
    (408, "ModelTimeoutException", "Too slow", "retry"),
    (424, "ModelErrorException", "The model failed", "retry"),
    (424, "", "?", "retry"),
    (429, "ThrottlingException", "Too many requests, please wait", "throttle"),
    (429, "ThrottlingException", "Too many tokens per day, please wait", "quota"),
    (429, "ModelNotReadyException", "The model is not ready", "retry"),
    (500, "InternalServerException", "Oops", "retry"),
    (503, "ServiceUnavailableException", "Busy", "retry"),
    (503, "Unknown", "Busy", None),
]


@pytest.mark.parametrize(("status", "kind", "message", "error_class"), SEEN)
def test_an_error_named_in_its_header(
    status: int, kind: str, message: str, error_class: str | None
) -> None:
    headers = {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/coral/"} if kind else {}
    error = read_error(status, headers, json.dumps({"message": message}).encode())
    assert (error.code, error.message, error.error_class) == (kind, message, error_class)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            b'{"__type":"com.amazon.coral#ThrottlingException","Message":"Wait"}',
            "ThrottlingException",
            "Wait",
        ),
        (
            b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"}}',
            "UnknownOperationException",
            "",
        ),
        (b"<html>Bad gateway</html>", "", "<html>Bad gateway</html>"),
        (b"\xff\xfe", "", "\ufffd\ufffd"),
        (b"[]", "", ""),
    ],
)
def test_an_error_named_in_its_body_or_not_at_all(body: bytes, code: str, message: str) -> None:
    error = read_error(502, {}, body)
    assert (error.code, error.message) == (code, message)


def test_every_error_of_the_service_model_has_a_class() -> None:
    thrown = {shape.name for shape in operation("ConverseStream").error_shapes}
    streamed = {
        kind
        for kind in operation("ConverseStream").get_event_stream_output().members
        if kind.endswith("Exception")
    }
    for kind in thrown | streamed:
        assert stream_error(kind, {"message": "?"}, None).error_class is not None


def test_an_exception_in_a_stream_means_what_it_means_over_http() -> None:
    for _, kind, message, error_class in SEEN:
        if kind and kind != "Unknown":
            streamed = kind[0].lower() + kind[1:]
            assert stream_error(streamed, {"message": message}, None).error_class == error_class


def test_an_unknown_exception_in_a_stream_is_worth_another_try() -> None:
    assert stream_error("newException", None, "Odd").error_class is ErrorClass.RETRY


@given(st.integers(100, 599), st.dictionaries(st.just("x-amzn-errortype"), st.text()), st.binary())
def test_no_answer_is_too_odd_to_be_read(status: int, headers: dict[str, str], body: bytes) -> None:
    read_error(status, headers, body)
