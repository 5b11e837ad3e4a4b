"""GLM-Realtime, simulated: events modelled on the beta of OpenAI's, with Zhipu's own ways.

After Zhipu's page of the interface and its SDK (MetaGLM/glm-realtime-sdk): audio comes as WAV
files, `beta_fields` name the mode, the client says when it has spoken unless told otherwise, calls
come whole, and a heartbeat now and then.
"""

from __future__ import annotations

import base64
import contextlib
import io
import wave
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.composition import Composition
from miavo_gateway.sandbox.realtime.dialogue import Dialogue
from miavo_gateway.sandbox.realtime.sound import MS_PER_TOKEN, Ear, hum, milliseconds
from miavo_gateway.sandbox.realtime.talk import Frame, Outbox

__all__ = ["MODELS", "GLMTalk"]

MODELS: Final = ("glm-realtime-flash", "glm-realtime-air", "glm-4-realtime")
_RATES: Final = {"wav": 16_000, "wav24": 24_000, "wav48": 48_000}
_SESSION_FIELDS: Final = frozenset(
    {"model", "modalities", "voice", "instructions", "input_audio_format", "output_audio_format"}
    | {"input_audio_transcription", "turn_detection", "tools", "tool_choice", "temperature"}
    | {"max_output_tokens", "beta_fields"}
)


