"""JSON Schemas as grammars, so that the model cannot but write JSON that fits.

A grammar may be narrower than its schema, never wider: strings, arrays and numbers that the schema
leaves open get an end, optional members keep their order, members that the schema does not name
are left out. Keywords that no grammar can enforce are refused where the caller asks for `strict`,
and ignored where not.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.smollm2.gbnf import (
    FORMATS,
    Rules,
    either,
    json_literal,
    literal,
    number,
    string,
    whole_number,
)
from miavo_gateway.local.smollm2.regular_expression import PatternError, pattern_expression
from miavo_gateway.local.smollm2.schema_reading import (
    Narrowing,
    Schema,
    SchemaError,
    Unfulfillable,
    fits_type,
    follow,
    merged,
    types_of,
    unenforceable,
    whole,
)

__all__ = ["ARGUMENTS", "REPLY", "grammar_for"]

MOST_CHARACTERS = 200_000
"""Of one grammar."""
MOST_VISITS = 5000
"""Subschemas read for one grammar, a shared one once for each place it is merged into."""
DEEPEST = 40
"""Levels of nesting, references followed included."""
LARGEST_BOUND = 1000
"""For lengths: llama.cpp writes repetitions out, and refuses more than 2000."""

REPLY = Narrowing(characters=1000, items=24)
ARGUMENTS = Narrowing(characters=240, items=8)
"""Arguments are names, places, dates and short texts."""

_ANY_DEPTH = 3
_FREE_MEMBERS = 12
_FREE_CHARACTERS = 400

Path: TypeAlias = tuple[str, ...]


def grammar_for(
    schema: object, *, strict: bool, narrowing: Narrowing, param: str, root_object: bool = False
) -> str:
    """The grammar of the JSON texts that fit a schema.

    Args:
        schema: the JSON Schema, as the caller sent it.
        strict: refuse what cannot be enforced instead of ignoring it.
        narrowing: where what the schema leaves open ends.
        param: the schema's place in the request, for errors.
        root_object: the text has to be an object even if the schema does not say so.

    Raises:
        InvalidRequest: the schema is invalid, too large, unfulfillable or beyond a grammar.
    """
    writer = _Writer(schema, strict, narrowing)
    try:
        if root_object and isinstance(schema, dict) and not {"type", "$ref", "allOf"} & set(schema):
            schema = {**schema, "type": "object"}
        return writer.rules.text(writer.value(schema, (), ()))
    except SchemaError as problem:
        where = "/".join(problem.path)
        at = f" at {where[:200]}" if where else ""
        raise InvalidRequest(f"The JSON Schema{at}: {problem.reason}.", param=param) from problem
    except (OverflowError, RecursionError) as problem:
        raise InvalidRequest("The JSON Schema is too large.", param=param) from problem


class _Writer:
    """Walks one schema."""

    def __init__(self, root: object, strict: bool, narrowing: Narrowing) -> None:
        self.rules = Rules(MOST_CHARACTERS)
        self._root = root
        self._strict = strict
        self._narrowing = narrowing
        self._visits = 0
        self._referenced: dict[str, str] = {}

    def value(self, schema: object, path: Path, open_refs: tuple[str, ...]) -> str:
        """An expression for a schema. `open_refs` are the references that led here directly."""
        self._visits += 1
        if self._visits > MOST_VISITS or len(path) > DEEPEST * 2:
            raise OverflowError
        if schema is True or schema == {}:
            return self._anything(_ANY_DEPTH)
        if not isinstance(schema, dict):
            raise Unfulfillable(path) if schema is False else SchemaError("no schema", path)
        if self._strict and (keyword := unenforceable(schema)):
            raise SchemaError(f"{keyword} cannot be enforced", path)
        if "$ref" in schema:
            return self._reference(schema, path, open_refs)
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in schema:
                return self._combination(schema, keyword, path, open_refs)
        if "const" in schema or "enum" in schema:
            return self._enumeration(schema, path)
        kinds = types_of(schema, path)
        return either([self._typed(kind, schema, path) for kind in kinds])

    def _reference(self, schema: Schema, path: Path, open_refs: tuple[str, ...]) -> str:
        ref = schema["$ref"]
        target = follow(self._root, ref, path)
        if ref in open_refs:
            raise SchemaError("it refers to itself without end", path)
        beside = {key: held for key, held in schema.items() if key != "$ref"}
        if not beside.keys() <= {"description", "title", "default", "examples", "$defs"}:
            return self.value(merged(target, beside, path), path, (*open_refs, ref))
        if ref not in self._referenced:
            self._referenced[ref] = name = f"ref{len(self._referenced)}"
            expression = self.value(target, (*path, "$ref"), (*open_refs, ref))
            self.rules.define(name, expression)
        return self._referenced[ref]

    def _combination(
        self, schema: Schema, keyword: str, path: Path, open_refs: tuple[str, ...]
    ) -> str:
        parts = schema[keyword]
        if not isinstance(parts, list) or not parts:
            raise SchemaError(f"{keyword} is no list of schemas", path)
        beside = {key: held for key, held in schema.items() if key != keyword}
        if keyword == "allOf":
            for part in parts:
                beside = merged(self._resolved(part, path), beside, path)
            return self.value(beside, path, open_refs)
        options, problem = [], None
        for index, part in enumerate(parts):
            here = (*path, keyword, str(index))
            try:
                if not beside.keys() - {"title", "description", "default", "$defs"}:
                    options.append(self.value(part, here, open_refs))
                else:
                    both = merged(self._resolved(part, here), beside, here)
                    options.append(self.value(both, here, open_refs))
            except Unfulfillable as failure:
                problem = failure  # The other options are left.
        if not options:
            raise problem or Unfulfillable(path)
        return either([self.rules.add(option) for option in dict.fromkeys(options)])

    def _resolved(self, part: object, path: Path) -> object:
        seen: set[str] = set()
        while isinstance(part, dict) and "$ref" in part:
            ref = part["$ref"]
            target = follow(self._root, ref, path)
            if ref in seen:
                raise SchemaError("it refers to itself without end", path)
            seen.add(ref)
            part = merged(target, {key: v for key, v in part.items() if key != "$ref"}, path)
        return part

    def _enumeration(self, schema: Schema, path: Path) -> str:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not isinstance(values, list):
            raise SchemaError("enum is no list", path)
        if "const" in schema:
            values = [value for value in values if value == schema["const"]]
        if "type" in schema:
            kinds = types_of(schema, path)
            values = [value for value in values if any(fits_type(value, kind) for kind in kinds)]
        if not values:
            raise Unfulfillable(path)
        return self.rules.add(either([json_literal(value) for value in values]))

    def _typed(self, kind: str, schema: Schema, path: Path) -> str:
        match kind:
            case "object":
                return self.rules.add(self._object(schema, path))
            case "array":
                return self.rules.add(self._array(schema, path))
            case "string":
                return self.rules.add(self._string(schema, path))
            case "integer" | "number":
                return self.rules.add(self._number(kind, schema, path))
            case "boolean":
                return '("true" | "false")'
            case _:
                return '"null"'

    def _string(self, schema: Schema, path: Path) -> str:
        if "pattern" in schema:
            if self._strict and ("minLength" in schema or "maxLength" in schema):
                raise SchemaError("pattern together with a length cannot be enforced", path)
            try:
                return f'"\\x22" {pattern_expression(str(schema["pattern"]))} "\\x22"'
            except PatternError as problem:
                if self._strict:
                    raise SchemaError(str(problem), path) from problem
        elif (inside := FORMATS.get(str(schema.get("format")))) is not None:
            return f'"\\x22" ({inside}) "\\x22"'
        least = whole(schema, "minLength", path) or 0
        most = whole(schema, "maxLength", path)
        if most is None:
            most = max(self._narrowing.characters, least)
        return string(self.rules, *self._bounds(least, most, path))

    def _number(self, kind: str, schema: Schema, path: Path) -> str:
        low, high = self._limits(schema, kind, path)
        try:
            if kind == "number":
                return number(low, high)
            return whole_number(
                None if low is None else -int(-low // 1), None if high is None else int(high // 1)
            )
        except ValueError as problem:
            raise SchemaError("no whole number lies within its bounds", path) from problem

    def _limits(self, schema: Schema, kind: str, path: Path) -> tuple[float | None, float | None]:
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            limit = schema.get(key)
            if limit is not None and (
                not isinstance(limit, int | float) or abs(limit) > 1e300 or limit != limit
            ):
                raise SchemaError(f"{key} is no number", path)
        low, high = schema.get("minimum"), schema.get("maximum")
        # Excluding a bound means the next whole number for integers; a fraction may come closer.
        step: float = 1 if kind == "integer" else 0.000001
        if (above := schema.get("exclusiveMinimum")) not in (None, False):
            bound = low if above is True else above
            if kind == "integer" and bound is not None:
                bound = bound // 1
            low = None if bound is None else max(bound + step, low if low is not None else bound)
        if (below := schema.get("exclusiveMaximum")) not in (None, False):
            bound = high if below is True else below
            if kind == "integer" and bound is not None:
                bound = -(-bound // 1)
            high = None if bound is None else min(bound - step, high if high is not None else bound)
        return low, high

    def _array(self, schema: Schema, path: Path) -> str:
        least = whole(schema, "minItems", path) or 0
        most = whole(schema, "maxItems", path)
        heads = schema.get("prefixItems")
        rest = schema.get("items", True)
        if isinstance(rest, list):  # How drafts before 2020-12 wrote prefixItems.
            heads, rest = rest, schema.get("additionalItems", True)
        if heads is not None and not isinstance(heads, list):
            raise SchemaError("prefixItems is no list", path)
        if heads:
            most = len(heads) if most is None else min(most, len(heads))
            if least > most:
                raise SchemaError("more items than prefixItems describes cannot be enforced", path)
            items = [
                self.value(head, (*path, "prefixItems", str(at)), ())
                for at, head in enumerate(heads[:most])
            ]
            listed = ' ", " '.join(items)
            return f'"[" {listed} "]"' if items else '"[]"'
        if most is None:
            most = max(self._narrowing.items, least)
        if most == 0 or (rest is False and least == 0):
            return '"[]"'
        least, most = self._bounds(least, most, path)
        item = self.value(rest, (*path, "items"), ())
        tail = f'(", " {item}){{{max(least - 1, 0)},{most - 1}}}' if most > 1 else ""
        return f'"[" {item} {tail} "]"' if least else f'("[]" | "[" {item} {tail} "]")'

    def _object(self, schema: Schema, path: Path) -> str:
        members = schema.get("properties", {})
        required = schema.get("required", [])
        if not isinstance(members, dict):
            raise SchemaError("properties is no object", path)
        if not isinstance(required, list) or not all(isinstance(each, str) for each in required):
            raise SchemaError("required is no list of names", path)
        others = schema.get("additionalProperties", True)
        unnamed = [name for name in dict.fromkeys(required) if name not in members]
        if unnamed and others is False:
            raise SchemaError(f"{unnamed[0]} is required, but not allowed", path)
        members = {**members, **dict.fromkeys(unnamed, others)}
        if not members:
            return '"{}"' if others is False else self._free_object(others, path)
        ended = self.rules.add('"}"')
        first = more = ended
        for name, held in reversed(members.items()):
            try:
                value = self.value(held, (*path, "properties", name), ())
            except Unfulfillable:
                if name in required:
                    raise
                continue
            pair = self.rules.add(f"{literal(_key(name))} {value}")
            if name in required:
                first, more = f"{pair} {more}", f'", " {pair} {more}'
            else:
                first, more = f"({pair} {more} | {first})", f'(", " {pair})? {more}'
            first, more = self.rules.add(first), self.rules.add(more)
        return f'"{{" {first}'

    def _free_object(self, others: object, path: Path) -> str:
        value = self.value(others, (*path, "additionalProperties"), ())
        return self._members_of(value)

    def _members_of(self, value: str) -> str:
        pair = self.rules.add(f'{string(self.rules, 1, 40)} ": " {value}')
        return f'("{{}}" | "{{" {pair} (", " {pair}){{0,{_FREE_MEMBERS - 1}}} "}}")'

    def _anything(self, depth: int) -> str:
        scalars = [
            string(self.rules, 0, _FREE_CHARACTERS),
            self.rules.add(number(None, None)),
            '"true"',
            '"false"',
            '"null"',
        ]
        if depth:
            inner = self._anything(depth - 1)
            scalars.append(self._members_of(inner))
            tail = f'(", " {inner}){{0,{_FREE_MEMBERS - 1}}}'
            scalars.append(f'("[]" | "[" {inner} {tail} "]")')
        return self.rules.add(either(scalars))

    def _bounds(self, least: int, most: int, path: Path) -> tuple[int, int]:
        if least > most:
            raise Unfulfillable(path)
        if least > LARGEST_BOUND:
            raise SchemaError(f"lengths above {LARGEST_BOUND} cannot be enforced", path)
        return least, min(most, LARGEST_BOUND)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ": "
