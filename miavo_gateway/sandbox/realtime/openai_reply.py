"""A reply of OpenAI's as its events, simulated."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from miavo_gateway.sandbox.composition import Composition
from miavo_gateway.sandbox.realtime.dialogue import Dialogue
from miavo_gateway.sandbox.realtime.sound import MS_PER_TOKEN, hum
from miavo_gateway.sandbox.realtime.talk import Frame

__all__ = ["EventMaker", "Reply", "usage"]


class EventMaker:
    """Makes the events of one session."""

    def __init__(self) -> None:
        self._made = 0

    def id(self, kind: str) -> str:
        """An id such as `item_…`."""
        self._made += 1
        return f"{kind}_Sim{self._made:018d}"

    def frame(
        self, name: str, /, tokens: int = 0, *, ends_reply: bool = False, **fields: Any
    ) -> Frame:
        """An event."""
        data = {"type": name, "event_id": self.id("event"), **fields}
        return Frame(orjson.dumps(data).decode(), tokens, ends_reply=ends_reply)


@dataclass(frozen=True, slots=True)
class Reply:
    """One response; what it says becomes part of the session as its events are made."""

    make: EventMaker
    response: dict[str, Any]
    dialogue: Dialogue
    items: dict[str, dict[str, Any]]

    @property
    def spoken(self) -> bool:
        """Whether it is made as audio."""
        return "audio" in self.response["output_modalities"]

    def frames(self, composed: Composition) -> Iterator[Frame]:
        """Its events."""
        response = self.response
        yield self.make.frame("response.created", response=response)
        limits = [
            {"name": name, "limit": 40_000, "remaining": 39_000, "reset_seconds": 1.5}
            for name in ("requests", "tokens")
        ]
        yield self.make.frame("rate_limits.updated", rate_limits=limits)
        tokens = composed.text_tokens() or composed.refusal_tokens()
        output: list[dict[str, Any]] = []
        if tokens or not composed.calls:
            yield from self._message(tokens, output)
        for call in composed.calls:
            yield from self._call(call.name, call.arguments, output)
        cut = composed.finish_reason == "length"
        status = "incomplete" if cut or composed.refusal else "completed"
        details: dict[str, Any] = {"type": status}
        if status == "incomplete":
            details["reason"] = "max_output_tokens" if cut else "content_filter"
        yield self.make.frame(
            "response.done",
            response={
                **response,
                "status": status,
                "status_details": details,
                "output": output,
                "usage": usage(
                    self.dialogue,
                    composed.prompt_tokens,
                    composed.output_tokens,
                    spoken=self.spoken,
                ),
            },
            ends_reply=True,
        )

    def _message(self, tokens: list[str], output: list[dict[str, Any]]) -> Iterator[Frame]:
        response = self.response
        item: dict[str, Any] = {
            "id": self.make.id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        index = len(output)
        of_response = {"response_id": response["id"], "output_index": index}
        part_of = {**of_response, "item_id": item["id"], "content_index": 0}
        spoken = self.spoken
        field = "transcript" if spoken else "text"
        kind = "audio" if spoken else "text"
        yield self.make.frame("response.output_item.added", **of_response, item=item)
        yield self.make.frame("conversation.item.added", previous_item_id=None, item=item)
        part = {"type": kind, field: ""}
        yield self.make.frame("response.content_part.added", **part_of, part=part)
        for token in tokens:
            if spoken:
                yield self.make.frame(
                    "response.output_audio_transcript.delta", 1, **part_of, delta=token
                )
                audio = base64.b64encode(hum(MS_PER_TOKEN)).decode()
                yield self.make.frame("response.output_audio.delta", **part_of, delta=audio)
            else:
                yield self.make.frame("response.output_text.delta", 1, **part_of, delta=token)
        text = "".join(tokens)
        if spoken:
            yield self.make.frame("response.output_audio.done", **part_of)
            yield self.make.frame(
                "response.output_audio_transcript.done", **part_of, transcript=text
            )
        else:
            yield self.make.frame("response.output_text.done", **part_of, text=text)
        yield self.make.frame(
            "response.content_part.done", **part_of, part={"type": kind, field: text}
        )
        done = {**item, "status": "completed", "content": [{"type": f"output_{kind}", field: text}]}
        self.items[item["id"]] = done
        self.dialogue.say("assistant", text)
        output.append(done)
        yield self.make.frame("conversation.item.done", previous_item_id=None, item=done)
        yield self.make.frame("response.output_item.done", **of_response, item=done)

    def _call(self, name: str, arguments: str, output: list[dict[str, Any]]) -> Iterator[Frame]:
        response = self.response
        call_id = self.make.id("call")
        item = {
            "id": self.make.id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": name,
            "call_id": call_id,
            "arguments": "",
        }
        of_response = {"response_id": response["id"], "output_index": len(output)}
        call = {**of_response, "item_id": item["id"], "call_id": call_id}
        yield self.make.frame("response.output_item.added", **of_response, item=item)
        yield self.make.frame("conversation.item.added", previous_item_id=None, item=item)
        half = len(arguments) // 2
        for piece in (arguments[:half], arguments[half:]):
            yield self.make.frame("response.function_call_arguments.delta", 1, **call, delta=piece)
        yield self.make.frame(
            "response.function_call_arguments.done", **call, name=name, arguments=arguments
        )
        done = {**item, "status": "completed", "arguments": arguments}
        self.items[item["id"]] = done
        self.dialogue.call(call_id, name, arguments)
        output.append(done)
        yield self.make.frame("conversation.item.done", previous_item_id=None, item=done)
        yield self.make.frame("response.output_item.done", **of_response, item=done)


def usage(dialogue: Dialogue, prompt: int, output: int, *, spoken: bool) -> dict[str, Any]:
    """`response.usage`."""
    heard = dialogue.sound_ms // 100
    sound = output * MS_PER_TOKEN // 50 if spoken else 0
    return {
        "total_tokens": prompt + heard + output + sound,
        "input_tokens": prompt + heard,
        "output_tokens": output + sound,
        "input_token_details": {
            "text_tokens": prompt,
            "audio_tokens": heard,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": output, "audio_tokens": sound},
    }