class _Wrong(Exception):
    """What is answered with an `error` event."""

    def __init__(self, message: str, code: str = "invalid_event") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class GLMTalk:
    """It is a `Talk`."""

    def __init__(self) -> None:
        """A session that has just been opened."""
        self._made = 0
        self._out = Outbox()
        self._dialogue = Dialogue("zhipu", "glm-realtime-flash")
        self._pcm = bytearray()
        self._response: dict[str, Any] | None = None
        self._session: dict[str, Any] = {
            "id": self._id("sess"),
            "model": "glm-realtime-flash",
            "modalities": ["text", "audio"],
            "instructions": "",
            "voice": "tongtong",
            "input_audio_format": "wav",
            "output_audio_format": "pcm",
            "turn_detection": {"type": "client_vad"},
            "tools": [],
            "tool_choice": "auto",
            "temperature": 0.2,
            "beta_fields": {"chat_mode": "audio", "tts_source": "e2e", "auto_search": True},
        }
        self._ear = Ear(16_000)
        self._handlers: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create,
            "conversation.item.delete": self._delete,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }
        self._send("session.created", session=self._session)

    def receive(self, data: str | bytes) -> None:
        """A client event."""
        event: Any = None
        with contextlib.suppress(orjson.JSONDecodeError):
            event = orjson.loads(data)
        try:
            if not isinstance(event, dict) or "type" not in event:
                raise _Wrong("The 'type' field is missing.")
            handler = self._handlers.get(str(event["type"]))
            if handler is None:
                raise _Wrong(f"Unknown event type: {event['type']}.")
            handler(event)
        except _Wrong as wrong:
            self._out.put(self._error_frame(wrong.message, wrong.code))
        except InvalidRequest as error:
            self._out.put(self._error_frame(error.message, "invalid_event"))

    def next(self) -> Frame | None:
        """See `Talk`."""
        frame = self._out.next()
        if frame is not None and frame.ends_reply:
            self._response = None
        return frame

    def malformed(self) -> str:
        """An event whose JSON breaks off."""
        return '{"event_id":"event1","type":"response.audio.delta","delta":"AAA'

    def error(self, message: str) -> Frame:
        """A fault of the server's."""
        return self._error_frame(message, "internal_error", kind="server_error")

    # Client events.

    def _update(self, event: dict[str, Any]) -> None:
        given = event.get("session")
        if not isinstance(given, dict):
            raise _Wrong("The 'session' field is missing.")
        for name in given:
            if name not in _SESSION_FIELDS:
                raise _Wrong(f"Unknown session field: {name}.")
        if "chat_mode" not in (given.get("beta_fields") or {}):
            raise _Wrong("The 'beta_fields.chat_mode' field is missing.")
        if given.get("model", MODELS[0]) not in MODELS:
            raise _Wrong(f"Model {given['model']} does not exist.", "model_not_found")
        if given.get("input_audio_format", "wav") not in {*_RATES, "pcm"}:
            raise _Wrong("Unsupported input_audio_format.")
        for tool in given.get("tools") or ():
            if tool.get("type") != "function" or not tool.get("name"):
                raise _Wrong("A tool has the fields type, name, description and parameters.")
        self._session |= given
        # What is left out falls back to the default, as Zhipu warns of.
        if "turn_detection" not in given:
            self._session["turn_detection"] = {"type": "client_vad"}
        detection = self._session["turn_detection"]
        self._ear = Ear(16_000, detection.get("silence_duration_ms"))
        self._send("session.updated", session=self._session)
        self._send("heartbeat")

    def _append(self, event: dict[str, Any]) -> None:
        pcm = _pcm_of(event.get("audio"), self._session["input_audio_format"])
        self._pcm += pcm
        if self._session["turn_detection"]["type"] != "server_vad":
            return
        for what, _ in self._ear.hear(pcm):
            if what == "started":
                self._send("input_audio_buffer.speech_started")
                if self._response is not None:
                    self._break_off("turn_detected")
            else:
                self._send("input_audio_buffer.speech_stopped")
                self._commit_buffer()
                self._respond({})

    def _commit(self, event: dict[str, Any]) -> None:
        del event
        if not self._pcm:
            raise _Wrong("No audio has been appended.", "input_audio_buffer_empty")
        self._commit_buffer()

    def _commit_buffer(self) -> None:
        text = self._dialogue.hear(milliseconds(bytes(self._pcm), 16_000))
        self._pcm.clear()
        item_id = self._id("item")
        self._send("input_audio_buffer.committed", item_id=item_id)
        self._send(
            "conversation.item.created",
            item={
                "id": item_id,
                "object": "realtime.item",
                "type": "message",
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            },
        )
        self._send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            transcript=text,
        )

    def _clear(self, event: dict[str, Any]) -> None:
        del event
        self._pcm.clear()
        self._send("input_audio_buffer.cleared")

    def _create(self, event: dict[str, Any]) -> None:
        item = event.get("item")
        if not isinstance(item, dict):
            raise _Wrong("The 'item' field is missing.")
        match item.get("type"):
            case "message":
                content = item.get("content") or []
                kinds = {"assistant": ("text",)}.get(item["role"], ("input_text", "input_audio"))
                for part in content:
                    if part.get("type") not in kinds:
                        raise _Wrong(f"Unknown content type: {part.get('type')}.")
                    if part["type"] == "input_audio":
                        pcm = _pcm_of(part.get("audio"), self._session["input_audio_format"])
                        self._dialogue.hear(milliseconds(pcm, 16_000))
                text = "\n".join(str(part.get("text") or "") for part in content).strip()
                if not text and not any(part["type"] == "input_audio" for part in content):
                    raise _Wrong("The text is empty.")
                self._dialogue.say(item["role"], text)
            case "function_call":
                self._dialogue.call(item["call_id"], item["name"], item["arguments"])
            case "function_call_output":
                open_calls = [
                    each
                    for each in self._dialogue.called()
                    if each not in self._dialogue.answered()
                ]
                if not item.get("output") or not open_calls:
                    raise _Wrong("The output is empty, or no function was called.")
                # Zhipu's page shows no call_id: results come in the order of their calls.
                call_id = item.get("call_id")
                self._dialogue.returned(
                    call_id if call_id in open_calls else open_calls[0], item["output"]
                )
            case kind:
                raise _Wrong(f"Unknown item type: {kind}.")
        self._send("conversation.item.created", item={**item, "status": "completed"})

    def _delete(self, event: dict[str, Any]) -> None:
        self._send("conversation.item.deleted", item_id=event.get("item_id"))

    def _respond(self, event: dict[str, Any]) -> None:
        del event
        if self._response is not None:
            raise _Wrong("A response is being made.", "response_in_progress")
        session = self._session
        choice = session["tool_choice"]
        if isinstance(choice, dict):
            choice = {"type": "function", "function": {"name": choice["function"]}}
        limit = session.get("max_output_tokens", "inf")
        composed = self._dialogue.reply(
            instructions=session["instructions"],
            tools=session["tools"],
            tool_choice=choice,
            limit=None if limit == "inf" else limit,
        )
        self._response = {
            "id": self._id("resp"),
            "object": "realtime.response",
            "status": "in_progress",
        }
        self._out.reply(self._reply_frames(composed))

    def _cancel(self, event: dict[str, Any]) -> None:
        del event
        if self._response is None:
            raise _Wrong("No response is being made.", "response_cancel_not_active")
        self._break_off("client_cancelled")

    # Replies.

    def _reply_frames(self, composed: Composition) -> Iterator[Frame]:
        response = self._response
        assert response is not None, "a reply has begun"
        where = {"response_id": response["id"], "output_index": 0, "content_index": 0}
        yield self._frame("response.created", response=response)
        spoken = "audio" in self._session["modalities"]
        tokens = composed.text_tokens() or composed.refusal_tokens()
        for token in tokens:
            if spoken:
                yield self._frame("response.audio_transcript.delta", 1, **where, delta=token)
                audio = base64.b64encode(hum(MS_PER_TOKEN)).decode()
                yield self._frame("response.audio.delta", **where, delta=audio)
            else:
                yield self._frame("response.text.delta", 1, **where, delta=token)
        self._dialogue.say("assistant", "".join(tokens))
        if tokens and spoken:
            yield self._frame("response.audio.done", **where)
            text = "".join(tokens)
            yield self._frame("response.audio_transcript.done", **where, transcript=text)
        elif tokens:
            yield self._frame("response.text.done", **where, text="".join(tokens))
        for call in composed.calls:
            call_id = self._id("call")
            self._dialogue.call(call_id, call.name, call.arguments)
            yield self._frame(
                "response.function_call_arguments.done",
                1,
                **where,
                call_id=call_id,
                name=call.name,
                arguments=call.arguments,
            )
        heard = self._dialogue.sound_ms // 100
        said = composed.output_tokens
        sound = said * MS_PER_TOKEN // 50 if spoken else 0
        usage = {
            "total_tokens": composed.prompt_tokens + heard + said + sound,
            "input_tokens": composed.prompt_tokens + heard,
            "output_tokens": said + sound,
            "input_token_details": {
                "cached_tokens": 0,
                "text_tokens": composed.prompt_tokens,
                "audio_tokens": heard,
            },
            "output_token_details": {"text_tokens": said, "audio_tokens": sound},
        }
        done = {**response, "status": "completed", "usage": usage}
        if composed.finish_reason == "length":
            details = {"type": "incomplete", "reason": "max_output_tokens"}
            done |= {"status": "incomplete", "status_details": details}
        yield self._frame("response.done", response=done, ends_reply=True)

    def _break_off(self, reason: str) -> None:
        response = self._response
        assert response is not None, "a reply has begun"
        self._out.break_off()
        details = {"type": "cancelled", "reason": reason}
        done = {**response, "status": "cancelled", "status_details": details}
        self._send("response.done", response=done)
        self._response = None

    # Writing.

    def _id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:032x}"

    def _frame(
        self, name: str, /, tokens: int = 0, *, ends_reply: bool = False, **fields: Any
    ) -> Frame:
        data = {"event_id": self._id("event"), "type": name, **fields}
        return Frame(orjson.dumps(data).decode(), tokens, ends_reply=ends_reply)

    def _send(self, name: str, /, **fields: Any) -> None:
        self._out.put(self._frame(name, **fields))

    def _error_frame(self, message: str, code: str, kind: str = "invalid_request_error") -> Frame:
        return self._frame("error", error={"type": kind, "code": code, "message": message})


def _pcm_of(audio: Any, kind: str) -> bytes:
    """The samples of a WAV file in base64.

    Raises:
        _Wrong: it is none, or not of the rate of its kind.
    """
    try:
        data = base64.b64decode(audio, validate=True)
        with wave.open(io.BytesIO(data)) as file:
            rate = file.getframerate()
            pcm: bytes = file.readframes(file.getnframes())
    except (TypeError, ValueError, wave.Error, EOFError):
        raise _Wrong("The audio is no WAV file in base64.", "invalid_audio") from None
    if rate != _RATES.get(kind, rate):
        raise _Wrong(f"The audio has {rate} Hz, and {kind} has another rate.", "invalid_audio")
    return pcm
