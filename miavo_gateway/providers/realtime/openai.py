"""OpenAI's Realtime API: its own language, relayed.

Events pass as they are, but for what is the gateway's business: the model is the one that the key
may call, the usage of each reply is counted, and the rate limits told are those of the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest, MiavoError
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.realtime.adapter import (
    NOBODY_SPEAKS,
    Dial,
    Failure,
    Frame,
    Step,
    Trouble,
)
from miavo_gateway.providers.realtime.address import socket_url
from miavo_gateway.providers.realtime.events import EventWriter
from miavo_gateway.providers.realtime.prompt_guess import PromptGuess
from miavo_gateway.providers.realtime.usage import added, read_usage
from miavo_gateway.usage import UsageBuckets

__all__ = ["OpenAIRealtime", "Relay"]

_BASE_URL: Final = "https://api.openai.com/v1"
_CLASS_BY_CODE: Final[Mapping[str, ErrorClass]] = {
    "invalid_api_key": ErrorClass.BAD_CREDENTIAL,
    "invalid_organization": ErrorClass.BAD_CREDENTIAL,
    "invalid_model": ErrorClass.RETIRED,
    "model_not_found": ErrorClass.RETIRED,
    "insufficient_quota": ErrorClass.QUOTA,
    "rate_limit_exceeded": ErrorClass.THROTTLE,
    "server_error": ErrorClass.RETRY,
}
_AT_FAULT: Final = "invalid_request_error"
"""The type of an error that is the client's."""
_BASE64_PER_AUDIO_TOKEN: Final = 3_200
"""Characters: 20 tokens a second of PCM at 24 kHz."""
_TEXT_DELTAS: Final = frozenset(
    {
        "response.output_text.delta",
        "response.output_audio_transcript.delta",
        "response.function_call_arguments.delta",
    }
)
_AUDIO_DELTA: Final = "response.output_audio.delta"
_SESSION_EVENTS: Final = frozenset({"session.created", "session.updated"})
_TRANSCRIBED: Final = "conversation.item.input_audio_transcription.completed"


