"""One reply as OpenAI's events, for providers that send only what they made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.providers.realtime.events import EventWriter
from miavo_gateway.providers.realtime.settings import Modality
from miavo_gateway.providers.realtime.usage import usage_view
from miavo_gateway.usage import UsageBuckets

__all__ = ["ReplyWriter"]

_BYTES_PER_AUDIO_TOKEN = 2_400
"""Of PCM at 24 kHz: OpenAI counts 20 tokens a second of what is spoken."""


@dataclass(slots=True)
class ReplyWriter:
    """Writes the events of one response, in OpenAI's order and with all that it repeats."""

    write: EventWriter
    modality: Modality
    """In a text reply the transcript of what is spoken is the text, and the audio stays here."""
    conversation_id: str
    metadata: dict[str, str] | None = None
    id: str = ""
    output: list[dict[str, Any]] = field(default_factory=list)
    """The items that are done."""
    guessed: UsageBuckets = field(default_factory=UsageBuckets)
    """What has been made so far, as far as can be told."""
    _message: dict[str, Any] | None = None
    _said: list[str] = field(default_factory=list)
    _spoke: bool = False
    _text_tokens: int = 0
    _audio_bytes: int = 0

    def begin(self) -> list[bytes]:
        """The response is being made."""
        self.id = self.write.new_id("resp")
        return [self.write.event("response.created", response=self._view("in_progress"))]

    def say(self, text: str, *, counted: bool = True) -> list[bytes]:
        """More of the text, or of the transcript of what is spoken.

        Args:
            text: what is added.
            counted: whether it is paid for.
        """
        if not text:
            return []
        events = self._open_message()
        self._said.append(text)
        self._count(text_tokens=guessed_tokens(text) if counted else 0)
        name = "response.output_audio_transcript.delta" if self._speaks else _TEXT_DELTA
        return [*events, self._part_event(name, delta=text)]

    def speak(self, audio: str, size: int) -> list[bytes]:
        """More audio.

        Args:
            audio: base64, as the client wants it.
            size: its bytes, as PCM at 24 kHz.
        """
        self._count(audio_bytes=size)
        if not self._speaks:
            return []
        events = self._open_message()
        self._spoke = True
        return [*events, self._part_event("response.output_audio.delta", delta=audio)]

    def call(self, call_id: str, name: str, arguments: str) -> list[bytes]:
        """A function is called; its arguments are whole."""
        events = self._close_message("completed")
        index = len(self.output)
        item = {
            "id": self.write.new_id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": name,
            "call_id": call_id,
            "arguments": "",
        }
        where = {"response_id": self.id, "output_index": index, "item_id": item["id"]}
        self._count(text_tokens=guessed_tokens(name + arguments))
        events += self._added(item, index)
        events += [
            self.write.event(
                "response.function_call_arguments.delta", **where, call_id=call_id, delta=arguments
            ),
            self.write.event(
                "response.function_call_arguments.done",
                **where,
                call_id=call_id,
                name=name,
                arguments=arguments,
            ),
        ]
        done = {**item, "status": "completed", "arguments": arguments}
        return [*events, *self._done(done, index)]

    def end(
        self,
        status: str,
        *,
        usage: UsageBuckets | None = None,
        reason: str | None = None,
        error: dict[str, Any] | None = None,
    ) -> list[bytes]:
        """The response has ended.

        Args:
            status: "completed", "cancelled", "incomplete" or "failed".
            usage: what it took, if that is known by now.
            reason: why it is not complete.
            error: what went wrong.
        """
        events = self._close_message("completed" if status == "completed" else "incomplete")
        details: dict[str, Any] = {"type": status}
        if reason is not None:
            details["reason"] = reason
        if error is not None:
            details["error"] = error
        view = self._view(status, usage) | {"status_details": details}
        return [*events, self.write.event("response.done", response=view)]

    @property
    def _speaks(self) -> bool:
        return self.modality == "audio"

    @property
    def _part(self) -> dict[str, Any]:
        """The content part, as far as it has come."""
        said = "".join(self._said)
        if self._speaks:
            return {"type": "audio", "transcript": said}
        return {"type": "text", "text": said}

    def _view(self, status: str, usage: UsageBuckets | None = None) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": None,
            "output": list(self.output),
            "conversation_id": self.conversation_id,
            "output_modalities": [self.modality],
            "max_output_tokens": "inf",
            "usage": None if usage is None else usage_view(usage),
            "metadata": self.metadata,
        }

    def _count(self, *, text_tokens: int = 0, audio_bytes: int = 0) -> None:
        self._text_tokens += text_tokens
        self._audio_bytes += audio_bytes
        self.guessed = UsageBuckets(
            output=self._text_tokens,
            audio_output=-(-self._audio_bytes // _BYTES_PER_AUDIO_TOKEN),
        )

    def _open_message(self) -> list[bytes]:
        if self._message is not None:
            return []
        self._message = {
            "id": self.write.new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        self._said = []
        self._spoke = False
        added = self._added(self._message, len(self.output))
        return [*added, self._part_event("response.content_part.added", part=self._part)]

    def _close_message(self, status: str) -> list[bytes]:
        message = self._message
        if message is None:
            return []
        said = "".join(self._said)
        events = []
        if self._speaks:
            if self._spoke:
                events.append(self._part_event("response.output_audio.done"))
            events.append(
                self._part_event("response.output_audio_transcript.done", transcript=said)
            )
            content = {"type": "output_audio", "transcript": said}
        else:
            events.append(self._part_event("response.output_text.done", text=said))
            content = {"type": "output_text", "text": said}
        events.append(self._part_event("response.content_part.done", part=self._part))
        self._message = None
        done = {**message, "status": status, "content": [content]}
        return [*events, *self._done(done, len(self.output))]

    def _part_event(self, name: str, **fields: Any) -> bytes:
        assert self._message is not None, "a part belongs to a message"
        return self.write.event(
            name,
            response_id=self.id,
            item_id=self._message["id"],
            output_index=len(self.output),
            content_index=0,
            **fields,
        )

    def _added(self, item: dict[str, Any], index: int) -> list[bytes]:
        return [
            self.write.event(
                "response.output_item.added", response_id=self.id, output_index=index, item=item
            ),
            self.write.event("conversation.item.added", previous_item_id=None, item=item),
        ]

    def _done(self, item: dict[str, Any], index: int) -> list[bytes]:
        self.output.append(item)
        return [
            self.write.event("conversation.item.done", previous_item_id=None, item=item),
            self.write.event(
                "response.output_item.done", response_id=self.id, output_index=index, item=item
            ),
        ]


_TEXT_DELTA = "response.output_text.delta"
