"""The body of `POST /responses` for a chat completion request."""

from __future__ import annotations

from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_responses.input_items import input_items
from miavo_gateway.providers.openai_shaped.fields import plain_fields
from miavo_gateway.providers.openai_shaped.json_reply import (
    JsonSupport,
    json_support,
    schema_instruction,
)
from miavo_gateway.providers.openai_shaped.openai_models import (
    openai_traits,
    refuse_sampling,
    resolved_effort,
)
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedToolChoice,
    Tool,
)

__all__ = ["LIMITS", "responses_body"]

LIMITS = (
    Limit("n", "refused", "The Responses API gives one choice."),
    Limit("stop", "refused", "The Responses API has no stop sequences."),
    Limit("logit_bias", "refused", "The Responses API has none."),
    Limit("presence_penalty", "refused", "The Responses API has none; 0 is taken."),
    Limit("frequency_penalty", "refused", "The Responses API has none; 0 is taken."),
    Limit("logprobs", "refused", "Not beside reasoning, for which this API is used."),
    Limit("top_logprobs", "refused", "Not beside reasoning, for which this API is used."),
    Limit("seed", "dropped", "The Responses API has none."),
    Limit("messages[].name", "dropped", "The Responses API knows no names of speakers."),
    Limit("reasoning_effort", "translated", "To the nearest effort that the model knows."),
    Limit("max_completion_tokens", "translated", "Into max_output_tokens, 16 at the least."),
    Limit("response_format", "translated", "gpt-5.5-pro: a schema goes into the instructions."),
    Limit("messages[].content[].input_audio", "refused", "These models do not hear."),
)

_LEAST_OUTPUT = 16
"""The API refuses a smaller `max_output_tokens`."""
_PASSED_ON = ("prompt_cache_key", "safety_identifier")


def responses_body(asked: Asked) -> dict[str, Any]:
    """The body; nothing is stored at OpenAI, and the reasoning comes back encrypted.

    Raises:
        InvalidRequest: the API cannot do what is asked.
    """
    request = asked.request
    traits = openai_traits(asked.model)
    effort = resolved_effort(request, traits)
    fields = plain_fields(request, LIMITS)
    if (effort or traits.default_effort) != "none":
        refuse_sampling(request)
        fields.pop("temperature", None)
        fields.pop("top_p", None)
    body: dict[str, Any] = {
        "model": asked.model.upstream,
        "input": input_items(asked),
        **fields,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    reasoning = {"effort": effort, "summary": traits.summary}
    if reasoning := {name: value for name, value in reasoning.items() if value is not None}:
        body["reasoning"] = reasoning
    if request.output_limit is not None:
        body["max_output_tokens"] = max(_LEAST_OUTPUT, request.output_limit)
    _put_tools(body, request)
    _put_text(body, asked)
    extra = request.model_extra or {}
    body |= {name: extra[name] for name in _PASSED_ON if extra.get(name) is not None}
    return body


def _put_tools(body: dict[str, Any], request: ChatCompletionRequest) -> None:
    if not request.tools:
        body.pop("parallel_tool_calls", None)
        return
    body["tools"] = [_tool(tool) for tool in request.tools]
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        body["tool_choice"] = {"type": "function", "name": choice.function.name}
    elif choice is not None:
        body["tool_choice"] = choice


def _tool(tool: Tool) -> dict[str, Any]:
    function = tool.function
    made: dict[str, Any] = {
        "type": "function",
        "name": function.name,
        "parameters": function.parameters or {"type": "object", "properties": {}},
        # Chat completions' default; here it would be true.
        "strict": bool(function.strict),
    }
    if function.description is not None:
        made["description"] = function.description
    return made


def _put_text(body: dict[str, Any], asked: Asked) -> None:
    request = asked.request
    text: dict[str, Any] = {}
    match request.response_format:
        case JsonObjectFormat():
            text["format"] = {"type": "json_object"}
        case JsonSchemaFormat(json_schema=schema) if not _knows_schemas(asked):
            text["format"] = {"type": "json_object"}
            told = {"type": "message", "role": "developer", "content": schema_instruction(schema)}
            body["input"].insert(0, told)
        case JsonSchemaFormat(json_schema=schema):
            if schema.schema_ is None:
                raise InvalidRequest(
                    "'response_format.json_schema.schema' is missing.",
                    param="response_format.json_schema.schema",
                )
            text["format"] = {
                "type": "json_schema",
                "name": schema.name,
                "schema": schema.schema_,
                "strict": bool(schema.strict),
            }
            if schema.description is not None:
                text["format"]["description"] = schema.description
    verbosity = (request.model_extra or {}).get("verbosity")
    if verbosity is not None:
        text["verbosity"] = verbosity
    if text:
        body["text"] = text


def _knows_schemas(asked: Asked) -> bool:
    return json_support(asked, JsonSupport.SCHEMA) is JsonSupport.SCHEMA
