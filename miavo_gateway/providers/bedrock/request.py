"""The body of a ConverseStream request (botocore 1.44.5, ConverseStreamRequest)."""

from __future__ import annotations

from typing import Any

import orjson

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.bedrock.conversation import conversation
from miavo_gateway.providers.bedrock.rules import OUTPUT_OTHERWISE, converse_rules
from miavo_gateway.providers.bedrock.thoughts import kept_thoughts
from miavo_gateway.providers.bedrock.toolbox import Toolbox, toolbox
from miavo_gateway.providers.claude.answer import answer_form
from miavo_gateway.providers.claude.limits import refuse_impossible
from miavo_gateway.providers.claude.rules import (
    ClaudeRules,
    Thinking,
    check_last,
    claude_rules,
    output_limit,
    sampling,
    thinking,
    turn_lacks_thought,
)
from miavo_gateway.providers.claude.thoughts import Thought
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.schema.chat import AssistantMessage, ChatCompletionRequest, JsonSchema

__all__ = ["converse_body"]

_THINKING_TOKENS = "/usage/output_tokens_details"
"""Where Claude counts its thinking; Converse's own usage leaves it out."""


def converse_body(asked: Asked) -> dict[str, Any]:
    """The body.

    Raises:
        InvalidRequest: the model cannot do what is asked.
    """
    request = asked.request
    refuse_impossible(request)
    rules = claude_rules(asked.model)
    names = ToolNames.of(request)
    form = answer_form(request, names, rules)
    tools = toolbox(
        request, names, form, parallel_switch=converse_rules(asked.model).parallel_switch
    )
    limit = output_limit(request, rules, otherwise=OUTPUT_OTHERWISE)
    thought = _thinking(asked, rules, tools, limit)

    def thoughts(call_id: str) -> tuple[Thought, ...]:
        return kept_thoughts(asked.recall(call_id)) if thought.on else ()

    turns = conversation(request, names, thoughts)
    body: dict[str, Any] = {
        "messages": turns.messages,
        "inferenceConfig": _inference(request, rules, thought, limit),
    }
    if form.instruction:
        turns.system.append({"text": form.instruction})
    if turns.system:
        body["system"] = turns.system
    if tools.config:
        body["toolConfig"] = tools.config
    if form.schema is not None:
        body["outputConfig"] = _output_config(form.schema)
    if native := _native_fields(thought, tools):
        body["additionalModelRequestFields"] = native
    if thought.on:
        body["additionalModelResponseFieldPaths"] = [_THINKING_TOKENS]
    return body


def _output_config(wanted: JsonSchema) -> dict[str, Any]:
    definition = {"schema": orjson.dumps(wanted.schema_).decode(), "name": wanted.name}
    if wanted.description:
        definition["description"] = wanted.description
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def _thinking(asked: Asked, rules: ClaudeRules, tools: Toolbox, limit: int) -> Thinking:
    request = asked.request
    goes_on = isinstance(request.messages[-1], AssistantMessage)
    check_last(rules, goes_on=goes_on)

    def remembered(call_id: str) -> bool:
        return bool(kept_thoughts(asked.recall(call_id)))

    thought = thinking(
        request,
        rules,
        limit=limit,
        forced=tools.forced or goes_on,
        lacks_thought=turn_lacks_thought(request.messages, remembered),
    )
    if thought.on and tools.forced:
        # Unlike Anthropic's own API, Bedrock refuses adaptive thinking too beside a forced tool.
        return Thinking(effort=thought.effort)
    return thought


def _inference(
    request: ChatCompletionRequest, rules: ClaudeRules, thought: Thinking, limit: int
) -> dict[str, Any]:
    config: dict[str, Any] = {"maxTokens": limit}
    chosen = sampling(request, rules, thinking=thought.on)
    if chosen.temperature is not None:
        config["temperature"] = chosen.temperature
    if chosen.top_p is not None:
        config["topP"] = chosen.top_p
    if request.stops:
        config["stopSequences"] = list(request.stops)
    return config


def _native_fields(thought: Thinking, tools: Toolbox) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if (setting := thought.setting()) is not None:
        fields["thinking"] = setting
    if thought.effort is not None:
        fields["output_config"] = {"effort": thought.effort}
    if tools.native_choice is not None:
        fields["tool_choice"] = tools.native_choice
    return fields
