"""The body of `generateContent`, from a chat completion request."""

from __future__ import annotations

from typing import Any, Final

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.gemini.conversation import conversation
from miavo_gateway.providers.gemini.json_schema import gemini_schema
from miavo_gateway.providers.gemini.limits import refuse_impossible
from miavo_gateway.providers.gemini.rules import GeminiRules, gemini_rules
from miavo_gateway.providers.gemini.thinking import thinking_config
from miavo_gateway.providers.gemini.thoughts import signature
from miavo_gateway.providers.gemini.tools import (
    FunctionNames,
    function_declarations,
    function_mode,
)
from miavo_gateway.schema.chat import ChatCompletionRequest, JsonObjectFormat, JsonSchemaFormat

__all__ = ["request_body"]

_JSON: Final = "application/json"
_SEED_BITS: Final = 0x7FFF_FFFF


def request_body(asked: Asked) -> bytes:
    """The body; the same for a whole reply and for a stream, on both of Google's APIs.

    Raises:
        InvalidRequest: the model cannot do what is asked.
        ConfigurationError: a trait of the model means nothing.
    """
    request, model = asked.request, asked.model
    rules = gemini_rules(model)
    refuse_impossible(request, rules)
    tools = request.tools or []
    names = FunctionNames(tools)
    said = conversation(
        request,
        names=names,
        rules=rules,
        signature=lambda call_id: signature(asked.recall, call_id, model.upstream),
    )
    body: dict[str, Any] = {"contents": said.contents}
    if said.system:
        body["systemInstruction"] = {"parts": said.system}
    if (mode := function_mode(request, names)) is not None:
        body["toolConfig"] = {"functionCallingConfig": mode}
    if tools:
        body["tools"] = [{"functionDeclarations": function_declarations(tools, names)}]
    if config := _generation_config(request, rules):
        body["generationConfig"] = config
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # Arguments and results are JSON in a text, which nothing has looked into before.
        raise InvalidRequest(
            "JSON in a tool call or its result is nested too deeply.", param="messages"
        ) from None


def _generation_config(request: ChatCompletionRequest, rules: GeminiRules) -> dict[str, Any]:
    limit = request.output_limit
    if limit is not None and rules.max_output:
        limit = min(limit, rules.max_output)
    settings: dict[str, Any] = {
        "temperature": request.temperature,
        "topP": request.top_p,
        "maxOutputTokens": limit,
        "candidateCount": request.n if request.choices_wanted > 1 else None,
        "stopSequences": list(request.stops) or None,
        "seed": None if request.seed is None else request.seed & _SEED_BITS,
        "presencePenalty": request.presence_penalty or None,
        "frequencyPenalty": request.frequency_penalty or None,
        "responseLogprobs": request.logprobs or None,
        "logprobs": request.top_logprobs or None,
        "thinkingConfig": thinking_config(request.reasoning_effort, rules),
    }
    config = {name: value for name, value in settings.items() if value is not None}
    match request.response_format:
        case JsonObjectFormat():
            config["responseMimeType"] = _JSON
        case JsonSchemaFormat(json_schema=wanted):
            config["responseMimeType"] = _JSON
            if wanted.schema_ is not None:
                config["responseJsonSchema"] = gemini_schema(wanted.schema_)
        case _:
            pass
    return config
