"""Checking schemas and instances with jsonschema, on a budget and with nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from miavo_gateway.local.schema_instance.budget import spend
from miavo_gateway.local.schema_instance.node import (
    Json,
    Node,
    NoInstance,
    Schema,
    pointer_part,
)
from miavo_gateway.local.schema_instance.patterns import is_supported, matches

__all__ = ["Checker"]

_Check: TypeAlias = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]

_MOST_NODES = 10_000
_LONGEST_LIST = 1_000
_DIALECT = "$schema"


class Checker:
    """Checks instances against one schema.

    Args:
        schema: the whole schema; it is checked first.

    Raises:
        NoInstance: it is no valid JSON Schema, or larger than what is taken.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        _measure(schema)
        try:
            dialect: Any = validator_for(schema, default=Draft202012Validator)
        except (ValueError, TypeError, AttributeError):
            raise NoInstance(f"The '{_DIALECT}' of the schema is no URI.") from None
        self._dialect = dialect
        self._formats = _formats(dialect)
        self._valid: set[int] = set()
        # jsonschema leaves our bounded class for a stock one where a schema names its dialect.
        plain: dict[str, Any] = {key: value for key, value in schema.items() if key != _DIALECT}
        self._check_schema(plain, "#")
        self._validator = _bounded(dialect)(
            plain, registry=Registry(), format_checker=self._formats
        )
        specification = specification_with(dialect.META_SCHEMA[_DIALECT])
        try:
            resolver = Registry().resolver_with_root(specification.create_resource(plain))
        except ValueError:
            raise NoInstance("The schema has an '$id' that is no URI.") from None
        self.root = Node(plain, resolver, "#", _keywords(dialect))

    def problem(self, node: Node, instance: Json) -> str | None:
        """Where an instance breaks a schema, as the path of a keyword; None if it is valid."""
        spend()
        try:
            errors = self._validator.descend(instance, node.schema, resolver=node.resolver)
            error: ValidationError | None = next(iter(errors), None)
        except (Unresolvable, UnknownType, TypeError, ValueError, AttributeError, LookupError):
            # A reference may point at any place of the document, which only then counts as schema.
            raise NoInstance(
                f"The schema refers, somewhere in '{node.path}', to what is no schema inside it."
            ) from None
        if error is None:
            return None
        return "/".join([node.path, *map(pointer_part, error.relative_schema_path)])

    def follow(self, node: Node, keyword: str) -> Node:
        """The schema that a reference points to.

        Args:
            node: the schema with the reference.
            keyword: `$ref` or one of its kin.

        Raises:
            NoInstance: it points outside the whole schema, to nothing, or to no valid schema.
        """
        found = node.referred(keyword)
        if isinstance(found.schema, dict) and id(found.schema) not in self._valid:
            self._check_schema(found.schema, found.path)
        return found

    def _check_schema(self, schema: dict[str, Any], path: str) -> None:
        spend()
        try:
            self._dialect.check_schema(schema, format_checker=self._formats)
        except SchemaError as error:
            where = "/".join([path, *map(pointer_part, error.absolute_path)])
            if error.validator == "format" and error.validator_value == "regex":
                raise NoInstance(
                    f"The pattern at '{where}' is not supported: it must be a regular expression "
                    "of RE2, of at most 1,000 characters."
                ) from None
            raise NoInstance(f"The schema is not valid JSON Schema: see '{where}'.") from None
        self._valid.add(id(schema))


def _measure(schema: Mapping[str, Any]) -> None:
    """Refuse what is too large to check quickly.

    Raises:
        NoInstance: the schema is too large, or names its dialect below its root.
    """
    nodes = 0
    todo: list[Any] = [schema]
    patterned = unevaluated = False
    while todo:
        value = todo.pop()
        nodes += 1
        if nodes > _MOST_NODES:
            raise NoInstance(f"The schema has more than {_MOST_NODES:,} nodes.")
        if isinstance(value, dict):
            if value is not schema and isinstance(value.get(_DIALECT), str):
                raise NoInstance(f"'{_DIALECT}' is taken at the root of a schema only.")
            patterned |= "patternProperties" in value
            unevaluated |= "unevaluatedProperties" in value
            todo.extend(value.values())
        elif isinstance(value, list):
            if len(value) > _LONGEST_LIST:
                raise NoInstance(f"The schema has a list of more than {_LONGEST_LIST:,} items.")
            todo.extend(value)
    if patterned and unevaluated:
        # jsonschema matches these patterns itself, with nothing to stop it.
        raise NoInstance("'unevaluatedProperties' beside 'patternProperties' is not supported.")


def _formats(dialect: Any) -> FormatChecker:
    """The formats that jsonschema knows; patterns are those of our own engine."""
    known = FormatChecker(formats=())
    known.checkers = {
        name: check for name, check in dialect.FORMAT_CHECKER.checkers.items() if name != "regex"
    }
    known.checks("regex")(_is_pattern)
    return known


def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or is_supported(value)


@cache
def _keywords(dialect: Any) -> frozenset[str]:
    """What a draft defines; some keywords are read by others and have no check of their own."""
    known = {"default", "examples", *dialect.VALIDATORS}
    known |= {"then", "else"} if "if" in known else set()
    known |= {"minContains"} if "unevaluatedItems" in known else set()
    return frozenset(known)


@cache
def _bounded(dialect: Any) -> Any:
    """The same dialect; every keyword costs a step and patterns are matched in bounded time."""
    keywords: dict[str, _Check] = {
        **dialect.VALIDATORS,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    return extend(  # type: ignore[no-untyped-call]
        dialect, {name: _counted(check) for name, check in keywords.items()}
    )


def _counted(check: _Check) -> _Check:
    def counted(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterable[ValidationError] | None:
        spend()
        return check(validator, value, instance, schema)

    return counted


def _pattern(
    validator: Any, pattern: str, instance: Any, _schema: Schema
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError("does not match")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Schema], instance: Any, _schema: Schema
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, subschema in patterns.items():
        for key, value in instance.items():
            if matches(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, subschema: Schema, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict) or subschema is True:
        return
    named = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key, value in instance.items():
        if key not in named and not any(matches(pattern, key) for pattern in patterns):
            yield from validator.descend(value, subschema, path=key)
