"""The parameters of paths and queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from miavo_gateway.flow.totals import GROUPS
from miavo_gateway.store.tables import EntryKind, UsageState

__all__ = ["path_parameter", "query_parameter"]

_TEXT: dict[str, Any] = {"type": "string"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}

_IN_PATH: Mapping[str, str] = {
    "account": "An account's id or name.",
    "credential_id": "A credential's id.",
    "id": "A task's id.",
    "key_id": "A key's id.",
    "name": "A file's name, as the page that needs it has it.",
    "request_id": "What the answer to the request carried as `x-request-id`.",
    "slug": "A model's slug.",
}

_IN_QUERY: Mapping[str, tuple[dict[str, Any], str]] = {
    "account": (_TEXT, "Only those of this account, by its id or name."),
    "before": (
        {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "Only rows older than this one, by its `id`: the `next_before` of the page before.",
    ),
    "by": ({"type": "string", "enum": list(GROUPS)}, "What to group by."),
    "hidden": ({"type": "boolean", "default": False}, "Also what `config.toml` hides."),
    "key_id": (_TEXT, "Only those of this key."),
    "kind": ({"type": "string", "enum": list(EntryKind)}, "Only entries of this kind."),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        "How many rows at most.",
    ),
    "model": (_TEXT, "The slug of a realtime model."),
    "provider": (_TEXT, "Only those for models of this provider, by its id."),
    "seconds": (
        {"type": "integer", "minimum": 1, "maximum": 31 * 86_400, "default": 60},
        "The length of a span.",
    ),
    "since": (_MOMENT, "Only what began then or later, as ISO 8601 with its offset."),
    "slug": (_TEXT, "Only those for this model."),
    "state": ({"type": "string", "enum": list(UsageState)}, "Only those in this state."),
    "until": (_MOMENT, "Only what began before then, as ISO 8601 with its offset."),
}


def path_parameter(name: str) -> dict[str, Any]:
    """A parameter of a path, as OpenAPI has it."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _IN_PATH[name],
        "schema": _TEXT,
    }


def query_parameter(name: str) -> dict[str, Any]:
    """A parameter of a query, as OpenAPI has it."""
    schema, description = _IN_QUERY[name]
    return {"name": name, "in": "query", "description": description, "schema": schema}
