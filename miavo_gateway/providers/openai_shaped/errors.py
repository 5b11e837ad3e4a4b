"""Errors in the shape that OpenAI gives them, or near it."""

from __future__ import annotations

from typing import Any

import orjson

from miavo_gateway.providers.exchange import ProviderError

__all__ = ["read_error"]

_SHOWN = 500
"""How much of a body that is no JSON is passed on: a proxy's page can be long."""


def read_error(body: bytes) -> ProviderError:
    """The error in a body or an event, whatever its shape."""
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ProviderError("", body[:_SHOWN].decode(errors="replace").strip())
    error: Any = decoded.get("error", decoded) if isinstance(decoded, dict) else decoded
    if isinstance(error, str):
        return ProviderError("", error)
    if not isinstance(error, dict):
        return ProviderError("", "")
    code = error.get("code") or error.get("type") or ""
    return ProviderError(str(code), str(error.get("message") or ""))
