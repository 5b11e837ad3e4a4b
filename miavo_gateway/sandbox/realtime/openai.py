"""OpenAI's Realtime API, simulated: its events as of the general release."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.realtime.dialogue import Dialogue
from miavo_gateway.sandbox.realtime.openai_reply import EventMaker, Reply, usage
from miavo_gateway.sandbox.realtime.openai_rules import (
    CONTENT_KINDS,
    Wrong,
    check_response,
    check_session,
    merged,
)
from miavo_gateway.sandbox.realtime.sound import Ear, milliseconds
from miavo_gateway.sandbox.realtime.talk import Frame, Outbox

__all__ = ["MODELS", "OpenAITalk"]

MODELS: Final = ("gpt-realtime", "gpt-realtime-mini", "gpt-realtime-2.1")
_RATE: Final = 24_000
_LEAST_MS: Final = 100


class OpenAITalk:
    """It is a `Talk`."""

    def __init__(self, model: str) -> None:
        """A session that has just been opened."""
        self._make = EventMaker()
        self._out = Outbox()
        self._dialogue = Dialogue("openai", model)
        self._items: dict[str, dict[str, Any]] = {}
        self._buffer = bytearray()
        self._response: dict[str, Any] | None = None
        self._speech_item = ""
        self._session: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": self._make.id("sess"),
            "model": model,
            "output_modalities": ["audio"],
            "instructions": "You are simulated.",
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": _RATE},
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.5,
                        "prefix_padding_ms": 300,
                        "silence_duration_ms": 500,
                        "create_response": True,
                        "interrupt_response": True,
                    },
                },
                "output": {
                    "format": {"type": "audio/pcm", "rate": _RATE},
                    "voice": "marin",
                    "speed": 1.0,
                },
            },
        }
        self._ear = Ear(_RATE)
        self._handlers: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create,
            "conversation.item.delete": self._delete,
            "conversation.item.retrieve": self._retrieve,
            "conversation.item.truncate": self._truncate,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }
        self._send("session.created", session=self._session)

    def receive(self, data: str | bytes) -> None:
        """A client event."""
        event: Any = None
        with contextlib.suppress(orjson.JSONDecodeError):
            event = orjson.loads(data)
        event_id = event.get("event_id") if isinstance(event, dict) else None
        try:
            if not isinstance(event, dict):
                raise Wrong("Unable to parse event: it is no JSON object.", "invalid_json")
            handler = self._handlers.get(str(event.get("type")))
            if handler is None:
                raise Wrong(f"Invalid value: '{event.get('type')}'.", "invalid_value", "type")
            handler(event)
        except Wrong as wrong:
            self._out.put(self._error_frame(wrong, event_id))
        except InvalidRequest as error:
            self._out.put(self._error_frame(Wrong(error.message, "invalid_value"), event_id))

    def next(self) -> Frame | None:
        """See `Talk`."""
        frame = self._out.next()
        if frame is not None and frame.ends_reply:
            self._response = None
        return frame

    def malformed(self) -> str:
        """An event whose JSON breaks off."""
        return '{"type": "response.output_audio.delta", "delta": "AAA'

    def error(self, message: str) -> Frame:
        """A fault of the server's."""
        error = {"type": "server_error", "code": "server_error", "message": message}
        return self._make.frame("error", error={**error, "param": None, "event_id": None})

    # Client events.

    def _update(self, event: dict[str, Any]) -> None:
        given = event.get("session")
        check_session(given, self._session["model"])
        assert isinstance(given, dict), "it was checked"
        self._session = merged(self._session, given)
        detection = self._session["audio"]["input"]["turn_detection"]
        self._ear = Ear(_RATE, (detection or {}).get("silence_duration_ms"))
        self._send("session.updated", session=self._session)

    def _append(self, event: dict[str, Any]) -> None:
        try:
            pcm = base64.b64decode(event["audio"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise Wrong("Invalid 'audio'. Expected base64.", "invalid_value", "audio") from None
        self._buffer += pcm
        detection = self._session["audio"]["input"]["turn_detection"]
        if detection is None:
            return
        for what, at in self._ear.hear(pcm):
            if what == "started":
                self._speech_item = self._make.id("item")
                self._send(
                    "input_audio_buffer.speech_started",
                    audio_start_ms=at,
                    item_id=self._speech_item,
                )
                if self._response is not None and detection.get("interrupt_response", True):
                    self._break_off("turn_detected")
            else:
                self._send(
                    "input_audio_buffer.speech_stopped",
                    audio_end_ms=at,
                    item_id=self._speech_item,
                )
                self._commit_buffer(self._speech_item)
                if detection.get("create_response", True):
                    self._respond({})

    def _commit(self, event: dict[str, Any]) -> None:
        del event
        if milliseconds(bytes(self._buffer), _RATE) < _LEAST_MS:
            raise Wrong(
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
                "audio.",
                "input_audio_buffer_commit_empty",
            )
        self._commit_buffer(self._make.id("item"))

    def _commit_buffer(self, item_id: str) -> None:
        text = self._dialogue.hear(milliseconds(bytes(self._buffer), _RATE))
        self._buffer.clear()
        before = next(reversed(self._items), None)
        self._send("input_audio_buffer.committed", previous_item_id=before, item_id=item_id)
        self._add(
            {
                "id": item_id,
                "object": "realtime.item",
                "type": "message",
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            }
        )
        if self._session["audio"]["input"]["transcription"] is not None:
            where = {"item_id": item_id, "content_index": 0}
            name = "conversation.item.input_audio_transcription"
            self._send(f"{name}.delta", **where, delta=text)
            usage = {"type": "duration", "seconds": 1.0}
            self._send(f"{name}.completed", **where, transcript=text, usage=usage)

    def _clear(self, event: dict[str, Any]) -> None:
        del event
        self._buffer.clear()
        self._send("input_audio_buffer.cleared")

    def _create(self, event: dict[str, Any]) -> None:
        item = event.get("item")
        if not isinstance(item, dict):
            raise Wrong("Missing required parameter: 'item'.", "missing_required_parameter", "item")
        match item.get("type"):
            case "message":
                kinds = CONTENT_KINDS.get(str(item.get("role")))
                content = item.get("content")
                if kinds is None or not isinstance(content, list) or not content:
                    raise Wrong("Invalid 'item'.", "invalid_value", "item")
                for part in content:
                    if part.get("type") not in kinds:
                        raise Wrong(
                            f"Invalid value: '{part.get('type')}'.",
                            "invalid_value",
                            "item.content[0].type",
                        )
                if any("audio" in part for part in content):
                    pcm = base64.b64decode(content[0]["audio"])
                    self._dialogue.hear(milliseconds(pcm, _RATE))
                self._dialogue.say(
                    item["role"], "\n".join(str(part.get("text") or "") for part in content).strip()
                )
            case "function_call":
                self._dialogue.call(item["call_id"], item["name"], item["arguments"])
            case "function_call_output":
                if item.get("call_id") not in self._dialogue.called():
                    raise Wrong(
                        f"Tool call ID '{item.get('call_id')}' not found in conversation.",
                        "invalid_tool_call_id",
                        "item.call_id",
                    )
                self._dialogue.returned(item["call_id"], str(item.get("output") or ""))
            case kind:
                raise Wrong(f"Invalid value: '{kind}'.", "invalid_value", "item.type")
        view = {**item, "id": item.get("id") or self._make.id("item"), "object": "realtime.item"}
        self._add({**view, "status": "completed"})

    def _delete(self, event: dict[str, Any]) -> None:
        if self._items.pop(str(event.get("item_id")), None) is None:
            raise Wrong("Error deleting item.", "item_delete_invalid_item_id", "item_id")
        self._send("conversation.item.deleted", item_id=event["item_id"])

    def _retrieve(self, event: dict[str, Any]) -> None:
        item = self._items.get(str(event.get("item_id")))
        if item is None:
            raise Wrong("Error retrieving item.", "item_retrieve_invalid_item_id", "item_id")
        self._send("conversation.item.retrieved", item=item)

    def _truncate(self, event: dict[str, Any]) -> None:
        item = self._items.get(str(event.get("item_id")))
        if item is None or item.get("role") != "assistant":
            raise Wrong("Error truncating item.", "item_truncate_invalid_item_id", "item_id")
        fields = ("item_id", "content_index", "audio_end_ms")
        self._send("conversation.item.truncated", **{name: event[name] for name in fields})

    def _respond(self, event: dict[str, Any]) -> None:
        if self._response is not None:
            raise Wrong(
                f"Conversation already has an active response in progress: {self._response['id']}.",
                "conversation_already_has_active_response",
            )
        own = event.get("response") or {}
        check_response(own)
        terms = {**self._session, **own}
        limit = terms["max_output_tokens"]
        choice = terms["tool_choice"]
        if isinstance(choice, dict):
            choice = {"type": "function", "function": {"name": choice["name"]}}
        composed = self._dialogue.reply(
            instructions=terms["instructions"] or "",
            tools=terms["tools"] or [],
            tool_choice=choice,
            limit=None if limit == "inf" else limit,
        )
        self._response = {
            "object": "realtime.response",
            "id": self._make.id("resp"),
            "status": "in_progress",
            "status_details": None,
            "output": [],
            "conversation_id": "conv_simulated",
            "output_modalities": terms["output_modalities"],
            "max_output_tokens": limit,
            "usage": None,
            "metadata": own.get("metadata"),
        }
        reply = Reply(self._make, self._response, self._dialogue, self._items)
        self._out.reply(reply.frames(composed))

    def _cancel(self, event: dict[str, Any]) -> None:
        if self._response is None or event.get("response_id") not in (None, self._response["id"]):
            raise Wrong(
                "Cancellation failed: no active response found", "response_cancel_not_active"
            )
        self._break_off("client_cancelled")

    def _break_off(self, reason: str) -> None:
        response = self._response
        assert response is not None, "a reply has begun"
        self._out.break_off()
        self._send(
            "response.done",
            response={
                **response,
                "status": "cancelled",
                "status_details": {"type": "cancelled", "reason": reason},
                "usage": usage(
                    self._dialogue, 10, 5, spoken="audio" in response["output_modalities"]
                ),
            },
        )
        self._response = None

    # Writing.

    def _add(self, item: dict[str, Any]) -> None:
        before = next(reversed(self._items), None)
        self._items[item["id"]] = item
        for name in ("conversation.item.added", "conversation.item.done"):
            self._send(name, previous_item_id=before, item=item)

    def _send(self, name: str, /, **fields: Any) -> None:
        self._out.put(self._make.frame(name, **fields))

    def _error_frame(self, wrong: Wrong, event_id: Any) -> Frame:
        error = {
            "type": "invalid_request_error",
            "code": wrong.code,
            "message": wrong.message,
            "param": wrong.param,
            "event_id": event_id,
        }
        return self._make.frame("error", error=error)
