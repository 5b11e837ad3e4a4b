"""One session with Gemini's Live API, in OpenAI's terms.

Settings hold for a socket there, and a second `setup` closes it. So a change of settings opens the
next socket: with the handle by which Google resumes a session, once something has been said.
Turns of text go as `realtimeInput`, which Gemini answers at once; they are held back until a reply
is asked for. `clientContent` is for what came before the first turn (google-genai 3.4.0,
`types.HistoryConfig`).
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.realtime.adapter import Frame, Step
from miavo_gateway.providers.realtime.bridge import Bridge
from miavo_gateway.providers.realtime.conversation import text_of
from miavo_gateway.providers.realtime.gemini.counts import TurnBill, buckets
from miavo_gateway.providers.realtime.gemini.hearing import Hearing
from miavo_gateway.providers.realtime.gemini.setup import setup
from miavo_gateway.providers.realtime.gemini.turns import (
    DATA_URL,
    GO_ON,
    INPUT_RATE,
    Untold,
    audio_input,
    client_content,
    history_turns,
    parted,
    realtime_inputs,
    tool_response,
    wire_name,
)
from miavo_gateway.providers.realtime.settings import SessionSettings
from miavo_gateway.schema.realtime import Item
from miavo_gateway.usage import UsageBuckets

__all__ = ["LiveSession"]

_MOST_HELD: Final = 32 * 1024 * 1024


class LiveSession(Bridge):
    """It is a `Translator`."""

    provider_name = "Gemini Live"
    input_rate = INPUT_RATE

    def __init__(self, model: Model, session: str) -> None:
        """A session that is not created yet."""
        super().__init__(model, session)
        self._hearing = Hearing(self.write, self.items)
        self._waiting: list[str] = []
        """Frames for when the socket is set up."""
        self._to_tell: list[str] = ["session.created"]
        self._before = self.settings
        """What holds on the socket that is open."""
        self._pending: list[Untold] = []
        self._held = bytearray()
        """Audio that may still be taken back: where the client says when it has spoken."""
        self._committed = bytearray()
        self._notes: list[str] = []
        self._history: list[dict[str, Any]] = []
        self._talked = False
        self._handle: str | None = None
        self._leaving = False
        self._deferred: SessionSettings | None = None
        """What is to hold when the reply that is being made has ended."""
        self._muted = False
        """The reply was cancelled, and Gemini is not done with it."""
        self._broken_off = False
        """A turn was interrupted, and its end has not been told."""
        self._calls: dict[str, str] = {}
        """Names of the functions that were called and not answered, by id."""
        self._bill = TurnBill()

    def opening(self) -> list[str]:
        """The setup."""
        self.created = False
        said = setup(
            self.model,
            self.settings,
            notes=self._notes,
            handle=self._handle,
            history=bool(self._history),
        )
        return [orjson.dumps({"setup": said}).decode()]

    def kept(self) -> Step:
        """The settings are as they were; a reply that needed more is not made."""
        step = Step()
        self.created = True
        self.settings, self._to_tell = self._before, []
        if self._history:
            self._history, self._notes, self._waiting = [], [], []
            error = {"type": "server_error", "code": "upstream_error", "message": ""}
            self.end(step, "failed", error=error)
        step.up, self._waiting = self._waiting, []
        return step

    def from_provider(self, frame: Frame) -> Step:
        """What follows from a frame."""
        step = Step()
        try:
            message = orjson.loads(frame)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            step.refusal = ProviderError("", "a frame that is no JSON object", ErrorClass.RETRY)
            return step
        if "setupComplete" in message:
            self._set_up(step)
        if isinstance(update := message.get("sessionResumptionUpdate"), dict):
            self._handle = update.get("newHandle") if update.get("resumable") else self._handle
        if "usageMetadata" in message:
            self._bill.told(buckets(message["usageMetadata"]))
        if isinstance(activity := message.get("voiceActivity"), dict):
            self._activity(str(activity.get("voiceActivityType")), step)
        if isinstance(content := message.get("serverContent"), dict):
            self._content(content, step)
        if isinstance(call := message.get("toolCall"), dict):
            self._call(call, step)
        if isinstance(cancelled := message.get("toolCallCancellation"), dict):
            ids = cancelled.get("ids")
            for call_id in ids if isinstance(ids, list) else ():
                self._calls.pop(str(call_id), None)
        if "goAway" in message:
            self._leaving = True
        if self.reply is None:
            self._settle_up(step)
            self._make_deferred_hold(step)
            if self._leaving and self._handle and self.created:
                # Google closes a socket after some minutes; the session goes on over the next.
                self._leaving = False
                self._reopen(step)
        return step

    @property
    def wanted(self) -> SessionSettings:
        """What the client wants to hold, though it may not hold yet."""
        return self._deferred or self.settings

    # From the client.

    def update(self, settings: SessionSettings, step: Step) -> None:
        """Settings take a new socket, unless they are the gateway's business alone."""
        if settings.tools and settings.tool_choice not in ("auto", "none"):
            raise self.unable(
                "decides itself whether to call a function: 'tool_choice' is 'auto' or 'none'.",
                "session.tool_choice",
            )
        same = setup(self.model, self.settings) == setup(self.model, settings)
        if not same and self.reply is not None:
            # Another socket would cut off the reply.
            self._deferred = settings
            return
        if not same and self._talked and self._handle is None:
            raise self.unable(
                "takes settings before the conversation begins: connect again to change them.",
                "session",
            )
        self.settings = settings
        if same and self.created:
            self._before = settings
            step.down.append(self.session_event("session.updated"))
            return
        self._to_tell.append("session.updated")
        if not same:
            self._reopen(step)

    def append(self, pcm: bytes, step: Step) -> None:
        """On to Gemini where it listens for the end of speech; else it is held until then."""
        if self.settings.turn_detection is not None:
            self._send(step, audio_input(pcm))
            return
        if len(self._held) + len(pcm) > _MOST_HELD:
            raise self.unable("is not sent more audio than this before it is committed.", "audio")
        self._held += pcm

    def commit(self, step: Step) -> None:
        """The end of what was said."""
        if self.settings.turn_detection is not None:
            self._send(step, {"audioStreamEnd": True})
            step.down += self._hearing.noticed()
            return
        if not self._held:
            raise self.unable("cannot be sent an empty audio buffer.", "type")
        self._committed += self._held
        self._held.clear()
        step.down += self._hearing.committed()

    def clear(self, step: Step) -> None:
        """Only what is held back can be forgotten."""
        del step
        if self.settings.turn_detection is not None:
            raise self.unable(
                "has heard the audio already: with 'turn_detection' null it could be cleared.",
                "type",
            )
        self._held.clear()

    def create(self, item: Item, item_id: str, step: Step) -> None:
        """Held back until a reply is asked for."""
        del step
        sound = b""
        for part in item.content:
            if part.type == "input_audio":
                sound += self.recorded(part.audio or "")
            if part.type == "input_image" and not (part.image_url or "").startswith(DATA_URL):
                raise self.unable("takes images as 'data:' URLs only.", "item.content.image_url")
        if self._talked and item.type == "message" and item.role != "user":
            raise self.unable(
                f"takes items of the role '{item.role}' before its first reply only.",
                "item.role",
            )
        self._pending.append(Untold(item, item_id, sound))

    def delete(self, item_id: str, step: Step) -> None:
        """Only what is held back can be taken out."""
        del step
        kept = [each for each in self._pending if each.item_id != item_id]
        if len(kept) == len(self._pending):
            raise self.unable("forgets nothing that it has been told.", "item_id")
        self._pending = kept

    def respond(self, step: Step) -> None:
        """What was held back goes out; Gemini replies to it."""
        earlier, new = parted(self._pending, self._calls)
        if earlier and self._talked:
            raise self.unable("takes earlier turns before its first reply only.", "type")
        if not new and earlier and earlier[-1].type == "function_call_output":
            # Of a call that another session made: earlier turns do not make Gemini go on.
            new = [GO_ON]
        if not new and not self._committed:
            raise self.unable(
                "replies to what it is told: create an item or commit audio first.", "type"
            )
        self._pending = []
        if earlier:
            self._notes = [text_of(each) for each in earlier if each.role == "system"]
            self._history = history_turns(each for each in earlier if each.role != "system")
            self._reopen(step)
        self._tell(new, step)

    def cancel(self, step: Step) -> None:
        """Gemini has no such thing: it goes on unheard, until its turn is over."""
        self._muted = True
        step.spent = self._bill.guessed(self.unfinished)

    # To Gemini.

    def _send(self, step: Step, realtime_input: dict[str, Any]) -> None:
        self._talked = True
        self._say(step, {"realtimeInput": realtime_input})

    def _say(self, step: Step, message: dict[str, Any]) -> None:
        frame = orjson.dumps(message).decode()
        if self.created:
            step.up.append(frame)
        else:
            self._waiting.append(frame)

    def _make_deferred_hold(self, step: Step) -> None:
        deferred, self._deferred = self._deferred, None
        if deferred is None:
            return
        try:
            self.update(deferred, step)
        except InvalidRequest as error:
            step.down.append(self.told(error))

    def _reopen(self, step: Step) -> None:
        self.created = False
        step.reopen = True

    def _tell(self, new: list[Untold], step: Step) -> None:
        outputs = [each.item for each in new if each.item.type == "function_call_output"]
        if outputs:
            self._talked = True
            self._say(step, tool_response(outputs, self._calls))
        heard = bytes(self._committed)
        self._committed.clear()
        messages = [each for each in new if each.item.type == "message"]
        manual = self.settings.turn_detection is None
        for given in realtime_inputs(messages, heard, manual=manual):
            self._send(step, given)

    # From Gemini.

    def _set_up(self, step: Step) -> None:
        self.created = True
        self._before = self.settings
        step.down += [self.session_event(name) for name in self._to_tell]
        self._to_tell = []
        if self._history:
            step.up.append(client_content(self._history))
            self._history = []
        step.up += self._waiting
        self._waiting = []

    def _activity(self, kind: str, step: Step) -> None:
        if kind == "ACTIVITY_START":
            step.down += self._hearing.started(self.heard_ms)
        elif kind == "ACTIVITY_END":
            step.down += self._hearing.stopped(self.heard_ms)

    def _content(self, content: dict[str, Any], step: Step) -> None:
        if isinstance(heard := content.get("inputTranscription"), dict):
            self._heard(str(heard.get("text") or ""), step)
        if content.get("interrupted"):
            self._interrupted(step)
        if not self._muted:
            self._made(content, step)
        if content.get("turnComplete"):
            step.down += self._hearing.ended(tell=self.settings.transcription is not None)
            if self._muted or self._broken_off:
                self._muted = self._broken_off = False
                self._settle_up(step)
            elif self.reply is not None:
                self._finish(step, str(content.get("turnCompleteReason") or ""))

    def _heard(self, text: str, step: Step) -> None:
        if self.settings.turn_detection is not None:
            # Transcripts may lag behind the reply, and to say then that somebody begins to speak
            # would silence it.
            step.down += (
                self._hearing.started(self.heard_ms)
                if self.reply is None
                else self._hearing.noticed()
            )
        step.down += self._hearing.transcript(text, tell=self.settings.transcription is not None)

    def _interrupted(self, step: Step) -> None:
        if self.settings.turn_detection is not None:
            step.down += self._hearing.started(self.heard_ms)
        self._broken_off = True
        if self._muted:
            self._muted = False
        elif self.reply is not None:
            self.end(step, "cancelled", self._billed(step), reason="turn_detected")

    def _made(self, content: dict[str, Any], step: Step) -> None:
        turn = content.get("modelTurn")
        parts = turn.get("parts") if isinstance(turn, dict) else None
        for part in parts if isinstance(parts, list) else ():
            blob = part.get("inlineData") if isinstance(part, dict) else None
            if isinstance(blob, dict) and isinstance(blob.get("data"), str):
                self._broken_off = False
                step.down += self._hearing.stopped(self.heard_ms)
                self.speak(blob["data"], step)
        spoken = content.get("outputTranscription")
        text = spoken.get("text") if isinstance(spoken, dict) else None
        if isinstance(text, str) and text:
            self._broken_off = False
            step.down += self._hearing.stopped(self.heard_ms)
            # Google counts the sound alone.
            step.down += self.begin(step).say(text, counted=False)
            step.delivered = True

    def _finish(self, step: Step, reason: str) -> None:
        usage = self._billed(step)
        if reason in ("", "TURN_COMPLETE_REASON_UNSPECIFIED", "NEED_MORE_INPUT"):
            self.end(step, "completed", usage)
        elif reason == "MALFORMED_FUNCTION_CALL":
            error = {"type": "server_error", "code": "upstream_error", "message": reason}
            self.end(step, "failed", usage, error=error)
        else:
            self.end(step, "incomplete", usage, reason="content_filter")

    def _call(self, call: dict[str, Any], step: Step) -> None:
        calls = call.get("functionCalls")
        if self._muted or not isinstance(calls, list):
            return
        step.down += self._hearing.stopped(self.heard_ms)
        reply = self.begin(step)
        own_names = {wire_name(tool.name): tool.name for tool in self.settings.tools}
        for each in calls:
            if isinstance(each, dict) and isinstance(name := each.get("name"), str):
                call_id = str(each.get("id") or self.write.new_id("call"))
                self._calls[call_id] = name
                arguments = orjson.dumps(each.get("args") or {}).decode()
                step.down += reply.call(call_id, own_names.get(name, name), arguments)
        step.delivered = True
        # Gemini waits for what the functions return: for the client this reply is whole.
        self._finish(step, "")

    def _billed(self, step: Step) -> UsageBuckets | None:
        """The reply ends: bill it by Google's count, which is given, or else by a guess."""
        counted = self._bill.taken()
        step.spent = counted or self._bill.guessed(self.unfinished)
        return counted

    def _settle_up(self, step: Step) -> None:
        """Counts that come when a reply has ended already."""
        if step.spent is None:
            step.spent = self._bill.rest()
