"""The conversation in Converse's shape: system texts, and turns that alternate.

What the shape asks for (AWS's reference, and what its service refuses): only user and assistant
turns; the results of a turn's tool calls together and first in the user turn after it; no blank
text; a text beside every document; no document beside tool results.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.bedrock.media import DocumentNames, document_block, image_block
from miavo_gateway.providers.bedrock.thoughts import thought_block
from miavo_gateway.providers.bedrock.toolbox import call_id
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
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    UserPart,
)

__all__ = ["conversation"]

_NOTHING = "(empty)"
"""A tool's result that is empty: Converse takes no blank text."""
_GO_ON = "."
"""The assistant's turn between tool results and a document."""


def conversation(request: ChatCompletionRequest, names: ToolNames, thoughts: Thoughts) -> Turns:
    """The conversation of a request.

    Raises:
        InvalidRequest: it is empty, or has a part that Converse cannot take.
    """
    made = Turns()
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
    made.trim_end()
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
