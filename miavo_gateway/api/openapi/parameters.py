"""The parameters of paths and queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from miavo_gateway.flow.totals import GROUPS
from miavo_gateway.observe.log_file import LEVELS
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
    "task_id": "A video task's id.",
}

_IN_QUERY: Mapping[str, tuple[dict[str, Any], str]] = {
    "account": (_TEXT, "Only those of this account, by its id or name."),
    "after": (
        {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        "The rows next to this one on its newer side; 0 for the oldest. Not with `before`.",
    ),
    "before": (
        {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "Only rows older than this one, by its `id`: the `next_before` of the page before.",
    ),
    "by": ({"type": "string", "enum": list(GROUPS)}, "What to group by."),
    "hidden": ({"type": "boolean", "default": False}, "Also what `config.toml` hides."),
    "key_id": (_TEXT, "Only those of this key. May be repeated: any of them."),
    "kind": (
        {"type": "string", "enum": list(EntryKind)},
        "Only entries of this kind. May be repeated: of any of them.",
    ),
    "level": (
        {"type": "string", "enum": list(LEVELS), "default": "info"},
        "Only lines of this severity and above.",
    ),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        "How many rows at most.",
    ),
    "log_after": (_TEXT, "Only lines behind this place, the `end` of a page."),
    "log_before": (_TEXT, "Only lines ahead of this place, the `next_before` of a page."),
    "model": (_TEXT, "The slug of a realtime model."),
    "percentiles": (
        {"type": "string", "enum": ["true", "false", "sampled"], "default": "true"},
        "Which latencies: those of all rows, none (null), or those of a sample of some 100,000.",
    ),
    "provider": (_TEXT, "Only those for models of this provider, by its id. May be repeated."),
    "seconds": (
        {"type": "integer", "minimum": 1, "maximum": 31 * 86_400, "default": 60},
        "The length of a span.",
    ),
    "since": (_MOMENT, "Only what began then or later, as ISO 8601 with its offset."),
    "slug": (_TEXT, "Only those for this model. May be repeated: any of them."),
    "state": (
        {"type": "string", "enum": [*UsageState, "errors"]},
        "Only those in this state; `errors` is each in which one went wrong. May be repeated.",
    ),
    "status": (
        {"type": "integer", "minimum": 100, "maximum": 599},
        "Only those that were answered with this HTTP status. May be repeated.",
    ),
    "text": (
        {"type": "string", "maxLength": 200},
        "Only those with this text in the key or request id; of requests, also in the model, "
        "provider, state or error, of entries in the note.",
    ),
    "until": (_MOMENT, "Only what began before then, as ISO 8601 with its offset."),
    "video_after": (_TEXT, "Only tasks older than this one: the `last_id` of the page before."),
    "video_status": (
        {"type": "string", "enum": ["pending", "running", "succeeded", "failed"]},
        "Only tasks that stand so. May be repeated: in any of these ways.",
    ),
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
    name = name.removeprefix("log_").removeprefix("video_")
    return {"name": name, "in": "query", "description": description, "schema": schema}
