"""What Gemini heard, in OpenAI's events: when somebody spoke, and what was understood.

Gemini tells the limits of speech to few; where it does not, they follow from what it does tell: the
first words of a transcript, and the first of a reply.
"""

from __future__ import annotations

from typing import Any

from miavo_gateway.providers.realtime.conversation import Items
from miavo_gateway.providers.realtime.events import EventWriter

__all__ = ["Hearing"]


class Hearing:
    """One user turn after another."""

    def __init__(self, write: EventWriter, items: Items) -> None:
        self._write = write
        self._items = items
        self._item_id: str | None = None
        self._announced = False
        self._speaking = False
        self._committed = False
        self._text: list[str] = []

    def started(self, at_ms: int) -> list[bytes]:
        """Somebody speaks; said again it changes nothing."""
        if self._announced:
            return []
        self._item_id = self._item_id or self._write.new_id("item")
        self._announced = self._speaking = True
        return [
            self._write.event(
                "input_audio_buffer.speech_started", audio_start_ms=at_ms, item_id=self._item_id
            )
        ]

    def stopped(self, at_ms: int) -> list[bytes]:
        """Nobody speaks any more; said again it changes nothing."""
        if not self._speaking:
            return []
        self._speaking = False
        stopped = self._write.event(
            "input_audio_buffer.speech_stopped", audio_end_ms=at_ms, item_id=self._item_id
        )
        return [stopped, *self.noticed()]

    def noticed(self) -> list[bytes]:
        """Somebody has spoken, of whom nothing was told so far; said again it changes nothing."""
        return [] if self._committed else self.committed()

    def committed(self) -> list[bytes]:
        """The audio so far is an item."""
        before = self._items.last
        if self._committed or self._item_id is None:
            self._item_id = self._write.new_id("item")
        self._committed = True
        view: dict[str, Any] = {
            "id": self._item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        committed = self._write.event(
            "input_audio_buffer.committed", previous_item_id=before, item_id=self._item_id
        )
        return [committed, *self._items.told(view)]

    def transcript(self, text: str, *, tell: bool) -> list[bytes]:
        """More of what was understood."""
        if not text or self._item_id is None:
            return []
        self._text.append(text)
        if not tell:
            return []
        return [
            self._write.event(
                "conversation.item.input_audio_transcription.delta",
                item_id=self._item_id,
                content_index=0,
                delta=text,
            )
        ]

    def ended(self, *, tell: bool) -> list[bytes]:
        """The turn is over: what was understood is whole."""
        item_id, self._item_id = self._item_id, None
        text, self._text = "".join(self._text), []
        self._announced = self._speaking = self._committed = False
        if item_id is None or not text:
            return []
        self._items.transcribed(item_id, text)
        if not tell:
            return []
        return [
            self._write.event(
                "conversation.item.input_audio_transcription.completed",
                item_id=item_id,
                content_index=0,
                transcript=text,
                usage={"type": "tokens", "input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
            )
        ]
