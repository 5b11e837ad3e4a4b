"""JSON Schemas as grammars, so that the model cannot but write JSON that fits.

A grammar may be narrower than its schema, never wider: strings, arrays and numbers that the schema
leaves open get an end, optional members keep their order, members that the schema does not name
are left out. Keywords that no grammar can enforce are refused where the caller asks for `strict`,
and ignored where not.
"""

from __future__ import annotations

import json

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.smollm2.gbnf import (
    Rules,
    either,
    literal,
    number,
    string,
)
from miavo_gateway.local.smollm2.schema_reading import (
    Narrowing,
    Path,
    Schema,
    SchemaError,
    Unfulfillable,
    follow,
    merged,
    types_of,
    unenforceable,
    whole,
)
from miavo_gateway.local.smollm2.schema_values import (
    bounded_number,
    bounded_string,
    bounds,
    enumeration,
)

__all__ = ["ARGUMENTS", "REPLY", "grammar_for"]

MOST_CHARACTERS = 64_000
"""Of one grammar. Sampling takes seconds a token beyond, as every rule is tried on every token."""
MOST_VISITS = 5000
"""Subschemas read for one grammar, a shared one once for each place it is merged into."""
DEEPEST = 40
"""Levels of nesting, references followed included."""
REPLY = Narrowing(characters=1000, items=24)
ARGUMENTS = Narrowing(characters=240, items=8)
"""Arguments are names, places, dates and short texts."""

_ANY_DEPTH = 3
_FREE_MEMBERS = 12
_FREE_CHARACTERS = 400


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
            return self.rules.add(enumeration(schema, path))
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

    def _typed(self, kind: str, schema: Schema, path: Path) -> str:
        match kind:
            case "object":
                return self.rules.add(self._object(schema, path))
            case "array":
                return self.rules.add(self._array(schema, path))
            case "string":
                return self.rules.add(self._string(schema, path))
            case "integer" | "number":
                return self.rules.add(bounded_number(kind, schema, path))
            case "boolean":
                return '("true" | "false")'
            case _:
                return '"null"'

    def _string(self, schema: Schema, path: Path) -> str:
        return bounded_string(
            self.rules, schema, path, strict=self._strict, open_end=self._narrowing.characters
        )

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
        least, most = bounds(least, most, path)
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


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ": "
