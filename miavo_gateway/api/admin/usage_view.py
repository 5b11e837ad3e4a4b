"""A usage row as the admin API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from miavo_gateway.api.admin.money import to_usd
from miavo_gateway.clock import iso
from miavo_gateway.schema.admin import AttemptView, UsageView

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from miavo_gateway.flow.keys import Keys

__all__ = ["usage_view"]


def usage_view(row: RowMapping | Mapping[str, Any], keys: Keys) -> UsageView:
    """One request, from its row or from what an event tells of it."""
    cost: int | None = row["cost_nano"]
    return UsageView(
        id=row["id"],
        request_id=row["request_id"],
        key_id=row["key_id"],
        key_name=keys.name_of(row["key_id"]),
        account_id=keys.account_of(row["key_id"]),
        slug=row["slug"],
        # An event's row has only the columns that were written.
        answered_by=row.get("answered_by"),
        provider=row["provider"],
        endpoint=row["endpoint"],
        stream=row["stream"],
        state=row["state"],
        status=row["status"],
        error_code=row["error_code"],
        error_message=row.get("error_message"),
        finish_reason=row["finish_reason"],
        started_at=iso(row["started_at"]),
        duration_ms=_milliseconds(row["duration_us"]),
        first_token_ms=_milliseconds(row["first_token_us"]),
        prompt_tokens=row["uncached_input"]
        + row["cache_read"]
        + row["cache_write"]
        + row["audio_input"],
        cached_tokens=row["cache_read"],
        cache_write_tokens=row["cache_write"],
        output_tokens=row["output"] + row["audio_output"],
        reasoning_tokens=row["reasoning"],
        audio_input_tokens=row["audio_input"],
        audio_output_tokens=row["audio_output"],
        characters=row["characters"],
        images=row["images"],
        seconds=row["milliseconds"] / 1_000,
        cost_usd=None if cost is None else to_usd(cost),
        cost_nano=cost,
        simulated=bool(row.get("simulated")),
        attempts=_attempts(row.get("attempts")),
    )


def _attempts(written: str | None) -> list[AttemptView]:
    return [AttemptView(**each) for each in orjson.loads(written)] if written else []


def _milliseconds(us: int | None) -> float | None:
    return None if us is None else us / 1_000
