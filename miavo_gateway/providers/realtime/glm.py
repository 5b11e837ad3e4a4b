"""GLM-Realtime: events modelled on the beta of OpenAI's, in OpenAI's present terms.

Facts: Zhipu's page of the interface and its SDK (MetaGLM/glm-realtime-sdk, rtclient/models.py).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.openai_shaped import ROWS
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.realtime.adapter import (
    NOBODY_SPEAKS,
    Dial,
    Frame,
    Step,
    Trouble,
)
from miavo_gateway.providers.realtime.address import socket_url
from miavo_gateway.providers.realtime.audio import wav
from miavo_gateway.providers.realtime.bridge import Bridge
from miavo_gateway.providers.realtime.settings import SessionSettings
from miavo_gateway.providers.realtime.usage import beyond, read_usage
from miavo_gateway.schema.realtime import Item, NamedFunction, TurnDetection
from miavo_gateway.usage import UsageBuckets

__all__ = ["GLMRealtime", "GLMSession"]

_BASE_URL: Final = "https://open.bigmodel.cn/api/paas/v4"
_RATE: Final = 16_000
_AT_FAULT: Final = "invalid_request_error"
_ENDED: Final = frozenset({"completed", "cancelled", "incomplete", "failed"})


@dataclass(frozen=True, slots=True)
class GLMRealtime:
    """It is a `RealtimeAdapter`."""

    provider: str = "zhipu"

    @property
    def text_session(self) -> Mapping[str, Any]:
        """Nobody is listened for."""
        return NOBODY_SPEAKS

    def dial(self, model: Model, access: Access) -> Dial:
        """How to open a socket; the model is named in the session."""
        del model
        return Dial(
            socket_url(access.base_url or _BASE_URL, "/realtime"),
            access.bearer,
        )

    def translator(self, model: Model, session: str) -> GLMSession:
        """A new session."""
        return GLMSession(model, session)

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer that is no upgrade."""
        return ROWS[self.provider].error(status, headers, body)

    def closed(self, code: int, reason: str) -> ProviderError:
        """What a close means; Zhipu does not say."""
        return ProviderError(str(code), reason, ErrorClass.RETRY)


