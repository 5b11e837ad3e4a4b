"""The columns of an exported table: the gateway's own fields, with a type each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal, TypeAlias

__all__ = ["COLUMNS", "Kind", "cell"]

Kind: TypeAlias = Literal["text", "whole", "number", "truth"]

COLUMNS: Mapping[str, Kind] = {
    "id": "whole",
    "request_id": "text",
    "started_at": "text",
    "key_id": "text",
    "key_name": "text",
    "account_id": "text",
    "slug": "text",
    "answered_by": "text",
    "provider": "text",
    "endpoint": "text",
    "stream": "truth",
    "state": "text",
    "status": "whole",
    "error_code": "text",
    "error_message": "text",
    "finish_reason": "text",
    "duration_ms": "number",
    "first_token_ms": "number",
    "prompt_tokens": "whole",
    "cached_tokens": "whole",
    "cache_write_tokens": "whole",
    "output_tokens": "whole",
    "reasoning_tokens": "whole",
    "audio_input_tokens": "whole",
    "audio_output_tokens": "whole",
    "characters": "whole",
    "images": "whole",
    "seconds": "number",
    "cost_usd": "text",
    "cost_nano": "whole",
    "simulated": "truth",
    "attempts": "text",
}
"""By name, in order. `cost_usd` is text, as it is exact; `attempts` is JSON."""

_KINDS: Mapping[Kind, tuple[type, ...]] = {
    "text": (str,),
    "whole": (int,),
    "number": (int, float),
    "truth": (bool,),
}


def cell(row: Mapping[str, object], name: str) -> object:
    """A row's value for a column; None where it has none of the column's type."""
    value = row.get(name)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None
    kind = COLUMNS[name]
    if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "truth"):
        return None
    return float(value) if kind == "number" and isinstance(value, int | float) else value
