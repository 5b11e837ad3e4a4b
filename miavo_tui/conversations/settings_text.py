"""Settings as they are typed: read, and told what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from miavo_tui.conversations.settings import ChatSettings

__all__ = [
    "NUMBERS",
    "NumberRule",
    "TextProblem",
    "checked_object",
    "checked_schema",
    "number_text",
    "read_number",
    "read_settings",
]


class TextProblem(Exception):
    """What was typed is no such thing.

    Attributes:
        field: the field it was typed into.
        message: what is wrong, in one sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A parameter that is a number."""

    field: str
    label: str
    hint: str
    least: float
    most: float
    whole: bool = False


NUMBERS = (
    NumberRule("temperature", "Temperature", "0 to 2", 0, 2),
    NumberRule("top_p", "Top p", "0 to 1", 0, 1),
    NumberRule("max_tokens", "Max tokens", "of the reply", 1, 2**31, whole=True),
    NumberRule("presence_penalty", "Presence penalty", "-2 to 2", -2, 2),
    NumberRule("frequency_penalty", "Frequency penalty", "-2 to 2", -2, 2),
    NumberRule("seed", "Seed", "for the same again", -(2**63), 2**63 - 1, whole=True),
)
"""The numbers that a request may carry, with OpenAI's bounds."""

_OWN_FIELDS = frozenset({"model", "messages", "stream", "tools", "n"})


def number_text(value: float | None) -> str:
    """A number as it is shown in its field."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def read_number(rule: NumberRule, text: str) -> float | int | None:
    """The number typed; None for nothing.

    Raises:
        TextProblem: it is none, or out of bounds.
    """
    text = text.strip()
    if not text:
        return None
    try:
        value = int(text) if rule.whole else float(text)
    except ValueError:
        kind = "a whole number" if rule.whole else "a number"
        raise TextProblem(rule.field, f"Not {kind}.") from None
    if not rule.least <= value <= rule.most:
        span = f"At least {rule.least:g}" if rule.whole else f"{rule.least:g} to {rule.most:g}"
        raise TextProblem(rule.field, f"{span}.")
    return value


def checked_object(field: str, text: str) -> dict[str, Any]:
    """The JSON object typed; empty for nothing.

    Raises:
        TextProblem: it is no JSON object.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"Line {error.lineno}, column {error.colno}"
        raise TextProblem(field, f"{place}: {error.msg[0].lower()}{error.msg[1:]}.") from None
    except RecursionError:
        raise TextProblem(field, "Nested too deeply.") from None
    if not isinstance(value, dict):
        raise TextProblem(field, "A JSON object is needed: {…}.")
    return value


def checked_schema(field: str, text: str) -> dict[str, Any]:
    """The JSON Schema typed. Takes a while at the first call, which imports what checks it.

    Raises:
        TextProblem: it is no JSON, or no schema.
    """
    schema = checked_object(field, text)
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = ".".join(map(str, error.absolute_path))
        said = error.message if len(error.message) < 90 else f"{error.message[:88]}…"
        if place.rpartition(".")[2] == "type":
            said = f"{error.instance!r} is no type; string, number, integer, boolean, object, "
            said += "array and null are."
        raise TextProblem(field, f"{f'At {place}: ' if place else ''}{said}") from None
    return schema


def read_settings(texts: Mapping[str, str], tools: tuple[str, ...]) -> ChatSettings:
    """Settings from what was typed into the fields. Blocks for the check of a schema.

    Args:
        texts: by the names of `ChatSettings`.
        tools: the tools offered, which are chosen elsewhere.

    Raises:
        TextProblem: one of the fields cannot be sent.
    """
    numbers: dict[str, Any] = {rule.field: read_number(rule, texts[rule.field]) for rule in NUMBERS}
    schema = texts["schema"].strip()
    if texts["format"] == "json_schema":
        if not schema:
            raise TextProblem("schema", "Type the schema that replies shall fit.")
        checked_schema("schema", schema)
    more = texts["more"].strip()
    if own := _OWN_FIELDS & checked_object("more", more).keys():
        raise TextProblem("more", f"{min(own)} is set by Chat itself.")
    stop = tuple(line for line in texts["stop"].splitlines() if line)
    if len(stop) > 4:
        raise TextProblem("stop", "At most four, one a line.")
    return ChatSettings(
        system=texts["system"].strip(),
        stop=tuple(each.replace("\\n", "\n") for each in stop),
        reasoning_effort=texts["reasoning_effort"],
        format=texts["format"],
        schema=schema,
        tools=tools,
        tool_choice=texts["tool_choice"],
        more=more,
        **numbers,
    )
