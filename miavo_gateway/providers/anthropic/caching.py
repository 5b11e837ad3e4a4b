"""Prompt caching: `cache_control`, Anthropic's own field, where a caller puts it on a part.

OpenAI's SDKs let it through. It changes no answer and saves money.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

__all__ = ["cache_control"]


def cache_control(part: BaseModel) -> dict[str, Any]:
    """The field, ready to be added to a block; empty where there is none, or not one of Claude's.

    Anthropic 2.12.0, `types/cache_control_ephemeral_param.py`.
    """
    wanted = part.model_extra and part.model_extra.get("cache_control")
    if not isinstance(wanted, dict) or wanted.get("type") != "ephemeral":
        return {}
    control = {"type": "ephemeral"}
    if wanted.get("ttl") in ("5m", "1h"):
        control["ttl"] = wanted["ttl"]
    return {"cache_control": control}
