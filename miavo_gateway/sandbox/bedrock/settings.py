"""Checks of everything but the conversation, in the words of AWS's refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from miavo_gateway.sandbox.bedrock.models import Claude
from miavo_gateway.sandbox.bedrock.refusals import invalid, model_says
from miavo_gateway.sandbox.bedrock.shapes import ConverseRequest, Message, ToolSpec
from miavo_gateway.sandbox.bedrock.turns import the_one

__all__ = ["check_settings", "forced", "output_schema", "tool_specs"]

_LEAST_BUDGET = 1024
_NATIVE_FIELDS: Final = frozenset(
    {"thinking", "output_config", "tool_choice", "top_k", "anthropic_beta"}
)
_REFUSED_KEYWORDS: Final = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems",
        "oneOf", "patternProperties", "uniqueItems", "if", "not",
    }
)  # fmt: skip


def tool_specs(request: ConverseRequest) -> list[ToolSpec]:
    """The tools that are defined."""
    tools = request.tool_config.tools if request.tool_config else ()
    return [tool.tool_spec for tool in tools if tool.tool_spec is not None]


def forced(request: ConverseRequest) -> bool:
    """Whether a tool must be called."""
    choice = request.tool_config.tool_choice if request.tool_config else None
    return choice is not None and choice.auto is None


def output_schema(request: ConverseRequest) -> dict[str, Any] | None:
    """The schema that the text has to fit; None if there is none.

    Raises:
        AwsRefusal: it is no JSON object.
    """
    if request.output_config is None or request.output_config.text_format is None:
        return None
    text = request.output_config.text_format.structure.json_schema.schema
    try:
        schema = orjson.loads(text)
    except orjson.JSONDecodeError:
        schema = None
    if not isinstance(schema, dict):
        raise invalid("The schema field at outputConfig.textFormat is not a valid JSON object.")
    return schema


def check_settings(request: ConverseRequest, model: Claude) -> None:
    """Check the settings against each other and against the model.

    Raises:
        AwsRefusal: the service or the model would refuse them.
    """
    for number, block in enumerate(request.system or ()):
        the_one(block, f"$.system[{number}]")
    _check_inference(request, model)
    _check_tools(request)
    fields = request.additional_model_request_fields or {}
    for name in fields:
        if name not in _NATIVE_FIELDS:
            raise model_says(f"{name}: Extra inputs are not permitted")
    _check_native_choice(request, fields.get("tool_choice"), model)
    _check_thinking(request, fields, model)
    _check_structured(request, model)
    if request.messages and request.messages[-1].role == "assistant" and not model.prefill:
        raise model_says(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )


def _check_inference(request: ConverseRequest, model: Claude) -> None:
    config = request.inference_config
    if config.max_tokens is not None and config.max_tokens > model.max_output:
        raise invalid(
            f"The maximum tokens you requested exceeds the model limit of {model.max_output}. Try "
            f"again with a maximum tokens value that is lower than {model.max_output}."
        )
    for name, value in (("temperature", config.temperature), ("top_p", config.top_p)):
        if value is not None and model.sampling == "none":
            raise model_says(f"`{name}` is deprecated for this model.")
    both = config.temperature is not None and config.top_p is not None
    if both and model.sampling == "one":
        raise model_says(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one."
        )
    for stop in config.stop_sequences or ():
        if stop.isspace():
            raise model_says("stop_sequences: each stop sequence must contain non-whitespace")


def _check_tools(request: ConverseRequest) -> None:
    if request.tool_config is None:
        return
    for number, tool in enumerate(request.tool_config.tools):
        the_one(tool, f"$.toolConfig.tools[{number}]")
    names = [spec.name for spec in tool_specs(request)]
    if len(set(names)) < len(names):
        raise model_says("tools: Tool names must be unique.")
    for number, spec in enumerate(tool_specs(request)):
        schema = spec.input_schema.json
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise invalid(
                f"The value at toolConfig.tools.{number}.toolSpec.inputSchema.json.type must be "
                "one of the following: object."
            )
    choice = request.tool_config.tool_choice
    if choice is not None:
        the_one(choice, "$.toolConfig.toolChoice")
        if choice.tool is not None and choice.tool.name not in names:
            raise model_says(f"Tool '{choice.tool.name}' not found in provided tools")


def _check_native_choice(request: ConverseRequest, choice: Any, model: Claude) -> None:
    if choice is None:
        return
    if not isinstance(choice, dict) or choice.keys() - {"type", "disable_parallel_tool_use"}:
        raise model_says("tool_choice: Extra inputs are not permitted")
    with_converse = request.tool_config is not None and request.tool_config.tool_choice is not None
    if "type" in choice and with_converse:
        raise invalid("tool_choice.type can't be combined with toolConfig.toolChoice.")
    if "type" not in choice and not with_converse:
        raise model_says("tool_choice.type: Field required")
    if choice.get("type", "auto") not in ("auto", "none"):
        raise model_says("tool_choice: Input tag does not match any of the expected tags")
    if "disable_parallel_tool_use" in choice and not model.parallel_switch:
        raise model_says("tool_choice.disable_parallel_tool_use: Extra inputs are not permitted")
    if request.tool_config is None:
        raise model_says("tool_choice may only be specified while providing tools.")


def _check_thinking(request: ConverseRequest, fields: Mapping[str, Any], model: Claude) -> None:
    output_config = fields.get("output_config")
    if output_config is not None:
        if not isinstance(output_config, dict) or output_config.keys() - {"effort"}:
            raise model_says("output_config: Extra inputs are not permitted")
        if output_config.get("effort") not in model.efforts:
            raise model_says("output_config.effort: this model does not support this effort level")
    thinking = fields.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind == "disabled" and model.thinking and "adaptive" not in model.thinking:
        return
    if kind not in model.thinking:
        raise model_says(
            f'"thinking.type.{kind}" is not supported for this model. Use '
            '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        )
    if forced(request):
        raise model_says("Thinking may not be enabled when tool_choice forces tool use.")
    config = request.inference_config
    if config.temperature not in (None, 1.0):
        raise model_says("`temperature` may only be set to 1 when thinking is enabled.")
    if kind == "enabled":
        _check_budget(thinking, request)


def _check_budget(thinking: Mapping[str, Any], request: ConverseRequest) -> None:
    budget = thinking.get("budget_tokens")
    if not isinstance(budget, int) or budget < _LEAST_BUDGET:
        raise model_says(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        )
    most = request.inference_config.max_tokens
    if most is not None and budget >= most:
        raise model_says("`max_tokens` must be greater than `thinking.budget_tokens`.")
    first = _first_of_turn(request.messages)
    if first is not None and first.content[0].reasoning_content is None:
        raise model_says(
            f"messages.{request.messages.index(first)}.content.0.type: Expected `thinking` or "
            "`redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final "
            "`assistant` message must start with a thinking block."
        )


def _first_of_turn(messages: Sequence[Message]) -> Message | None:
    """The assistant message that began the tool calls which the conversation ends within."""
    first: Message | None = None
    for message in messages:
        if message.role == "assistant":
            first = first or message
        elif any(block.tool_result is None for block in message.content):
            first = None
    return first


def _check_structured(request: ConverseRequest, model: Claude) -> None:
    schema = output_schema(request)
    if schema is None:
        return
    if not model.structured:
        raise invalid("This model doesn't support the outputConfig.textFormat field.")
    for node in _objects(schema):
        if refused := sorted(node.keys() & _REFUSED_KEYWORDS):
            raise model_says(
                f"output_config.format.schema: property '{refused[0]}' is not supported"
            )
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            raise model_says(
                "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
                "explicitly set to false"
            )


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in a schema that is a schema itself."""
    if isinstance(schema, list):
        for each in schema:
            yield from _objects(each)
    if not isinstance(schema, dict):
        return
    yield schema
    for name, value in schema.items():
        if name in ("properties", "$defs", "definitions") and isinstance(value, dict):
            yield from _objects(list(value.values()))
        elif name in ("items", "anyOf", "allOf"):
            yield from _objects(value)
