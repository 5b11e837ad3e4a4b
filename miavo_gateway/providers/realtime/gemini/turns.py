"""What is said to the Live API: earlier turns, new ones, and what functions returned."""

from __future__ import annotations

import base64
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from miavo_gateway.providers.realtime.conversation import text_of
from miavo_gateway.schema.realtime import Content, Item

__all__ = [
    "DATA_URL",
    "GO_ON",
    "INPUT_RATE",
    "Untold",
    "audio_input",
    "client_content",
    "history_turns",
    "parted",
    "realtime_inputs",
    "tool_response",
    "wire_name",
]

INPUT_RATE: Final = 16_000
"""Samples a second of what Gemini hears."""
_FIT: Final = re.compile(r"[A-Za-z_]", re.ASCII)
_MIME: Final = f"audio/pcm;rate={INPUT_RATE}"
DATA_URL: Final = "data:"


@dataclass(frozen=True, slots=True)
class Untold:
    """An item that Gemini has not been told."""

    item: Item
    item_id: str = ""
    sound: bytes = b""
    """Its recordings, as PCM."""


GO_ON: Final = Untold(
    Item(
        type="message",
        role="user",
        content=[Content(type="input_text", text="Go on, now that the functions have returned.")],
    )
)
"""Said where the results of an earlier session's calls are all there is to reply to."""


def wire_name(name: str) -> str:
    """A function's name as Gemini takes it: it begins with a letter or an underscore."""
    return name if _FIT.match(name) else f"_{name}"


def parted(
    untold: Sequence[Untold], calls: Container[str | None]
) -> tuple[list[Item], list[Untold]]:
    """Earlier turns, and what Gemini is to reply to.

    Args:
        untold: all of it, in order.
        calls: the ids of the calls that Gemini waits for.
    """
    cut = len(untold)
    while cut and _is_new(untold[cut - 1].item, calls):
        cut -= 1
    return [each.item for each in untold[:cut]], list(untold[cut:])


def _is_new(item: Item, calls: Container[str | None]) -> bool:
    if item.type == "function_call_output":
        return item.call_id in calls
    return item.type == "message" and item.role == "user"


def realtime_inputs(
    messages: Iterable[Untold], heard: bytes, *, manual: bool
) -> Iterator[dict[str, Any]]:
    """New turns of the user, each as the value of `realtimeInput`.

    Args:
        messages: what was written, shown or recorded.
        heard: what was said before it, as PCM.
        manual: whether the client says when it speaks.
    """
    shown: list[dict[str, Any]] = []
    texts: list[str] = []
    for message in messages:
        texts.append(text_of(message.item))
        heard += message.sound
        shown += [
            {"video": _image(part.image_url or "")}
            for part in message.item.content
            if part.type == "input_image"
        ]
    text = "\n".join(filter(None, texts))
    inputs = [*shown, *([audio_input(heard)] if heard else ()), *([{"text": text}] if text else ())]
    if not inputs:
        return
    if manual:
        yield {"activityStart": {}}
    yield from inputs
    if manual:
        yield {"activityEnd": {}}
    elif heard and not text:
        yield {"audioStreamEnd": True}


def tool_response(outputs: Sequence[Item], calls: dict[str, str]) -> dict[str, Any]:
    """The message with what functions returned; their calls are answered then.

    Args:
        outputs: the results.
        calls: the names of the functions by the ids of the calls that wait.
    """
    responses = [
        {
            "id": each.call_id,
            "name": calls.pop(each.call_id or "", each.name or "function"),
            "response": _response_of(each.output),
        }
        for each in outputs
    ]
    return {"toolResponse": {"functionResponses": responses}}


def history_turns(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Earlier items as turns."""
    turns: list[dict[str, Any]] = []
    names: dict[str | None, str] = {}
    for item in items:
        if item.type == "function_call":
            names[item.call_id] = name = wire_name(item.name or "")
            part: dict[str, Any] = {"functionCall": {"name": name, "args": _object(item.arguments)}}
            role = "model"
        elif item.type == "function_call_output":
            name = names.get(item.call_id, item.name or "function")
            part = {"functionResponse": {"name": name, "response": _response_of(item.output)}}
            role = "user"
        else:
            part = {"text": text_of(item)}
            role = "model" if item.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"].append(part)
        else:
            turns.append({"role": role, "parts": [part]})
    return turns


def client_content(turns: Sequence[dict[str, Any]]) -> str:
    """The frame with earlier turns."""
    return orjson.dumps({"clientContent": {"turns": turns, "turnComplete": True}}).decode()


def _response_of(output: str | None) -> dict[str, Any]:
    """What a function returned, as the object that Gemini wants."""
    try:
        value = orjson.loads(output or "")
    except orjson.JSONDecodeError:
        value = output or ""
    return value if isinstance(value, dict) else {"output": value}


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def audio_input(pcm: bytes) -> dict[str, Any]:
    """Audio as the value of `realtimeInput`."""
    return {"audio": {"mimeType": _MIME, "data": base64.b64encode(pcm).decode()}}


def _image(url: str) -> dict[str, str]:
    head, _, data = url.removeprefix(DATA_URL).partition(",")
    return {"mimeType": head.partition(";")[0] or "image/jpeg", "data": data}
