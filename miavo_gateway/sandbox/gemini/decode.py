"""A request of Gemini's as the chat completion request that a reply is composed for."""

from __future__ import annotations

from typing import Any, Final

import orjson
from pydantic import ValidationError

from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal
from miavo_gateway.sandbox.gemini.shapes import (
    Blob,
    Content,
    FunctionDeclaration,
    FunctionResponse,
    GenerateContentRequest,
    GenerationConfig,
    Part,
)
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["chat_request"]

_AUDIO: Final = {"audio/mpeg": "mp3"}


def chat_request(request: GenerateContentRequest, model: str) -> ChatCompletionRequest:
    """The request in OpenAI's words; it has been checked.

    Raises:
        GoogleRefusal: a value is out of the range that OpenAI's format has for it.
    """
    messages: list[dict[str, Any]] = []
    if request.system_instruction is not None:
        text = "\n".join(part.text or "" for part in request.system_instruction.parts)
        messages.append({"role": "system", "content": text})
    pending: list[tuple[str, str]] = []
    for index, content in enumerate(request.contents):
        if content.role == "model":
            messages.append(_reply(content, index, pending))
        else:
            messages += _user(content, pending)
    config = request.generation_config
    body = {
        "model": model,
        "messages": messages,
        "max_completion_tokens": config.max_output_tokens,
        "stop": config.stop_sequences or None,
        "reasoning_effort": _effort(config),
        "response_format": _format(config),
        **_tools(request),
    }
    try:
        return ChatCompletionRequest.model_validate(
            {name: value for name, value in body.items() if value is not None}
        )
    except ValidationError as error:
        raise GoogleRefusal(f"Request contains an invalid argument: {error.errors()[0]}") from None


def _reply(content: Content, index: int, pending: list[tuple[str, str]]) -> dict[str, Any]:
    pending.clear()
    calls: list[dict[str, Any]] = []
    for number, part in enumerate(content.parts):
        if (call := part.function_call) is not None:
            call_id = call.id or f"call_{index}_{number}"
            pending.append((call.name, call_id))
            function = {"name": call.name, "arguments": orjson.dumps(call.args).decode()}
            calls.append({"id": call_id, "type": "function", "function": function})
    text = "".join(part.text or "" for part in content.parts if not part.thought)
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    return {**message, "tool_calls": calls} if calls else message


def _user(content: Content, pending: list[tuple[str, str]]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    shown: list[dict[str, Any]] = []
    for part in content.parts:
        if part.function_response is not None:
            results.append(_result(part.function_response, pending))
        else:
            shown += _shown(part)
    if not shown:
        return results or [{"role": "user", "content": ""}]
    return [*results, {"role": "user", "content": shown}]


def _result(response: FunctionResponse, pending: list[tuple[str, str]]) -> dict[str, Any]:
    """The message of a function's response; without an id it answers the first call of its name."""
    named = next(pair for pair in pending if pair[0] == response.name)
    found = next((pair for pair in pending if pair[1] == response.id), named)
    pending.remove(found)
    value = response.response or {}
    output = value.get("output")
    whole = not isinstance(output, str) or len(value) > 1
    text = orjson.dumps(value).decode() if whole else output
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    parts += [
        {"type": "image_url", "image_url": {"url": _url(each.inline_data)}}
        for each in response.parts or ()
        if each.inline_data is not None and each.inline_data.mime_type.startswith("image/")
    ]
    return {"role": "tool", "tool_call_id": found[1], "content": parts}


def _shown(part: Part) -> list[dict[str, Any]]:
    blob = part.inline_data
    if blob is None:
        return [{"type": "text", "text": part.text}] if part.text else []
    kind, _, name = blob.mime_type.partition("/")
    if kind == "image":
        return [{"type": "image_url", "image_url": {"url": _url(blob)}}]
    if kind == "audio":
        audio = {"data": _standard(blob.data), "format": _AUDIO.get(blob.mime_type, name)}
        return [{"type": "input_audio", "input_audio": audio}]
    return [{"type": "file", "file": {"file_data": _url(blob)}}]


def _url(blob: Blob) -> str:
    return f"data:{blob.mime_type};base64,{_standard(blob.data)}"


def _standard(data: str) -> str:
    """Base64 in the usual alphabet, whichever it came in."""
    data = data.replace("-", "+").replace("_", "/").rstrip("=")
    return data + "=" * (-len(data) % 4)


def _effort(config: GenerationConfig) -> str | None:
    """How much is thought. A model that may choose does not think about such requests."""
    thinking = config.thinking_config
    if thinking is None:
        return None
    if thinking.thinking_level is not None:
        return thinking.thinking_level.lower()
    budget = thinking.thinking_budget
    if budget is None or budget < 1:
        return None
    return "low" if budget < 4_096 else "medium" if budget < 16_384 else "high"


def _format(config: GenerationConfig) -> dict[str, Any] | None:
    if config.response_mime_type != "application/json":
        return None
    schema = config.response_json_schema
    if schema is None and config.response_schema is not None:
        schema = _plain_schema(config.response_schema)
    if schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "response", "schema": schema}}


def _tools(request: GenerateContentRequest) -> dict[str, Any]:
    declared = request.declarations
    if not declared:
        return {}
    config = request.tool_config and request.tool_config.function_calling_config
    mode = config.mode if config else "AUTO"
    allowed = config.allowed_function_names if config else []
    tools = [_tool(each) for each in declared if not allowed or each.name in allowed]
    choice = {"ANY": "required", "NONE": "none"}.get(mode, "auto")
    return {"tools": tools, "tool_choice": choice}


def _tool(declaration: FunctionDeclaration) -> dict[str, Any]:
    schema = declaration.parameters_json_schema
    if schema is None and declaration.parameters is not None:
        schema = _plain_schema(declaration.parameters)
    function = {
        "name": declaration.name,
        "description": declaration.description,
        "parameters": schema or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def _plain_schema(schema: Any) -> Any:
    """A schema of the OpenAPI subset as JSON Schema: types in lower case, `nullable` as a type."""
    if isinstance(schema, list):
        return [_plain_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain_schema(each) for name, each in schema.items()}
    kind = plain.get("type")
    if isinstance(kind, str):
        plain["type"] = kind.lower()
        if plain.pop("nullable", False):
            plain["type"] = [kind.lower(), "null"]
    for here, there in (("any_of", "anyOf"), ("max_items", "maxItems"), ("min_items", "minItems")):
        if here in plain:
            plain[there] = plain.pop(here)
    return plain
