"""The settings of a request, as the API checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from miavo_gateway.sandbox.gemini.models import Api, SimulatedGemini
from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal
from miavo_gateway.sandbox.gemini.shapes import (
    FunctionDeclaration,
    GenerateContentRequest,
    GenerationConfig,
    ThinkingConfig,
)

__all__ = ["check_settings", "schema_problems"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}", re.ASCII)
_MOST_STOPS: Final = 5
_MOST_LOGPROBS: Final = 20
_JSON: Final = "application/json"


def check_settings(request: GenerateContentRequest, rules: SimulatedGemini, *, api: Api) -> None:
    """Check all but the conversation.

    Raises:
        GoogleRefusal: a setting is wrong.
    """
    for problem in _problems(request, rules, api):
        raise GoogleRefusal(problem)


def _problems(request: GenerateContentRequest, rules: SimulatedGemini, api: Api) -> Iterator[str]:
    config = request.generation_config
    if request.labels is not None and api == "google":
        yield 'Invalid JSON payload received. Unknown name "labels": Cannot find field.'
    yield from _number_problems(config, rules)
    yield from _disabled(config, api)
    if config.thinking_config is not None:
        yield from _thinking_problems(config.thinking_config, rules, api)
    yield from _format_problems(request, rules)
    yield from _function_problems(request)


def _number_problems(config: GenerationConfig, rules: SimulatedGemini) -> Iterator[str]:
    limit = config.max_output_tokens
    if limit is not None and not 0 < limit <= rules.max_output:
        yield (
            f"Unable to submit request because it has a maxOutputTokens value of {limit} but the "
            f"supported range is from 1 (inclusive) to {rules.max_output + 1} (exclusive). Update "
            "the value and try again."
        )
    for name, value, most in (("temperature", config.temperature, 2), ("topP", config.top_p, 1)):
        if value is not None and not 0 <= value <= most:
            yield f"Unable to submit request because {name} must be in the range [0, {most}]."
    if len(config.stop_sequences) > _MOST_STOPS:
        yield f"Unable to submit request: at most {_MOST_STOPS} stop sequences are supported."
    if not all(config.stop_sequences):
        yield "stop_sequences must not contain an empty string."
    if config.response_modalities not in (None, ["TEXT"]):
        yield "This model only supports text output."


def _disabled(config: GenerationConfig, api: Api) -> Iterator[str]:
    if config.candidate_count != 1:
        yield "Multiple candidates is not enabled for this model"
    if config.presence_penalty or config.frequency_penalty:
        yield "Penalty is not enabled for this model"
    if config.logprobs is not None and not config.response_logprobs:
        yield "logprobs is set, and response_logprobs is not."
    if config.response_logprobs and api == "google":
        yield "Logprobs is not enabled for this model"
    if config.logprobs is not None and not 0 <= config.logprobs <= _MOST_LOGPROBS:
        yield f"logprobs must be in the range [0, {_MOST_LOGPROBS}]."


def _thinking_problems(thinking: ThinkingConfig, rules: SimulatedGemini, api: Api) -> Iterator[str]:
    budget, level = thinking.thinking_budget, thinking.thinking_level
    if budget is not None and level is not None:
        yield "You can only set only one of thinking budget and thinking level."
    if level is not None and not rules.levels:
        yield "Thinking level is not supported for this model."
    elif level is not None and level not in rules.levels:
        yield (
            f"Thinking level {level} is not supported for this model. "
            "Please retry with other thinking level."
        )
    if budget == 0:
        if api not in rules.zero_budget:
            yield "Budget 0 is invalid. This model only works in thinking mode."
        if thinking.include_thoughts:
            yield "thinking_config.include_thoughts is only enabled when thinking is enabled."
    elif budget is not None and budget != -1:
        least, most = rules.budget
        if not least <= budget <= most:
            yield f"The thinking budget {budget} is invalid. Please choose {least} to {most}."


def _format_problems(request: GenerateContentRequest, rules: SimulatedGemini) -> Iterator[str]:
    config = request.generation_config
    if config.response_mime_type not in ("text/plain", _JSON):
        yield f"Unsupported response MIME type: {config.response_mime_type}"
    schemas = (config.response_json_schema, config.response_schema)
    if schemas != (None, None) and config.response_mime_type != _JSON:
        yield "A response schema needs the response MIME type 'application/json'."
    if config.response_mime_type == _JSON and request.declarations and rules.generation < 3:
        yield "Function calling with a response mime type: 'application/json' is unsupported"
    if config.response_json_schema is not None:
        yield from schema_problems(config.response_json_schema, "response_json_schema")


def schema_problems(schema: Any, where: str) -> Iterator[str]:
    """What is wrong with a schema of one of the `…JsonSchema` fields.

    Args:
        schema: the schema, or the list or the flag in one's place.
        where: the field.
    """
    if isinstance(schema, list):
        for each in schema:
            yield from schema_problems(each, where)
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        beside = sorted(name for name in schema if not name.startswith("$"))
        if beside:
            yield f"{where}: a schema with $ref may not have {', '.join(beside)}."
    values = schema.get("enum")
    if isinstance(values, list) and not all(
        isinstance(each, str | int | float) and not isinstance(each, bool) and each != ""
        for each in values
    ):
        yield f"{where}.enum: only strings that are not empty and numbers are supported."
    for name, each in schema.items():
        if name in ("properties", "$defs") and isinstance(each, dict):
            for inner in each.values():
                yield from schema_problems(inner, where)
        elif name not in ("enum", "default"):
            yield from schema_problems(each, where)


def _function_problems(request: GenerateContentRequest) -> Iterator[str]:
    declared = request.declarations
    names = [each.name for each in declared]
    for number, each in enumerate(declared):
        where = f"tools[0].function_declarations[{number}]"
        yield from _declaration_problems(each, where)
        if each.name in names[:number]:
            yield f"Duplicate function declaration found: {each.name}"
    config = request.tool_config and request.tool_config.function_calling_config
    if not config:
        return
    if not declared:
        yield "Function calling config is set without function_declarations."
    if config.allowed_function_names:
        if config.mode not in ("ANY", "VALIDATED"):
            yield "allowed_function_names is only supported with the mode ANY or VALIDATED."
        for name in config.allowed_function_names:
            if name not in names:
                yield f"allowed_function_names names '{name}', which is not declared."


def _declaration_problems(declaration: FunctionDeclaration, where: str) -> Iterator[str]:
    if not _NAME.fullmatch(declaration.name):
        yield (
            f"Invalid value at '{where}.name': Invalid function name. Must start with a letter or "
            "an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), "
            "colons (:), or dashes (-), with a maximum length of 128."
        )
    if declaration.parameters is not None and declaration.parameters_json_schema is not None:
        yield f"{where}: parameters and parameters_json_schema are mutually exclusive."
    schema = declaration.parameters_json_schema
    if schema is not None:
        if schema.get("type", "object") != "object":
            yield f"{where}.parameters_json_schema: the schema must describe an object."
        yield from schema_problems(schema, f"{where}.parameters_json_schema")
