"""A conversation as Claude takes it: system texts, and turns of the user's and the assistant's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from miavo_gateway.providers.claude.thoughts import Thought, Thoughts
from miavo_gateway.schema.chat import AssistantMessage, RefusalPart, ToolCall

__all__ = ["Block", "Turns", "said_and_called"]

Block = dict[str, Any]


@dataclass(slots=True)
class Turns:
    """What goes into `system` and `messages`."""

    system: list[Block] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def add(self, role: str, blocks: Iterable[Block]) -> None:
        """Add blocks to the turn at the end, or begin a new one."""
        blocks = list(blocks)
        if not blocks:
            return
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": blocks})

    def trim_end(self) -> None:
        """Take white space from the end of a text of the assistant's, which is to be continued."""
        turn = self.messages[-1]
        last = turn["content"][-1]
        if turn["role"] == "assistant" and "text" in last:
            last["text"] = last["text"].rstrip()


def said_and_called(
    message: AssistantMessage, thoughts: Thoughts
) -> Iterator[str | Thought | tuple[int, ToolCall]]:
    """The words, thoughts and numbered calls of an assistant's message, as the reply had them.

    A thought goes back to where it was between the words, all of which come before the calls.
    """
    text = _words(message)
    said = 0
    for index, call in enumerate(message.tool_calls or ()):
        for thought in thoughts(call.id):
            yield text[said : thought.after]
            said = max(said, thought.after)
            yield thought
        if index == 0:
            yield text[said:]
            said = len(text)
        yield index, call
    if not message.tool_calls:
        yield text


def _words(message: AssistantMessage) -> str:
    if isinstance(message.content, str):
        text = message.content
    else:
        text = "".join(
            part.refusal if isinstance(part, RefusalPart) else part.text
            for part in message.content or ()
        )
    return text or message.refusal or ""
