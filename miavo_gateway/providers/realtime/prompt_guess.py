"""How much a reply has to read, as far as can be told before its provider counts it."""

from __future__ import annotations

from typing import Any, Final

from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.usage import UsageBuckets

__all__ = ["PromptGuess"]

_BASE64_PER_TOKEN: Final = 6_400
"""Characters of PCM at 24 kHz: OpenAI counts 10 tokens a second of what it hears."""


class PromptGuess:
    """All that the client has said in a session: each reply reads it again."""

    def __init__(self) -> None:
        self._instructions = 0
        self._text = 0
        self._sound = 0

    def take(self, event: dict[str, Any]) -> None:
        """Count an event of the client, whatever its shape."""
        kind = event.get("type")
        if kind == "input_audio_buffer.append":
            self._sound += _length(event.get("audio"))
        elif kind == "session.update":
            session = event.get("session")
            if isinstance(session, dict) and isinstance(said := session.get("instructions"), str):
                self._instructions = guessed_tokens(said)
        elif kind == "conversation.item.create" and isinstance(item := event.get("item"), dict):
            self._take_item(item)

    @property
    def usage(self) -> UsageBuckets:
        """What has been said so far."""
        return UsageBuckets(
            uncached_input=self._instructions + self._text,
            audio_input=-(-self._sound // _BASE64_PER_TOKEN),
        )

    def _take_item(self, item: dict[str, Any]) -> None:
        for name in ("arguments", "output"):
            if isinstance(said := item.get(name), str):
                self._text += guessed_tokens(said)
        content = item.get("content")
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict):
                if isinstance(said := part.get("text"), str):
                    self._text += guessed_tokens(said)
                self._sound += _length(part.get("audio"))


def _length(audio: Any) -> int:
    return len(audio) if isinstance(audio, str) else 0
