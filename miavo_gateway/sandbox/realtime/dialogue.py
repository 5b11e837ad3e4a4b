"""What was said in a simulated session, as the conversation that replies are composed for."""

from __future__ import annotations

from typing import Any

from miavo_gateway.sandbox.composition import Composition, compose
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["Dialogue", "heard"]


def heard(ms: int) -> str:
    """What a simulated model understands of sound."""
    return f"{ms / 1_000:.1f} seconds of sound"


class Dialogue:
    """The turns so far."""

    def __init__(self, provider: str, model: str) -> None:
        self._provider = provider
        self._model = model
        self.messages: list[dict[str, Any]] = []
        self.sound_ms = 0
        """How much of it was sound."""

    def say(self, role: str, text: str) -> None:
        """A message; an empty one is none."""
        if text:
            self.messages.append({"role": role, "content": text})

    def hear(self, ms: int) -> str:
        """The user spoke; what was understood."""
        self.sound_ms += ms
        text = heard(ms)
        self.say("user", text)
        return text

    def call(self, call_id: str, name: str, arguments: str) -> None:
        """The model called a function."""
        call = {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        last = self.messages[-1] if self.messages else {}
        if last.get("tool_calls"):
            last["tool_calls"].append(call)
        else:
            self.messages.append({"role": "assistant", "content": None, "tool_calls": [call]})

    def returned(self, call_id: str, output: str) -> None:
        """A function returned."""
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": output})

    def called(self) -> dict[str, str]:
        """The names of the functions that were called, by the ids of the calls."""
        return {
            call["id"]: call["function"]["name"]
            for message in self.messages
            for call in message.get("tool_calls") or ()
        }

    def answered(self) -> set[str]:
        """The ids of the calls that have returned."""
        return {each["tool_call_id"] for each in self.messages if each["role"] == "tool"}

    def reply(
        self,
        *,
        instructions: str,
        tools: list[dict[str, Any]],
        tool_choice: Any = None,
        limit: int | None = None,
    ) -> Composition:
        """What the model says now.

        Raises:
            InvalidRequest: what it is asked cannot be.
        """
        messages = [{"role": "system", "content": instructions}] if instructions else []
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [*messages, *self.messages] or [{"role": "user", "content": "Begin."}],
        }
        if tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        name: tool[name]
                        for name in ("name", "description", "parameters")
                        if tool.get(name) is not None
                    },
                }
                for tool in tools
            ]
            if tool_choice is not None:
                body["tool_choice"] = tool_choice
        if limit is not None:
            body["max_completion_tokens"] = limit
        request = ChatCompletionRequest.model_validate(body)
        return compose(request, provider=self._provider, model=self._model)
