"""The body of a Messages request (anthropic 2.12.0, `types/message_create_params.py`)."""

from __future__ import annotations

import re
from typing import Any

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.anthropic.caching import cache_control
from miavo_gateway.providers.anthropic.conversation import conversation
from miavo_gateway.providers.anthropic.thoughts import kept_thoughts
from miavo_gateway.providers.anthropic.tools import definition, tool_choice, tool_definitions
from miavo_gateway.providers.claude.answer import AnswerForm, answer_form
from miavo_gateway.providers.claude.limits import refuse_impossible
from miavo_gateway.providers.claude.rules import (
    ClaudeRules,
    Thinking,
    check_last,
    claude_rules,
    forces_tool,
    output_limit,
    sampling,
    thinking,
)
from miavo_gateway.providers.claude.thoughts import Thought, Thoughts
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["messages_body"]

_OUTPUT_OTHERWISE = 8_192
"""Output tokens for a model of unknown limit: what every Claude since 3.5 can give."""
_LIKE_A_PERSON = re.compile(r"@|^\+?[\d\s().-]{7,}$")
"""An e-mail address or a telephone number, which Anthropic refuses as a user's id."""
_LONGEST_USER_ID = 256


def messages_body(asked: Asked) -> dict[str, Any]:
    """The body.

    Raises:
        InvalidRequest: the model cannot do what is asked.
    """
    request = asked.request
    refuse_impossible(request)
    rules = claude_rules(asked.model)
    names = ToolNames.of(request)
    form = answer_form(request, names, rules)
    limit = output_limit(request, rules, otherwise=_OUTPUT_OTHERWISE)
    turns = conversation(request, names, _thoughts(asked))
    thought = thinking(
        request,
        rules,
        limit=limit,
        forced=forces_tool(request) or form.tool is not None or turns.goes_on,
        lacks_thought=turns.lacks_thought,
    )
    if request.reasoning_effort is not None and not thought.on:
        turns = conversation(request, names, _no_thoughts)
    check_last(rules, goes_on=turns.goes_on)
    body: dict[str, Any] = {
        "model": asked.model.upstream,
        "max_tokens": limit,
        "messages": turns.messages,
        "stream": True,
    }
    if form.instruction:
        turns.system.append({"type": "text", "text": form.instruction})
    if turns.system:
        body["system"] = turns.system
    _add_tools(body, request, names, rules, form)
    _add_output_config(body, thought, form)
    _add_settings(body, request, rules, thought)
    return body | cache_control(request)


def _thoughts(asked: Asked) -> Thoughts:
    """The thoughts to put back, if this turn is to have any."""
    if asked.request.reasoning_effort is None:
        return _no_thoughts
    return lambda call_id: kept_thoughts(asked.recall(call_id), asked.model.upstream)


def _no_thoughts(call_id: str) -> tuple[Thought, ...]:
    del call_id
    return ()


def _add_tools(
    body: dict[str, Any],
    request: ChatCompletionRequest,
    names: ToolNames,
    rules: ClaudeRules,
    form: AnswerForm,
) -> None:
    tools = tool_definitions(request, names, strict=rules.schemas and form.schema is None)
    choice = tool_choice(request, names, form.tool_name)
    if form.tool is not None:
        tools.append(definition(form.tool, names))
    if tools:
        body["tools"] = tools
        if choice is not None:
            body["tool_choice"] = choice


def _add_output_config(body: dict[str, Any], thought: Thinking, form: AnswerForm) -> None:
    config: dict[str, Any] = {}
    if thought.effort is not None:
        config["effort"] = thought.effort
    if form.schema is not None:
        config["format"] = {"type": "json_schema", "schema": form.schema.schema_}
    if config:
        body["output_config"] = config
    if (setting := thought.setting()) is not None:
        body["thinking"] = setting


def _add_settings(
    body: dict[str, Any], request: ChatCompletionRequest, rules: ClaudeRules, thought: Thinking
) -> None:
    chosen = sampling(request, rules, thinking=thought.on)
    if chosen.temperature is not None:
        body["temperature"] = chosen.temperature
    if chosen.top_p is not None:
        body["top_p"] = chosen.top_p
    if request.stops:
        body["stop_sequences"] = list(request.stops)
    user = request.user
    if user and len(user) <= _LONGEST_USER_ID and not _LIKE_A_PERSON.search(user):
        body["metadata"] = {"user_id": user}
