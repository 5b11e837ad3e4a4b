"""The conversation as the text that SmolLM2 was trained on: ChatML, tools in Hermes' style.

The model's own template knows neither tools nor tool results, so the text is written here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import (
    AssistantMessage,
    DeveloperMessage,
    Message,
    RefusalPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolMessage,
)

__all__ = ["CALL_END", "CALL_START", "render"]

CALL_START = "<tool_call>"
CALL_END = "</tool_call>"

_DEFAULT_INSTRUCTIONS = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What the model's own template puts first when the caller gives no instructions."""
_CONTROL_TOKEN = re.compile(r"<\|(?=im_start\|>|im_end\|>|endoftext\|>)")

_DEMONSTRATION = (
    ("user", "What is 5+3?"),
    ("assistant", "5 + 3 = 8"),
    ("user", "What time is it in Oslo?"),
    (
        "assistant",
        f'{CALL_START}\n{{"name": "get_time", "arguments": {{"city": "Oslo"}}}}\n{CALL_END}',
    ),
    ("user", "Thank you!"),
    ("assistant", "You are welcome! Is there anything else?"),
)
"""Without having seen a call, this model never makes one by itself. With these turns it called for
four of five questions that a function could answer and for none of four others; of the orders and
examples tried, this was the best."""

_KINDS = {"image_url": "an image", "input_audio": "audio", "file": "a file"}


def render(messages: Sequence[Message], tools: Sequence[Tool], *, demonstrate: bool) -> str:
    """The prompt, ending where the model's reply begins.

    Args:
        messages: the conversation.
        tools: the functions that the reply may call; none are mentioned if empty.
        demonstrate: show the model when to call and when not, for a choice that is its own.

    Raises:
        InvalidRequest: a message holds something other than text.
    """
    turns = [(_role(message), _said(message, index)) for index, message in enumerate(messages)]
    instructions = _DEFAULT_INSTRUCTIONS
    if turns[0][0] == "system":
        instructions = turns.pop(0)[1]
    if tools:
        instructions += _offer(tools)
    examples = _DEMONSTRATION if demonstrate and not isinstance(messages[-1], ToolMessage) else ()
    blocks = [("system", instructions), *examples, *turns]
    return (
        "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in blocks)
        + "<|im_start|>assistant\n"
    )


def _role(message: Message) -> str:
    if isinstance(message, SystemMessage | DeveloperMessage):
        return "system"
    # The model was trained with three roles; a tool's result is told to it by the user.
    return "user" if isinstance(message, ToolMessage) else message.role


def _said(message: Message, index: int) -> str:
    text = _text(message, index)
    if isinstance(message, ToolMessage):
        # Of the wordings tried, the one that the model answers instead of calling again.
        return f"The function returned:\n{text}\nTell me the answer in a sentence."
    if isinstance(message, AssistantMessage) and message.tool_calls:
        calls = (
            f'{CALL_START}\n{{"name": {json.dumps(call.function.name)}, '
            f'"arguments": {_plain(call.function.arguments)}}}\n{CALL_END}'
            for call in message.tool_calls
        )
        return "\n".join((text, *calls) if text else calls)
    return text


def _text(message: Message, index: int) -> str:
    content = message.content
    if content is None:
        return ""
    if isinstance(content, str):
        return _plain(content)
    texts = []
    for position, part in enumerate(content):
        if isinstance(part, TextPart):
            texts.append(part.text)
        elif isinstance(part, RefusalPart):
            texts.append(part.refusal)
        else:
            raise InvalidRequest(
                f"local-smollm2-135m reads text only, not {_KINDS[part.type]}.",
                param=f"messages[{index}].content[{position}]",
            )
    return _plain("\n".join(texts))


def _plain(text: str) -> str:
    """The text with ChatML's control tokens broken, so that nobody speaks in another's role."""
    return _CONTROL_TOKEN.sub("<\u200b|", text)


def _offer(tools: Sequence[Tool]) -> str:
    described = "\n".join(
        json.dumps(
            tool.function.model_dump(include={"name", "description", "parameters"}),
            ensure_ascii=False,
        )
        for tool in tools
    )
    return (
        f"\n\nYou can call these functions:\n<tools>\n{_plain(described)}\n</tools>\n"
        "To call a function, answer with nothing but its name and its arguments, as JSON:\n"
        f'{CALL_START}\n{{"name": "function_name", "arguments": {{"argument": "value"}}}}\n'
        f"{CALL_END}"
    )
