"""A Converse request, read back into a chat completion request."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import orjson

from miavo_gateway.sandbox.bedrock.settings import forced, output_schema, tool_specs
from miavo_gateway.sandbox.bedrock.shapes import (
    Block,
    ConverseRequest,
    Document,
    Image,
    Message,
    ResultContent,
    ToolResult,
)
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["chat_request"]

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}
# A model does what its instructions say.
_WANTS_JSON = re.compile(r"\bone JSON object and nothing else\b", re.IGNORECASE)
_MEDIUM_BUDGET = 4_096
_HIGH_BUDGET = 16_384


def chat_request(request: ConverseRequest, model_id: str) -> ChatCompletionRequest:
    """The request in OpenAI's format; the request has been checked."""
    instructions = "\n".join(block.text for block in request.system or () if block.text)
    messages: list[dict[str, Any]] = []
    if instructions:
        messages.append({"role": "system", "content": instructions})
    for message in request.messages:
        messages += _messages(message)
    body: dict[str, Any] = {"model": model_id, "messages": messages}
    body |= _tools(request)
    config = request.inference_config
    body["max_tokens"] = config.max_tokens
    body["stop"] = config.stop_sequences
    body["reasoning_effort"] = _effort(request.additional_model_request_fields or {})
    schema = output_schema(request)
    if schema is not None:
        wanted = {"name": "answer", "schema": schema}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif _WANTS_JSON.search(instructions):
        body["response_format"] = {"type": "json_object"}
    return ChatCompletionRequest.model_validate(body)


def _messages(message: Message) -> list[dict[str, Any]]:
    if message.role == "assistant":
        return [_assistant(message)]
    results = [_result(block.tool_result) for block in message.content if block.tool_result]
    parts = [part for block in message.content if (part := _part(block)) is not None]
    return [*results, {"role": "user", "content": parts}] if parts else results


def _assistant(message: Message) -> dict[str, Any]:
    calls = [
        {
            "id": block.tool_use.tool_use_id,
            "type": "function",
            "function": {
                "name": block.tool_use.name,
                "arguments": orjson.dumps(block.tool_use.input).decode(),
            },
        }
        for block in message.content
        if block.tool_use is not None
    ]
    text = "".join(block.text for block in message.content if block.text)
    return {"role": "assistant", "content": text, "tool_calls": calls or None}


def _result(result: ToolResult) -> dict[str, Any]:
    parts = [_result_part(part) for part in result.content]
    return {"role": "tool", "tool_call_id": result.tool_use_id, "content": parts}


def _result_part(part: ResultContent) -> dict[str, Any]:
    if part.image is not None:
        return _image(part.image)
    if part.document is not None:
        return {"type": "text", "text": f"[document {part.document.name}]"}
    text = part.text if part.text is not None else orjson.dumps(part.json).decode()
    return {"type": "text", "text": text}


def _part(block: Block) -> dict[str, Any] | None:
    if block.text is not None:
        return {"type": "text", "text": block.text}
    if block.image is not None:
        return _image(block.image)
    if block.document is not None:
        return _document(block.document)
    return None


def _image(image: Image) -> dict[str, Any]:
    url = _data_url(f"image/{image.format}", image.source.bytes)
    return {"type": "image_url", "image_url": {"url": url}}


def _document(document: Document) -> dict[str, Any]:
    source = document.source
    data = source.bytes if source.bytes is not None else (source.text or "").encode()
    url = _data_url(_MEDIA_TYPES[document.format], data)
    return {"type": "file", "file": {"filename": document.name, "file_data": url}}


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"


def _tools(request: ConverseRequest) -> dict[str, Any]:
    specs = tool_specs(request)
    if not specs or request.tool_config is None:
        return {}
    tools = [
        {
            "type": "function",
            "function": {
                "name": spec.name,
                "description": spec.description,
                "parameters": spec.input_schema.json,
            },
        }
        for spec in specs
    ]
    native = (request.additional_model_request_fields or {}).get("tool_choice", {})
    choice: Any = native.get("type", "auto")
    if forced(request):
        tool = request.tool_config.tool_choice and request.tool_config.tool_choice.tool
        choice = {"type": "function", "function": {"name": tool.name}} if tool else "required"
    single = native.get("disable_parallel_tool_use") is True
    return {"tools": tools, "tool_choice": choice, "parallel_tool_calls": not single}


def _effort(fields: Mapping[str, Any]) -> str | None:
    """How much to think; None for not at all."""
    thinking = fields.get("thinking") or {}
    if thinking.get("type") == "adaptive":
        return str((fields.get("output_config") or {}).get("effort", "high"))
    if thinking.get("type") == "enabled":
        budget = thinking["budget_tokens"]
        return "low" if budget < _MEDIUM_BUDGET else "medium" if budget < _HIGH_BUDGET else "high"
    return None
