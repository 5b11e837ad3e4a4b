"""Reading fields of decoded JSON with their types checked, so that a record is right or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, TypeVar

from miavo_tui.plain_text import printable

__all__ = [
    "JsonObject",
    "UnexpectedShape",
    "decimal",
    "decimals",
    "field",
    "moment",
    "objects",
    "optional",
    "optional_decimal",
    "optional_moment",
    "optional_text",
    "parsed",
    "shown",
    "text",
]

JsonObject: TypeAlias = Mapping[str, object]
T = TypeVar("T")


class UnexpectedShape(ValueError):
    """An answer is not what a Miavo gateway sends; the message names the field."""


def field(data: JsonObject, name: str, kind: type[T]) -> T:
    """The value under `name`, which must be there and be of the type `kind`."""
    value = data.get(name)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UnexpectedShape(f"the field `{name}` is not of the type {kind.__name__}")
    return value


def optional(data: JsonObject, name: str, kind: type[T]) -> T | None:
    """As `field`, or None where the value is null or absent."""
    return None if data.get(name) is None else field(data, name, kind)


def text(data: JsonObject, name: str) -> str:
    """The string under `name`, without control characters."""
    return printable(field(data, name, str))


def optional_text(data: JsonObject, name: str) -> str | None:
    """As `text`, or None where the value is null or absent."""
    return None if data.get(name) is None else text(data, name)


def parsed(name: str, raw: str, parse: Callable[[str], T]) -> T:
    """What `parse` makes of `raw`, a value found under `name`."""
    try:
        return parse(raw)
    except (ValueError, InvalidOperation) as error:
        raise UnexpectedShape(f"the field `{name}` cannot be read") from error


def decimal(data: JsonObject, name: str) -> Decimal:
    """The decimal string under `name`, exactly."""
    return parsed(name, field(data, name, str), Decimal)


def optional_decimal(data: JsonObject, name: str) -> Decimal | None:
    """The decimal string under `name`, exactly; None where it is null or absent."""
    return None if data.get(name) is None else decimal(data, name)


def decimals(data: JsonObject, name: str) -> tuple[tuple[str, Decimal], ...]:
    """The object of decimal strings under `name`, in its order; empty where it is absent."""
    table: JsonObject = optional(data, name, dict) or {}
    return tuple((printable(key), parsed(name, field(table, key, str), Decimal)) for key in table)


def moment(data: JsonObject, name: str) -> datetime:
    """The ISO 8601 time under `name`."""
    # Python 3.11 reads a trailing Z; earlier versions did not.
    return parsed(name, field(data, name, str), datetime.fromisoformat)


def optional_moment(data: JsonObject, name: str) -> datetime | None:
    """As `moment`, or None where the value is null or absent."""
    return None if data.get(name) is None else moment(data, name)


def shown(value: object) -> str:
    """A value of any type as text, without control characters."""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def objects(data: JsonObject, name: str) -> list[JsonObject]:
    """The list of objects under `name`."""
    rows = field(data, name, list)
    if not all(isinstance(row, dict) for row in rows):
        raise UnexpectedShape(f"the field `{name}` is not a list of objects")
    return rows