@dataclass(frozen=True, slots=True)
class OpenAIRealtime:
    """It is a `RealtimeAdapter`."""

    provider: str = "openai"

    @property
    def text_session(self) -> Mapping[str, Any]:
        """Nobody is listened for."""
        return NOBODY_SPEAKS

    def dial(self, model: Model, access: Access) -> Dial:
        """How to open a socket; without the header that asks for the beta's events."""
        return Dial(
            socket_url(access.base_url or _BASE_URL, "/realtime")
            + f"?model={quote(model.upstream, safe='')}",
            access.bearer,
        )

    def translator(self, model: Model, session: str) -> Relay:
        """A new session."""
        return Relay(model, session)

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer that is no upgrade."""
        del headers
        return read_error(body, status)

    def closed(self, code: int, reason: str) -> ProviderError:
        """What a close means: OpenAI names a code in the reason, as `invalid_request_error.…`."""
        found = next((kind for name, kind in _CLASS_BY_CODE.items() if name in reason), None)
        return ProviderError(str(code), reason, found)


class Relay:
    """It is a `Translator`."""

    def __init__(self, model: Model, session: str) -> None:
        """A session that is not created yet."""
        self._model = model
        self._write = EventWriter(session)
        self.created = False
        self._asked = False
        self._active = 0
        self._text = 0
        self._audio = 0
        self._prompt = PromptGuess()

    @property
    def busy(self) -> bool:
        """Whether a reply is being made or was asked for."""
        return self._asked or self._active > 0

    @property
    def unfinished(self) -> UsageBuckets:
        """A guess, from what was said and what has been delivered."""
        if not self._active:
            return UsageBuckets()
        audio = -(-self._audio // _BASE64_PER_AUDIO_TOKEN)
        made = UsageBuckets(output=self._text, audio_output=audio)
        return added(self._prompt.usage, made)

    def event(self, name: str, /, **fields: Any) -> bytes:
        """An event of the gateway's own."""
        return self._write.event(name, **fields)

    def told(self, error: MiavoError, event_id: str | None = None) -> bytes:
        """The event that tells of an error."""
        return self._write.error(error, event_id)

    def opening(self) -> list[str]:
        """Nothing: OpenAI speaks first."""
        return []

    def kept(self) -> Step:
        """Nothing: it never asks for another socket."""
        return Step()

    def from_client(self, event: dict[str, Any]) -> Step:
        """The same event, unless it would change the model."""
        step = Step()
        try:
            event = self._checked(event)
        except InvalidRequest as error:
            event_id = event.get("event_id")
            step.down.append(
                self._write.error(error, event_id if isinstance(event_id, str) else None)
            )
            return step
        self._asked = self._asked or event["type"] == "response.create"
        self._prompt.take(event)
        step.up.append(orjson.dumps(event).decode())
        return step

    def from_provider(self, frame: Frame) -> Step:
        """The same event, for the most part; what it says is counted."""
        step = Step()
        raw = frame if isinstance(frame, bytes) else frame.encode()
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            step.refusal = ProviderError("", "an event that is no JSON object", ErrorClass.RETRY)
            return step
        name = event["type"]
        if name == "error":
            self._failed(event, step)
        elif name in _SESSION_EVENTS:
            self.created = True
            session = event.get("session")
            if isinstance(session, dict):
                session["model"] = self._model.slug
            step.down.append(orjson.dumps(event))
        elif name != "rate_limits.updated":
            self._count(name, event, step)
            if (words := _words_of_failure(name, event)) is None:
                step.down.append(raw)
            else:
                step.failure = Failure(_error_of(words), event, words)
        return step

    def _checked(self, event: dict[str, Any]) -> dict[str, Any]:
        name = event.get("type")
        if not isinstance(name, str) or not name:
            raise InvalidRequest("An event names its 'type'.", param="type")
        session = event.get("session")
        if name != "session.update" or not isinstance(session, dict):
            return event
        if session.get("type", "realtime") != "realtime":
            raise InvalidRequest(
                "This is a session of the type 'realtime'; others are not offered.",
                param="session.type",
            )
        if "model" not in session:
            return event
        if session["model"] not in (self._model.slug, self._model.upstream):
            raise InvalidRequest(
                "A session keeps its model: connect again with another 'model' in the address.",
                param="session.model",
            )
        kept = {field: value for field, value in session.items() if field != "model"}
        return {**event, "session": kept}

    def _failed(self, event: dict[str, Any], step: Step) -> None:
        given = event.get("error")
        given = given if isinstance(given, dict) else {}
        error = _error_of(given)
        if not self.created:
            step.refusal = error
            return
        if not self._active:
            self._asked = False
        cause, param = given.get("event_id"), given.get("param")
        step.troubles.append(
            Trouble(
                error,
                cause if isinstance(cause, str) else None,
                param if isinstance(param, str) else None,
            )
        )

    def _count(self, name: str, event: dict[str, Any], step: Step) -> None:
        if name == _AUDIO_DELTA:
            self._audio += len(str(event.get("delta") or ""))
            step.delivered = True
        elif name in _TEXT_DELTAS:
            self._text += guessed_tokens(str(event.get("delta") or ""))
            step.delivered = True
        elif name == "response.created":
            self._active += 1
            self._asked = False
            step.began = True
        elif name == "response.done":
            response = event.get("response")
            usage = response.get("usage") if isinstance(response, dict) else None
            step.spent = read_usage(usage) if usage else self.unfinished
            self._active = max(0, self._active - 1)
            self._text = self._audio = 0
        elif name == _TRANSCRIBED:
            step.spent = _transcription(event.get("usage"))


def _words_of_failure(name: str, event: dict[str, Any]) -> dict[str, Any] | None:
    """The provider's error in an event that tells that something failed; None in any other."""
    holder: Any = event
    if name == "response.done":
        response = event.get("response")
        holder = response.get("status_details") if isinstance(response, dict) else None
    elif not name.endswith(".failed"):
        return None
    words = holder.get("error") if isinstance(holder, dict) else None
    return words if isinstance(words, dict) else None


def _error_of(words: dict[str, Any]) -> ProviderError:
    said = read_error(orjson.dumps({"error": words}))
    by_type = ErrorClass.CLIENT if words.get("type") == _AT_FAULT else None
    return replace(said, error_class=_CLASS_BY_CODE.get(said.code, by_type))


def _transcription(usage: Any) -> UsageBuckets | None:
    """What writing down the input took: tokens, or the time of the audio."""
    if not isinstance(usage, dict):
        return None
    seconds = usage.get("seconds")
    if isinstance(seconds, int | float):
        return UsageBuckets(milliseconds=max(0, round(seconds * 1_000)))
    return added(UsageBuckets(), read_usage(usage))
