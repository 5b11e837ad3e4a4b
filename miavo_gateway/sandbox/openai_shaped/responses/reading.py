"""A Responses request, checked, in the names of chat completions."""

from __future__ import annotations

from typing import Any

from miavo_gateway.sandbox.openai_shaped.openai_models import OpenAIModel, openai_model
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.responses.items import read_items
from miavo_gateway.sandbox.openai_shaped.shape import check_fields, fields
from miavo_gateway.sandbox.openai_shaped.strict_schema import check_strict_schemas
from miavo_gateway.sandbox.openai_shaped.writing import Body

__all__ = ["read_request"]

# Those of `ResponseCreateParams` in the openai package 3.54.
_FIELDS = fields(
    "background context_management conversation include input instructions "
    "max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls "
    "previous_response_id prompt prompt_cache_key prompt_cache_options "
    "prompt_cache_retention reasoning safety_identifier service_tier store stream "
    "stream_options temperature text tool_choice tools top_logprobs top_p truncation "
    "user"
)
_STORED = ("background", "conversation", "previous_response_id", "prompt")
_TOOL = fields("type name description parameters strict")
_FORMAT = fields("type name description schema strict")
_SCHEMALESS = "gpt-5.5-pro"


def read_request(body: Body) -> dict[str, Any]:
    """The same request as a chat completion's.

    Raises:
        ProviderRefusal: OpenAI would not take it.
    """
    check_fields(body, _FIELDS)
    for name in ("model", "input"):
        if not body.get(name):
            raise ProviderRefusal(
                f"Missing required parameter: '{name}'.",
                code="missing_required_parameter",
                param=name,
            )
    for name in _STORED:
        if body.get(name):
            raise ProviderRefusal(
                f"The sandbox stores nothing: '{name}' is not simulated.", param=name
            )
    model = openai_model(body["model"])
    effort = _effort(body, model)
    _check_sampling(body, effort)
    translated: dict[str, Any] = {
        "model": body["model"],
        "messages": read_items(body),
        "stream": bool(body.get("stream")),
        "reasoning_effort": effort,
        "max_completion_tokens": body.get("max_output_tokens"),
        "parallel_tool_calls": body.get("parallel_tool_calls"),
    }
    if body.get("tools"):
        translated["tools"] = [_tool(tool, f"tools[{i}]") for i, tool in enumerate(body["tools"])]
    if body.get("tool_choice") is not None:
        translated["tool_choice"] = _tool_choice(body["tool_choice"])
    wanted = _format(body)
    if wanted is not None:
        translated["response_format"] = wanted
    check_strict_schemas(translated)
    return translated


def _effort(body: Body, model: OpenAIModel) -> str:
    reasoning = body.get("reasoning") or {}
    check_fields(reasoning, fields("effort summary generate_summary"), "reasoning")
    if reasoning and not model.efforts:
        raise ProviderRefusal(
            "Unsupported parameter: 'reasoning' is not supported with this model.",
            code="unsupported_parameter",
            param="reasoning",
        )
    return model.effort(reasoning.get("effort"), "reasoning.effort")


def _check_sampling(body: Body, effort: str) -> None:
    if effort == "none":
        return
    for name in ("temperature", "top_p", "top_logprobs"):
        if body.get(name) not in (None, 0 if name == "top_logprobs" else 1):
            raise ProviderRefusal(
                f"Unsupported parameter: '{name}' is not supported with this model.",
                code="unsupported_parameter",
                param=name,
            )


def _tool(tool: dict[str, Any], at: str) -> dict[str, Any]:
    if tool.get("type") != "function":
        raise ProviderRefusal(
            "The sandbox simulates function tools only.", code="invalid_value", param=f"{at}.type"
        )
    if not tool.get("name"):
        raise ProviderRefusal(
            f"Missing required parameter: '{at}.name'.",
            code="missing_required_parameter",
            param=f"{at}.name",
        )
    check_fields(tool, _TOOL, at)
    function = {name: value for name, value in tool.items() if name != "type"}
    return {"type": "function", "function": function}


def _tool_choice(choice: Any) -> Any:
    if isinstance(choice, str):
        return choice
    check_fields(choice, fields("type name"), "tool_choice")
    return {"type": "function", "function": {"name": choice.get("name", "")}}


def _format(body: Body) -> dict[str, Any] | None:
    text = body.get("text") or {}
    check_fields(text, fields("format verbosity"), "text")
    wanted = text.get("format")
    if wanted is None:
        return None
    check_fields(wanted, _FORMAT, "text.format")
    if wanted.get("type") != "json_schema":
        if wanted.get("type") == "json_object" and "json" not in str(body["input"]).lower():
            raise ProviderRefusal(
                "Response input messages must contain the word 'json' in some form to use "
                "'text.format' of type 'json_object'.",
                param="input",
            )
        return {"type": wanted.get("type")}
    if body["model"].startswith(_SCHEMALESS):
        raise ProviderRefusal(
            "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this "
            "model.",
            param="text.format",
        )
    schema = {name: value for name, value in wanted.items() if name != "type"}
    return {"type": "json_schema", "json_schema": schema}
