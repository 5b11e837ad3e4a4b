"""Signatures: the same as botocore's own client makes, and right for what goes over the wire."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from miavo_gateway.providers.authorization import AwsAccess, AwsKeys, SigV4
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.transport import Transport

from ..scripted_server import Connection, serving, whole

KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TEMPORARY = AwsKeys("ASIAIOSFODNN7EXAMPLE", KEYS.secret_access_key, "FwoGZXIvYXdzEBYaD//+=")
PROFILE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2"
MESSAGES = [{"role": "user", "content": [{"text": "Grüße, 世界 ~ /%3A"}]}]


def sent_by_botocore(model: str, keys: AwsKeys, region: str) -> AWSPreparedRequest:
    """The request of botocore's own Bedrock client, caught before it leaves."""
    client = botocore.session.Session().create_client(
        "bedrock-runtime",
        region_name=region,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
        config=Config(retries={"total_max_attempts": 1}),
    )
    caught: list[AWSPreparedRequest] = []

    class Raw:
        def stream(self, *_: Any, **__: Any) -> list[bytes]:
            return [b"{}"]

    def catch(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        caught.append(request)
        return AWSResponse(request.url, 200, {}, Raw())

    client.meta.events.register("before-send", catch)
    client.converse(modelId=model, messages=MESSAGES)
    return caught[0]


@pytest.mark.parametrize("model", [PROFILE, ARN, "anthropic.claude-opus-4-7"])
@pytest.mark.parametrize(("keys", "region"), [(KEYS, "us-east-1"), (TEMPORARY, "eu-west-1")])
async def test_the_signature_is_that_of_botocores_own_client(
    model: str, keys: AwsKeys, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.datetime(2026, 11, 24, 7, 37, 5)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    theirs = sent_by_botocore(model, keys, region)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in theirs.headers.items()
    }
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    host = f"https://bedrock-runtime.{region}.amazonaws.com"
    ours = await Authorizer().authorized(
        WireRequest(
            "POST",
            f"{host}/model/{quote(model, safe='')}/converse",  # as an adapter builds it
            {name: headers[name] for name in signed if name == "content-type"},
            theirs.body,
            SigV4(region, "bedrock", AwsAccess(keys, region)),
        )
    )
    assert ours.url == theirs.url
    assert ours.headers == {
        name: headers[name] for name in ("authorization", *signed) if name != "host"
    }
    assert ours.authorization is None


def expected_signature(head: str, body: bytes, keys: AwsKeys) -> str:
    """The `authorization` of a request as it was received.

    Written from AWS's "Create a signed AWS API request", and not with botocore.
    """
    request_line, *lines = head.split("\r\n")
    method, path, _ = request_line.split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    scope, signed = (
        headers["authorization"].partition(name)[2].partition(",")[0]
        for name in ("Credential=", "SignedHeaders=")
    )
    _, *scope_parts = scope.split("/")
    canonical = "\n".join(
        [
            method,
            quote(path.partition("?")[0], safe="/-_.~"),
            "",
            *(f"{name}:{headers[name]}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            headers["x-amz-date"],
            "/".join(scope_parts),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = b"AWS4" + keys.secret_access_key.encode()
    for part in scope_parts:
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signature}"


@pytest.mark.parametrize("size", [0, 100, 300 * 1024])
@pytest.mark.parametrize("model", [PROFILE, ARN])
async def test_the_signature_is_right_for_what_goes_over_the_wire(
    model: str, size: int, transport: Transport
) -> None:
    received: list[tuple[str, bytes]] = []

    async def script(connection: Connection) -> None:
        received.append((connection.head, connection.body))
        await connection.send(whole(b"{}"))

    async with serving(script) as server:
        wire = await Authorizer().authorized(
            WireRequest(
                "POST",
                f"{server.url}/model/{quote(model, safe='')}/converse-stream",
                {"content-type": "application/json", "accept": "application/json"},
                b"x" * size,
                SigV4("us-east-1", "bedrock", AwsAccess(TEMPORARY)),
            )
        )
        await transport.request(wire.method, wire.url, headers=wire.headers, content=wire.body)
    head, body = received[0]
    assert f"/model/{quote(model, safe='')}/converse-stream " in head
    assert wire.headers["authorization"] == expected_signature(head, body, TEMPORARY)
    assert wire.headers["x-amz-security-token"] == TEMPORARY.session_token


async def test_a_request_that_needs_no_authorization_is_left_as_it_is() -> None:
    wire = WireRequest("GET", "https://example.com/", {"authorization": "Bearer x"})
    assert await Authorizer().authorized(wire) is wire
