"""A Messages request, read back into a chat completion request."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import orjson

from miavo_gateway.sandbox.anthropic.settings import forces_call
from miavo_gateway.sandbox.anthropic.shapes import (
    Base64Pdf,
    Block,
    Document,
    Image,
    Link,
    MessagesRequest,
    NamedTool,
    Text,
    ThinkingAdaptive,
    ThinkingEnabled,
    ToolResult,
    ToolUse,
    Turn,
)
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["chat_request", "wants_json_in_words"]

# A model does what its instructions say.
_WANTS_JSON = re.compile(r"\bone JSON object and nothing else\b", re.IGNORECASE)
_MEDIUM_BUDGET = 4_096
_HIGH_BUDGET = 16_384
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def wants_json_in_words(request: MessagesRequest) -> bool:
    """Whether the system prompt asks for JSON, and no schema does."""
    said = " ".join(block.text for block in request.system)
    return request.output_config.format is None and bool(_WANTS_JSON.search(said))


def chat_request(request: MessagesRequest) -> ChatCompletionRequest:
    """The request in OpenAI's format; the request has been checked."""
    messages: list[dict[str, Any]] = []
    if request.system:
        text = "\n".join(block.text for block in request.system)
        messages.append({"role": "system", "content": text})
    for turn in request.messages:
        messages += _messages(turn)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "stop": request.stop_sequences or None,
        "reasoning_effort": _effort(request),
        **_tools(request),
    }
    if request.output_config.format is not None:
        wanted = {"name": "answer", "schema": request.output_config.format.schema_}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif wants_json_in_words(request):
        body["response_format"] = {"type": "json_object"}
    return ChatCompletionRequest.model_validate(body)


def _messages(turn: Turn) -> list[dict[str, Any]]:
    if turn.role == "assistant":
        return [_assistant(turn)]
    results = [_result(block) for block in turn.content if isinstance(block, ToolResult)]
    parts = [part for block in turn.content if (part := _part(block)) is not None]
    return [*results, {"role": "user", "content": parts}] if parts else results


def _assistant(turn: Turn) -> dict[str, Any]:
    calls = [
        {
            "id": block.id,
            "type": "function",
            "function": {"name": block.name, "arguments": orjson.dumps(block.input).decode()},
        }
        for block in turn.content
        if isinstance(block, ToolUse)
    ]
    text = "".join(block.text for block in turn.content if isinstance(block, Text))
    return {"role": "assistant", "content": text, "tool_calls": calls or None}


def _result(result: ToolResult) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": f"[document {part.title or 'without a title'}]"}
        if isinstance(part, Document)
        else _part(part)
        for part in result.content
    ]
    return {"role": "tool", "tool_call_id": result.tool_use_id, "content": parts}


def _part(block: Block) -> dict[str, Any] | None:
    if isinstance(block, Text):
        return {"type": "text", "text": block.text}
    if isinstance(block, Image):
        source = block.source
        url = source.url if isinstance(source, Link) else _data_url(source.media_type, source.data)
        return {"type": "image_url", "image_url": {"url": url}}
    return _document(block) if isinstance(block, Document) else None


def _document(document: Document) -> dict[str, Any]:
    source = document.source
    if isinstance(source, Link):
        return {"type": "text", "text": "[document by link]"}
    if isinstance(source, Base64Pdf):
        url = _data_url(source.media_type, source.data)
    else:
        url = _data_url(source.media_type, b64encode(source.data.encode()).decode())
    return {"type": "file", "file": {"filename": document.title, "file_data": url}}


def _data_url(media_type: str, data: str) -> str:
    return f"data:{media_type};base64,{data}"


def _tools(request: MessagesRequest) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.input_schema,
            },
        }
        for tool in request.tools
    ]
    given = request.tool_choice
    choice: Any = _CHOICES.get(given.type, "auto") if given else "auto"
    if isinstance(given, NamedTool):
        choice = {"type": "function", "function": {"name": given.name}}
    single = getattr(given, "disable_parallel_tool_use", False)
    return {"tools": tools, "tool_choice": choice, "parallel_tool_calls": not single}


def _effort(request: MessagesRequest) -> str | None:
    """How much to think; None for not at all, as where the call is forced."""
    thinking = request.thinking
    if isinstance(thinking, ThinkingAdaptive) and not forces_call(request):
        return request.output_config.effort or "high"
    if isinstance(thinking, ThinkingEnabled):
        budget = thinking.budget_tokens
        return "low" if budget < _MEDIUM_BUDGET else "medium" if budget < _HIGH_BUDGET else "high"
    return None
