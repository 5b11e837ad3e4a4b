"""Music of Lyria 3 on Vertex AI: an interaction whose last block of sound is the song."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.speech.adapter import Encoded, SoundRead
from miavo_gateway.providers.speech.readers import WholeReader
from miavo_gateway.providers.vertex.address import GLOBAL, authorized_headers, host
from miavo_gateway.sound.speech import Asked

__all__ = ["Lyria"]


class _Block(msgspec.Struct):
    type: str = ""
    data: str = ""


class _Step(msgspec.Struct):
    content: list[_Block] | None = None


class _Reply(msgspec.Struct):
    steps: list[_Step] | None = None
    outputs: list[_Step] | None = None
    """The name that the steps had before."""


@dataclass(frozen=True, slots=True)
class Lyria:
    """It is a `SpeechAdapter`. Length, language and style are words of the prompt."""

    provider: str = "vertex"
    repeatable: bool = False

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request; the format is always MP3, and asking for one is refused."""
        headers, authorization, project = authorized_headers(access)
        if project is None and access.base_url is None:
            raise NoUpstream(
                "Lyria belongs to a project: the credential for Vertex has to name one.",
                param="model",
            )
        place = f"projects/{project}/locations/{GLOBAL}/" if project else ""
        return WireRequest(
            method="POST",
            url=f"{access.base_url or host(GLOBAL)}/v1beta1/{place}interactions",
            headers=headers,
            body=orjson.dumps({"model": model.upstream, "input": asked.text}),
            authorization=authorization,
        )

    def reader(self, asked: Asked) -> WholeReader:
        """What reads the answer, which comes whole."""
        del asked
        return WholeReader(_read)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Google's error."""
        del headers
        return read_error(status, body)


def _read(body: bytes) -> SoundRead:
    try:
        reply = msgspec.json.decode(body, type=_Reply)
        blocks = [
            block
            for step in reply.steps or reply.outputs or ()
            for block in step.content or ()
            if block.type == "audio" and block.data
        ]
        if not blocks:
            return ProviderError("", "it composed nothing", ErrorClass.CONTENT_FILTER)
        return (Encoded(base64.b64decode(blocks[-1].data)),)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Garbled("the answer is not what Lyria's format says")
