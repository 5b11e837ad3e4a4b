"""What is wrong with a value, in this project's words: pydantic's are for programmers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["fault_in_words"]

_PLAIN = {
    "missing": "this field is required",
    "extra_forbidden": "this field is not known",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be a boolean, true or false",
    "bool_parsing": "must be a boolean, true or false",
    "timezone_aware": "must name its time zone, as in 2026-01-31T12:00:00Z",
    "datetime_type": "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_parsing": "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_object_invalid": "must be a time such as 2026-01-31T12:00:00Z",
}
_WITH_BOUND = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
    "too_short": ("min_length", "must have at least {} entries"),
    "too_long": ("max_length", "must have at most {} entries"),
    "decimal_max_digits": ("max_digits", "must have at most {} digits"),
    "decimal_whole_digits": ("whole_digits", "must have at most {} digits before the point"),
    "decimal_max_places": ("decimal_places", "must have at most {} decimals"),
    "enum": ("expected", "must be one of {}"),
    "literal_error": ("expected", "must be one of {}"),
}


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """The fault as the end of a sentence that began with the field.

    Args:
        fault: one of the `errors()` of a pydantic `ValidationError`, with its context. A message
            written in this project is taken as it is.
    """
    kind, context = str(fault["type"]), fault.get("ctx") or {}
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "string_too_short" and context.get("min_length") == 1:
        return "must not be empty"
    if kind in _WITH_BOUND:
        name, words = _WITH_BOUND[kind]
        bound = context.get(name)
        if kind in ("enum", "literal_error") and " or " not in str(bound):
            return f"must be {bound}"
        return words.format(f"{bound:,}" if isinstance(bound, int) else bound)
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
