"""The conversation as input items of the Responses API.

A chat completion's message becomes a message item; its tool calls and their results are items of
their own, and before a call comes the reasoning that led to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
    DeveloperMessage,
    FilePart,
    ImagePart,
    RefusalPart,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
    UserPart,
)

__all__ = ["Item", "input_items"]

Item: TypeAlias = dict[str, Any]

_FILE_NAME = "document.pdf"


def input_items(asked: Asked) -> list[Item]:
    """The items of a request's messages.

    Raises:
        InvalidRequest: a part is of a kind that the API does not take.
    """
    items: list[Item] = []
    for index, message in enumerate(asked.request.messages):
        path = f"messages[{index}]"
        match message:
            case SystemMessage() | DeveloperMessage():
                items.append(_message(message.role, _parts(message.content, path)))
            case UserMessage():
                items.append(_message("user", _parts(message.content, path)))
            case AssistantMessage():
                items += _assistant(message, asked)
            case ToolMessage():
                items.append(
                    {
                        "type": "function_call_output",
                        "call_id": message.tool_call_id,
                        "output": _parts(message.content, path),
                    }
                )
    return items


def _message(role: str, content: str | list[Item]) -> Item:
    return {"type": "message", "role": role, "content": content}


def _parts(content: str | Iterable[UserPart], path: str) -> str | list[Item]:
    if isinstance(content, str):
        return content
    return [_part(part, f"{path}.content[{index}]") for index, part in enumerate(content)]


def _part(part: UserPart, path: str) -> Item:
    match part:
        case TextPart():
            return {"type": "input_text", "text": part.text}
        case ImagePart():
            detail = part.image_url.detail or "auto"
            return {"type": "input_image", "image_url": part.image_url.url, "detail": detail}
        case FilePart():
            if part.file.file_data is None:
                # An id would reach into the files of whoever owns the credential.
                param = f"{path}.file.file_data"
                raise InvalidRequest(
                    f"'{param}' is missing: send the file itself, ids are not taken.", param=param
                )
            name = part.file.filename or _FILE_NAME
            return {"type": "input_file", "filename": name, "file_data": part.file.file_data}
        case AudioPart():
            raise InvalidRequest(f"'{path}' is audio, which this model does not hear.", param=path)


def _assistant(message: AssistantMessage, asked: Asked) -> list[Item]:
    said: list[Item] = []
    if text := _said(message):
        item = _message("assistant", text)
        # Models since gpt-5.3 tell what is said between calls from what is said at the end.
        item["phase"] = "commentary" if message.tool_calls else "final_answer"
        said = [item]
    items: list[Item] = []
    for call in message.tool_calls or ():
        items += _reasoning(asked.recall(call.id))
        items += said
        said = []
        items.append(
            {
                "type": "function_call",
                "call_id": call.id,
                "name": call.function.name,
                "arguments": call.function.arguments,
            }
        )
    return items or said


def _said(message: AssistantMessage) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or message.refusal or ""
    return "\n".join(
        part.refusal if isinstance(part, RefusalPart) else part.text for part in message.content
    )


def _reasoning(state: Any) -> list[Item]:
    """The reasoning items that were kept for a call; without them the model thinks anew."""
    if not isinstance(state, dict) or not isinstance(state.get("reasoning"), list):
        return []
    return [item for item in state["reasoning"] if isinstance(item, dict)]