class GLMSession(Bridge):
    """It is a `Translator`."""

    provider_name = "GLM-Realtime"
    input_rate = _RATE

    def __init__(self, model: Model, session: str) -> None:
        """A session that is not created yet."""
        super().__init__(model, session)
        self._told_created = False
        self._current: str | None = None
        """GLM's id of the reply that is being made."""
        self._drop_next: UsageBuckets | None = None
        """What has been billed of a reply that was cancelled before it had an id."""
        self._dropped: dict[str, UsageBuckets] = {}
        """What has been billed of replies that were cancelled, by GLM's ids: what still comes of
        them is not passed on."""

    def opening(self) -> list[str]:
        """The session with its model: what GLM sets by itself is not what OpenAI does."""
        return [_frame("session.update", session=self._session(self.settings))]

    def from_provider(self, frame: Frame) -> Step:
        """What follows from an event."""
        step = Step()
        try:
            event = orjson.loads(frame)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            step.refusal = ProviderError("", "an event that is no JSON object", ErrorClass.RETRY)
            return step
        if event["type"] == "error":
            self._failed(orjson.dumps(event), step)
        else:
            self._read(event["type"], event, step)
        return step

    # From the client.

    def update(self, settings: SessionSettings, step: Step) -> None:
        """All of the session again: GLM takes what is left out for its own default."""
        self.settings = settings
        step.up.append(_frame("session.update", session=self._session(settings)))

    def append(self, pcm: bytes, step: Step) -> None:
        """Each piece is a WAV file of its own."""
        audio = base64.b64encode(wav(pcm, _RATE)).decode()
        step.up.append(_frame("input_audio_buffer.append", audio=audio))

    def commit(self, step: Step) -> None:
        """As it is."""
        step.up.append(_frame("input_audio_buffer.commit"))

    def clear(self, step: Step) -> None:
        """As it is."""
        step.up.append(_frame("input_audio_buffer.clear"))

    def create(self, item: Item, item_id: str, step: Step) -> None:
        """As it is, in the beta's terms."""
        step.up.append(_frame("conversation.item.create", item=self._item(item, item_id)))

    def delete(self, item_id: str, step: Step) -> None:
        """As it is."""
        step.up.append(_frame("conversation.item.delete", item_id=item_id))

    def respond(self, step: Step) -> None:
        """As it is."""
        step.up.append(_frame("response.create"))

    def cancel(self, step: Step) -> None:
        """As it is; what still comes of the reply is not passed on."""
        step.spent = self.unfinished
        if self._current is None:
            self._drop_next = step.spent
        else:
            self._dropped[self._current] = step.spent
        step.up.append(_frame("response.cancel"))

    def _session(self, settings: SessionSettings) -> dict[str, Any]:
        said: dict[str, Any] = {
            "model": self.model.upstream,
            "modalities": ["text"] if settings.modality == "text" else ["text", "audio"],
            "instructions": settings.instructions,
            "input_audio_format": "wav",
            "output_audio_format": "pcm",
            "turn_detection": _detection(settings.turn_detection),
            "tools": [tool.model_dump(exclude_none=True) for tool in settings.tools],
            "beta_fields": {"chat_mode": "audio", "tts_source": "e2e", "auto_search": False},
        }
        if settings.voice is not None:
            said["voice"] = settings.voice
        if settings.tools:
            choice = settings.tool_choice
            said["tool_choice"] = (
                {"type": "function", "function": choice.name}
                if isinstance(choice, NamedFunction)
                else choice
            )
        if settings.max_output_tokens != "inf":
            said["max_output_tokens"] = settings.max_output_tokens
        return said

    def _item(self, item: Item, item_id: str) -> dict[str, Any]:
        said: dict[str, Any] = {"id": item_id, "type": item.type, "object": "realtime.item"}
        if item.type != "message":
            fields = item.model_dump(
                include={"name", "arguments", "call_id", "output"}, exclude_none=True
            )
            return said | fields
        content: list[dict[str, Any]] = []
        for part in item.content:
            if part.type == "input_image":
                raise self.unable("sees images in video calls only.", "item.content")
            if part.type == "input_audio":
                audio = base64.b64encode(wav(self.recorded(part.audio or ""), _RATE)).decode()
                content.append({"type": "input_audio", "audio": audio})
            else:
                kind = "text" if item.role == "assistant" else "input_text"
                content.append({"type": kind, "text": part.text or part.transcript or ""})
        return said | {"role": item.role, "content": content}

    # From GLM.

    def _failed(self, raw: bytes, step: Step) -> None:
        said = read_error(raw)
        classify = ROWS["zhipu"].classify
        found = classify(200, said.code, said.message) or said.error_class
        kind = orjson.loads(raw).get("error")
        if found is None and isinstance(kind, dict) and kind.get("type") == _AT_FAULT:
            found = ErrorClass.CLIENT
        error = replace(said, error_class=found)
        if not self.created:
            step.refusal = error
            return
        if self.reply is not None and not self.reply.output:
            step.spent = self.unfinished
            self.end(
                step,
                "failed",
                error={"type": "server_error", "code": "upstream_error", "message": ""},
            )
        step.troubles.append(Trouble(error))

    def _read(self, name: str, event: dict[str, Any], step: Step) -> None:
        match name:
            case "session.updated":
                told = "session.updated" if self._told_created else "session.created"
                self._told_created = self.created = True
                step.down.append(self.session_event(told))
            case "input_audio_buffer.speech_started":
                step.down.append(self._of_input(name, event, "audio_start_ms", self.heard_ms))
            case "input_audio_buffer.speech_stopped":
                step.down.append(self._of_input(name, event, "audio_end_ms", self.heard_ms))
            case "input_audio_buffer.committed":
                step.down.append(self._of_input(name, event, "previous_item_id", self.items.last))
            case "conversation.item.created":
                self._created(event.get("item"), step)
            case "conversation.item.input_audio_transcription.completed":
                self._transcribed(event, step)
            case "response.created":
                self._begun(event, step)
            case "response.done":
                self._done(event, step)
            case _ if str(event.get("response_id")) not in self._dropped:
                self._made(name, event, step)

    def _of_input(self, name: str, event: dict[str, Any], field: str, otherwise: Any) -> bytes:
        given = event.get(field)
        return self.write.event(
            name,
            item_id=str(event.get("item_id") or self.write.new_id("item")),
            **{field: otherwise if given is None else given},
        )

    def _created(self, item: Any, step: Step) -> None:
        """Items that GLM made of audio; the client's own were told when they came."""
        if not isinstance(item, dict) or item.get("role") != "user":
            return
        item_id = str(item.get("id") or self.write.new_id("item"))
        if item_id in self.items:
            return
        view = {
            "id": item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        step.down += self.items.told(view)

    def _transcribed(self, event: dict[str, Any], step: Step) -> None:
        item_id, text = str(event.get("item_id") or ""), str(event.get("transcript") or "")
        self.items.transcribed(item_id, text)
        if self.settings.transcription is not None:
            usage = {"type": "tokens", "input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
            step.down.append(
                self.write.event(
                    "conversation.item.input_audio_transcription.completed",
                    item_id=item_id,
                    content_index=0,
                    transcript=text,
                    usage=usage,
                )
            )

    def _begun(self, event: dict[str, Any], step: Step) -> None:
        self._current = _id_of(event)
        if self._drop_next is not None:
            self._dropped[self._current] = self._drop_next
            self._drop_next = None
        else:
            self.begin(step)

    def _made(self, name: str, event: dict[str, Any], step: Step) -> None:
        delta = event.get("delta")
        match name:
            case "response.audio.delta" if isinstance(delta, str) and delta:
                self.speak(delta, step)
            case "response.audio_transcript.delta" | "response.text.delta" if isinstance(
                delta, str
            ):
                step.down += self.begin(step).say(delta)
                step.delivered = True
            case "response.function_call_arguments.done":
                call_id = str(event.get("call_id") or self.write.new_id("call"))
                called, arguments = str(event.get("name") or ""), event.get("arguments")
                step.down += self.begin(step).call(
                    call_id, called, arguments if isinstance(arguments, str) else "{}"
                )
                step.delivered = True

    def _done(self, event: dict[str, Any], step: Step) -> None:
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        status = response.get("status")
        if not isinstance(status, str) or status not in _ENDED:
            # Seen in Zhipu's own example: it ends no less for that.
            status = "completed"
        said = response.get("usage") or event.get("usage")
        usage: UsageBuckets | None = read_usage(said) if said else None
        self._current = None
        billed = self._dropped.pop(_id_of(event), None)
        if billed is not None:
            step.spent = beyond(usage, billed) if usage else None
            return
        step.spent = usage or self.unfinished
        details = response.get("status_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        self.end(step, status, usage, reason=reason if isinstance(reason, str) else None)


def _id_of(event: dict[str, Any]) -> str:
    response = event.get("response")
    return str(response.get("id") if isinstance(response, dict) else "")


def _detection(detection: TurnDetection | None) -> dict[str, Any]:
    if detection is None:
        return {"type": "client_vad"}
    said: dict[str, Any] = {"type": "server_vad"}
    for name in ("threshold", "prefix_padding_ms", "silence_duration_ms"):
        if (value := getattr(detection, name)) is not None:
            said[name] = value
    return said


def _frame(name: str, **fields: Any) -> str:
    return orjson.dumps({"type": name, **fields}).decode()
