"""Reading a conversation: what was said last, and what there is to say back."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.echo.media import describe_audio, describe_file, describe_image
from miavo_gateway.local.echo.tokens import count_tokens
from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
    ChatCompletionRequest,
    FilePart,
    ImagePart,
    Message,
    RefusalPart,
    TextPart,
    ToolMessage,
    UserMessage,
)

__all__ = ["Conversation", "read_conversation"]

_NO_USER = "There is no user message, so there is nothing to say back."
_EMPTY = "The last user message is empty, so there is nothing to say back."

_Part = TextPart | ImagePart | AudioPart | FilePart | RefusalPart


@dataclass(frozen=True, slots=True)
class Conversation:
    """What an echo needs to know of the messages of a request."""

    user_text: str
    """The text of the last user message, without what it shows; empty if there is none."""
    saying: str
    """What to say back; never empty."""
    answers_tools: bool
    """Whether the last message is the result of a tool call."""
    prompt_tokens: int
    """The tokens of all messages; what a message shows counts as its description."""


def read_conversation(request: ChatCompletionRequest) -> Conversation:
    """Read the messages of a request.

    Raises:
        InvalidRequest: an image, a recording or a file is broken, or a tool message answers no
            earlier call.
    """
    texts = [_text(message, f"messages[{i}]") for i, message in enumerate(request.messages)]
    results = _tool_results(request.messages, texts)
    tokens = sum(map(count_tokens, texts)) + sum(
        count_tokens(call.function.name) + count_tokens(call.function.arguments)
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for call in message.tool_calls or ()
    )
    last_user = next(
        (i for i in range(len(texts) - 1, -1, -1) if isinstance(request.messages[i], UserMessage)),
        None,
    )
    if results:
        saying = "\n".join(results)
    elif last_user is None:
        saying = _NO_USER
    else:
        saying = texts[last_user] if texts[last_user].strip() else _EMPTY
    return Conversation(
        user_text="" if last_user is None else _only_text(request.messages[last_user]),
        saying=saying,
        answers_tools=bool(results),
        prompt_tokens=tokens,
    )


def _tool_results(messages: list[Message], texts: list[str]) -> list[str]:
    """One line for each tool message that the conversation ends with."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for i, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            name = names.get(message.tool_call_id)
            if name is None:
                raise InvalidRequest(
                    "No earlier assistant message has a tool call with this id.",
                    param=f"messages[{i}].tool_call_id",
                )
            lines.append(f"{name} returned: {texts[i] or 'nothing'}")
            continue
        lines.clear()
        if isinstance(message, AssistantMessage):
            names.update({call.id: call.function.name for call in message.tool_calls or ()})
    return lines


def _text(message: Message, param: str) -> str:
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(_described(part, f"{param}.content[{j}]") for j, part in enumerate(content))


def _only_text(message: Message) -> str:
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text for part in content if isinstance(part, TextPart))


def _described(part: _Part, param: str) -> str:
    match part:
        case TextPart():
            return part.text
        case RefusalPart():
            return part.refusal
        case ImagePart():
            return describe_image(part, param)
        case AudioPart():
            return describe_audio(part, param)
        case FilePart():
            return describe_file(part, param)
