"""Bedrock's interface over HTTP, answered from the request alone. It is a `Simulator`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from uuid import UUID

import msgspec
import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.bedrock.decode import chat_request
from miavo_gateway.sandbox.bedrock.frames import exception_frame
from miavo_gateway.sandbox.bedrock.models import MODEL_IDS, claude
from miavo_gateway.sandbox.bedrock.refusals import (
    AwsRefusal,
    error_answer,
    failure_type,
    invalid,
    malformed,
)
from miavo_gateway.sandbox.bedrock.reply import Reply
from miavo_gateway.sandbox.bedrock.settings import check_settings
from miavo_gateway.sandbox.bedrock.shapes import ConverseRequest
from miavo_gateway.sandbox.bedrock.turns import check_turns
from miavo_gateway.sandbox.composition import compose
from miavo_gateway.sandbox.simulator import Part, Received, Simulated

__all__ = ["BedrockSimulator"]

_PATH: Final = re.compile(r"/model/(?P<model>[^/]+)/(?P<operation>converse|converse-stream)")
_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/[a-z0-9-]+/(?P<service>[a-z0-9-]+)"
    r"/aws4_request, ?SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=[0-9a-f]{64}"
)
_THINKING_TOKENS = "/usage/output_tokens_details"

_decode = msgspec.json.Decoder(ConverseRequest).decode


@dataclass(frozen=True, slots=True)
class BedrockSimulator:
    """AWS Bedrock, with the Claude models of the catalogue."""

    provider: str = "bedrock"

    def answer(self, received: Received) -> Simulated:
        """The answer to a request; a wrong one gets AWS's own error."""
        request_id = _request_id(received)
        try:
            _check_authorization(received.headers)
            if received.method == "GET" and received.path == "/foundation-models":
                return _models(request_id)
            return _converse(received, request_id)
        except AwsRefusal as refusal:
            return refusal.answer(request_id)

    def failure(self, status: int, message: str) -> Simulated:
        """An error in AWS's shape."""
        status, kind = failure_type(status)
        return error_answer(status, kind, message, _hashed(f"{status}{message}"))

    def error_event(self, message: str) -> bytes:
        """An exception in the middle of a stream."""
        return exception_frame("internalServerException", orjson.dumps({"message": message}))

    def malformed(self) -> bytes:
        """A prelude whose checksum does not fit."""
        return b"\x00\x00\x00\x40\x00\x00\x00\x10\xde\xad\xbe\xef"


def _converse(received: Received, request_id: str) -> Simulated:
    found = _PATH.fullmatch(received.path)
    if found is None or received.method != "POST":
        raise AwsRefusal("UnknownOperationException", "The operation is not known.")
    signed = received.headers.get("authorization", "").startswith("AWS4")
    if signed and ":" in found["model"]:
        # A signature holds for one form of the path, and AWS's clients encode the colon.
        raise AwsRefusal(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        )
    model_id = unquote(found["model"])
    model = claude(model_id)
    if model is None:
        raise invalid("The provided model identifier is invalid.")
    try:
        request = _decode(received.body)
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AwsRefusal("SerializationException", "The body is no JSON.") from None
    check_turns(request, model_id)
    check_settings(request, model)
    try:
        composed = compose(chat_request(request, model_id), provider="bedrock", model=model_id)
    except InvalidRequest as error:
        raise invalid(error.message) from None
    wants = _THINKING_TOKENS in (request.additional_model_response_field_paths or ())
    reply = Reply(composed, model_id, request_id, wants)
    headers = {"x-amzn-requestid": request_id}
    if found["operation"] == "converse":
        headers["content-type"] = "application/json"
        return Simulated(200, headers, (Part(reply.message(), composed.output_tokens),))
    headers["content-type"] = "application/vnd.amazon.eventstream"
    return Simulated(200, headers, tuple(reply.frames()))


def _check_authorization(headers: Mapping[str, str]) -> None:
    """The form of it alone: whose secret it is, is the server's business."""
    given = headers.get("authorization", "")
    if not given:
        raise AwsRefusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    scheme, _, token = given.partition(" ")
    if scheme == "Bearer" and token:
        return
    signed = _SIGNED.fullmatch(given)
    if signed is None:
        raise AwsRefusal("IncompleteSignatureException", "Authorization header is not complete.")
    if signed["service"] != "bedrock":
        raise AwsRefusal(
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'bedrock'.",
        )
    if not {"host", "x-amz-date"} <= set(signed["headers"].split(";")):
        raise AwsRefusal("InvalidSignatureException", "'Host' must be a signed header.")


def _models(request_id: str) -> Simulated:
    summaries = [
        {"modelId": f"anthropic.{each}", "providerName": "Anthropic"} for each in MODEL_IDS
    ]
    headers = {"content-type": "application/json", "x-amzn-requestid": request_id}
    return Simulated(200, headers, (Part(orjson.dumps({"modelSummaries": summaries})),))


def _request_id(received: Received) -> str:
    """The same for a plain and a streamed request, so that their calls have the same ids."""
    model = received.path.rpartition("/")[0]
    return _uuid(hashlib.sha256(model.encode() + received.body).hexdigest())


def _hashed(text: str) -> str:
    return _uuid(hashlib.sha256(text.encode(errors="replace")).hexdigest())


def _uuid(digest: str) -> str:
    return str(UUID(hex=digest[:32]))
