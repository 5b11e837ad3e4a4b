"""Claude on AWS Bedrock, through its Converse interface. It is a `ChatAdapter`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.authorization import (
    Authorization,
    BedrockBearer,
    SigV4,
    parse_aws_secret,
)
from miavo_gateway.providers.bedrock.errors import read_error
from miavo_gateway.providers.bedrock.frames import FrameParser
from miavo_gateway.providers.bedrock.reader import ConverseReader
from miavo_gateway.providers.bedrock.request import converse_body
from miavo_gateway.providers.claude.answer import answer_form
from miavo_gateway.providers.claude.rules import claude_rules
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.json_text import JsonText

__all__ = ["Bedrock"]

_SERVICE = "bedrock"
"""The name that requests are signed for, whichever of Bedrock's hosts they go to."""


@dataclass(frozen=True, slots=True)
class Bedrock:
    """AWS Bedrock."""

    provider: str = "bedrock"
    takes_links: bool = False
    """Converse takes images as bytes only."""

    def framing(self) -> FrameParser:
        """AWS's event stream."""
        return FrameParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """A ConverseStream request, to be signed unless the credential is a Bedrock API key.

        Raises:
            InvalidRequest: the model cannot do what is asked.
        """
        region, headers, authorization = _authorized(access)
        host = access.base_url or _host("bedrock-runtime", region)
        # AWS signs the path as it is sent, so nothing after this may encode it anew.
        path = f"/model/{quote(asked.model.upstream, safe='')}/converse-stream"
        return WireRequest(
            method="POST",
            url=host + path,
            headers={
                **headers,
                "content-type": "application/json",
                "accept": "application/vnd.amazon.eventstream",
            },
            body=_encoded(converse_body(asked)),
            authorization=authorization,
        )

    def reader(self, asked: Asked) -> ConverseReader:
        """What reads the reply."""
        names = ToolNames.of(asked.request)
        form = answer_form(asked.request, names, claude_rules(asked.model))
        json_text = JsonText() if form.instruction else None
        return ConverseReader(names, form.tool_name, json_text)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer, whatever its shape."""
        return read_error(status, headers, body)

    def trial_request(self, access: Access) -> WireRequest:
        """The list of models, which costs nothing; it is on the host that manages Bedrock."""
        region, headers, authorization = _authorized(access)
        host = access.base_url or _host("bedrock", region)
        host = host.replace("://bedrock-runtime", "://bedrock", 1)
        return WireRequest(
            method="GET",
            url=f"{host}/foundation-models",
            headers={**headers, "accept": "application/json"},
            authorization=authorization,
        )


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # Arguments of an earlier call are JSON in JSON, and can be deeper than it.
        raise InvalidRequest("The messages are nested too deeply.", param="messages") from None


def _host(name: str, region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{name}.{region}.{domain}"


def _authorized(access: Access) -> tuple[str, dict[str, str], Authorization | None]:
    """The region, and what authorizes a request: a header, or a signature still to be made."""
    parsed = parse_aws_secret(access.secret)
    if isinstance(parsed, BedrockBearer):
        return parsed.region, {"authorization": f"Bearer {parsed.token}"}, None
    return parsed.region, {}, SigV4(region=parsed.region, service=_SERVICE, access=parsed)
