"""Where a request goes, and what authorizes it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.authorization import AwsAccess, SigV4
from miavo_gateway.providers.bedrock import LIMITS, Bedrock
from miavo_gateway.schema.chat import ChatCompletionRequest
from tests.gateway.providers.bedrock.asking import WEATHER, asked, call, user
from tests.gateway.providers.bedrock.service_model import sent_by_botocore

BEDROCK = Bedrock()
KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "made-up"}


def keys(**more: str) -> Access:
    return Access(json.dumps({**KEYS, **more}))


def test_a_bedrock_key_goes_in_a_header_to_the_runtime_of_its_region() -> None:
    wire = BEDROCK.chat_request(asked("sonnet-4-5"), Access("ABSKmade-up"))
    assert (wire.method, wire.url) == (
        "POST",
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
        "global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
    )
    assert wire.headers["authorization"] == "Bearer ABSKmade-up"
    assert wire.authorization is None


def test_access_keys_are_left_to_be_signed_with() -> None:
    wire = BEDROCK.chat_request(asked(), keys(region="eu-north-1"))
    assert wire.url.startswith("https://bedrock-runtime.eu-north-1.amazonaws.com/model/")
    assert "authorization" not in wire.headers
    assert isinstance(wire.authorization, SigV4)
    assert (wire.authorization.region, wire.authorization.service) == ("eu-north-1", "bedrock")
    assert isinstance(wire.authorization.access, AwsAccess)
    assert "made-up" not in repr(wire)


def test_china_has_a_domain_of_its_own() -> None:
    wire = BEDROCK.chat_request(asked(), keys(region="cn-north-1"))
    assert wire.url.startswith("https://bedrock-runtime.cn-north-1.amazonaws.com.cn/")


@pytest.mark.parametrize(
    "upstream",
    [
        "global.anthropic.claude-opus-4-6-v1",
        "us.anthropic.claude-opus-4-1-20250805-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
    ],
)
def test_the_path_is_the_one_that_botocore_sends(upstream: str) -> None:
    request = asked()
    request = replace(request, model=replace(request.model, upstream=upstream))
    wire = BEDROCK.chat_request(request, Access("key", "http://127.0.0.1:1/x"))
    path, _ = sent_by_botocore(upstream, json.loads(wire.body))
    assert wire.url == f"http://127.0.0.1:1/x{path}"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (None, "https://bedrock.us-east-1.amazonaws.com/foundation-models"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/foundation-models"),
        (
            "https://bedrock-runtime-fips.us-west-2.amazonaws.com",
            "https://bedrock-fips.us-west-2.amazonaws.com/foundation-models",
        ),
    ],
)
def test_a_trial_asks_for_the_models_where_bedrock_is_managed(
    base_url: str | None, url: str
) -> None:
    wire = BEDROCK.trial_request(Access("key", base_url))
    assert (wire.method, wire.url, wire.body) == ("GET", url, b"")
    assert wire.headers["authorization"] == "Bearer key"


def test_arguments_nested_deeper_than_json_can_be_written_are_refused() -> None:
    arguments = '{"a":' + "[" * 600 + "]" * 600 + "}"
    request = asked(messages=[user("Hi"), call(("a", "weather", arguments))], tools=[WEATHER])
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        BEDROCK.chat_request(request, Access("key"))


def test_every_limit_is_of_a_field_that_a_request_has() -> None:
    for limit in LIMITS:
        assert limit.field.partition("[")[0] in ChatCompletionRequest.model_fields
