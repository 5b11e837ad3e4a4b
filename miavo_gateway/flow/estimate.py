"""How many tokens a request may take, before anything has counted them.

Two numbers for two uses: the rate windows take what is likely and correct it afterwards; the hold
takes what is the most possible, so that the cost never exceeds what was held.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
    ChatCompletionRequest,
    FilePart,
    ImagePart,
    Message,
    RefusalPart,
    TextPart,
)

__all__ = ["DEFAULT_OUTPUT", "PromptEstimate", "estimate_prompt", "output_bound"]

DEFAULT_OUTPUT = 4_096
"""Output tokens expected of a request that sets no limit."""

_BYTES_PER_TOKEN = 4
# What chat templates add to a message, and providers to a list of tools; generous.
_PER_MESSAGE = 16
_PER_TOOLS = 512
# The dearest tilings known: OpenAI's high detail and Claude's full size stay below this.
_PER_IMAGE = 8_000
# 32 tokens a second at Gemini; 16 kB/s is the least that any speech format takes for a second.
_BYTES_PER_AUDIO_TOKEN = 100
# A PDF page is some 3,000 tokens as text and image, and some 10 kB at the least.
_BYTES_PER_FILE_TOKEN = 3


@dataclass(frozen=True, slots=True)
class PromptEstimate:
    """Prompt tokens: what is likely, and the most there can be."""

    likely: int
    most: int


def estimate_prompt(request: ChatCompletionRequest) -> PromptEstimate:
    """Count a prompt without its tokenizer.

    A token is at least one byte of UTF-8, in every tokenizer in use; so the bytes of the text are
    the most tokens there can be.
    """
    text_bytes = 0
    other = 0
    for message in request.messages:
        text, media = _measure(message)
        text_bytes += text
        other += media
    frame = _PER_MESSAGE * len(request.messages)
    for extra in (request.tools, request.response_format):
        if extra:
            text_bytes += len(orjson.dumps(_plain(extra)))
            frame += _PER_TOOLS
    likely = text_bytes // _BYTES_PER_TOKEN + other // 4
    return PromptEstimate(likely=likely, most=text_bytes + frame + other)


def output_bound(request: ChatCompletionRequest) -> int:
    """Output tokens to expect at the most, over all choices, before the reply says more."""
    return (request.output_limit or DEFAULT_OUTPUT) * request.choices_wanted


def _measure(message: Message) -> tuple[int, int]:
    """The bytes of a message's text, and the tokens of its other parts."""
    text = 0
    media = 0
    content = message.content
    if isinstance(content, str):
        text += len(content.encode())
    else:
        for part in content or ():
            if isinstance(part, TextPart):
                text += len(part.text.encode())
            elif isinstance(part, RefusalPart):
                text += len(part.refusal.encode())
            elif isinstance(part, ImagePart):
                media += _PER_IMAGE
            elif isinstance(part, AudioPart):
                media += len(part.input_audio.data) // _BYTES_PER_AUDIO_TOKEN + 1
            elif isinstance(part, FilePart):
                media += len(part.file.file_data or "") // _BYTES_PER_FILE_TOKEN + 1
    if isinstance(message, AssistantMessage):
        text += len((message.reasoning_content or "").encode())
        for call in message.tool_calls or ():
            text += len(call.function.name) + len(call.function.arguments.encode()) + _PER_MESSAGE
    return text, media


def _plain(extra: object) -> object:
    if isinstance(extra, list):
        return [each.model_dump(by_alias=True) for each in extra]
    dump = getattr(extra, "model_dump", None)
    return dump(by_alias=True) if dump else extra
