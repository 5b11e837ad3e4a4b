"""Gemini's Live API, simulated: `BidiGenerateContent`, frame by frame.

After Google's reference of the WebSocket API, `google-genai` 3.4.0 and the reports of what the
model refuses: one `setup`, sound alone, `clientContent` before the conversation only.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.composition import Composition
from miavo_gateway.sandbox.gemini.shapes import camel
from miavo_gateway.sandbox.realtime.dialogue import Dialogue
from miavo_gateway.sandbox.realtime.gemini_rules import (
    INVALID,
    MODELS,
    UNKNOWN,
    Refused,
    check_setup,
    json_schema,
    known,
    unknown,
)
from miavo_gateway.sandbox.realtime.sound import MS_PER_TOKEN, Ear, hum, milliseconds
from miavo_gateway.sandbox.realtime.talk import Frame, Outbox

__all__ = ["LiveTalk"]

_STANDARD: Final = str.maketrans("-_", "+/")
_MIME: Final = re.compile(r"audio/pcm;\s*rate=(\d+)")


class LiveTalk:
    """It is a `Talk`."""

    def __init__(self) -> None:
        """A socket that waits for its setup."""
        self._out = Outbox()
        self._setup: dict[str, Any] | None = None
        self._dialogue = Dialogue("google", MODELS[0])
        self._ear: Ear | None = None
        self._waits_for_history = False
        self._talked = False
        self._active = False
        self._pcm_ms = 0
        self._text: list[str] = []
        self._open_calls: set[str] = set()
        self._made = 0
        self._closed = False
        self._handlers: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "clientContent": self._content,
            "realtimeInput": self._input,
            "toolResponse": self._returned,
        }

    def receive(self, data: str | bytes) -> None:
        """A frame of the client."""
        if self._closed:
            return
        try:
            self._take(data)
        except Refused as refused:
            self._close(refused.code, refused.reason)
        except InvalidRequest as error:
            self._close(INVALID, error.message)

    def next(self) -> Frame | None:
        """See `Talk`."""
        return self._out.next()

    def malformed(self) -> bytes:
        """A frame whose JSON breaks off."""
        return b'{"serverContent": {"modelTurn": {"parts": [{'

    def error(self, message: str) -> Frame:
        """Google closes the socket on a fault of its own."""
        return Frame(message, close=1011)

    def _close(self, code: int, reason: str) -> None:
        self._closed = True
        self._out.put(Frame(reason[:120], close=code))

    def _take(self, data: str | bytes) -> None:
        try:
            message = camel(orjson.loads(data))
        except orjson.JSONDecodeError:
            raise Refused("Invalid JSON payload received.") from None
        if not isinstance(message, dict) or len(message) != 1:
            raise Refused("A message has exactly one of its fields.")
        [(name, value)] = message.items()
        if name == "setup":
            if self._setup is not None:
                raise Refused("setup must be the first message and only the first.")
            self._set_up(value)
            return
        if self._setup is None:
            raise Refused("The first message must be a setup.")
        handler = self._handlers.get(name)
        if handler is None or not isinstance(value, dict):
            raise unknown(name, "message")
        if self._waits_for_history and name != "clientContent":
            raise Refused("History was announced, and has not come.")
        handler(value)

    # Setup.

    def _set_up(self, setup: Any) -> None:
        check_setup(setup)
        self._setup = setup
        detection = self._detection
        if not detection.get("disabled"):
            self._ear = Ear(16_000, detection.get("silenceDurationMs"))
        self._waits_for_history = bool(
            (setup.get("historyConfig") or {}).get("initialHistoryInClientContent")
        )
        self._put({"setupComplete": {}})
        resumption = setup.get("sessionResumption")
        if resumption is not None and (handle := resumption.get("handle")):
            self._resume(handle)
        self._offer_handle()

    def _resume(self, handle: str) -> None:
        try:
            held = orjson.loads(base64.urlsafe_b64decode(handle))
        except ValueError:
            raise Refused("BidiGenerateContent session not found", UNKNOWN) from None
        self._dialogue.messages = held["messages"]
        self._dialogue.sound_ms = held["sound_ms"]
        self._open_calls = set(held["open_calls"])

    def _offer_handle(self) -> None:
        if self._given("sessionResumption") is None:
            return
        held = {
            "messages": self._dialogue.messages,
            "sound_ms": self._dialogue.sound_ms,
            "open_calls": sorted(self._open_calls),
        }
        handle = base64.urlsafe_b64encode(orjson.dumps(held)).decode()
        self._put({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})

    def _given(self, name: str) -> Any:
        return (self._setup or {}).get(name)

    @property
    def _detection(self) -> dict[str, Any]:
        config = self._given("realtimeInputConfig") or {}
        return config.get("automaticActivityDetection") or {}

    # What the client says.

    def _content(self, content: dict[str, Any]) -> None:
        known(content, frozenset({"turns", "turnComplete"}), "client_content")
        if self._talked or not self._waits_for_history:
            raise Refused("Request contains an invalid argument.")
        names: dict[str, str] = {}
        for turn in content.get("turns") or ():
            role = "assistant" if turn.get("role") == "model" else "user"
            for part in turn.get("parts") or ():
                self._remember(role, part, names)
        self._waits_for_history = not content.get("turnComplete")

    def _remember(self, role: str, part: dict[str, Any], names: dict[str, str]) -> None:
        if "functionCall" in part:
            call = part["functionCall"]
            call_id = f"history-{len(names)}"
            names[call["name"]] = call_id
            self._dialogue.call(call_id, call["name"], orjson.dumps(call["args"]).decode())
        elif "functionResponse" in part:
            response = part["functionResponse"]
            self._dialogue.returned(
                names[response["name"]], orjson.dumps(response["response"]).decode()
            )
        else:
            self._dialogue.say(role, str(part.get("text") or ""))

    def _input(self, given: dict[str, Any]) -> None:
        fields = {"audio", "text", "video", "activityStart", "activityEnd", "audioStreamEnd"}
        known(given, frozenset(fields), "realtime_input")
        if self._open_calls:
            raise Refused("Request contains an invalid argument.")
        self._talked = True
        if "activityStart" in given or "activityEnd" in given:
            if not self._detection.get("disabled"):
                raise Refused(
                    "Explicit activity control is not supported when automatic activity detection "
                    "is enabled."
                )
            self._mark("activityStart" in given)
        elif "audio" in given:
            self._hear(given["audio"])
        elif "text" in given:
            self._text.append(str(given["text"]))
            if self._ear is not None:
                self._turn()
        elif given.get("audioStreamEnd") and self._pcm_ms:
            self._turn()

    def _mark(self, begins: bool) -> None:
        if begins == self._active:
            raise Refused("Request contains an invalid argument.")
        self._active = begins
        if begins:
            self._interrupt()
        else:
            self._turn()

    def _hear(self, blob: dict[str, Any]) -> None:
        rate = _MIME.fullmatch(str(blob.get("mimeType")))
        if rate is None:
            raise Refused(f"Unsupported MIME type: {blob.get('mimeType')}")
        try:
            # Google takes both of base64's alphabets.
            pcm = base64.b64decode(blob["data"].translate(_STANDARD), validate=True)
        except (KeyError, AttributeError, ValueError):
            raise Refused("Invalid value at 'realtime_input.audio.data'.") from None
        ms = milliseconds(pcm, int(rate[1]))
        if self._ear is None:
            if not self._active:
                raise Refused("Request contains an invalid argument.")
            self._pcm_ms += ms
            return
        events = self._ear.hear(pcm)
        if self._ear.speaking or events:
            self._pcm_ms += ms
        for what, _ in events:
            if what == "started":
                self._interrupt()
            else:
                self._turn()

    def _returned(self, given: dict[str, Any]) -> None:
        for response in given.get("functionResponses") or ():
            call_id = response.get("id")
            if call_id not in self._open_calls or not isinstance(response.get("response"), dict):
                raise Refused("FunctionResponse must match a function call by its id.")
            self._open_calls.discard(call_id)
            self._dialogue.returned(call_id, orjson.dumps(response["response"]).decode())
        if not self._open_calls:
            self._reply()

    # What Gemini says.

    def _interrupt(self) -> None:
        if self._out.replying:
            self._out.break_off()
            self._put({"serverContent": {"interrupted": True}})
            self._put({"serverContent": {"turnComplete": True}, "usageMetadata": self._usage(5, 5)})

    def _turn(self) -> None:
        self._interrupt()
        if self._pcm_ms:
            text = self._dialogue.hear(self._pcm_ms)
            self._pcm_ms = 0
            if self._given("inputAudioTranscription") is not None:
                self._put({"serverContent": {"inputTranscription": {"text": text}}})
        self._dialogue.say("user", "\n".join(self._text))
        self._text = []
        self._reply()

    def _reply(self) -> None:
        setup = self._setup or {}
        parts = (setup.get("systemInstruction") or {}).get("parts") or ()
        tools = [
            {**each, "parameters": json_schema(each.get("parameters") or {"type": "OBJECT"})}
            for tool in setup.get("tools") or ()
            for each in tool.get("functionDeclarations") or ()
        ]
        composed = self._dialogue.reply(
            instructions="\n\n".join(part["text"] for part in parts),
            tools=tools,
            limit=(setup.get("generationConfig") or {}).get("maxOutputTokens"),
        )
        self._out.reply(self._reply_frames(composed))
        if self._out.replying:
            self._offer_handle()

    def _reply_frames(self, composed: Composition) -> Iterator[Frame]:
        usage = self._usage(composed.prompt_tokens, composed.output_tokens)
        if composed.calls:
            calls = []
            for call in composed.calls:
                self._made += 1
                call_id = f"function-call-{len(self._dialogue.messages)}{self._made:08d}"
                self._open_calls.add(call_id)
                self._dialogue.call(call_id, call.name, call.arguments)
                calls.append(
                    {"id": call_id, "name": call.name, "args": orjson.loads(call.arguments)}
                )
            message = {"toolCall": {"functionCalls": calls}, "usageMetadata": usage}
            yield _frame(message, len(calls), ends_reply=True)
            return
        tokens = composed.text_tokens() or composed.refusal_tokens()
        for token in tokens:
            data = base64.b64encode(hum(MS_PER_TOKEN)).decode()
            blob = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}
            yield _frame({"serverContent": {"modelTurn": {"role": "model", "parts": [blob]}}}, 1)
            if self._given("outputAudioTranscription") is not None:
                yield _frame({"serverContent": {"outputTranscription": {"text": token}}})
        self._dialogue.say("assistant", "".join(tokens))
        yield _frame({"serverContent": {"generationComplete": True}})
        done: dict[str, Any] = {"turnComplete": True}
        if composed.refusal:
            done["turnCompleteReason"] = "PROHIBITED_INPUT_CONTENT"
        yield _frame({"serverContent": done, "usageMetadata": usage}, ends_reply=True)

    def _usage(self, prompt: int, output: int) -> dict[str, Any]:
        heard = self._dialogue.sound_ms * 25 // 1_000
        spoken = output * MS_PER_TOKEN * 25 // 1_000
        return {
            "promptTokenCount": prompt + heard,
            "responseTokenCount": spoken,
            "totalTokenCount": prompt + heard + spoken,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": prompt},
                {"modality": "AUDIO", "tokenCount": heard},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": spoken}],
        }

    def _put(self, message: dict[str, Any]) -> None:
        self._out.put(_frame(message))


def _frame(message: dict[str, Any], tokens: int = 0, *, ends_reply: bool = False) -> Frame:
    # Bytes, as Google sends its JSON.
    return Frame(orjson.dumps(message), tokens, ends_reply=ends_reply)
