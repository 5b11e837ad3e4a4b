"""The conversation in the Messages API's shape: system texts, and turns that alternate.

What the shape asks for (Anthropic's reference and its page on errors): only user and assistant
turns, a user's first; the results of a turn's tool calls together and first in the user turn after
it; no blank text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.anthropic.caching import cache_control
from miavo_gateway.providers.anthropic.media import document_block, image_block
from miavo_gateway.providers.anthropic.thoughts import thought_block
from miavo_gateway.providers.anthropic.tools import call_id
from miavo_gateway.providers.claude.thoughts import Thought, Thoughts
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.claude.turns import Block, Turns, said_and_called
from miavo_gateway.providers.tool_calls import arguments_of
from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
    ChatCompletionRequest,
    DeveloperMessage,
    FilePart,
    ImagePart,
    RefusalPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    UserPart,
)

__all__ = ["Conversation", "conversation"]

_THOUGHTS = ("thinking", "redacted_thinking")
_BEFORE_GREETING = "."
"""The user's turn before a conversation that the assistant begins."""


@dataclass(slots=True)
class Conversation(Turns):
    """What goes into `system` and `messages`."""

    @property
    def goes_on(self) -> bool:
        """Whether the assistant is to go on from what it is made to have said."""
        return bool(self.messages) and self.messages[-1]["role"] == "assistant"

    @property
    def lacks_thought(self) -> bool:
        """Whether it is in the middle of a turn with tool calls that began without a thought."""
        first: dict[str, Any] | None = None
        for turn in self.messages:
            if turn["role"] == "assistant":
                first = first or turn
            elif turn["content"][0]["type"] != "tool_result":
                first = None
        return first is not None and first["content"][0]["type"] not in _THOUGHTS


def conversation(
    request: ChatCompletionRequest, names: ToolNames, thoughts: Thoughts
) -> Conversation:
    """The conversation of a request.

    Raises:
        InvalidRequest: it is empty, or has a part that Claude cannot take.
    """
    made = Conversation()
    for index, message in enumerate(request.messages):
        path = f"messages[{index}]"
        match message:
            case SystemMessage() | DeveloperMessage():
                if made.messages:  # Claude takes instructions at the beginning alone.
                    made.add("user", _texts(message.content))
                else:
                    made.system += _texts(message.content)
            case UserMessage():
                made.add("user", _user_blocks(message, path))
            case AssistantMessage():
                made.add("assistant", _assistant_blocks(message, path, names, thoughts))
            case ToolMessage():
                made.add("user", [_tool_result(message, path)])
    if not made.messages:
        if not made.system:
            raise InvalidRequest("The messages hold no text.", param="messages")
        made.add("user", made.system)
        made.system = []
    if made.messages[0]["role"] == "assistant":
        made.messages.insert(0, {"role": "user", "content": _text_block(_BEFORE_GREETING)})
    for turn in made.messages:
        if turn["role"] == "user":
            turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    made.trim_end()
    return made


def _text_block(text: str) -> list[Block]:
    return [{"type": "text", "text": text}] if text and not text.isspace() else []


def _text_part(part: TextPart) -> list[Block]:
    return [block | cache_control(part) for block in _text_block(part.text)]


def _texts(content: str | Iterable[TextPart]) -> list[Block]:
    if isinstance(content, str):
        return _text_block(content)
    return [block for part in content for block in _text_part(part)]


def _user_blocks(message: UserMessage, path: str) -> list[Block]:
    if isinstance(message.content, str):
        return _text_block(message.content)
    return [
        block
        for index, part in enumerate(message.content)
        for block in _user_part(part, f"{path}.content[{index}]")
    ]


def _user_part(part: UserPart, path: str) -> list[Block]:
    match part:
        case TextPart():
            return _text_part(part)
        case ImagePart():
            return [image_block(part, path) | cache_control(part)]
        case FilePart():
            return [document_block(part, path) | cache_control(part)]
        case AudioPart():
            raise InvalidRequest(f"'{path}' is audio, which Claude does not hear.", param=path)


def _assistant_blocks(
    message: AssistantMessage, path: str, names: ToolNames, thoughts: Thoughts
) -> list[Block]:
    if not message.tool_calls and isinstance(message.content, list):
        return [block for part in message.content for block in _said(part)]
    blocks: list[Block] = []
    for each in said_and_called(message, thoughts):
        if isinstance(each, str):
            blocks += _text_block(each)
        elif isinstance(each, Thought):
            blocks.append(thought_block(each))
        else:
            index, call = each
            blocks.append(_tool_use(call, f"{path}.tool_calls[{index}]", names))
    return blocks


def _said(part: TextPart | RefusalPart) -> list[Block]:
    return _text_part(part) if isinstance(part, TextPart) else _text_block(part.refusal)


def _tool_use(call: ToolCall, path: str, names: ToolNames) -> Block:
    arguments = arguments_of(call, path)
    name = names.wire(call.function.name)
    return {"type": "tool_use", "id": call_id(call.id), "name": name, "input": arguments}


def _tool_result(message: ToolMessage, path: str) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": call_id(message.tool_call_id)}
    content: list[Block] = []
    if isinstance(message.content, str):
        content = _text_block(message.content)
    else:
        for index, part in enumerate(message.content):
            content += _user_part(part, f"{path}.content[{index}]")
    if content:
        block["content"] = content
    return block | cache_control(message)
