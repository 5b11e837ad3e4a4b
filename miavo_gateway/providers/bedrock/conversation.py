"""The conversation in Converse's shape: system texts, and turns that alternate.

What the shape asks for (AWS's reference, and what its service refuses): only user and assistant
turns; the results of a turn's tool calls together and first in the user turn after it; no blank
text; a text beside every document; no document beside tool results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.bedrock.media import DocumentNames, document_block, image_block
from miavo_gateway.providers.bedrock.thoughts import Thought, thought_block
from miavo_gateway.providers.bedrock.toolbox import call_id
from miavo_gateway.providers.tool_calls import arguments_of
from miavo_gateway.providers.tool_names import ToolNames
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

Block = dict[str, Any]
Thoughts = Callable[[str], tuple[Thought, ...]]
"""The thoughts kept for a tool call, by its id as the caller knows it."""

_NOTHING = "(empty)"
"""A tool's result that is empty: Converse takes no blank text."""
_GO_ON = "."
"""The assistant's turn between tool results and a document."""


@dataclass(slots=True)
class Conversation:
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


def conversation(
    request: ChatCompletionRequest, names: ToolNames, thoughts: Thoughts
) -> Conversation:
    """The conversation of a request.

    Raises:
        InvalidRequest: it is empty, or has a part that Converse cannot take.
    """
    made = Conversation()
    documents = DocumentNames()
    for index, message in enumerate(request.messages):
        path = f"messages[{index}]"
        match message:
            case SystemMessage() | DeveloperMessage():
                if made.messages:  # Claude takes instructions at the beginning alone.
                    made.add("user", _texts(message.content))
                else:
                    made.system += _texts(message.content)
            case UserMessage():
                made.add("user", _user_blocks(message, path, documents))
            case AssistantMessage():
                made.add("assistant", _assistant_blocks(message, path, names, thoughts))
            case ToolMessage():
                made.add("user", [_tool_result(message, path)])
    for turn in made.messages:
        _in_order(turn)
    made.messages = [part for turn in made.messages for part in _apart(turn)]
    if not made.messages:
        if not made.system:
            raise InvalidRequest("The messages hold no text.", param="messages")
        made.messages = [{"role": "user", "content": made.system}]
        made.system = []
    _trim_end(made.messages[-1])
    return made


def _text_block(text: str) -> list[Block]:
    return [{"text": text}] if text and not text.isspace() else []


def _cache_point(part: TextPart | ImagePart | FilePart) -> list[Block]:
    """Anthropic's `cache_control` on a part, which SDKs let through, becomes a cache point."""
    wanted = (part.model_extra or {}).get("cache_control")
    if not isinstance(wanted, dict):
        return []
    point = {"type": "default"}
    if wanted.get("ttl") in ("5m", "1h"):
        point["ttl"] = wanted["ttl"]
    return [{"cachePoint": point}]


def _texts(content: str | Iterable[TextPart]) -> list[Block]:
    if isinstance(content, str):
        return _text_block(content)
    blocks: list[Block] = []
    for part in content:
        if text := _text_block(part.text):
            blocks += text + _cache_point(part)
    return blocks


def _user_blocks(message: UserMessage, path: str, documents: DocumentNames) -> list[Block]:
    if isinstance(message.content, str):
        return _text_block(message.content)
    blocks: list[Block] = []
    for index, part in enumerate(message.content):
        blocks += _user_part(part, f"{path}.content[{index}]", documents)
    if any("document" in block for block in blocks) and not any("text" in each for each in blocks):
        document = next(block["document"] for block in blocks if "document" in block)
        blocks.append({"text": f"See the document '{document['name']}'."})
    return blocks


def _user_part(part: UserPart, path: str, documents: DocumentNames) -> list[Block]:
    match part:
        case TextPart():
            text = _text_block(part.text)
            return text + _cache_point(part) if text else []
        case ImagePart():
            return [image_block(part, path), *_cache_point(part)]
        case FilePart():
            return [document_block(part, path, documents), *_cache_point(part)]
        case AudioPart():
            raise InvalidRequest(f"'{path}' is audio, which Claude does not hear.", param=path)


def _assistant_blocks(
    message: AssistantMessage, path: str, names: ToolNames, thoughts: Thoughts
) -> list[Block]:
    text = _assistant_text(message)
    blocks: list[Block] = []
    said = 0
    for index, call in enumerate(message.tool_calls or ()):
        for thought in thoughts(call.id):
            # It goes back to where it was between the words.
            blocks += _text_block(text[said : thought.after])
            said = max(said, thought.after)
            blocks.append(thought_block(thought))
        if index == 0:
            blocks += _text_block(text[said:])
            said = len(text)
        blocks.append(_tool_use(call, f"{path}.tool_calls[{index}]", names))
    return blocks or _text_block(text)


def _assistant_text(message: AssistantMessage) -> str:
    if isinstance(message.content, str):
        text = message.content
    else:
        text = "".join(
            part.refusal if isinstance(part, RefusalPart) else part.text
            for part in message.content or ()
        )
    return text or message.refusal or ""


def _tool_use(call: ToolCall, path: str, names: ToolNames) -> Block:
    arguments = arguments_of(call, path)
    name = names.wire(call.function.name)
    return {"toolUse": {"toolUseId": call_id(call.id), "name": name, "input": arguments}}


def _tool_result(message: ToolMessage, path: str) -> Block:
    content: list[Block] = []
    if isinstance(message.content, str):
        content = _text_block(message.content)
    else:
        for index, part in enumerate(message.content):
            if isinstance(part, ImagePart):
                content.append(image_block(part, f"{path}.content[{index}]"))
            else:
                content += _text_block(part.text)
    content = content or [{"text": _NOTHING}]
    return {"toolResult": {"toolUseId": call_id(message.tool_call_id), "content": content}}


def _in_order(turn: dict[str, Any]) -> None:
    """Tool results first."""
    if turn["role"] == "user":
        turn["content"].sort(key=lambda block: "toolResult" not in block)


def _apart(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """A turn with tool results and documents, cut in two."""
    content = turn["content"]
    if "toolResult" not in content[0] or not any("document" in block for block in content):
        return [turn]
    results = [block for block in content if "toolResult" in block]
    return [
        {"role": "user", "content": results},
        {"role": "assistant", "content": [{"text": _GO_ON}]},
        {"role": "user", "content": content[len(results) :]},
    ]


def _trim_end(turn: dict[str, Any]) -> None:
    """Text of the assistant's that is to be continued may not end in white space."""
    last = turn["content"][-1]
    if turn["role"] == "assistant" and "text" in last:
        last["text"] = last["text"].rstrip()
