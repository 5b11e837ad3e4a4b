"""Zhipu's `/audio/speech`: a body of sound, or samples in server-sent events."""

from __future__ import annotations

import base64
import time
from typing import Any

import orjson

from miavo_gateway.sandbox.directions import read_directions, without_directions
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.simulator import json_body
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.sound.fields import allow, chosen, number, text
from miavo_gateway.sandbox.sound.tones import speak
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, SoundFormat

__all__ = ["answer_speech"]

_VOICES = "tongtong xiaochen chuichui jam kazi douji luodo female"


def answer_speech(received: Received) -> Simulated:
    """The sound of a text."""
    body = json_body(received)
    allow(
        body,
        "model input voice response_format speed volume stream encode_format watermark_enabled",
    )
    if body.get("model") != "glm-tts":
        raise ProviderRefusal("模型不存在", status=400, code="1211")
    said = text(body, "input", 1_024)
    chosen(body, "voice", _VOICES, "tongtong")
    speed = number(body, "speed", 0.5, 2, 1)
    form = chosen(body, "response_format", "wav pcm", "pcm")
    if read_directions(said).refuse:
        raise ProviderRefusal("系统检测到输入内容可能包含不安全或敏感内容", code="1301")
    words = speak(without_directions(said) or "nothing", OPENAI_PCM.rate, speed)
    if not body.get("stream"):
        writer = encoder(SoundFormat(form), OPENAI_PCM)
        sound = writer.feed(b"".join(words)) + writer.finish()
        return Simulated(200, {"content-type": f"audio/{form}"}, (Part(sound),))
    if form != "pcm":
        raise ProviderRefusal("流式仅支持 pcm", code="1214", param="response_format")
    as_hex = chosen(body, "encode_format", "base64 hex", "base64") == "hex"
    events = [_event(at, word, as_hex=as_hex) for at, word in enumerate(words)]
    last = {"index": len(words), "delta": {"role": "assistant"}, "finish_reason": "stop"}
    events.append({"id": "sandbox", "model": "glm-tts", "choices": [last]})
    parts = tuple(Part(b"data: " + orjson.dumps(event) + b"\n\n", tokens=2) for event in events)
    done = Part(b"data: [DONE]\n\n")
    return Simulated(200, {"content-type": "text/event-stream"}, (*parts, done))


def _event(at: int, sound: bytes, *, as_hex: bool) -> dict[str, Any]:
    content = sound.hex() if as_hex else base64.b64encode(sound).decode()
    delta = {
        "role": "assistant",
        "content": content,
        "return_sample_rate": OPENAI_PCM.rate,
    }
    choice = {"index": at, "delta": delta}
    return {"id": "sandbox", "created": int(time.time()), "model": "glm-tts", "choices": [choice]}
